"""Files outside the repository that some tests read in place."""

import os
from pathlib import Path

import pytest
from django.conf import settings


def sample_folder(name: str) -> Path:
    """The folder ``name`` of ``SAMPLES_DIR``; skips the test where it is missing, fails it in CI."""
    folder = Path(settings.SAMPLES_DIR) / name
    if not folder.is_dir():
        reason = f"no sample files at {folder}; set SAMPLES_DIR to the folder that has them"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        # The samples are other people's files and not part of the repository, so a user's machine has none.
        pytest.skip(reason)
    return folder
