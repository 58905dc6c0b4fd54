"""Hostile files from outside: refused with a sentence, or kept as harmless bytes under a name of our own."""

import json
from contextlib import suppress

import pytest

from core.errors import Invalid
from files.models import StoredFile
from files.validators import clean_name
from tests.factories.files import png, stored
from tests.samples import sample_folder

pytestmark = [pytest.mark.django_db, pytest.mark.samples]

REFUSED = {
    "billion-laughs.xml": "file_type_unknown",
    "exe-named.pdf": "file_type_mismatch",
    "html-named.jpg": "file_type_mismatch",
    "png-20000x20000.png": "image_too_large",
    "script.svg": "file_active",
    "zip-bomb-100mb.zip": "archive_bomb",
}


def test_files_that_pretend_are_refused():
    codes = {}
    for name in REFUSED:
        with pytest.raises(Invalid) as refusal:
            stored((sample_folder("hostile") / name).read_bytes(), name)
        codes[name] = refusal.value.code
    assert codes == REFUSED
    assert StoredFile.objects.count() == 0


@pytest.mark.parametrize("name", ["zip-slip.zip", "canvas-evil.zip", "alphabet_soup.zip"])
def test_archives_are_kept_unopened(name, media):
    content = (sample_folder("hostile") / name).read_bytes()
    file = stored(content, name)
    assert [path.stat().st_size for path in media.rglob("*") if path.is_file()] == [len(content)]
    assert file.media_type == "application/zip"


def test_names_that_pretend_stay_names(media):
    for name in json.loads((sample_folder("hostile") / "names.json").read_text()):
        kept = clean_name(name)
        assert "/" not in kept
        assert "\\" not in kept
        assert kept.isprintable()
        assert len(kept) <= 210
        with suppress(Invalid):
            file = stored(png(), name)
            assert media in (media / file.storage_key).resolve().parents
    assert StoredFile.objects.count() > 3
