"""HTML of other systems: nothing acts, the words stay, and what it meant looks like ours."""

import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.html import file_references, plain_text
from core.imported_html import imported_html, shifted_headings
from tests.core.test_html import FILE_ID, HOSTILE
from tests.parsing import dangers
from tests.samples import sample_folder

PIECES = [
    "<p>", "</p>", "<div class='note'>", "</div>", "<table>", "<tr><td>", "</table>", "<h2>", "</h2>", "<b>", "<li>",
    "<button class=togglebutton1>", "</button>", "<div class=toggletarget1>", "\\(x", "\\)", "$$", "<br>", "&nbsp;",
    "<svg>", "<math>", "<style>", "</style>", "<!--", "-->", "<img src=x onerror=y>", "a",
]  # fmt: skip


def is_safe(html: str) -> bool:
    return dangers(imported_html(html), formulas=True, imported=True) == []


class TestHostile:
    @pytest.mark.parametrize("html", HOSTILE)
    def test_nothing_that_acts_is_left(self, html):
        assert is_safe(html)
        assert is_safe(f"<ul><li>a<table><tr><td>{html}</td></table></ul>")

    @pytest.mark.parametrize(
        "html",
        [
            '<p title="<pre class=&quot;scrolls&quot;> onclick=alert(1)">a</p>',
            "<p title='<div class=\"tblwrap\"> onclick=alert(1)'>a</p>",
            "<p title='<span class=\"math inline\">x</span><img src=x onerror=alert(1)>'>a</p>",
            "<pre class='language-x\" onclick=alert(1)'>a</pre>",
            "<p>\\(\\href{javascript:alert(1)}{x}<img src=x onerror=alert(1)>\\)</p>",
            "[mathjax]</annotation><script>alert(1)</script>[/mathjax]",
            "<button class='togglebutton1'>&lt;script&gt;</button><div class='toggletarget1'><script>x</script></div>",
            "<iframe title='<script>' src='javascript:alert(1)'></iframe>",
            "<iframe src='data:text/html,x'></iframe><object data='javascript:x'>a</object><embed src=vbscript:x>",
            "<map><area href='javascript:alert(1)' alt=x></map>",
            "<img src='https://x.example/a.png\" onerror=\"alert(1)' alt='<script>'>",
            "<a id='\"><script>alert(1)</script>' name=x href='#\"><script>'>a</a>",
            "<a href='part:\"onclick=alert(1)'>a</a>",
        ],
    )
    def test_nor_by_what_is_made_of_it(self, html):
        assert is_safe(html)

    @given(st.text(alphabet="<>/\"'=ax &;:!-sonerrcipt()`$*[]\\\n", max_size=120))
    def test_no_mixture_of_signs_gets_through(self, text):
        assert is_safe(text)

    @given(st.lists(st.sampled_from(PIECES), max_size=14))
    def test_no_mixture_of_tags_does(self, parts):
        source = "".join(parts)
        once = imported_html(source)
        assert dangers(once, formulas=True, imported=True) == []
        assert imported_html(source) == once

    @pytest.mark.samples
    def test_hostile_samples(self):
        folder = sample_folder("hostile")
        texts = [(folder / "markdown-xss.md").read_text(), (folder / "script.svg").read_text()]
        texts += [case["payload"] for case in json.loads((folder / "dompurify-expect-third.json").read_text())]
        texts += json.loads((folder / "naughty-strings.json").read_text())
        assert len(texts) > 500
        assert [text for text in texts if not is_safe(text)] == []

    @pytest.mark.parametrize(
        "part",
        ["<div>", "<b>", "<table>", "<li>", "\\(", "$$", "<br>", "<a ", "&nbsp;", "<button class=togglebutton1>x"],
    )
    def test_no_text_takes_long(self, part):
        started = time.thread_time()
        imported_html(part * (100_000 // len(part)))
        assert time.thread_time() - started < 6

    def test_the_same_hundred_levels_deep_or_more(self):
        assert plain_text(imported_html("<div>" * 5_000 + "a")) == "a"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<p>a <b>b</b> <i>c</i> &eacute; &amp; x < y</p>", "<p>a <b>b</b> <i>c</i> é &amp; x &lt; y</p>"),
        ("bare <b>words</b><p>then</p>more", "<p>bare <b>words</b></p><p>then</p><p>more</p>"),
        ("<p>a<p>&nbsp;</p><p> <br> </p><div></div><p>b<br></p>", "<p>a</p><p>b</p>"),
        ("<p>a&nbsp;&nbsp; &nbsp;b&nbsp;c</p>", "<p>a b&nbsp;c</p>"),
        ("<font color=red>a</font><center>b</center><p style='color:red'>c</p>", "<p>a</p><p>b</p><p>c</p>"),
        ("<div><div>a</div><div><p>b</p></div></div>", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li><div>b</div></ul>", "<ul><li>a</li><li>b</li></ul>"),
        (
            "<strike>a</strike> <tt>b</tt> <acronym title=T>c</acronym>",
            '<p><s>a</s> <code>b</code> <abbr title="T">c</abbr></p>',
        ),
        ("<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<p dir=rtl lang=ar>a</p>", '<p dir="rtl" lang="ar">a</p>'),
        ("<p>a<a href=''> </a>b<a href='javascript:;'>c</a></p>", "<p>a bc</p>"),
        ("<script>alert(1)</script><style>p{}</style>", ""),
        ("<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>", "<p><ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby></p>"),
        ("", ""),
    ],
)
def test_words_stay_and_manners_go(source, html):
    assert imported_html(source) == html


def test_the_html_of_a_word_processor():
    source = """<html xmlns:o="urn:x"><head><title>T</title><style>p.MsoNormal {margin:0}</style>
    <!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]--></head><body lang=EN-GB>
    <p class=MsoNormal style='mso-margin-top-alt:auto'><span lang=EN-US style='font-family:"Times"'>One<o:p></o:p></span></p>
    <p class=MsoListParagraph><![if !supportLists]><span style='mso-list:Ignore'>·</span><![endif]>Two</p></body></html>"""
    assert imported_html(source) == '<p><span lang="EN-US">One</span></p><p>·Two</p>'


class TestHeadings:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("1 2 3", "3 4 5"),
            ("3 4 4 3", "3 4 4 3"),
            ("2 5 4 2", "3 4 4 3"),
            ("4 3", "3 3"),
            ("1 2 3 4 5 6", "3 4 5 6 6 6"),
        ],
    )
    def test_no_level_is_left_out(self, before, after):
        html = imported_html("".join(f"<h{level}>x</h{level}>" for level in before.split()))
        assert re.findall(r"<h(\d)>", html) == after.split()

    def test_they_move_with_the_place_of_their_block(self):
        assert shifted_headings("<h3>a</h3><h6>b</h6><hr>", -1) == "<h2>a</h2><h5>b</h5><hr>"


class TestTables:
    def test_a_table_scrolls_by_keyboard_and_says_its_headers(self):
        html = imported_html("<table width=900><caption>C</caption><tr><th>a<th>b<tr><th>c<td colspan=1>d</table>")
        assert html == (
            '<div class="tblwrap" tabindex="0"><table><caption>C</caption><tbody>'
            '<tr><th scope="col">a</th><th scope="col">b</th></tr>'
            '<tr><th scope="row">c</th><td colspan="1">d</td></tr></tbody></table></div>'
        )

    def test_one_without_cells_is_its_caption(self):
        assert imported_html("<table><caption>C</caption></table>") == "<p>C</p>"

    def test_headers_are_named_by_their_new_ids(self):
        html = imported_html("<table><tr><th id=a>A<tr><td headers='a'>x</table>")
        assert 'id="in-a"' in html
        assert 'headers="in-a"' in html


class TestCode:
    @pytest.mark.parametrize("name", ["lang-js", "language-JS", "prettyprint lang-js", "brush: js"])
    def test_its_language(self, name):
        assert imported_html(f"<pre class='{name}'>a  b</pre>") == '<pre><code class="language-js">a  b</code></pre>'

    def test_long_lines_scroll_by_keyboard(self):
        assert imported_html(f"<pre>{'x' * 50}</pre>") == f'<pre tabindex="0"><code>{"x" * 50}</code></pre>'

    def test_formulas_and_spaces_in_code_stay_as_they_are(self):
        assert (
            imported_html("<p><code>\\(x\\)&nbsp;&nbsp;$$y$$</code></p>")
            == "<p><code>\\(x\\)&nbsp;&nbsp;$$y$$</code></p>"
        )


class TestFormulas:
    @pytest.mark.parametrize("tex", ["\\(x &lt; 1\\)", "[mathjaxinline]x &lt; 1[/mathjaxinline]"])
    def test_in_a_line(self, tex):
        html = imported_html(f"<p>a {tex}, b</p>")
        assert '<math display="inline">' in html
        assert plain_text(html) == "a x < 1, b"

    @pytest.mark.parametrize("tex", ["\\[x\\]", "$$x$$", "[mathjax]x[/mathjax]"])
    def test_on_a_line_of_their_own(self, tex):
        html = imported_html(f"<p>a {tex} b</p>")
        assert re.sub(r"<math.*</math>", "M", html) == '<p>a </p><div class="math display">M</div><p> b</p>'

    def test_several_and_those_without_an_end(self):
        html = imported_html("<p>\\(a\\) and \\(b\\) and \\(c, $$ too</p>")
        assert html.count("<math") == 2
        assert plain_text(html) == "a and b and \\(c, $$ too"

    def test_one_that_cannot_be_set_shows_its_tex(self):
        assert '<code class="tex">\\nonsense</code>' in imported_html("<p>\\(\\nonsense\\)</p>")


class TestPictures:
    def test_of_this_site(self):
        source = f"<img src='file:{FILE_ID}' alt='A leaf' width=300 style='float: right' onerror=x>"
        html = imported_html(source)
        assert html == (f'<p><img src="file:{FILE_ID}" alt="A leaf" width="300" loading="lazy" class="hang-end"></p>')
        assert file_references([source]) == file_references([html]) == {FILE_ID}

    @pytest.mark.parametrize(
        ("manner", "kept"),
        [
            ("style='width: 300px'", 'width="300"'),
            ("style='max-width:35%;float:left'", 'width="35%" class="hang-start"'),
            ("style='float:left; height: 100px'", 'class="small-picture"'),
            ("class='fa-icon'", 'class="small-picture"'),
        ],
    )
    def test_how_large_it_was_shown(self, manner, kept):
        html = imported_html(f"<img src=a.png alt=a {manner}>")
        assert set(kept.split()) <= set(html.replace(">", " ").split())
        assert ("small-picture" in html) is ("small-picture" in kept)

    def test_one_of_another_site_is_linked(self):
        html = imported_html("<img src=https://x.example/a.png alt='A leaf'>")
        assert html == '<p><a href="https://x.example/a.png" rel="noopener noreferrer">A leaf</a></p>'

    def test_a_picture_without_address_leaves_its_words(self):
        assert imported_html("<img src='data:image/png;base64,AAAA' alt=''><img alt='A leaf'>") == "<p>A leaf</p>"

    def test_the_places_of_a_map_become_links(self):
        source = "<img src=a.png alt=A usemap=#m><map name=m><area href='/x' alt=X><area href='#' alt=Y></map>"
        assert '<ul><li><a href="/x" rel="noopener noreferrer">X</a></li></ul>' in imported_html(source)


class TestMeanings:
    @pytest.mark.parametrize(
        ("name", "own"),
        [
            ("note", "callout"),
            ("hx-bluebox hx-sidebar", "callout"),
            ("alert alert-warning", "callout warning"),
            ("hx-redbox", "callout warning"),
            ("tip", "callout tip"),
        ],
    )
    def test_boxes_look_like_ours(self, name, own):
        assert imported_html(f"<div class='{name}'>a<p>b</div>") == f'<div class="{own}"><p>a</p><p>b</p></div>'

    def test_an_aside_is_a_box_and_a_slider_is_not(self):
        assert imported_html("<aside>a</aside>") == '<div class="callout"><p>a</p></div>'
        assert imported_html("<div class='hx-sliderbox toast'>a</div>") == "<p>a</p>"

    def test_what_a_button_would_show_unfolds(self):
        source = (
            "<h4 id=k><button class='hx-togglebutton3'>More <b>x</b></button></h4><div class='hx-toggletarget3'>a</div>"
        )
        assert imported_html(source) == '<details id="in-k"><summary>More x</summary><p>a</p></details>'

    def test_a_button_without_anything_to_show_leaves_its_words(self):
        assert imported_html("<p><button class='hx-togglebutton3'>More</button></p>") == "<p>More</p>"

    def test_words_for_screen_readers_stay_theirs(self):
        assert imported_html("<p><span class='fa fa-x'></span><span class='sr'>Warning</span></p>") == (
            '<p><span class="visually-hidden">Warning</span></p>'
        )

    def test_a_frame_becomes_a_link(self):
        html = imported_html("<iframe src='https://x.example/demo' title='Demo'>no frames</iframe>")
        assert re.findall(r'<a href="([^"]*)"', html) == ["https://x.example/demo"]
        assert "Demo" in html


def test_links_within_the_text_go_on_working():
    html = imported_html(
        "<a href='#top'>up</a><h3 id=top>T</h3><a name='b c'></a><a href='#b c'>b</a><p id=top>again</p>"
    )
    assert re.findall(r'id="([^"]*)"', html) == ["in-top", "in-b-c"]
    assert re.findall(r'href="([^"]*)"', html) == ["#in-top", "#in-b-c"]


def test_links_to_parts_and_files_stay_for_whom_shows_them():
    html = imported_html(f"<a href=part:unit>a</a> <a href='file:{FILE_ID}'>b</a>")
    assert re.findall(r'href="([^"]*)"', html) == ["part:unit", f"file:{FILE_ID}"]
