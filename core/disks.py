"""Errors of disks."""

import errno

# Of an ``OSError``: nothing more can be written, as the disk or somebody's share of it is full.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
