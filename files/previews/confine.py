"""Becomes another program under limits: ``python -I confine.py MEMORY FILE SECONDS COMMAND …``.

A file of its own and not a function run between fork and exec: that is not safe where threads are.
"""

import os
import resource
import sys


def main(memory: int, file: int, seconds: int, command: list[str]) -> None:
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: file,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 512,
    }
    for limit, wanted in limits.items():
        _soft, hard = resource.getrlimit(limit)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (most, most))
    os.nice(10)
    os.execvp(command[0], command)  # noqa: S606 -- the command is the site's own setting


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
