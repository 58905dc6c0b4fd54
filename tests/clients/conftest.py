"""The clients, generated once for each process of the tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command


@pytest.fixture(scope="session")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that holds the generated package, importable as ``aumbry_client``."""
    folder = tmp_path_factory.mktemp("python-client")
    call_command("api_client", "python", out=str(folder), verbosity=0)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def javascript_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated module."""
    folder = tmp_path_factory.mktemp("javascript-client")
    call_command("api_client", "javascript", out=str(folder), verbosity=0)
    return folder / "aumbry.js"
