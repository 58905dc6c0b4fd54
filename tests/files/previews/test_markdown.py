"""Markdown files look as lessons do, and what they hold cannot act."""

import io
import time

import pytest

from core.html import markdown
from files.previews.markdown import MOST_BYTES, MOST_LINES, markdown_preview

FILE = "12345678-1234-1234-1234-123456789012"


def preview(content: str, **options):
    return markdown_preview(io.BytesIO(content.encode()), **options)


def test_it_is_what_lessons_show():
    content = "# Head\n\nSome *words*, $x^2$ and [a link](https://example.org/).\n\n![Far](https://example.org/a.png)\n"
    assert preview(content).html == markdown(content)
    assert not preview(content).is_cut


def test_nothing_in_it_acts():
    html = preview(
        '<script>x</script>\n\n<img src=x onerror=go()>\n\n[a](javascript:go())\n\n<p style="color:red">\n'
    ).html
    assert ("<script" in html, "<img" in html, "href=" in html, "<p style" in html) == (False, False, False, False)


def test_files_of_others_have_no_address_here():
    content = f"![a](file:{FILE})"
    assert 'src=""' in preview(content).html
    assert 'src="/files/1/"' in preview(content, resolve_file=lambda public_id: "/files/1/").html


def test_long_files_are_cut():
    shown = preview("a\n\n" * MOST_LINES)
    assert (shown.html.count("<p>"), shown.is_cut) == (MOST_LINES // 2, True)
    assert preview("word " * MOST_BYTES).is_cut


@pytest.mark.parametrize(
    "piece", ["[", "![", "*a_ ", "a**", "> ", "`` ` ", "<a ", "$a$ ", "|a|\n|-|\n", "[a](b) ", " - a\n  ", "\\"]
)
def test_hostile_files_take_time_as_they_are_long(piece):
    def spent(size):
        begun = time.thread_time()
        preview((piece * size)[:size])
        return time.thread_time() - begun

    # What is quick may grow as it likes: a busy machine alone makes a tenth of a second two.
    quarter = max(spent(MOST_BYTES // 4), 0.3)
    # Four times as long; what looks again at all that came before would take sixteen times.
    assert spent(MOST_BYTES) < 10 * quarter
