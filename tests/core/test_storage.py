"""Static files under hashed names, imports of browser modules included."""

import re
import shutil
from pathlib import Path

import brotli
import pytest
from django.conf import settings as django_settings

from core.storage import LARGE, StaticFiles


@pytest.fixture
def processed(settings, tmp_path) -> StaticFiles:
    """Our own static files as ``collectstatic`` leaves them, but for the compression."""
    shutil.copytree(Path(django_settings.BASE_DIR) / "static", tmp_path, dirs_exist_ok=True)
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = tuple({p.suffix[1:] for p in tmp_path.rglob("*") if p.suffix} | {""})
    storage = StaticFiles(location=tmp_path, base_url="/static/")
    names = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()]
    trouble = [
        result
        for _, _, result in storage.post_process({n: (storage, n) for n in names})
        if isinstance(result, Exception)
    ]
    assert trouble == []
    return storage


def test_every_reference_inside_is_hashed(processed):
    root = Path(processed.location)
    main = processed.stored_name("js/main.js")
    assert re.fullmatch(r"js/main\.[0-9a-f]{12}\.js", main)
    script = (root / main).read_text()
    imports = re.findall(r"""(?:from|import\()\s*["'](\.[\w./-]+\.js)["']""", script)
    assert imports != []
    assert [name for name in imports if not re.search(r"\.[0-9a-f]{12}\.js$", name)] == []
    tokens = (root / processed.stored_name("css/tokens.css")).read_text()
    fonts = re.findall(r'url\("([^"]+\.woff2)"\)', tokens)
    assert fonts != []
    assert [name for name in fonts if not re.search(r"\.[0-9a-f]{12}\.woff2$", name)] == []


def test_an_unknown_file_is_noticed(processed):
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        processed.stored_name("css/unheard-of.css")


@pytest.mark.parametrize(("size", "quality"), [(LARGE, 11), (LARGE + 1, 9)])
def test_a_large_library_is_compressed_so_that_nobody_waits(tmp_path, size, quality):
    content = b"".join(b"const value%d = %d;\n" % (n, n * n) for n in range(size))[:size]
    (tmp_path / "library.js").write_bytes(content)
    StaticFiles(location=tmp_path, base_url="/static/").create_compressor(quiet=True).compress(
        str(tmp_path / "library.js")
    )
    packed = (tmp_path / "library.js.br").read_bytes()
    assert (packed, brotli.decompress(packed)) == (brotli.compress(content, quality=quality), content)
