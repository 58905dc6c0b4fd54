"""Problems of real courses, counted here by a reader of its own."""

import tarfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import etree

from assessments.block_kind import folder_problems
from courses.formats.olx.problems import ProblemContext, ProblemData, read_problem
from tests.samples import sample_folder

pytestmark = pytest.mark.samples

KINDS = {
    "multiplechoiceresponse": "single",
    "choiceresponse": "multiple",
    "optionresponse": "dropdown",
    "numericalresponse": "numeric",
    "stringresponse": "short",
}


def parsed(xml: str) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 - our own samples


def rewrite(address: str) -> str:
    return address.replace("/static/", "media/")


def problem_files(name: str) -> dict[str, str]:
    """Every problem of an archive by its name: the elements that are written out, wherever they stand."""
    found = {}
    with tarfile.open(Path(sample_folder("courses")) / "olx" / name) as archive:
        for member in archive:
            if not member.name.endswith(".xml") or "/drafts/" in member.name or "/static/" in member.name:
                continue
            text = archive.extractfile(member).read().decode()
            try:
                root = parsed(text)
            except ElementTree.ParseError:
                continue
            for number, element in enumerate(root.iter("problem")):
                if len(element):
                    element.tail = None
                    found[f"{member.name}:{number}"] = ElementTree.tostring(element, encoding="unicode")
    return found


def responses(xml: str) -> list[str]:
    return [element.tag for element in parsed(xml).iter() if element.tag.endswith("response")]


def read(xml: str):
    element = etree.fromstring(xml)
    return read_problem(element, ProblemContext("x.xml", element.get("display_name") or "", rewrite))


def asked(settings: dict) -> list[dict]:
    return settings["parts"] if settings["kind"] == "parts" else [settings]


def own_count(xml: str) -> list[tuple]:
    """What each response of a problem holds, without our reader: its kind, its options, how many of them are right."""
    found = []
    for element in parsed(xml).iter():
        if element.tag in KINDS:
            options = [one for one in element.iter() if one.tag in ("choice", "option")]
            right = [one for one in options if one.get("correct", "").lower() == "true"]
            found.append((KINDS[element.tag], len(options), len(right)))
    return found


def our_count(settings: dict) -> list[tuple]:
    found = []
    for part in asked(settings):
        options = part.get("options", ())
        right = [one for one in options if one.get("right") or one.get("credit") == "1"]
        found.append((part["kind"], len(options), len(right)))
    return found


def hint_count(xml: str) -> tuple[int, int, bool]:
    root = parsed(xml)
    remarks = [
        one
        for one in root.iter()
        if one.tag in ("choicehint", "optionhint", "compoundhint", "correcthint", "stringequalhint")
    ]
    return len(list(root.iter("hint"))), len(remarks), root.find(".//solution") is not None


def our_hints(settings: dict) -> tuple[int, int, bool]:
    remarks = 0
    for part in asked(settings):
        each = [part, *part.get("options", ()), *part.get("others", ()), *part.get("combinations", ())]
        remarks += sum(bool(one.get(name)) for one in each for name in ("feedback", "feedback_unchosen"))
    return len(settings.get("hints", ())), remarks, "explanation" in settings


def check(files: dict[str, str]) -> Counter:
    """Read all; each question passes its kind's own check and holds what the source holds."""
    verdicts: Counter = Counter()
    for name, xml in files.items():
        data = read(xml)
        if not isinstance(data, ProblemData):
            verdicts["not here"] += 1
            continue
        assert folder_problems(data.settings, data.text) == [], name
        ours = our_count(data.settings)
        if any("stand below each other" in loss for loss in data.losses):
            ours = [("dropdown", *rest) for _kind, *rest in ours]
        assert ours == own_count(xml), name
        assert our_hints(data.settings) == hint_count(xml), name
        verdicts.update(kind for kind, *_rest in ours)
        verdicts["problems"] += 1
    return verdicts


def test_harvardx():
    files = problem_files("harvardx-studio-advanced.tar.gz")
    assert len(files) == 76
    counts = Counter(tag for xml in files.values() for tag in responses(xml))
    assert counts == {
        "multiplechoiceresponse": 49,
        "choiceresponse": 23,
        "optionresponse": 2,
        "numericalresponse": 2,
        "customresponse": 5,
    }
    # Five are marked by programs; one has a number that a program draws.
    assert check(files) == {"problems": 70, "not here": 6, "single": 49, "multiple": 23, "dropdown": 2, "numeric": 1}


def test_supported_components():
    files = problem_files("edx-supported-components.tar.gz")
    assert len(files) == 32
    assert check(files) == {
        "problems": 30,
        "not here": 2,
        "single": 7,
        "multiple": 8,
        "dropdown": 6,
        "numeric": 4,
        "short": 5,
    }


def test_grading_demo_needs_a_person():
    files = problem_files("mitx-grading-demo.tar.gz")
    assert len(files) == 53
    for xml in files.values():
        assert "it needs a person" in read(xml).reason
