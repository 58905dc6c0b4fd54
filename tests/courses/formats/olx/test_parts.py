"""Components of an export: texts, films with captions, polls, experiments, and notices for the rest."""

import base64
import json
from typing import Any

import pytest

from courses.formats.data import BlockData, ExperimentData, GroupData, NoteData
from tests.courses.formats.olx.export import PNG, SRT, blocks, problems, read, reasons

VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHello."
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def html(root, source: str, **files: str | bytes) -> tuple[str, list[str]]:
    """The text of a block with that source, and what is said of it."""
    course = read(root, {"html/h1.html": source, **files})
    return "".join(block.text for block in blocks(course)), reasons(course, "html")


# Texts


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/static/a.png", "media/a.png"),
        ("/static/a.png?x=1#y", "media/a.png"),
        ("static/a.png", "media/a.png"),
        ("/static/Two_words__1_.png", "media/Two-words-1.png"),
        ("/static/Two%20words%20(1).png", "media/Two-words-1.png"),
        ("/static/images_b.png", "media/images-b.png"),
        ("/static/images/b.png", "media/images-b.png"),
        ("/asset-v1:Org+C1+run+type@asset+block@a.png", "media/a.png"),
        ("/assets/courseware/v1/0123/asset-v1:Org+C1+run+type@asset+block/a.png", "media/a.png"),
        ("https://courses.example.org/asset-v1:Org+C1+run+type@asset+block@a.png", "media/a.png"),
        ("/c4x/Org/C1/asset/a.png", "media/a.png"),
        ("https://example.org/a.png", "https://example.org/a.png"),
        ("https://example.org/static/none.png", "https://example.org/static/none.png"),
    ],
)
def test_addresses_of_files(tmp_path, address, expected):
    static = {f"static/{name}": PNG for name in ("a.png", "Two words (1).png", "images/b.png")}
    text, said = html(tmp_path, f'<p><img src="{address}" alt="A"></p>', **static)
    assert (text, said) == (f'<p><img src="{expected}" alt="A"></p>', [])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/jump_to_id/v1", "part:v1"),
        ("/jump_to_id/c1#place", "part:s1"),
        ("/courses/course-v1:Org+C1+run/jump_to/block-v1:Org+C1+run+type@sequential+block@s1", "part:s1"),
        ("/courses/Org/C1/run/jump_to/i4x://Org/C1/html/h1", "part:h1"),
        ("/courses/course-v1:Org+C1+run/jump_to_id/s1/", "part:s1"),
        ("/courses/course-v1:Org+C1+run/courseware/c1/s1/1?x=2", "part:s1"),
        ("https://courses.example.org/xblock/block-v1:Org+C1+run+type@html+block@h1", "part:h1"),
        ("#here", "#here"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_addresses_of_parts(tmp_path, address, expected):
    assert html(tmp_path, f'<a href="{address}">To</a>') == (f'<a href="{expected}">To</a>', [])


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/static/none.png", "The file “none.png” is not in the archive."),
        ("/static/run.exe", "The file “run.exe” is of a kind that is not kept here."),
        ("/static/../course.xml", "The file “../course.xml” is not in the archive."),
        ("/jump_to_id/none", "A link to the part “none”, which the course does not have, was taken off."),
        ("javascript:x()", "A link that runs a script or leads to “javascript:” was taken off."),
        ("file:///etc/passwd", "A link that runs a script or leads to “file:” was taken off."),
        (
            "/dashboard",
            "The link “/dashboard” leads to a page of the site that the course came from; it was taken off.",
        ),
    ],
)
def test_addresses_that_lead_nowhere(tmp_path, address, said):
    files = {"static/run.exe": b"MZ"}
    assert html(tmp_path, f'<a href="{address}">To</a>', **files) == ("<a>To</a>", [said])
    assert html(tmp_path, f'<p><img src="{address}" alt="A cat"></p>', **files) == ("<p><span>A cat</span></p>", [said])


def test_what_would_run_or_restyle_is_left_out_and_named(tmp_path):
    text, said = html(
        tmp_path,
        """<link rel="stylesheet" href="/static/x.css"><style>p { color: red }</style><!-- a remark -->
        <p onclick="x()">Words</p><script src="/static/x.js"></script><script>1</script><noscript>Read.</noscript>
        <iframe src="https://example.org/film?x=1" title="A film"></iframe> <iframe src="//example.org/map"></iframe>""",
    )
    assert " ".join(text.split()) == (
        '<p>Words</p>Read. <a href="https://example.org/film?x=1">A film</a> '
        '<a href="https://example.org/map">example.org/map</a>'
    )
    assert said == [
        "2 scripts were left out; what they did does not happen here. "
        "Its own styles were left out; the words keep the looks of this site. "
        "2 embedded pages became links to them. Buttons and fields that need a script do nothing here."
    ]


def test_formulas_stay_as_they_are(tmp_path):
    source = r'<p>\(a_1\), \[b\], $$c$$, [mathjax]d[/mathjax]</p><script type="math/tex; mode=display">e^2</script>'
    assert html(tmp_path, source) == (
        r"<p>\(a_1\), \[b\], $$c$$, [mathjax]d[/mathjax]</p><span>\[e^2\]</span>",
        [],
    )


def test_pictures_within_their_addresses_become_files(tmp_path):
    picture = base64.b64encode(PNG + bytes(200)).decode()
    text, said = html(
        tmp_path, f'<img src="data:image/png;base64,{picture}" alt="A"><img src="data:text/html,x" alt="B">'
    )
    assert text.startswith('<img src="media/picture-')
    assert text.endswith('.png" alt="A"><span>B</span>')
    assert said == ["A picture within an address cannot be kept."]


def test_a_picture_that_only_keeps_others_apart_goes(tmp_path):
    pixel = base64.b64encode(PNG).decode()
    assert html(tmp_path, f'<p>A<img src="data:image/png;base64, {pixel} " alt="">B</p>') == ("<p>AB</p>", [])


def test_a_text_without_words_is_skipped(tmp_path):
    course = read(tmp_path, {"html/h1.html": '<link rel="stylesheet" href="/static/x.css"><p> </p>'})
    assert blocks(course) == []
    reason = "It holds nothing to read. Its own styles were left out; the words keep the looks of this site."
    assert NoteData("skipped", "html", "Words", reason, "html/h1.xml:1", "h1") in course.notes


def test_files_come_once_and_only_if_a_text_shows_them(tmp_path):
    files = {"static/a.png": PNG, "static/unused.png": PNG, "static/dir/a.png": PNG, "static/dir-a.png": PNG}
    source = '<img src="/static/a.png"><a href="/static/a.png">A</a><img src="/static/dir/a.png"><img src="/static/dir-a.png">'
    course = read(tmp_path, {"html/h1.html": source, **files})
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in course.media.items()} == {
        "media/a.png": "static/a.png",
        "media/dir-a.png": "static/dir/a.png",
        "media/dir-a-2.png": "static/dir-a.png",
    }
    assert [note.title for note in course.notes if note.kind == "file"] == ["static/unused.png"]


def test_the_html_file_may_be_missing(tmp_path):
    course = read(tmp_path, {"html/h1.html": None})
    assert blocks(course) == []
    assert reasons(course, "html") == ["The file “html/h1.html” is missing."]


# Films


def film(
    root, inside: str = "", attributes: str = "", **files: str | bytes
) -> tuple[BlockData, list[str], dict[str, Any]]:
    """The block of a film, what is said of it, and the texts of its captions."""
    course = read(
        root,
        {
            "vertical/v1.xml": '<vertical><video url_name="f1"/></vertical>',
            "video/f1.xml": f'<video display_name="A film" {attributes}>{inside}</video>',
            "html/h1.xml": None,
            "html/h1.html": None,
            **files,
        },
    )
    (block,) = blocks(course)
    return (
        block,
        reasons(course, "video"),
        {name: path.read_bytes().decode(errors="replace") for name, path in course.media.items()},
    )


def test_a_film_elsewhere_is_taken_as_mp4(tmp_path):
    block, said, _media = film(
        tmp_path,
        """<source src="https://example.org/a.m3u8"/><video_asset>
        <encoded_video profile="hls" url="https://example.org/a.m3u8"/>
        <encoded_video profile="mobile_low" url="https://example.org/a_low.mp4"/>
        <encoded_video profile="desktop_mp4" url="https://example.org/a.mp4"/></video_asset>""",
    )
    assert (block.kind, block.settings, said) == (
        "video",
        {"address": "https://example.org/a.mp4", "title": "A film"},
        [],
    )


@pytest.mark.parametrize(
    ("inside", "attributes", "address", "said"),
    [
        (
            '<source src="https://example.org/a.m3u8"/>',
            "",
            "https://example.org/a.m3u8",
            "The film is a stream (HLS), which not every browser plays.",
        ),
        (
            "",
            'youtube="0.75:x,1.00:abcdefghijk"',
            "https://www.youtube.com/watch?v=abcdefghijk",
            "The film is at YouTube, not in the archive; there is a link to it.",
        ),
        (
            "",
            'youtube_id_1_0="abcdefghijk"',
            "https://www.youtube.com/watch?v=abcdefghijk",
            "The film is at YouTube, not in the archive; there is a link to it.",
        ),
    ],
)
def test_films_that_not_everybody_can_play(tmp_path, inside, attributes, address, said):
    block, reason, _media = film(tmp_path, inside, attributes)
    assert (block.settings, reason) == ({"address": address, "title": "A film"}, [said])


def test_a_film_of_the_archive_and_captions_in_three_languages(tmp_path):
    block, said, media = film(
        tmp_path,
        """<source src="https://courses.example.org/asset-v1:Org+C1+run+type@asset+block@film.ogv"/>
        <transcript language="fr" src="film_fr.srt.sjson"/><transcript language="en" src="film.srt"/>""",
        """transcripts="{&quot;de&quot;: &quot;none.srt&quot;}" start_time="00:00:10" """,
        **{
            "static/film.ogv": b"OggS",
            "static/film.mp4": MP4,
            "static/film.srt": SRT,
            "static/film_fr.srt.sjson": json.dumps(
                {"start": [0, 3000], "end": [2000, 2500], "text": ["Salut &amp; <b>bonjour</b>.", "Ends first."]}
            ),
        },
    )
    assert block.settings == {
        "file": "media/film.mp4",
        "title": "A film",
        "captions": "media/film.vtt",
        "captions_more": {"fr": "media/film_fr.vtt"},
    }
    assert said == [
        "The captions “none.srt” are not in the archive. "
        "It begins and ends with the film; the times that were set are not kept."
    ]
    assert {name: content.strip() for name, content in media.items() if name.endswith(".vtt")} == {
        "media/film.vtt": VTT,
        "media/film_fr.vtt": "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nSalut &amp; bonjour.",
    }


def test_captions_by_their_older_names(tmp_path):
    sjson = json.dumps({"start": [0], "end": [2000], "text": ["Hello."]})
    block, said, media = film(
        tmp_path,
        '<source src="https://example.org/a.mp4"/>',
        'sub="abc"',
        **{"static/subs_abc.srt.sjson": sjson},
    )
    assert (block.settings["captions"], said) == ("media/subs_abc.vtt", [])
    assert media["media/subs_abc.vtt"].strip() == VTT


def test_captions_with_a_bad_line_keep_the_others(tmp_path):
    block, said, media = film(
        tmp_path,
        '<source src="https://example.org/a.mp4"/><transcript language="en" src="a.srt"/>',
        **{"static/a.srt": SRT + "\n2\n00:00:02,000 --> soon\nLost.\n"},
    )
    assert said == ["One caption in “a.srt” does not say when it is shown; it was left out."]
    assert media["media/a.vtt"].strip() == VTT
    assert block.settings["captions"] == "media/a.vtt"


@pytest.mark.parametrize("content", [b"\xff", "no captions", ""])
def test_captions_that_cannot_be_read(tmp_path, content):
    block, said, media = film(
        tmp_path,
        '<source src="https://example.org/a.mp4"/><transcript language="en" src="a.srt"/>',
        **{"static/a.srt": content},
    )
    assert block.settings == {"address": "https://example.org/a.mp4", "title": "A film"}
    assert [reason.startswith("The captions “a.srt” were left out: ") for reason in said] == [True]
    assert media == {}


def test_a_film_that_is_nowhere_becomes_a_notice(tmp_path):
    block, said, _media = film(tmp_path, '<source src="http://example.org/a.mp4"/>')
    assert (block.kind, block.settings) == ("notice", {"source": "video", "title": "A film"})
    assert said == [
        "It names no film that can be played. "
        "Its address begins with http://, which browsers do not play within this site."
    ]


# Polls


def component(root, xml: str, files: dict[str, str | bytes | None] | None = None) -> tuple[BlockData, list[NoteData]]:
    course = read(
        root,
        {"vertical/v1.xml": f"<vertical>{xml}</vertical>", "html/h1.xml": None, "html/h1.html": None} | (files or {}),
    )
    (block,) = blocks(course)
    return block, [note for note in course.notes if note.kind not in ("licence", "file")]


def attribute(value: Any) -> str:
    return json.dumps(value).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def test_a_poll(tmp_path):
    answers = [
        ["R", {"label": "&#128525; <b>Yes</b>", "img": ""}],
        ["R", {"label": "", "img": "/static/a.png", "img_alt": "A cat"}],
    ]
    block, notes = component(
        tmp_path,
        f'''<poll url_name="p" xblock-family="xblock.v1" question="Well?" private_results="true" max_submissions="0"
        feedback="&lt;p&gt;Thanks&lt;/p&gt;" answers="{attribute(answers)}"/>''',
        {"static/a.png": PNG},
    )
    assert block.kind == "poll"
    assert block.settings == {
        "results": "never",
        "changes": True,
        "feedback": "Thanks",
        "questions": [{"id": "question", "text": "Well?"}],
        "options": [{"id": "R", "text": "😍 Yes"}, {"id": "R-2", "image": "media/a.png", "alt": "A cat"}],
    }
    assert notes == []


def test_a_survey(tmp_path):
    asked = [["enjoy", {"label": "HTML", "img": ""}], ["learn", {"label": "CSS"}]]
    block, notes = component(
        tmp_path,
        f'''<survey url_name="p" block_name="Rate yourself" questions="{attribute(asked)}"
        answers="{attribute([["Y", "Yes"], ["N", "No"]])}"/>''',
    )
    assert (block.kind, block.text) == ("poll", "Rate yourself")
    assert block.settings == {
        "questions": [{"id": "enjoy", "text": "HTML"}, {"id": "learn", "text": "CSS"}],
        "options": [{"id": "Y", "text": "Yes"}, {"id": "N", "text": "No"}],
    }
    assert notes == []


def test_a_poll_as_it_is_made(tmp_path):
    block, _notes = component(tmp_path, '<poll url_name="p" xblock-family="xblock.v1"/>')
    assert block.settings["questions"] == [{"id": "question", "text": "What is your favorite color?"}]
    assert [option["text"] for option in block.settings["options"]] == ["Red", "Blue", "Green", "Other"]


def test_a_picture_elsewhere_gives_way_to_its_words(tmp_path):
    answers = [["a", {"label": "", "img": "https://example.org/a.png", "img_alt": "A cat"}], ["b", {"label": "No"}]]
    block, notes = component(tmp_path, f'<poll url_name="p" question="?" answers="{attribute(answers)}"/>')
    assert block.settings["options"] == [{"id": "a", "text": "A cat"}, {"id": "b", "text": "No"}]
    assert [note.verdict for note in notes] == ["changed_on_the_way"]


def test_a_poll_without_answers_is_a_notice(tmp_path):
    block, notes = component(tmp_path, f'<poll url_name="p" question="?" answers="{attribute([["a", "One"]])}"/>')
    assert (block.kind, [note.verdict for note in notes]) == ("notice", ["skipped"])


# Experiments and the rest

PARTITIONS = json.dumps(
    {
        "course/run": {
            "user_partitions": [
                {
                    "id": 7,
                    "name": "Colours",
                    "scheme": "random",
                    "groups": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}],
                },
                {"id": 8, "name": "Content groups", "scheme": "cohort", "groups": [{"id": 3, "name": "C"}]},
            ]
        }
    }
)


def split_test(root, partition: str = "7", policy: str = PARTITIONS):
    groups = {"1": "i4x://Org/C1/vertical/va", "2": "block-v1:Org+C1+run+type@vertical+block@vb"}
    return read(
        root,
        {
            "policies/run/policy.json": policy,
            "vertical/v1.xml": '<vertical><split_test url_name="t"/></vertical>',
            "split_test/t.xml": f'''<split_test display_name="Compare" user_partition_id="{partition}"
                group_id_to_child="{attribute(groups)}">
                <vertical url_name="va" display_name="For A"><html display_name="x">A</html></vertical>
                <vertical url_name="vb" display_name="For B"><html display_name="x">B</html></vertical>
                <vertical url_name="vc" display_name="For nobody"><html display_name="x">C</html></vertical></split_test>''',
        },
    )


def test_a_comparison_gives_each_group_a_branch(tmp_path):
    course = split_test(tmp_path)
    assert course.experiments == (ExperimentData("7", "Colours", (GroupData("1", "A"), GroupData("2", "B"))),)
    (place,) = course.modules[0].lessons[0].sections[0].blocks
    assert (place.kind, place.settings) == ("branches", {"experiment": "7"})
    assert [(b.source_id, b.title, b.group, [x.text for x in b.blocks]) for b in place.branches] == [
        ("va", "For A", "1", ["A"]),
        ("vb", "For B", "2", ["B"]),
    ]
    assert reasons(course, "vertical") == ["It belongs to no group of its experiment, so nobody saw it."]


def test_an_experiment_that_nobody_describes(tmp_path):
    course = split_test(tmp_path, "9", "{}")
    groups = (GroupData("1", "For A"), GroupData("2", "For B"))
    assert course.experiments == (ExperimentData("9", "Compare", groups),)
    assert reasons(course, "split_test") == [
        "The course does not describe its experiment; its groups have the names of the branches."
    ]


def test_what_does_not_exist_here_is_a_notice(tmp_path):
    block, notes = component(tmp_path, '<word_cloud url_name="w" display_name="Cloud" num_inputs="2"/>')
    assert block == BlockData("w", "notice", {"source": "word_cloud", "title": "Cloud"}, "", "vertical/v1.xml:1")
    reason = "There is no such part here; students read a notice in its place."
    assert notes == [NoteData("skipped", "word_cloud", "Cloud", reason, "vertical/v1.xml:1", "w")]


def test_what_was_for_some_groups_is_for_everybody(tmp_path):
    _block, notes = component(tmp_path, '<html display_name="x" group_access="{&quot;8&quot;: [3]}">Words</html>')
    assert [note.reason for note in notes] == ["It was for some groups of people only; here everybody sees it."]


def test_a_problem_is_a_question_or_a_notice(tmp_path):
    choice = """<problem url_name="p" display_name="Choose" showanswer="always"><multiplechoiceresponse><p>Which?</p><choicegroup>
        <choice correct="true">One</choice><choice correct="false">Two</choice></choicegroup></multiplechoiceresponse></problem>"""
    block, _notes = component(tmp_path / "a", choice)
    assert (block.kind, block.settings["kind"], block.settings["show_answer"]) == ("question", "single", "always")
    custom = '<problem url_name="p" display_name="Own"><customresponse cfn="f"><textline/></customresponse></problem>'
    block, notes = component(tmp_path / "b", custom)
    assert (block.kind, block.settings) == ("notice", {"source": "problem", "title": "Own"})
    assert [note.verdict for note in notes] == ["skipped"]


def test_problems_have_the_rules_of_the_parts_above_them(tmp_path):
    choice = """<problem url_name="p"><multiplechoiceresponse><p>Which?</p><choicegroup><choice correct="true">One</choice>
        <choice correct="false">Two</choice></choicegroup></multiplechoiceresponse></problem>"""
    policy = json.dumps({"course/run": {"max_attempts": 3, "showanswer": "never"}})
    block, _notes = component(tmp_path, choice, {"policies/run/policy.json": policy})
    assert (block.settings["attempts"], block.settings["show_answer"]) == (3, "never")


def test_a_broken_file_behind_a_component_is_a_problem(tmp_path):
    files = {"vertical/v1.xml": '<vertical><problem url_name="p"/></vertical>', "problem/p.xml": "<problem>"}
    assert list(problems(tmp_path, files)) == ["problem/p.xml:1"]
