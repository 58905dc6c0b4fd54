"""A process of its own that looks at files in every way, and prints for each what came of it, how long it took, and how much memory:
one line of JSON. ``python -m tests.files.previews.look_at FOLDER``."""

import json
import os
import re
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.test")
django.setup()

from files.previews.archive import archive_preview  # noqa: E402 -- settings first
from files.previews.base import NoPreview  # noqa: E402
from files.previews.image import LARGE, THUMBNAIL, small_webp  # noqa: E402
from files.previews.markdown import markdown_preview  # noqa: E402
from files.previews.table import table_preview  # noqa: E402
from files.previews.text import text_preview  # noqa: E402

WAYS = {
    "text": lambda file, name: text_preview(file, name),
    "code": lambda file, name: text_preview(file, f"{name}.py"),
    "markdown": lambda file, name: markdown_preview(file),
    "csv": lambda file, name: table_preview(file, f"{name}.csv"),
    "tsv": lambda file, name: table_preview(file, f"{name}.tsv"),
    "archive": lambda file, name: archive_preview(file, name),
    "thumbnail": lambda file, name: small_webp(file, longest=THUMBNAIL),
    "large": lambda file, name: small_webp(file, longest=LARGE),
}


def memory() -> int:
    """The most so far. Not what getrusage says: that begins with the memory of the process that started this one."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024


def main(folder: Path) -> None:
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        for way, look in WAYS.items():
            before, begun = memory(), time.process_time()
            with path.open("rb") as file:
                try:
                    look(file, path.name)
                    outcome = "shown"
                except NoPreview as refusal:
                    outcome = refusal.reason.value
                except Exception as error:
                    outcome = repr(error)
            taken = time.process_time() - begun
            found.append(
                {"file": path.name, "way": way, "outcome": outcome, "seconds": taken, "bytes": memory() - before}
            )
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
