"""What every kind of question can do: pure functions over its settings, in ``Decimal``, never in floats."""

import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar

from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from assessments.enums import Verdict
from core.errors import Invalid

Config = dict[str, Any]
Response = dict[str, Any]

MAX_ANSWER = 200
MAX_OPTIONS = 20
MAX_OTHERS = 20
MAX_OPTION_TEXT = 1_000
MAX_FEEDBACK = 2_000
OPTION_ID = re.compile(r"^[a-z0-9][a-z0-9-]{0,63}$")
_SHARE = re.compile(r"^(?:0(?:\.[0-9]{1,5})?|1(?:\.0{1,5})?)$")


@dataclass(frozen=True)
class Score:
    """``fraction`` of the points from 0 to 1; ``feedback`` by option id; ``remark`` is about the answer as a whole.

    ``parts`` has the scores of a question in several parts, by part.
    """

    fraction: Decimal
    verdict: Verdict
    feedback: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    parts: dict[str, "Score"] = field(default_factory=dict)


def seed_for(user_id: int | None, question_id: object) -> bytes:
    """A secret of this installation for one person and one question; option names and their order come from it."""
    text = f"option:{user_id or 0}:{question_id}"
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), sha256)


def scored(fraction: Decimal, **extra: Any) -> Score:
    """The score with the verdict that ``fraction`` means."""
    verdict = Verdict.RIGHT if fraction == 1 else Verdict.PARTLY if fraction else Verdict.WRONG
    return Score(fraction, verdict, **extra)


def share(text: str) -> Decimal | None:
    """A part of the points as an author writes it: a decimal number from 0 to 1."""
    return Decimal(text) if _SHARE.match(text) else None


def token(seed: bytes, option_id: str) -> str:
    """What an option is called on the page. The author's own id may tell too much ("right", "1-first")."""
    return hmac.digest(seed, option_id.encode(), sha256).hex()[:16]


class QuestionType(ABC):
    """One kind of question. ``config`` is what a revision stores, settings are its form in a course folder."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    settings_keys: ClassVar[frozenset[str]]

    @abstractmethod
    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        """Inverse of ``settings``. Raises ``Invalid`` with every misspelt or mistyped setting."""

    @abstractmethod
    def settings(self, config: Config) -> dict[str, Any]:
        """The config as a course folder and the API write it, without what is as it would be anyway."""

    @abstractmethod
    def validate(self, config: Config, stem: str) -> list[str]:
        """What an author must mend before the question can be asked; sentences."""

    @abstractmethod
    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        """An answer from a page's form or from JSON. Raises ``Invalid`` with one sentence."""

    @abstractmethod
    def score(self, config: Config, response: Response) -> Score:
        """How right ``response`` is. A pure function: the same values give the same score for ever."""

    @abstractmethod
    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        """What a student may see before answering: no key, no feedback, an order that tells nothing."""

    @abstractmethod
    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        """The key, for who has answered rightly and for authors; options under their names in ``public``."""

    @abstractmethod
    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        """The person's own answer in the form in which it is given."""

    def searchable(self, config: Config) -> list[str]:
        """Texts to find the question by. Never what would give the answer away."""
        return []

    def texts(self, config: Config) -> list[str]:
        """All Markdown in the config, for links to files."""
        return []


def given_text(given: Mapping[str, Any], name: str = "answer") -> str:
    """The one text of an answer, trimmed. Raises ``Invalid`` when there is none or it is none."""
    refuse_unknown(given, name)
    value = given.get(name)
    if value is None or value == "":
        raise empty()
    if not isinstance(value, str):
        raise Invalid(
            "not_text", _('Send the answer as text, such as "12.5".'), fields={name: [_("This is not text.")]}
        )
    value = value.strip()
    if not value:
        raise empty()
    if len(value) > MAX_ANSWER:
        sentence = _("Write at most %(n)d characters.") % {"n": MAX_ANSWER}
        raise Invalid("answer_too_long", sentence, fields={name: [sentence]})
    if not storable(value) or any(ord(c) < 32 and c not in "\t\n\r" for c in value):
        sentence = _("Leave out the control characters.")
        raise Invalid("answer_not_text", sentence, fields={name: [sentence]})
    return value


def refuse_unknown(given: Mapping[str, Any], *names: str) -> None:
    """JSON names exactly the fields of its kind; a page's form also carries its token and the like."""
    if isinstance(given, QueryDict):
        return
    unknown = sorted(str(key) for key in given if key not in names)
    if unknown:
        sentence = _("Leave out %(unknown)s: an answer to this question has only %(known)s.") % {
            "unknown": ", ".join(unknown)[:100],
            "known": ", ".join(names),
        }
        raise Invalid("unknown_field", sentence, fields={name[:100]: [sentence] for name in unknown[:5]})


def storable(text: str) -> bool:
    """Whether every database can keep the text: no null character, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def empty() -> Invalid:
    return Invalid("no_answer", _("Give an answer first."))


class SettingsReader:
    """Reads settings of known names and types and collects what is wrong with the rest."""

    def __init__(self, settings: Mapping[str, Any], known: Sequence[str] | frozenset[str], where: str = "") -> None:
        self._settings = settings
        self._where = where
        self.problems: list[str] = [
            _("%(where)sThere is no setting “%(name)s” here.") % {"where": where, "name": str(name)[:64]}
            for name in settings
            if name not in known
        ]

    def text(self, name: str, default: str | None = "") -> str:
        value = self._settings.get(name, default)
        if isinstance(value, str) and storable(value):
            return value
        self._wrong(name, _("text"))
        return ""

    def flag(self, name: str, default: bool) -> bool:
        value = self._settings.get(name, default)
        if isinstance(value, bool):
            return value
        self._wrong(name, _("true or false"))
        return default

    def choice(self, name: str, words: Sequence[str], default: str) -> str:
        value = self._settings.get(name, default)
        if isinstance(value, str) and value in words:
            return value
        self._wrong(name, _("one of %(words)s") % {"words": ", ".join(words)})
        return default

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        value = self._settings.get(name, default)
        if isinstance(value, list) and all(isinstance(entry, str) and storable(entry) for entry in value):
            return list(value)
        self._wrong(name, _("a list of texts"))
        return []

    def table(self, name: str) -> Mapping[str, Any] | None:
        value = self._settings.get(name)
        if value is not None and not isinstance(value, Mapping):
            self._wrong(name, _("a table"))
            return None
        return value

    def tables(self, name: str, default: list[Mapping[str, Any]] | None = None) -> list[Mapping[str, Any]]:
        value = self._settings.get(name, default)
        if isinstance(value, list) and all(isinstance(entry, Mapping) for entry in value):
            return list(value)
        self._wrong(name, _("a list of tables"))
        return []

    def finish(self) -> None:
        """Raise all that was found at once."""
        if self.problems:
            raise Invalid("question_settings", self.problems[0], fields={"": self.problems})

    def _wrong(self, name: str, wanted: str) -> None:
        if name in self._settings:
            sentence = _("%(where)s“%(name)s” must be %(wanted)s.")
        else:
            sentence = _("%(where)s“%(name)s” is missing; it must be %(wanted)s.")
        self.problems.append(sentence % {"where": self._where, "name": name, "wanted": wanted})
