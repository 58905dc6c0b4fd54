"""TeX becomes MathML of a known few elements, whatever is written."""

import re
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formulas import MAX_FORMULAS, formula_html, formula_problem
from core.html import formula_problems, markdown, markdown_inline, plain_text
from tests.parsing import dangers

ELEMENTS = {
    "math", "semantics", "annotation", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle",
    "mpadded", "mphantom", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts",
    "mtable", "mtr", "mtd", "b", "i", "em", "code", "div", "span",
}  # fmt: skip
ATTRIBUTES = {
    "display", "encoding", "class", "dir", "tabindex", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "symmetric",
    "movablelimits", "accent", "accentunder", "form", "columnspan", "lspace", "rspace", "minsize", "maxsize", "width",
    "linethickness",
}  # fmt: skip
CLASSES = {
    "math", "display", "wide", "nowrap", "tex", "boxed", "struck", "left", "right", "gap", "prime", "tight-start",
    "tight-end", "line-above", "line-start", "line-end",
}  # fmt: skip


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html)  # noqa: S314 - what this project wrote


def structure(tex: str) -> str:
    """The formula's tree in short: ``mfrac(a b)``; rows and text stand for themselves."""

    def short(element: ElementTree.Element) -> str:
        inner = element.text or " ".join(short(child) for child in element)
        return inner if element.tag in ("mi", "mn", "mo", "mtext") else f"{element.tag}({inner})"

    html = formula_html(tex, display=True)
    row = parsed(html).find("math/semantics/mrow")
    assert row is not None, html
    return " ".join(short(child) for child in row)


def strays(html: str) -> set[str]:
    """What the HTML has beside the elements, attributes and classes that formulas are made of."""
    root = parsed(f"<div>{html}</div>")
    found = {element.tag for element in root.iter()} - ELEMENTS
    found |= {name for element in root.iter() for name in element.attrib} - ATTRIBUTES
    return found | {name for element in root.iter() for name in element.get("class", "").split()} - CLASSES


@pytest.mark.parametrize(
    ("tex", "tree"),
    [
        (r"\frac{a}{2}", "mfrac(a 2)"),
        (r"\dfrac{1}{2}", "mfrac(1 2)"),
        (r"\binom{n}{k}", "mrow(( mfrac(n k) ))"),
        (r"\sqrt{n}", "msqrt(n)"),
        (r"\sqrt[3]{x}", "mroot(x 3)"),
        (r"\sum_{i=1}^{n} x_i", "munderover(∑ mrow(i = 1) n) msub(x i)"),
        (r"\lim_{x \to 0} x", "munder(lim mrow(x → 0)) x"),
        (r"\int_0^1 x\,dx", "msubsup(∫ 0 1) x mspace() d x"),
        (r"x_1^2", "msubsup(x 1 2)"),
        (r"f'(x)", "msup(f ′) ( x )"),
        (r"\bar{x}", "mover(x ¯)"),
        (r"\hat{p}", "mover(p ˆ)"),
        (r"\overline{AB}", "mover(mrow(A B) ̲)"),
        (r"\vec{v}", "mover(v ⃗)"),
        (r"\overbrace{a}^{n}", "mover(mover(a ⏞) n)"),
        (r"P(\text{late})", "P ( late )"),
        (r"\operatorname{SE}(x)", "SE ( x )"),
        (r"\alpha \beta \sigma", "α β σ"),
        (r"\mathbb{R}", "ℝ"),
        (r"\mathbf{v}", "𝐯"),
        (r"a \approx b \neq c \leq d \pm e \times f", "a ≈ b ≠ c ≤ d ± e × f"),
        (r"a \in A \cup B", "a ∈ A ∪ B"),
        (r"\left( \frac{1}{2} \right)", "mrow(( mfrac(1 2) ))"),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "mrow(( mtable(mtr(mtd(a) mtd(b)) mtr(mtd(c) mtd(d))) ))"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "mtable(mtr(mtd(a) mtd(= b)) mtr(mtd() mtd(= c)))"),
        (r"\begin{cases} 1 & x \\ 0 & y \end{cases}", "mrow({ mtable(mtr(mtd(1) mtd(x)) mtr(mtd(0) mtd(y))) ⁣)"),
        (r"\boxed{x}", "mrow(x)"),
        (r"\mbox{a} \euro", "a €"),
        (r"\color{red}{x}", "mrow(x)"),
    ],
)
def test_what_is_written_is_set(tex, tree):
    assert structure(tex) == tree
    assert formula_problem(tex) == ""


def test_cells_are_aligned_by_classes_and_not_by_styles():
    html = formula_html(r"\begin{array}{r|l} a & b \\ \hline c & d \end{array}", display=True)
    assert re.findall(r'<mtd class="([^"]+)"', html) == [
        "right line-end",
        "left",
        "line-above right line-end",
        "line-above left",
    ]
    assert " style=" not in html


def test_equations_have_no_numbers_that_start_again_in_each_formula():
    assert structure(r"\begin{align} a &= b \end{align}") == structure(r"\begin{align*} a &= b \end{align*}")


def test_the_tex_goes_with_the_formula_for_who_copies_it():
    assert formula_html("x<1", display=False) == (
        '<math display="inline"><semantics><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow>'
        '<annotation encoding="application/x-tex">x&lt;1</annotation></semantics></math>'
    )


HOSTILE = [
    r"\href{javascript:alert(1)}{x}",
    r"\url{javascript:alert(1)}",
    r"\text{<script>alert(1)</script>}",
    r"\text{</annotation></semantics></math><img src=x onerror=alert(1)>}",
    r"\text{\textbf{<style>}} <img src=x onerror=alert(1)>",
    r"\style{position:fixed;inset:0}{x}",
    r"\class{toast}{x} \cssId{main}{x}",
    r"\htmlData{module=dialog}{x}",
    r"\color{red;position:fixed}{x}",
    r"\textcolor{url(javascript:alert(1))}{x}",
    r"\eqref{x} \ref{x} \label{x}",
    r"\includegraphics{x} \input{/etc/passwd} \write18{ls}",
    r"\def\a{\a\a}\a",
    r"\newcommand{\a}{<b>} \a",
    r"\raisebox{1000em}{x} \hspace{-1000em} \hspace{9999em}",
    r"\genfrac{<}{>}{99em}{0}{a}{b}",
    "x\x00y",
    "x\x01y",
    "x\ud800y",
    "\ufffe",
    "<!DOCTYPE x [<!ENTITY a 'b'>]> &a;",
    "&lt;script&gt; &#x3c;img&#x3e;",
    "{{{",
    "}}}",
    r"\sqrt{\sqrt{x",
    r"\begin{matrix}",
    r"\end{matrix}",
    r"\left(",
    r"\\",
    "\\",
    "^",
    "x^^2",
    "%",
    "",
    " ",
    "$",
    "{" * 1_000,
    "{" * 1_000 + "}" * 1_000,
    r"\left(" * 300 + r"\right)" * 300,
    r"\begin{matrix}" * 100,
    r"\bar" * 499 + " x",
    r"\sqrt[" * 300,
    r"\frac1" * 330,
    "'" * 2_000,
    "<" * 2_000,
    "(" * 2_000,
    r"\sin(" * 400,
    "x" * 100_000,
    r"\frac{" * 20_000,
]


@pytest.mark.parametrize("tex", HOSTILE, ids=lambda tex: repr(tex[:40]))
@pytest.mark.parametrize("display", [True, False])
def test_nothing_comes_of_hostile_tex(tex, display):
    html = formula_html(tex, display=display)
    if (
        "\x00" not in html and "\x01" not in html and "\ud800" not in html and "\ufffe" not in html
    ):  # those XML cannot say
        assert strays(html) == set()
    assert not re.search(r"<(script|img|style|a|annotation-xml)\b", html)


@pytest.mark.parametrize("tex", [tex for tex in HOSTILE if "\ud800" not in tex], ids=lambda tex: repr(tex[:40]))
def test_hostile_tex_in_a_text_stays_inside_its_formula(tex):
    html = markdown(f"Before $$ {tex} $$ after.\n\nNext.")
    assert dangers(html, formulas=True) == []
    assert html.endswith("<p>Next.</p>\n")


@pytest.mark.parametrize("tex", ["(" * 28, r"\sin(" * 24, "'" * 2_000, "<" * 2_000, r"\iff " * 290, "x" * 100_000])
def test_no_formula_takes_long(tex):
    start = time.thread_time()
    formula_html(tex, display=True)
    assert time.thread_time() - start < 1


def test_a_text_full_of_brackets_takes_no_time_either():
    start = time.thread_time()
    markdown("(" * 50_000 + "$x$")
    assert time.thread_time() - start < 2


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(re.findall(r"\\\w+|.", "".join(HOSTILE[:20]))), max_size=60).map("".join)
)
def test_anything_gives_a_formula_or_its_tex(tex):
    html = formula_html(tex, display=False)
    assert ("<math" in html) == (formula_problem(tex) == "")
    if "<math" in html:
        assert strays(html) == set()


def test_what_cannot_be_set_is_shown_as_written_and_said_to_its_author():
    text = r"See $\nosuch{x}$ and $x$." "\n\n" r"$$ \frac{a} $$"
    assert markdown(text).startswith(r'<p>See <code class="tex">\nosuch{x}</code> and ')
    assert '<div class="math display"><code class="tex">\\frac{a}</code></div>' in markdown(text)
    assert formula_problems(text) == [
        r"The formula \nosuch{x} cannot be set. Formulas here do not know “\nosuch”.",
        r"The formula \frac{a} cannot be set. Look at its braces, and that each command has what it needs.",
    ]


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        ("x" * 2_001, "It is longer than 2000 characters."),
        ("{" * 31 + "}" * 31, "It has too many commands or braces inside each other."),
        (r"\newcommand{\a}{x}", "Formulas cannot define commands of their own."),
        ("x\x01", "It has a character that formulas cannot have."),
        (r"\eqref{a}", "It refers to another place."),
        ("%", "It is empty."),
    ],
)
def test_the_author_hears_why(tex, reason):
    assert formula_problem(tex).endswith(f" cannot be set. {reason}")
    assert len(formula_problem(tex)) < 200


def test_formulas_past_the_limit_stay_tex():
    html = markdown("$x$ " * (MAX_FORMULAS + 2))
    assert (html.count("<math"), html.count('<code class="tex">x</code>')) == (MAX_FORMULAS, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"The mean $\bar{x}$ of $n$ values", r"The mean \bar{x} of n values"),
        (r"If $x < 1 \text{ & } y > 2$ then", r"If x < 1 \text{ & } y > 2 then"),
        ("$$ a = b $$", "a = b"),
        (r"$\nosuch$ here", r"\nosuch here"),
        ("$" + " + ".join(["1.25"] * 12) + " = 15$", " + ".join(["1.25"] * 12) + " = 15"),
    ],
)
def test_words_have_each_formula_once_as_it_was_written(text, words):
    assert plain_text(markdown(text)) == words


def test_a_formula_and_what_touches_it_stay_on_one_line():
    html = markdown_inline("So ($x$), the $p$-value & $y$.")
    assert re.sub(r"<math.*?</math>", "M", html) == (
        'So <span class="nowrap">(M),</span> the <span class="nowrap">M-value</span> &amp; <span class="nowrap">M.</span>'
    )


def test_a_long_formula_in_a_line_may_break_after_its_signs():
    html = formula_html(r"1.25 + 2.25 + 3.25 = 6.75 \approx 7", display=False)
    assert re.sub(r"<(?!/?math|/?span)[^>]+>", "", re.sub(r"<annotation.*?</annotation>", "", html)) == (
        '<span class="math" dir="ltr"><math display="inline">1.25+2.25+</math><math display="inline">3.25=6.75≈</math>'
        '<math display="inline">7</math></span>'
    )


def test_a_bracket_that_closes_lets_the_line_break_after_the_next_sign():
    html = formula_html(r"P(\text{lost} \mid \text{found}) = 9/108 \approx 0.083", display=False)
    assert html.count("<math") == 3


def test_what_is_wider_than_a_phone_scrolls_and_can_be_reached_by_keyboard():
    long = r"\text{standard deviation of the sum of all}"
    assert formula_html(long, display=True).startswith('<div class="math display" tabindex="0"><math')
    assert formula_html(long, display=False).startswith('<span class="math wide" tabindex="0"><math')
    assert formula_html("x = 1", display=True).startswith('<div class="math display"><math')
