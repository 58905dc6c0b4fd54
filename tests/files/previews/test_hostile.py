"""Hostile files, looked at in every way: shown or refused with a reason, soon, and with little memory."""

import json
import subprocess
import sys

import pytest

from files.previews.base import Reason
from tests.contracts.source import ROOT
from tests.growth import HANG_SECONDS
from tests.samples import sample_folder

pytestmark = pytest.mark.samples


@pytest.fixture(scope="module")
def looks() -> list[dict]:
    folder = sample_folder("hostile")
    done = subprocess.run(
        [sys.executable, "-m", "tests.files.previews.look_at", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return json.loads(done.stdout)


def where(looks: list[dict], is_wrong) -> list[str]:
    return [f"{look['file']} as {look['way']}: {look}" for look in looks if is_wrong(look)]


def test_each_is_shown_or_has_a_reason(looks):
    assert len(looks) > 100
    assert where(looks, lambda look: look["outcome"] not in {"shown", *Reason}) == []


def test_each_takes_little_time_and_memory(looks):
    assert where(looks, lambda look: look["seconds"] > HANG_SECONDS) == []
    # The highest of all so far, so that one is enough to be seen.
    assert sum(look["bytes"] for look in looks) < 200 * 1024**2


def test_what_comes_of_them(looks):
    outcomes = {(look["file"], look["way"]): look["outcome"] for look in looks}
    assert [
        outcomes["zip-bomb-100mb.zip", "archive"],
        outcomes["zip-slip.zip", "archive"],
        outcomes["png-20000x20000.png", "thumbnail"],
        outcomes["html-named.jpg", "thumbnail"],
        outcomes["zip-bomb-100mb.zip", "csv"],
        outcomes["markdown-xss.md", "markdown"],
        outcomes["png-20000x20000.png", "text"],
    ] == ["shown", "shown", "too_large", "kind", "damaged", "shown", "binary"]
