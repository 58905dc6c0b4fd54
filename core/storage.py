from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside ES module imports; compressed once, at start."""

    support_js_module_import_aggregation = True
    manifest_strict = True

    def url(self, name: str | None, force: bool = False) -> str:
        # The manifest is read once at start, so an address never changes; a page asks for a dozen.
        known: dict[str | None, str] = self.__dict__.setdefault("_addresses", {})
        if force:
            return str(super().url(name, force=True))
        if name not in known:
            known[name] = str(super().url(name))
        return known[name]
