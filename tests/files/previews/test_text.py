"""Text and code: safe, numbered line by line, in bounded time."""

import io
import re
import time

import pytest

from files.previews import text
from files.previews.base import NoPreview, Reason, visible_name
from files.previews.languages import _LANGUAGES, _WHOLE_NAMES, LANGUAGES, language_name, language_of, lexer_class
from files.previews.text import MOST_BYTES, MOST_LINES, TextPreview, text_preview


def preview(content: str | bytes, name: str = "a.txt") -> TextPreview:
    return text_preview(io.BytesIO(content.encode() if isinstance(content, str) else content), name)


def bare(html: str) -> str:
    return re.sub(r"</?span[^>]*>", "", html)


def test_code_is_marked_by_classes_alone():
    shown = preview('def add(a):\n    """Two\n    lines."""\n    return a + 1  # one\n', "sums.py")
    assert shown.language == "Python"
    assert shown.lines == (
        '<span class="hl-keyword">def</span> <span class="hl-function">add</span>(a):',
        '    <span class="hl-string">&quot;&quot;&quot;Two</span>',
        '<span class="hl-string">    lines.&quot;&quot;&quot;</span>',
        '    <span class="hl-keyword">return</span> a + <span class="hl-number">1</span>  <span class="hl-comment"># one</span>',
    )
    assert not shown.is_cut


@pytest.mark.parametrize("name", ["a.html", "a.py", "a.txt", "a.unknown"])
def test_nothing_in_a_text_is_markup(name):
    shown = preview('<script>alert("1")</script>\n<img src=x onerror="go()">\n', name)
    assert all("<" not in bare(line) for line in shown.lines)
    assert bare(shown.lines[0]) == "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"


def test_empty_lines_at_the_beginning_are_counted():
    assert preview("\n\nimport os\n", "a.py").lines == ("", "", '<span class="hl-keyword">import</span> os')


def test_the_name_decides_and_not_the_content():
    assert preview("#!/usr/bin/python\nimport os\n", "notes.txt").language == ""
    assert preview("hello\n", "Makefile").language == "Makefile"
    assert [language_of(name) for name in ("a.PY", "a.r", ".py", "py", "a.docx")] == ["Python", "S", "", "", ""]


def test_long_texts_are_cut_and_say_so():
    lines = preview("a\n" * (MOST_LINES + 1))
    assert (len(lines.lines), lines.is_cut) == (MOST_LINES, True)
    assert not preview("a\n" * MOST_LINES).is_cut
    wide = preview("é" * MOST_BYTES)
    assert (len(wide.lines[0]), wide.is_cut) == (MOST_BYTES // 2, True)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", ()),
        (b"a\r\nb\rc", ("a", "b", "c")),
        ("\ufeffa".encode(), ("a",)),
        ("a\nž".encode("utf-16"), ("a", "ž")),
        ("café".encode("cp1252"), ("café",)),
        (b"\n\n x\n", ("", "", " x")),
    ],
)
def test_how_texts_are_written(content, lines):
    assert preview(content).lines == lines
    assert tuple(bare(line) for line in preview(content, "a.py").lines) == lines


def test_what_is_no_text_has_no_preview():
    with pytest.raises(NoPreview) as refusal:
        preview(b"\x7fELF\0\0")
    assert refusal.value.reason == Reason.BINARY
    assert "no text" in refusal.value.sentence


def test_signs_that_turn_the_line_around_are_seen():
    assert preview("a = 1 \u202e# \u2066\n", "a.py").lines[0].count("U+202E") == 1
    assert preview("bell\x07 tab\t\n").lines == ("bell‹U+0007› tab\t",)
    assert visible_name("a\u202egpj.exe\n") == "a‹U+202E›gpj.exe‹U+000A›"
    # Joiners are part of how some scripts and signs are written.
    assert visible_name("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_lexer(language):
    assert lexer_class(language).name == lexer_class(language)().name


HOSTILE = ["(", "[{", '"', "/*", "\\", "<!--", "a ", "f'{"]


@pytest.mark.parametrize("name", ["a.py", "a.js", "a.html", "a.json", "a.pl", "a.tex", "a.yaml"])
@pytest.mark.parametrize("width", [MOST_BYTES, 1900])
def test_hostile_code_takes_bounded_time(name, width):
    slow = {}
    for piece in HOSTILE:
        whole = (piece * MOST_BYTES)[:MOST_BYTES]
        content = "\n".join(whole[start : start + width] for start in range(0, MOST_BYTES, width)).encode()
        begun = time.thread_time()
        text_preview(io.BytesIO(content), name)
        if (taken := time.thread_time() - begun) >= 4:
            slow[piece] = taken
    assert slow == {}


NAMES = {language: f"a.{ending}" for ending, language in _LANGUAGES.items()} | {
    language: name for name, language in _WHOLE_NAMES.items()
}
# Lines of each piece one after the other, never closed.
MIXED = "\n".join([piece * (1900 // len(piece)) for piece in [*HOSTILE, "'", "`", "{-", "(*", "${", "0"]] * 12) + "\n"
# Beyond the time that colour may take: one token, the rest without colour, and a machine that does other things.
MOST_MORE = 1.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_lexer_goes_far_beyond_its_time(language, monkeypatch):
    """Each is tried with hostile text; some with far more of it, above."""
    monkeypatch.setattr(text, "_SECONDS", 0.05)
    # The patterns of a lexer are put together when it is first used.
    preview("a\n", NAMES[language])
    begun = time.thread_time()
    for content in (
        MIXED[: MOST_BYTES - 1] + "\n",
        *(piece * 4000 for piece in (" " * 60 + "\n", "\t" * 60 + "\n", "a\n", "/*\n", '"\n', "<!--\n", "(\n")),
    ):
        shown = preview(content, NAMES[language])
        assert shown.language == language_name(language)
        assert len(shown.lines) == min(content.count("\n"), MOST_LINES)
    assert time.thread_time() - begun < 8 * (0.05 + MOST_MORE)


def test_what_comes_after_the_time_is_there_without_colour(monkeypatch):
    monkeypatch.setattr(text, "_SECONDS", -1)
    shown = preview("import os\nimport re\n", "a.py")
    assert [bare(line) for line in shown.lines] == ["import os", "import re"]
    assert [line.count("<span") for line in shown.lines] == [1, 0]


def test_a_lexer_that_fails_or_loses_lines_costs_only_the_colour(monkeypatch):
    def failing(html, language):
        raise EOFError

    monkeypatch.setattr(text, "_html_of", failing)
    assert preview("a < b\n", "a.py").lines == ("a &lt; b",)
    monkeypatch.setattr(text, "_html_of", lambda html, language: "one line")
    assert preview("a\nb\n", "a.py").lines == ("a", "b")


def test_lines_that_are_too_long_end_the_marking():
    shown = preview("import os\n" + "x" * 3000 + "\nimport re\n", "a.py")
    assert ["hl-keyword" in line for line in shown.lines] == [True, False, False]
