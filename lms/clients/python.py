"""The Python client, made by openapi-python-client: a package with a typed function for each operation, sync and async."""

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGE = "aumbry_client"
# What the generator would not know how to read: bytes, whatever they are.
_CONFIG = {
    "package_name_override": PACKAGE,
    "project_name_override": "aumbry-client",
    "content_type_overrides": {
        "application/zip": "application/octet-stream",
        "image/*": "application/octet-stream",
        "application/offset+octet-stream": "application/octet-stream",
    },
    "post_hooks": [],
}


class GeneratorMissing(Exception):
    """openapi-python-client is a tool of those who develop; a site runs without it."""


def write_python_client(schema: Mapping[str, Any], folder: Path) -> Path:
    """Write the package into ``folder`` and return where it is.

    Raises ``GeneratorMissing``, or ``RuntimeError`` with what the generator said: a warning means that something is left out.
    """
    if importlib.util.find_spec("openapi_python_client") is None:
        raise GeneratorMissing
    target = folder / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        described, config = Path(made) / "openapi.json", Path(made) / "config.json"
        described.write_text(json.dumps(schema), encoding="utf-8")
        config.write_text(json.dumps(_CONFIG), encoding="utf-8")
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(described)]
        command += ["--config", str(config), "--meta", "none", "--output-path", str(target), "--overwrite"]
        done = subprocess.run([*command, "--fail-on-warning"], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{done.stdout}\n{done.stderr}".strip())
    return target
