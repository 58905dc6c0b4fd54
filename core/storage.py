from typing import Any

import brotli  # type: ignore[import-untyped]
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Beyond this size the best compression takes ten times as long as the next best, for a few hundredths less: it is for the
# files of our own pages, and not for libraries of a megabyte, which hold up the first start.
LARGE = 128 * 1024


class QuickCompressor(Compressor):  # type: ignore[misc]
    """Compresses large files so that nobody waits for it."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=9 if len(data) > LARGE else 11))


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside ES module imports; compressed once, at start."""

    support_js_module_import_aggregation = True
    manifest_strict = True

    def create_compressor(self, **kwargs: Any) -> Compressor:
        return QuickCompressor(**kwargs)

    def url(self, name: str | None, force: bool = False) -> str:
        # The manifest is read once at start, so an address never changes; a page asks for a dozen.
        known: dict[str | None, str] = self.__dict__.setdefault("_addresses", {})
        if force:
            return str(super().url(name, force=True))
        if name not in known:
            known[name] = str(super().url(name))
        return known[name]
