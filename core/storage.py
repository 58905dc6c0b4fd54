from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside ES module imports; compressed once, at start."""

    support_js_module_import_aggregation = True
    manifest_strict = True
