"""A film as a block: its settings in and out, what a careful author is told, what a page shows of it."""

import pytest
from django.utils import translation

from core.authz import SYSTEM
from core.errors import Invalid
from core.slots import BLOCK_KINDS
from courses.block_kinds.video import Line, clock, language_name
from courses.formats.folder_writing import write_course
from courses.models import Block, BlockRevision
from courses.services.content import add_block, change_block
from courses.services.importing import import_course
from courses.services.publishing import publish_item
from files.services import store_file

KIND = BLOCK_KINDS["video"]
YOUTUBE = "https://youtu.be/dQw4w9WgXcQ"
FILM = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm"


def srt(words: str) -> bytes:
    return f"1\n00:01:02,500 --> 00:01:04,000\n{words}\n".encode()


@pytest.fixture
def files(people):
    sources = {"film": ("film.webm", FILM), "en": ("en.srt", srt("Good day")), "de": ("de.srt", srt("Guten Tag"))}
    return {
        name: str(store_file(actor=people.owner, content=content, name=file).public_id)
        for name, (file, content) in sources.items()
    }


def put(taught, people, data, text=""):
    block = add_block(
        actor=people.owner, section=taught.section, kind="video", data={"title": "Film", **data}, text=text
    )
    publish_item(actor=SYSTEM, item=taught.lesson)
    block = Block.objects.select_related("live", "draft", "section__item__course").get(pk=block.pk)
    return block


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"title": "T", "file": "a"}, []),
        ({"title": "T", "address": YOUTUBE}, []),
        ({"title": "T", "file": "a", "captions_more": {"de": "b", "pt-BR": "c"}}, []),
        ({"file": "a"}, ["title"]),
        ({"title": "T"}, ["file"]),
        ({"title": "T", "file": "a", "address": YOUTUBE}, ["address"]),
        ({"title": "T", "address": "http://a.example/film.mp4"}, ["address"]),
        ({"title": "T", "address": "https://a.example/"}, ["address"]),
        ({"title": "T", "address": 5}, ["address"]),
        ({"title": "T", "file": "a", "captions_more": "de"}, ["captions_more"]),
        ({"title": "T", "file": "a", "captions_more": {"de": 5}}, ["captions_more"]),
        ({"title": "T", "file": "a", "captions_more": {"not a tag": "b"}}, ["captions_more"]),
        ({"title": "T", "file": "a", "captions_more": {f"de-{n:02}": "b" for n in range(31)}}, ["captions_more"]),
        ({"title": "T", "file": "a", "speed": "2"}, ["speed"]),
    ],
)
def test_a_sentence_names_the_setting_that_is_wrong(data, named):
    problems = KIND.validate(data, "")
    assert [sentence for sentence, name in zip(problems, named, strict=True) if f"“{name}”" not in sentence] == []


def test_settings_come_out_as_they_went_in(taught, people, files):
    data = {"captions_more": {"fr": files["en"], "de": files["de"]}, "captions": files["en"], "file": files["film"]}
    block = put(taught, people, data)
    settings, text = KIND.export(block, block.live)
    assert list(settings) == ["file", "captions", "captions_more", "title"]
    assert settings["captions_more"] == {"de": f"file:{files['de']}", "fr": f"file:{files['en']}"}
    assert KIND.load(block, settings, text, SYSTEM) == (block.live.data, "")
    assert KIND.load(block, {"address": YOUTUBE, "captions_more": {}}, "", SYSTEM)[0] == {
        "address": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    }


def test_a_folder_keeps_captions_in_all_languages(taught, people, files, tmp_path):
    put(taught, people, {"file": files["film"], "captions": files["en"], "captions_more": {"de": files["de"]}})
    write_course(taught.course, tmp_path / "one")
    report = import_course(actor=SYSTEM, path=tmp_path / "one")
    assert (report.created, report.changed) == (0, 0)
    lesson = next((tmp_path / "one").rglob("*who-was-asked*"), None) or next((tmp_path / "one").glob("01-*/01-*.md"))
    assert 'captions_more = { de = "media/de.vtt" }' in lesson.read_text() or "[captions_more]" in lesson.read_text()
    # As SRT it is the same course: captions are stored as WebVTT.
    for language, words in (("en", "Good day"), ("de", "Guten Tag")):
        (tmp_path / "one" / "media" / f"{language}.vtt").unlink()
        (tmp_path / "one" / "media" / f"{language}.srt").write_bytes(srt(words))
    lesson.write_text(lesson.read_text().replace(".vtt", ".srt"))
    again = import_course(actor=people.admin, path=tmp_path / "one")
    assert (again.created, again.changed) == (0, 0)


def test_a_folder_names_the_line_of_broken_captions(taught, people, files, tmp_path):
    put(taught, people, {"file": files["film"], "captions": files["en"], "captions_more": {"de": files["de"]}})
    write_course(taught.course, tmp_path / "one")
    (tmp_path / "one" / "media" / "de.vtt").write_text("WEBVTT\n\n00:01 --> 00:02\nKurz\n")
    (tmp_path / "one" / "media" / "en.vtt").unlink()
    with pytest.raises(Invalid) as refused:
        import_course(actor=SYSTEM, path=tmp_path / "one")
    said = {place: str(sentences[0]) for place, sentences in refused.value.fields.items()}
    assert said["media/de.vtt"].startswith("The captions in “de.vtt” cannot be read. Line 3: “00:01 --> 00:02”")
    assert [sentence for sentence in said.values() if "media/en.vtt" in sentence]


def test_others_files_cannot_be_named_as_captions(taught, people, files):
    block = put(taught, people, {"address": YOUTUBE})
    mine = str(store_file(actor=people.other_owner, content=srt("Secret"), name="x.srt").public_id)
    with pytest.raises(Invalid) as refused:
        change_block(actor=people.owner, block=block, data={**block.live.data, "captions_more": {"de": mine}})
    assert (refused.value.code, list(refused.value.fields)) == ("file_unknown", ["captions_more"])


@pytest.mark.parametrize(
    ("data", "text", "told"),
    [
        ({"address": YOUTUBE}, "", 2),
        ({"address": YOUTUBE}, "All that is said.", 1),
        ({"address": YOUTUBE, "captions": "a"}, "", 0),
        ({"address": YOUTUBE, "captions_more": {"de": "a"}}, "", 0),
        ({"address": "http://a.example/film.mp4", "captions": "a"}, "", 1),
    ],
)
def test_a_careful_author_is_told_what_is_missing(data, text, told):
    revision = BlockRevision(text=text, data={"title": "Film", **data})
    assert len(KIND.check(None, revision)) == told


@pytest.mark.parametrize(("language", "line"), [("en-gb", "Good day"), ("de", "Guten Tag"), ("fr", "Good day")])
def test_the_transcript_is_in_the_readers_language_where_there_is_one(taught, people, files, language, line):
    block = put(taught, people, {"file": files["film"], "captions": files["en"], "captions_more": {"de": files["de"]}})
    with translation.override(language):
        shown = KIND.context([block], people.student)[block.pk]
    assert shown["lines"] == [Line(62, "62.50", "1:02", line)]
    assert [(track.language, track.label, track.default) for track in shown["tracks"]] == [
        ("en-GB", "British English", True),
        ("de", "Deutsch", False),
    ]


@pytest.mark.parametrize(
    ("address", "sources"),
    [
        (YOUTUBE, {"frame-src": ["https://www.youtube-nocookie.com"]}),
        ("https://vimeo.com/769798", {"frame-src": ["https://player.vimeo.com"]}),
        ("https://a.example/film.m3u8", {"media-src": ["https://a.example"]}),
    ],
)
def test_what_a_film_from_elsewhere_asks_of_the_policy(taught, people, address, sources):
    block = put(taught, people, {"address": address})
    assert KIND.context([block], people.student)[block.pk]["content_sources"] == sources


def test_moments_and_languages_in_words():
    assert [clock(s) for s in (0, 62.9, 3723)] == ["0:00", "1:02", "1:02:03"]
    assert [language_name(tag) for tag in ("de", "pt-BR", "he", "tlh")] == [
        "Deutsch",
        "Português Brasileiro",
        "עברית",
        "tlh",
    ]
