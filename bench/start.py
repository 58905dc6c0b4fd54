"""From a fresh clone to the first page: clones this repository's last commit, runs its first command, waits for an answer.

.venv/bin/python -m bench.start
"""

import argparse
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench.harness import ROOT, Table, free_port, get

MINUTES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same: there is only one run")
    parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aumbry-start-")) / "clone"
    port = free_port()
    env = {**os.environ, "PORT": str(port)}
    for name in ("VAR_DIR", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV"):
        env.pop(name, None)
    began = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    site = subprocess.Popen([str(folder / "bin/up")], cwd=folder, env=env, start_new_session=True)
    status = 0
    try:
        while time.monotonic() - began < 600 and site.poll() is None and status != 200:
            try:
                status = get(port, "/courses/")[0]
            except OSError:
                time.sleep(0.2)
        seconds = time.monotonic() - began
    finally:
        os.killpg(site.pid, signal.SIGTERM)
        site.wait(30)
    table = Table()
    table.add("fresh clone to first page", seconds, "s", at_most=MINUTES * 60)
    table.add("first page's status", status, at_most=200)
    table.leave()


if __name__ == "__main__":
    main()
