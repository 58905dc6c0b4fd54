"""Every broken folder gets its sentences, each with file and line, and nothing is stored."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from core.authz import SYSTEM
from core.errors import Invalid
from core.slots import BLOCK_KINDS
from courses.formats import folder as folder_format
from courses.formats.folder import opened, read_course
from courses.models import Course
from courses.services.importing import import_course

COURSE = 'format = 1\nid = "graphs"\ncode = "G 1"\ntitle = "Graphs"\n'
MODULE = 'id = "first"\ntitle = "First"\n'
HEAD = '+++\nid = "dots"\ntitle = "Dots"\n+++\n'
LESSON = "01-first/01-dots.md"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>Dot</title></svg>'


def lay(root: Path, **files: str | bytes) -> Path:
    """A small sound course at ``root``; ``files`` (``__`` stands for a slash) replace or add to it, None takes away."""
    tree: dict[str, str | bytes | None] = {
        "course.toml": COURSE,
        "01-first/module.toml": MODULE,
        LESSON: HEAD + "Text.\n",
        **files,
    }
    for name, content in tree.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def problems(root: Path) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        read_course(root)
    assert refused.value.code == "course_folder_broken"
    return {place: [str(s) for s in sentences] for place, sentences in refused.value.fields.items()}


def test_the_sound_one_is_read(tmp_path):
    course = read_course(lay(tmp_path))
    assert [lesson.source_id for lesson in course.lessons] == ["dots"]


FOLDERS = {
    "no course.toml": ({"course.toml": None}, {"course.toml": ["This file is missing."]}),
    "no toml": (
        {"course.toml": COURSE + "title\n"},
        {"course.toml:5": ["This is not TOML: Expected '=' after a key in a key/value pair."]},
    ),
    "other format": (
        {"course.toml": COURSE.replace("= 1", "= 2")},
        {"course.toml:1": ["This installation reads format 1 only."]},
    ),
    "missing and misspelt": (
        {"course.toml": COURSE.replace("title", "titel")},
        {
            "course.toml:1": ["“title” is missing."],
            "course.toml:4": ["“titel” is not a setting here. Is it misspelt?"],
        },
    ),
    "wrong values": (
        {"course.toml": COURSE + 'plate = "horse"\ncapacity = 0\nlanguage = "English please"\ntime_zone = "Mars"\n'},
        {
            "course.toml:5": ["“plate” must be one of: statistics, ecology, book, programming, talk."],
            "course.toml:6": ["“capacity” is a number of places from 1 to 1000000."],
            "course.toml:7": [
                "“language” has 14 characters; at most 12 fit.",
                "“language” is a tag such as en-GB.",
            ],
            "course.toml:8": ["“time_zone”: Choose a zone from the list, for example Europe/London."],
        },
    ),
    "wrong types": (
        {"course.toml": 'format = "1"\nid = 7\ncode = "G 1"\ntitle = ["x"]\n'},
        {
            "course.toml:1": ["“format” must be a whole number."],
            "course.toml:2": ["“id” must be text in quotes."],
            "course.toml:4": ["“title” must be text in quotes."],
        },
    ),
    "too long": (
        {"course.toml": COURSE.replace("Graphs", "x" * 10_000)},
        {"course.toml:4": ["“title” has 10000 characters; at most 200 fit."]},
    ),
    "bad id": (
        {"course.toml": COURSE.replace('"graphs"', '"Graphs!"')},
        {"course.toml:2": ["“id” is 1 to 128 characters from A-Z a-z 0-9 _ . - and starts with a letter or digit."]},
    ),
    "no module.toml": ({"01-first/module.toml": None}, {"01-first/module.toml": ["This file is missing."]}),
    "unknown files": (
        {"notes.txt": "x", "01-first/picture.png": "x", "01-first/deep/a.md": "x"},
        {
            "01-first/deep": ["The format does not know this file. Take it out, or rename it."],
            "01-first/picture.png": ["The format does not know this file. Take it out, or rename it."],
            "notes.txt": ["The format does not know this file. Take it out, or rename it."],
        },
    ),
    "ids used twice": (
        {
            "02-second/module.toml": MODULE,
            "02-second/01-dots.md": HEAD + "Text.\n",
        },
        {
            "02-second/module.toml:1": ["The id “first” is used in 01-first/module.toml already."],
            "02-second/01-dots.md:2": ["The id “dots” is used in 01-first/01-dots.md already."],
        },
    ),
    "not UTF-8": (
        {LESSON: HEAD.encode() + b"Text\n\xff\xfe\n"},
        {f"{LESSON}:6": ["This is not UTF-8. Save the file again with that encoding."]},
    ),
    "file nobody names": (
        {"media/dot.svg": SVG},
        {"media/dot.svg": ["No text names this file. Take it out."]},
    ),
    "active drawing": (
        {
            "media/dot.svg": SVG.replace("<title>", "<script>1</script><title>"),
            LESSON: HEAD + "![Dot](media/dot.svg)\n",
        },
        None,
    ),
}


@pytest.mark.parametrize(("files", "expected"), FOLDERS.values(), ids=FOLDERS.keys())
def test_a_broken_folder(tmp_path, files, expected):
    found = problems(lay(tmp_path, **files))
    if expected is None:
        assert list(found) == ["media/dot.svg"]
    else:
        assert found == expected


LESSONS = {
    "no head": ("Text.\n", {1: ["This file begins with a line “+++”, its head, and another line “+++”."]}),
    "empty": ("", {1: ["This file begins with a line “+++”, its head, and another line “+++”."]}),
    "open head": ('+++\nid = "x"\n', {1: ["The head has no end. Close it with a line “+++”."]}),
    "head is no TOML": ('+++\nid = "x"\ntitle = \n+++\n', {3: ["This is not TOML: Invalid value."]}),
    "wrong head": (
        '+++\nid = "x"\ntitle = "X"\nminutes = "8"\ndone = ["all"]\npreview = 1\nwords = 3\n+++\n',
        {
            4: ["“minutes” must be a whole number."],
            5: ["“done” is a list of “end” and “answers”, each at most once."],
            6: ["“preview” must be true or false."],
            7: ["“words” is not a setting here. Is it misspelt?"],
        },
    ),
    "section without id": (HEAD + "Text\n\n# Two\n", {7: ["A section needs an id: write # Two {#an-id}."]}),
    "section ids": (
        HEAD + "# A {#a}\n\n# B {#a}\n\n# C {#C c}\n",
        {
            7: ["The id “a” is used on line 5 already."],
            9: ["Give an id {#…} of 1 to 128 characters from A-Z a-z 0-9 _ . -"],
        },
    ),
    "unknown kind": (
        HEAD + ":::poem {#a}\n---\nx\n:::\n",
        {5: [f"“poem” is not a kind of block. There are: {', '.join(BLOCK_KINDS.keys())}."]},
    ),
    "no block id": (
        HEAD + ":::callout\n---\nx\n:::\n",
        {5: ["Give an id {#…} of 1 to 128 characters from A-Z a-z 0-9 _ . -"]},
    ),
    "block ids": (
        HEAD + ":::callout {#a}\n---\nx\n:::\n\n# S {#a}\n\n:::callout {#a}\n---\nx\n:::\n",
        {12: ["The id “a” is used on line 5 already."]},
    ),
    "reserved id": (
        HEAD + ":::callout {#text-1}\n---\nx\n:::\n",
        {5: ["Ids like text-1 are given to plain texts by their place. Choose another id for this block."]},
    ),
    "open block": (HEAD + ":::callout {#a}\n---\nx\n", {5: ["This block has no end. Close it with a line :::"]}),
    "open block before another": (
        HEAD + ":::callout {#a}\n---\nx\n:::callout {#b}\n---\ny\n:::\n",
        {5: ["This block has no end. Close it with a line :::"]},
    ),
    "end without beginning": (HEAD + "x\n\n:::\n", {7: ["This line ends a block, but none is open."]}),
    "block without kind": (
        HEAD + "::: {#a}\n:::\n",
        {
            5: ["A block begins with :::kind {#an-id} and ends with a line :::"],
            6: ["This line ends a block, but none is open."],
        },
    ),
    "settings are no TOML": (
        HEAD + ':::callout {#a}\ntone = "tip"\ntitle = \n---\nx\n:::\n',
        {7: ["This is not TOML: Invalid value."]},
    ),
    "text without dashes": (
        HEAD + ":::callout {#a}\nJust words\n:::\n",
        {6: ["This is not TOML: Expected '=' after a key in a key/value pair."]},
    ),
    "misspelt setting": (
        HEAD + ':::callout {#a}\ntitle = "A"\ntune = "tip"\n---\nx\n:::\n',
        {7: ["“tune” is not a setting here; there are tone, title."]},
    ),
    "picture without words": (
        HEAD + ':::image {#a}\nfile = "media/none.svg"\n:::\n',
        {
            5: [
                "Say in “alt” what the picture shows, or mark it as decoration if it says nothing.",
                "There is no file “media/none.svg”.",
            ]
        },
    ),
    "files elsewhere": (
        HEAD + ':::file {#a}\nfile = "../../etc/passwd"\n:::\n\n:::file {#b}\nfile = "media/../x.csv"\n:::\n',
        {
            5: ["“../../etc/passwd” is not under media/. Put the file there."],
            9: ["“media/../x.csv” is not under media/. Put the file there."],
        },
    ),
    "a file of this installation": (
        HEAD + "One.\n\n![x](file:0190a0a0-0000-7000-8000-000000000000)\n",
        {7: ["Name files by their place in the folder, such as media/a.svg."]},
    ),
    "an address that runs": (
        HEAD + "One.\n\nTwo [x](javascript:alert).\n",
        {7: ["This address cannot be used: javascript:alert. Use one that starts with https://"]},
    ),
    "code that never ends": (HEAD + "One.\n\n```\n# x\n", {5: ["A code fence in this text is not closed."]}),
    "text that is too long": (
        HEAD + "x" * 100_001 + "\n",
        {5: ["This text has 100001 characters; at most 100000 fit. Split it."]},
    ),
    "question without a right answer": (
        HEAD + ':::question {#q}\nkind = "single"\n[[options]]\nid = "a"\ntext = "A"\n'
        '[[options]]\nid = "b"\ntext = "B"\n---\nWhich?\n:::\n',
        None,
    ),
    "question of no kind": (HEAD + ':::question {#q}\nkind = "essay"\n---\nWhy?\n:::\n', None),
}


@pytest.mark.parametrize(("text", "expected"), LESSONS.values(), ids=LESSONS.keys())
def test_a_broken_lesson(tmp_path, text, expected):
    found = problems(lay(tmp_path, **{LESSON: text}))
    if expected is None:
        assert all(place.startswith(f"{LESSON}:") for place in found)
    else:
        assert found == {f"{LESSON}:{line}": sentences for line, sentences in expected.items()}


def test_all_problems_come_at_once(tmp_path):
    found = problems(
        lay(
            tmp_path,
            **{"course.toml": COURSE + "x = 1\n", "01-first/module.toml": MODULE + "y = 1\n", LESSON: HEAD + ":::\n"},
        )
    )
    assert list(found) == ["course.toml:5", f"{LESSON}:5", "01-first/module.toml:3"]


@pytest.mark.django_db
def test_nothing_of_a_broken_folder_is_stored(tmp_path):
    with pytest.raises(Invalid):
        import_course(actor=SYSTEM, path=lay(tmp_path, **{LESSON: HEAD + ":::\n"}))
    assert not Course.everything.exists()


def test_links_are_refused(tmp_path):
    root = lay(tmp_path / "course")
    (tmp_path / "secret.md").write_text(HEAD)
    os.symlink(tmp_path / "secret.md", root / "01-first" / "02-secret.md")
    os.symlink(tmp_path, root / "02-all")
    sentence = ["This is a link or no plain file. Put the file itself here."]
    assert problems(root) == {"01-first/02-secret.md": sentence, "02-all": sentence}


def test_a_linked_course_table_is_refused(tmp_path):
    root = lay(tmp_path / "course", **{"course.toml": None})
    (tmp_path / "elsewhere.toml").write_text(COURSE)
    os.symlink(tmp_path / "elsewhere.toml", root / "course.toml")
    assert problems(root) == {"course.toml": ["This is a link or no plain file. Put the file itself here."]}


def test_dot_files_and_the_readme_are_not_read(tmp_path):
    lay(tmp_path, **{".git/config": "x", "README.md": "# Hello", "01-first/.DS_Store": b"\x00"})
    assert read_course(tmp_path).title == "Graphs"


def test_too_many_files_and_bytes(tmp_path, monkeypatch):
    lay(tmp_path)
    monkeypatch.setattr(folder_format, "MOST_FILES", 2)
    assert problems(tmp_path) == {".": ["It has more than 2 files."]}
    monkeypatch.setattr(folder_format, "MOST_FILES", 2000)
    monkeypatch.setattr(folder_format, "MOST_BYTES", 100)
    assert problems(tmp_path) == {".": ["It has more than 100\xa0bytes in it."]}


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "{a=" * 5000, "x = 1" + "0" * 5000, "d = 2025-13-45"])
def test_hostile_toml_is_only_a_problem(tmp_path, text):
    assert list(problems(lay(tmp_path, **{"course.toml": COURSE + text}))) == ["course.toml:5"]


# ZIP files


def packed(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refused_zip(path: Path) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused, opened(path):
        pytest.fail("it was unpacked")
    return {place: [str(s) for s in sentences] for place, sentences in refused.value.fields.items()}


SOUND = {"course.toml": COURSE, "01-first/module.toml": MODULE, LESSON: HEAD + "Text.\n"}


@pytest.mark.parametrize("prefix", ["", "graphs/"])
def test_a_zip_of_a_folder_or_of_what_is_in_it(tmp_path, prefix):
    files = {prefix + name: content for name, content in SOUND.items()}
    with opened(packed(tmp_path / "c.zip", **files, **{"__MACOSX/._x": "junk"})) as folder:
        assert read_course(folder).title == "Graphs"
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["../evil.md", "/etc/evil.md", "a/../../evil.md", "a\\..\\evil.md", "C:/evil.md", "a//b"]
)
def test_a_zip_cannot_reach_outside(tmp_path, name):
    found = refused_zip(packed(tmp_path / "c.zip", **SOUND, **{name: "x"}))
    assert found == {name: ["It holds a name that leads outside of it."]}
    assert not (tmp_path / "evil.md").exists()


def test_a_zip_cannot_hold_links(tmp_path):
    path = packed(tmp_path / "c.zip", **SOUND)
    entry = zipfile.ZipInfo("01-first/02-link.md")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert refused_zip(path) == {"01-first/02-link.md": ["It holds a link. Put the file itself there."]}


def test_a_zip_bomb_is_counted_while_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_format, "MOST_BYTES", 1024 * 1024)
    path = packed(tmp_path / "c.zip", **SOUND, bomb="0" * 20 * 1024 * 1024)
    # The table of contents lies about the size, as a hostile one would.
    content = path.read_bytes().replace(struct.pack("<I", 20 * 1024 * 1024), struct.pack("<I", 10))
    path.write_bytes(content)
    assert list(refused_zip(path).values()) in (
        [["It has more than 1.0\xa0MB in it."]],
        [["This is not a ZIP file that can be unpacked."]],
    )


def test_a_plain_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_format, "MOST_BYTES", 1024 * 1024)
    path = packed(tmp_path / "c.zip", **SOUND, bomb="0" * 20 * 1024 * 1024)
    assert refused_zip(path) == {".": ["It has more than 1.0\xa0MB in it."]}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"hello"])
def test_what_is_no_zip(tmp_path, content):
    (tmp_path / "c.zip").write_bytes(content)
    assert refused_zip(tmp_path / "c.zip") == {"c.zip": ["This is not a ZIP file that can be unpacked."]}


def test_nothing_there(tmp_path):
    assert refused_zip(tmp_path / "none") == {"course.toml": ["There is no folder or ZIP file at this place."]}


def test_an_encrypted_zip(tmp_path):
    path = packed(tmp_path / "c.zip", **SOUND)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 4)
    path.write_bytes(bytes(content))
    assert refused_zip(path) == {"c.zip": ["This is not a ZIP file that can be unpacked."]}
