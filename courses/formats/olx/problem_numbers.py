"""Numbers as Open edX writes them in a key: sums and powers, ranges, tolerances. All in exact decimals, never run as code."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, localcontext

MAX_TEXT = 300
MAX_DEPTH = 30
MAX_FACTORIAL = 60
MAX_EXPONENT = 99
# A number that was computed is rounded to as many digits as any system of this kind shows.
_DIGITS = 15
_CONTEXT = Context(prec=50, Emax=999, Emin=-999)

_NUMBER = re.compile(r"^([+-]?)(\d{1,40})?(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$")
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/^()%]))")
_SUFFIXES = {
    "%": Decimal("0.01"), "k": Decimal(1000), "M": Decimal(10) ** 6, "G": Decimal(10) ** 9, "T": Decimal(10) ** 12,
    "c": Decimal("0.01"), "m": Decimal("0.001"), "u": Decimal("1e-6"), "n": Decimal("1e-9"), "p": Decimal("1e-12"),
}  # fmt: skip
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582")


class NotANumber(ValueError):
    """The text is no number that can be worked out here."""


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``; ``opening`` is "[" or "(", ``closing`` "]" or ")"."""

    low: Decimal
    high: Decimal
    opening: str = "["
    closing: str = "]"

    def __str__(self) -> str:
        return f"{self.opening}{plain(self.low)}, {plain(self.high)}{self.closing}"


def number(text: str) -> Decimal:
    """The value of a number or an expression such as ``2*3.14``, ``sqrt(2)`` or ``5e-3``. Raises ``NotANumber``."""
    text = text.strip().replace("−", "-")
    match = _NUMBER.match(text)
    try:
        if match and (match[2] or match[3]):
            value = Decimal(f"{match[1]}{match[2] or '0'}.{match[3] or '0'}e{match[4] or 0}")
        else:
            with localcontext(_CONTEXT):
                value = _Reader(text).value()
            value = Context(prec=_DIGITS).plus(value)
    except (DecimalException, RecursionError) as error:
        raise NotANumber(text) from error
    if not value.is_finite() or (value and abs(value.adjusted()) > MAX_EXPONENT):
        raise NotANumber(text)
    return value


def is_range(text: str) -> bool:
    text = text.strip()
    return text[:1] in ("[", "(") and text[-1:] in ("]", ")") and "," in text


def read_range(text: str) -> Range:
    """``[5, 7)``. Raises ``NotANumber``."""
    text = text.strip()
    low, comma, high = text[1:-1].partition(",")
    if not is_range(text) or not comma:
        raise NotANumber(text)
    found = Range(number(low), number(high), text[0], text[-1])
    if found.low > found.high or (found.low == found.high and (text[0], text[-1]) != ("[", "]")):
        raise NotANumber(text)
    return found


def read_tolerance(text: str) -> tuple[Decimal, bool]:
    """How far off an answer may be, and whether that is in per cent of the answer. Raises ``NotANumber``."""
    text = text.strip()
    is_percent = text.endswith("%")
    value = number(text[:-1] if is_percent else text)
    if value < 0:
        raise NotANumber(text)
    return value, is_percent


def around(value: Decimal, tolerance: tuple[Decimal, bool], times: Decimal = Decimal(1)) -> Range:
    """All numbers within ``times`` the tolerance, the bounds included."""
    with localcontext(_CONTEXT):
        off = tolerance[0] * times
        if tolerance[1]:
            off = off / 100 * abs(value)
        return Range(value - off, value + off)


def plain(value: Decimal) -> str:
    """The decimal as an author would write it."""
    value = value.normalize(_CONTEXT)
    if not value:
        return "0"
    if -8 <= value.adjusted() <= 15:
        return format(value, "f")
    return str(value)


class _Reader:
    """A small descent parser for arithmetic. It knows numbers, a few functions and two constants, and nothing else."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise NotANumber(text)
        self._text = text
        self._tokens: list[str] = []
        end = 0
        while end < len(text.rstrip()):
            match = _TOKEN.match(text, end)
            if match is None:
                raise NotANumber(text)
            self._tokens.append(match[0].strip())
            end = match.end()
        self._at = 0
        self._depth = 0

    def value(self) -> Decimal:
        value = self._sum()
        if self._at < len(self._tokens):
            raise NotANumber(self._text)
        return value

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        found = self._next()
        if found and found in wanted:
            self._at += 1
            return found
        return ""

    def _sum(self) -> Decimal:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotANumber(self._text)
        value = self._product()
        while sign := self._take("+", "-"):
            value = value + self._product() if sign == "+" else value - self._product()
        self._depth -= 1
        return value

    def _product(self) -> Decimal:
        value = self._signed()
        while sign := self._take("*", "/"):
            value = value * self._signed() if sign == "*" else value / self._signed()
        return value

    def _signed(self) -> Decimal:
        minus = False
        while sign := self._take("+", "-"):
            minus ^= sign == "-"
        value = self._power()
        return -value if minus else value

    def _power(self) -> Decimal:
        value = self._atom()
        if self._take("^", "**"):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise NotANumber(self._text)
            value = value ** self._signed()
            self._depth -= 1
        return value

    def _atom(self) -> Decimal:
        word = self._next()
        self._at += 1
        if word == "(":
            value = self._sum()
            if not self._take(")"):
                raise NotANumber(self._text)
        elif word[:1].isdigit() or word[:1] == ".":
            value = Decimal(word)
            if suffix := self._take(*_SUFFIXES):
                value *= _SUFFIXES[suffix]
        elif word.lower() == "pi":
            value = _PI
        elif word == "e":
            value = Decimal(1).exp()
        elif word.lower() in _FUNCTIONS and self._take("("):
            argument = self._sum()
            if not self._take(")"):
                raise NotANumber(self._text)
            value = _FUNCTIONS[word.lower()](argument)
        else:
            raise NotANumber(self._text)
        return value


def _sine(value: Decimal) -> Decimal:
    if abs(value) > 10_000:
        raise NotANumber(str(value))
    value = value.remainder_near(2 * _PI)
    term, total, n = value, value, 1
    while abs(term) > Decimal("1e-45"):
        n += 2
        term = -term * value * value / (n * (n - 1))
        total += term
    # What is zero but for the last digits of pi is zero.
    return Decimal(0) if abs(total) < Decimal("1e-35") else total


def _cosine(value: Decimal) -> Decimal:
    return _sine(value + _PI / 2)


def _tangent(value: Decimal) -> Decimal:
    return _sine(value) / _cosine(value)


def _factorial(value: Decimal) -> Decimal:
    if value != value.to_integral_value() or not 0 <= value <= MAX_FACTORIAL:
        raise NotANumber(str(value))
    product = Decimal(1)
    for factor in range(2, int(value) + 1):
        product *= factor
    return product


_FUNCTIONS: dict[str, Callable[[Decimal], Decimal]] = {
    "sqrt": lambda value: value.sqrt(),
    "exp": lambda value: value.exp(),
    "ln": lambda value: value.ln(),
    "log10": lambda value: value.log10(),
    "log2": lambda value: value.ln() / Decimal(2).ln(),
    "abs": abs,
    "sin": _sine,
    "cos": _cosine,
    "tan": _tangent,
    "fact": _factorial,
    "factorial": _factorial,
}
