"""A site that is served by ``bin/up`` holds a lock on a file in its folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from lms.backup.errors import Refused


@contextmanager
def site_stopped() -> Iterator[None]:
    """``bin/up`` is not running in this folder, and does not start meanwhile. Raises ``Refused`` if it is."""
    path = Path(settings.VAR_DIR) / "running"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            where = handle.read().strip() or "an address of this machine"
            raise Refused(f"The site is running at {where}. Stop it first, then try again.") from error
        yield
