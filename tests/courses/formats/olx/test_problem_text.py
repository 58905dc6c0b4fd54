"""HTML of problems as Markdown that our renderer shows with the same words."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from core.html import markdown, markdown_inline, plain_text
from courses.formats.olx.problem_tags import Losses
from courses.formats.olx.problem_text import TextReader, contents


def read(html: str, *, one_line: bool = False) -> tuple[str, tuple[str, ...]]:
    losses = Losses()
    reader = TextReader(lambda address: address.replace("/static/", "media/"), losses)
    nodes = contents(etree.fromstring(f"<div>{html}</div>"))
    return (reader.line(nodes) if one_line else reader.blocks(nodes)), losses.all()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("One<p>Two</p>Three", "One\n\nTwo\n\nThree"),
        ("<label>\n  <strong>Why?  </strong>\n</label><br/>", "**Why?**"),
        ("a<br/>b<br/>", "a\\\nb"),
        ("<b>a<br/></b># b", "**a**\\\n\\# b"),
        ("<h3># a</h3>", "### \\# a"),
        ("<h2>Part</h2>", "### Part"),
        ("<b>Note:</b>text", "**Note**:text"),
        ("<b>x</b><b>y</b> <em/>z", "**xy** z"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<dl><dt>T</dt><dd>d</dd></dl>", "**T**\n\nd"),
        ("<blockquote>q</blockquote>", "> q"),
        ("H<sub>2</sub>O, m<sup>-1</sup>", "H₂O, m⁻¹"),
        ("5<sup>th</sup>", r"5$^{\text{th}}$"),
        ("<code>a*b</code> <tt>c</tt>", "`a*b` `c`"),
        ("<code>a`b</code>", "`` a`b ``"),
        ("<pre>\n  <code class='lang-js'>  a = '*'\n\n\n\nb</code>\n</pre>", "```js\n  a = '*'\n\n\n\nb\n```"),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<code>a<br/>b</code>", "```\na\nb\n```"),
        ('<img src="/static/a (1).png" alt="a [b]"/>', r"![a \[b\]](media/a%20%281%29.png)"),
        ('<a href="https://x.org/a_b"/>', "[https://x.org/a_b](https://x.org/a_b)"),
        ('<a href="#"><p>in</p></a>', "[in](#)"),
        ("<q>so</q>", "“so”"),
        ("x<sub>a<sub>b<sub>c</sub></sub></sub>", r"x$_{\text{abc}}$"),
        (
            "<table><caption>C</caption><thead><tr><th>a|b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
            "C\n\n| a\\|b |  |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "<table><tr><td><code>|</code></td><td>\\(|x|\\)</td></tr></table>",
            "|  |  |\n| --- | --- |\n| `\\|` | $\\|x\\|$ |",
        ),
    ],
)
def test_html_in_markdown(html, text):
    assert read(html) == (text, ())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (r"If \( a_1 * b \) then", "If $a_1 * b$ then"),
        ("[mathjaxinline]x &lt; y[/mathjaxinline]", "$x < y$"),
        (r"<p>so \[ x = 1 \] holds</p>", "so\n\n$$\nx = 1\n$$\n\nholds"),
        ("[mathjax]x[/mathjax]", "$$\nx\n$$"),
        ("<m>$x^2$</m>", "$x^2$"),
        ("<math>x</math>", "$x$"),
        ("<math><semantics><mi>x</mi><annotation>x_1</annotation></semantics></math>", "$x_1$"),
        (r"<b>\(x\)</b>", "**$x$**"),
        ("$5 and $6", r"\$5 and \$6"),
        (r"<code>\(x\)</code>", r"`\(x\)`"),
        ("\\( a % not this\n b \\)", "$a b$"),
    ],
)
def test_formulas(html, text):
    assert read(html) == (text, ())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="javascript:x">go</a>', "go"),
        ('<iframe src="https://x.org" title="Map"/>', "[Map](https://x.org)"),
        ("<video><source src='/static/a.mp4'/></video>", "[/static/a.mp4](media/a.mp4)"),
        ("<button>Go</button>", "Go"),
        ("<svg><path/></svg>x", "x"),
        (r"\(\text{if $x$}\)", r"`\text{if $x$}`"),
        ("<table><tr><td><ul><li>a</li><li>b</li></ul></td></tr></table>", "|  |\n| --- |\n| a b |"),
        ("<table><tr><td rowspan='2'>a</td></tr></table>", "|  |\n| --- |\n| a |"),
        ("<math><mi>x</mi></math>", "x"),
        ("<style>p {}</style>x", "x"),
    ],
)
def test_what_markdown_cannot_hold_is_said(html, text):
    found, losses = read(html)
    assert (found, len(losses)) == (text, 1)


def test_an_option_is_one_line():
    assert read("<p>a</p><ul><li>b</li></ul><pre>c\nd</pre>", one_line=True)[0] == "a b `c d`"


def test_very_deep_text_is_read_without_its_formatting():
    found, losses = read("<b><i>" * 100 + "deep" + "</i></b>" * 100)
    assert (found, len(losses)) == ("deep", 1)


MARKS = st.text(st.sampled_from("ab12 *_`[]()<>&#!|~$\\-+=.:;{}'\"/é\n\t "), max_size=40)
WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cn"), blacklist_characters="\ufffe\uffff"), max_size=30
)


def same(text: str, shown: str) -> bool:
    return "".join(text.split()) == "".join(shown.split())


def element(name: str, *parts: object) -> etree._Element:
    found = etree.Element(name)
    for part in parts:
        if not isinstance(part, str):
            found.append(part)
        elif len(found):
            found[-1].tail = (found[-1].tail or "") + part
        else:
            found.text = (found.text or "") + part
    return found


@settings(max_examples=300, deadline=None)
@given(MARKS | WORDS)
def test_any_text_reads_as_in_the_source(text):
    if "\\(" in text or "\\[" in text:
        return
    losses = Losses()
    reader = TextReader(lambda address: address, losses)
    assert same(text, plain_text(markdown(reader.blocks([element("label", text)]))))
    assert same(text, plain_text(markdown_inline(reader.line([text]))))
    assert losses.all() == ()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "b", "em", "code", "span", "p", "li", "td", "br"]), MARKS), max_size=5))
def test_any_text_between_any_elements_reads_as_in_the_source(pieces):
    if any("\\(" in text or "\\[" in text for _name, text in pieces) or "\\" in "".join(t[-1:] for _n, t in pieces):
        return
    nodes = []
    for name, text in pieces:
        if name == "li":
            nodes.append(element("ul", element("li", text)))
        elif name == "td":
            nodes.append(element("table", element("tr", element("td", text), element("td", "x"))))
        else:
            nodes += (
                [element(name, text)] if name not in ("", "br") else [text, *([etree.Element("br")] if name else [])]
            )
    reader = TextReader(lambda address: address, Losses())
    expected = "".join("".join(n.itertext()) if not isinstance(n, str) else n for n in nodes)
    assert same(expected, plain_text(markdown(reader.blocks(nodes))))


@pytest.mark.parametrize(
    "html",
    [
        "\\(" * 20_000,
        "\\(a " * 10_000 + "\\[x\\]" * 1_000,
        "*_`[" * 10_000,
        "<b>" * 50 + "a" * 10_000 + "</b>" * 50,
        "<table>" + "<tr>" + "<td colspan='99'/>" * 2_000 + "</tr>" + "<tr><td/></tr>" * 2_000 + "</table>",
        "<br/>" * 5_000,
        "<p>words</p>" * 100_000,
        "- " * 20_000,
        "<sub>" * 40 + "x" + "</sub>" * 40,
    ],
)
def test_large_and_odd_texts_take_no_long_time(html):
    started = time.thread_time()
    read(html)
    assert time.thread_time() - started < 10
