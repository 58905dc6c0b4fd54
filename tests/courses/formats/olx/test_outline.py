"""The tree of an export: what becomes a module, a lesson, a section; drafts; what has no place."""

from courses.formats.data import BlockData, LessonData, ModuleData, NoteData, SectionData
from courses.formats.olx import is_olx
from tests.courses.formats.olx.export import blocks, lay, read, reasons


def test_the_parts_of_an_export(tmp_path):
    course = read(tmp_path)
    block = BlockData("h1", "html", {}, "<p>Words.</p>", "html/h1.xml:1")
    section = SectionData("v1", "Page", (block,))
    lesson = LessonData("s1", "Sequence", sections=(section,), paged=True)
    assert course.modules == (ModuleData("c1", "Chapter", lessons=(lesson,)),)
    assert (course.source_id, course.code, course.title, course.origin) == ("Org+C1+run", "C1", "Course", "olx")


def test_it_is_recognised_by_its_first_file(tmp_path):
    assert not is_olx(tmp_path)
    assert is_olx(lay(tmp_path))


def test_a_course_in_one_file_with_what_hand_writers_leave_out(tmp_path):
    course = read(
        tmp_path,
        {
            "course.xml": """<course org="Org" course="C1" url_name="run" display_name="By hand">
              <!-- A remark. -->
              <chapter display_name="One">
                <sequential url_name="seq">
                  <html><p>No vertical.</p></html>
                  <vertical><html><![CDATA[<p>One &amp; two</p>]]></html><html display_name="T">Text <b>bold</b></html></vertical>
                </sequential>
                <html><p>No sequence.</p></html>
              </chapter>
              <sequential url_name="alone"><vertical url_name="v"><html>x</html></vertical></sequential>
            </course>"""
        },
    )
    outline = [
        (module.source_id, lesson.source_id, section.source_id, block.source_id, block.text)
        for module in course.modules
        for lesson in module.lessons
        for section in lesson.sections
        for block in section.blocks
    ]
    assert outline == [
        ("run-chapter-1", "seq", "seq-html-1-section", "seq-html-1", "<p>No vertical.</p>"),
        ("run-chapter-1", "seq", "seq-vertical-1", "seq-vertical-1-html-1", "<p>One &amp; two</p>"),
        ("run-chapter-1", "seq", "seq-vertical-1", "seq-vertical-1-html-2", "Text <b>bold</b>"),
        ("run-chapter-1", "run-chapter-1-html-1", "run-chapter-1-html-1-section", "run-chapter-1-html-1", "<p>No sequence.</p>"),
        ("alone", "alone", "v", "v-html-1", "x"),
    ]  # fmt: skip


def test_policies_speak_for_parts(tmp_path):
    policy = '{"course/run": {"display_name": "Of the policy"}, "chapter/c1": {"display_name": "Named there", "start": null}}'
    course = read(tmp_path, {"policies/run/policy.json": policy})
    assert (course.title, course.modules[0].title) == ("Of the policy", "Named there")


def test_what_only_the_staff_saw_is_a_draft(tmp_path):
    course = read(
        tmp_path,
        {
            "course/run.xml": '<course><chapter url_name="c1"/><chapter url_name="c2"/></course>',
            "chapter/c2.xml": '<chapter visible_to_staff_only="true" display_name="Hidden"><sequential url_name="s2"/></chapter>',
            "sequential/s2.xml": '<sequential display_name="S2"/>',
            "vertical/v1.xml": """<vertical visible_to_staff_only="true"><html url_name="h1"/>
                <html url_name="h2" display_name="Two">Two</html></vertical>""",
        },
    )
    assert [lesson.published for lesson in course.lessons] == [True, False]
    assert [block.is_draft for block in blocks(course)] == [True, True]
    assert reasons(course, "sequential") == ["Only the staff could see it there; it came in as a draft."]
    assert reasons(course, "vertical") == ["Only the staff could see it there; it came in as a draft."]


def test_a_draft_of_a_published_page(tmp_path):
    course = read(
        tmp_path,
        {
            "vertical/v1.xml": '<vertical><html url_name="h1"/><html url_name="same"/><html url_name="gone"/></vertical>',
            "html/same.xml": '<html filename="same"/>',
            "html/same.html": "<p>Same.</p>",
            "html/gone.xml": '<html filename="same" display_name="Gone"/>',
            "drafts/vertical/v1.xml": """<vertical parent_url="block-v1:O+C+R+type@sequential+block@s1" index_in_children_list="0">
                <html url_name="h1"/><html url_name="new"/><html url_name="same"/></vertical>""",
            "drafts/html/h1.xml": '<html filename="h1"/>',
            "drafts/html/h1.html": "<p>Newer.</p>",
            "drafts/html/new.xml": '<html filename="new"/>',
            "drafts/html/new.html": "<p>New.</p>",
            "drafts/html/same.xml": '<html filename="same"/>',
            "drafts/html/same.html": "<p>Same.</p>",
        },
    )
    assert [(b.source_id, b.text, b.newer, b.is_draft) for b in blocks(course)] == [
        ("h1", "<p>Words.</p>", ({}, "<p>Newer.</p>"), False),
        ("new", "<p>New.</p>", None, True),
        ("same", "<p>Same.</p>", None, False),
        ("gone", "<p>Same.</p>", None, False),
    ]
    assert reasons(course, "html") == ["A draft takes it out; it stays until somebody takes it out here."]


def test_a_page_that_was_never_published(tmp_path):
    course = read(
        tmp_path,
        {
            "sequential/s1.xml": '<sequential><vertical url_name="v1"/><vertical url_name="v3"/></sequential>',
            "vertical/v3.xml": '<vertical display_name="Three"/>',
            "drafts/vertical/v2.xml": """<vertical display_name="Two" parent_url="i4x://O/C/sequential/s1"
                index_in_children_list="1"><html url_name="h1"/><html url_name="new" display_name="N">New</html></vertical>""",
        },
    )
    (lesson,) = course.lessons
    assert [(section.source_id, section.title) for section in lesson.sections] == [
        ("v1", "Page"),
        ("v2", "Two"),
        ("v3", "Three"),
    ]
    assert [(b.source_id, b.is_draft) for b in lesson.sections[1].blocks] == [("new", True)]
    assert reasons(course, "html") == ["A draft moves it to another place; it stays where it was published."]


def test_a_draft_of_no_part_and_files_of_no_part_are_named(tmp_path):
    course = read(
        tmp_path,
        {
            "drafts/vertical/v9.xml": '<vertical parent_url="i4x://O/C/sequential/none"/>',
            "html/left.html": "<p>Left.</p>",
            "static/left.png": b"",
            "README.md": "Not a part.",
            "about/overview.html": "<p>About.</p>",
        },
    )
    files = [(note.verdict, note.title, note.reason) for note in course.notes if note.kind == "file"]
    assert files == [
        ("skipped", "drafts/vertical/v9.xml", "This draft belongs to no part of the course."),
        ("skipped", "html/left.html", "Nothing in the course points to this file."),
        ("skipped", "static/left.png", "No text that came in shows this file or links to it; it was not taken."),
    ]


def test_a_component_without_its_file_is_noted(tmp_path):
    course = read(tmp_path, {"vertical/v1.xml": '<vertical><html url_name="h1"/><problem url_name="p1"/></vertical>'})
    assert [block.source_id for block in blocks(course)] == ["h1"]
    missing = NoteData("skipped", "problem", "p1", "The file “problem/p1.xml” is missing.", "vertical/v1.xml:1")
    assert missing in course.notes


def test_components_of_two_kinds_may_share_a_name(tmp_path):
    course = read(
        tmp_path,
        {
            "vertical/v1.xml": '<vertical><html url_name="h1"/><word_cloud url_name="h1" display_name="Cloud"/></vertical>'
        },
    )
    assert [(block.source_id, block.kind) for block in blocks(course)] == [("h1", "html"), ("word_cloud-h1", "notice")]


def test_a_very_long_name_is_still_one_id(tmp_path):
    name = "n" * 240
    files = {"vertical/v1.xml": f'<vertical><html url_name="{name}" display_name="x">x</html></vertical>'}
    (block,) = blocks(read(tmp_path, files))
    assert len(block.source_id) <= 200
    assert block.source_id == blocks(read(tmp_path, files))[0].source_id


def test_a_title_that_is_too_long_is_cut(tmp_path):
    course = read(tmp_path, {"sequential/s1.xml": f'<sequential display_name="{"t" * 300}"/>'})
    assert [len(lesson.title) for lesson in course.lessons] == [200]
    assert reasons(course, "sequential") == ["Its title was cut at 200 characters."]


def test_parts_that_were_chosen_among_are_all_shown(tmp_path):
    course = read(
        tmp_path,
        {
            "vertical/v1.xml": """<vertical><library_content url_name="l"><html url_name="a" display_name="A">A</html>
                <html url_name="b" display_name="B">B</html></library_content></vertical>"""
        },
    )
    assert [block.source_id for block in blocks(course)] == ["a", "b"]
    assert reasons(course, "library_content") == [
        "Each student got some of these at random there; here everybody gets all of them."
    ]
