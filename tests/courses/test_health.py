"""What the authors of a course would mend, and where."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.html import markdown
from core.html_check import html_findings, left_out
from core.imported_html import imported_html
from courses.models import Block
from courses.selectors.health import course_health
from courses.services import content
from courses.services import page as pages
from tests.factories import BlockFactory, ItemFactory, SectionFactory
from tests.factories.files import png, stored


def codes(findings):
    return [found.code for found in findings]


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("![A leaf](a.png) and [the mean](https://x.example)", []),
            ("![](a.png)", ["alt"]),
            ("[](https://x.example)", ["link_empty"]),
            ("[Click here.](https://x.example)", ["link_vague"]),
            ("## A\n\n#### B", ["heading"]),
            ("#### B", ["heading"]),
            ("## A\n\n### B\n\n## C", []),
            ("| a | b |\n|---|---|\n| 1 | 2 |", []),
            (r"$\frac{1}{$", ["formula"]),
        ],
    )
    def test_in_markdown(self, text, found):
        assert codes(html_findings(markdown(text), empty_alt_is_missing=True)) == found

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("<img src='file:x' alt=''>", []),
            ("<img src='file:x'>", ["alt"]),
            ("<a href='https://x.example'><img src='file:x' alt=''></a>", ["link_empty"]),
            ("<table><tr><td>a<td>b<tr><td>1<td>2</table>", ["table_headers"]),
            ("<table><tr><td>a<td>b</table>", []),
            ("<h2>a</h2><h5>b</h5>", []),
            ("<a href='/static/x.pdf'>x.pdf</a><img src=y.png alt=y>", ["link_gone", "file_gone"]),
            ("<a href='#x'>x</a> <a href=part:y>y</a> <a href=//x.example>z</a>", []),
            ("<p>\\(\\nonsense\\)</p>", ["formula"]),
        ],
    )
    def test_in_imported_html(self, source, found):
        assert codes(html_findings(imported_html(source), may_be_relative=False)) == found

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            ("<p>plain</p>", []),
            ("<script src=x></script>", ["script"]),
            ("<p onclick='x()'>", ["script"]),
            ("<form><select></select></form>", ["form"]),
            ("<iframe src=x></iframe>", ["frame"]),
            ("<svg></svg>", ["picture_left_out"]),
            ("<img src='data:image/png;base64,AAAA' alt=''>", []),
            (f"<img src='data:image/png;base64,{'A' * 300}'>", ["picture_left_out"]),
            ("<img src=https://x.example/a.png>", ["picture_elsewhere"]),
            ("<a href=x> &nbsp;</a>", ["link_empty"]),
        ],
    )
    def test_what_was_left_out_of_a_source(self, source, found):
        assert codes(left_out(source)) == found


def write(block_section, people, text, kind="html", **data):
    return content.add_block(actor=people.teacher, section=block_section, kind=kind, text=text, data=data)


@pytest.mark.django_db
class TestCourse:
    def test_nothing_to_mend(self, client, taught, people):
        assert course_health(taught.course).total == 0
        client.force_login(people.teacher)
        assert "Nothing to mend" in client.get(reverse("courses:health", args=["statistics"])).content.decode()

    def test_each_finding_stands_in_its_place(self, taught, people):
        block = write(taught.section, people, "<img src='file:x'>")
        (found,) = course_health(taught.course).findings
        assert (found.code, found.is_serious, found.block, found.item) == ("alt", True, block, taught.lesson)
        assert found.url == reverse("courses:item-edit", args=["statistics", taught.lesson.public_id]) + (
            f"#block-{block.public_id}"
        )

    def test_links_and_files_that_lead_nowhere(self, taught, people):
        file = stored(png(), actor=people.teacher)
        known = f"<a href=part:{taught.lesson.public_id}>a lesson</a> <a href='file:{file.public_id}'>a file</a>"
        write(taught.section, people, known)
        assert course_health(taught.course).total == 0
        block = write(taught.section, people, f"<a href=part:gone>b lesson</a> <a href='file:{file.public_id}'>b</a>")
        block.draft.html = block.draft.html.replace(str(file.public_id), "01890a5d-ac96-774b-bcce-b302099a8057")
        block.draft.save()
        assert sorted(codes(course_health(taught.course).findings)) == ["file_gone", "link_gone"]

    def test_pages_are_looked_at_too(self, taught, people):
        page = pages.add_page(actor=people.teacher, course=taught.course, title="A", text="[here](part:gone)")
        found = course_health(taught.course).findings
        assert sorted(codes(found)) == ["link_gone", "link_vague"]
        assert {f.page for f in found} == {page}
        assert {f.url for f in found} == {reverse("courses:page-edit", args=["statistics", page.public_id])}

    def test_ids_given_twice_on_one_page(self, taught, people):
        for section in (taught.section, SectionFactory(item=taught.lesson)):
            write(section, people, "<p id=top>a</p>")
        assert codes(course_health(taught.course).findings) == ["id_twice"]
        taught.lesson.is_paged = True
        taught.lesson.save()
        assert course_health(taught.course).total == 0

    def test_a_very_long_lesson(self, taught, people):
        for _number in range(2):
            write(taught.section, people, "word " * 3_100, kind="text")
        assert codes(course_health(taught.course).findings) == ["long"]

    def test_a_notice_waits_for_a_person(self, client, taught, people):
        write(taught.section, people, "", kind="notice", title="Word cloud", source="word_cloud")
        (found,) = course_health(taught.course).findings
        assert (found.code, "“Word cloud”" in found.sentence) == ("notice", True)

    def test_an_empty_block(self, taught, people):
        write(taught.section, people, "", kind="text")
        assert codes(course_health(taught.course).findings) == ["empty"]

    def test_one_kind_alone(self, client, taught, people):
        write(taught.section, people, "<img src='file:x'><script></script>")
        shown = course_health(taught.course, code="alt")
        assert (codes(shown.findings), shown.total) == (["alt"], 2)
        assert [(c.code, c.number, c.chosen) for c in shown.codes] == [("alt", 1, True), ("script", 1, False)]
        client.force_login(people.teacher)
        html = client.get(reverse("courses:health", args=["statistics"]) + "?code=alt").content.decode()
        assert "Say what the picture shows" in html
        assert "It came with a script" not in html

    def test_what_lies_in_the_bin_does_not_count(self, taught, people):
        block = write(taught.section, people, "<img src='file:x'>")
        content.bin_block(actor=people.teacher, block=block)
        assert course_health(taught.course).total == 0

    def test_a_large_course_takes_few_queries_and_little_time(self, taught, people):
        source = (
            "<h3>a</h3><p>" + "word " * 200 + "</p><img src='file:x'><table><tr><td>1<td>2<tr><td>3<td>4</table>" * 3
        )
        html = imported_html(source)

        def queries():
            with CaptureQueriesContext(connection) as seen:
                course_health(taught.course)
            return len(seen)

        def grow(number):
            section = SectionFactory(item=ItemFactory(module=taught.module))
            for block in (BlockFactory(section=section, kind="html", text=source) for _n in range(number)):
                block.draft.html = html
                block.draft.save()

        grow(1)
        few = queries()
        for _lesson in range(10):
            grow(20)
        assert queries() == few <= 8
        assert Block.objects.count() > 200
        started = time.thread_time()
        assert course_health(taught.course).total > 600
        assert time.thread_time() - started < 2
