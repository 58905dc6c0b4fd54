"""What it costs to take a large file and to give it, beside a bare application on the same server.

    .venv/bin/python -m bench.files [--quick]

A film of a gigabyte goes up in parts of 8 MB and comes down again; then the same with the bare application, which flushes each
part to disk as well. Both in the same run, one client, on the loopback address.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.harness import ROOT, Server, Table, free_port, get, prepare, serving, session_of

MEGABYTE = 1024**2
PART = 8 * MEGABYTE
SIZE_MB, QUICK_MB = 1000, 64
RATIO_UP, RATIO_DOWN = 0.40, 0.60
GROWTH_MB, WRITES, SMALL_MS, SMALL_QUERIES = 64, 2.5, 10, 5


def parts(size: int) -> Iterator[tuple[int, bytes]]:
    """The bytes of a film: a head that is one, then what nobody can pack."""
    noise = os.urandom(PART)
    head = bytes.fromhex("0000001c66747970") + b"mp42" + bytes(4) + b"mp42isomavc1"
    for offset in range(0, size, PART):
        length = min(PART, size - offset)
        yield offset, (head + noise[len(head) :])[:length] if not offset else noise[:length]


def send(port: int, address: str, size: int, headers: dict[str, str]) -> float:
    """Seconds until the last part is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    spent = 0.0
    for offset, part in parts(size):
        began = time.perf_counter()
        connection.request(
            "PATCH",
            address,
            part,
            {
                **headers,
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            },
        )
        answer = connection.getresponse()
        answer.read()
        spent += time.perf_counter() - began
        assert answer.status == 204, answer.status
    connection.close()
    return spent


def fetch(port: int, address: str, headers: dict[str, str]) -> float:
    """Seconds until the last byte is here."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    buffer = bytearray(MEGABYTE)
    while answer.readinto(buffer):
        pass
    connection.close()
    return time.perf_counter() - began


def written(pid: int) -> int:
    """Bytes that a process has had written to disk."""
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise RuntimeError("no write_bytes line")


def small_file(owner: Any) -> tuple[str, int]:
    """The address of a small file and how many questions it costs to fetch it."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.services.profile import set_avatar
    from files.services import set_usages, store_file

    file = store_file(actor=owner, content=b"Notes.\n" * 400, name="notes.txt")
    set_avatar(actor=owner, user=owner, file_id=str(file.public_id))
    set_usages(owner_kind="avatar", owner_id=owner.pk, file_ids={file.public_id}, actor=owner)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(owner, "accounts.backends.AccountBackend")
    client.get(file.get_absolute_url())
    with CaptureQueriesContext(connection) as asked:
        assert client.get(file.get_absolute_url()).status_code == 200
    return file.get_absolute_url(), len(asked)


def began(server: Server, cookie: str, token: str, size: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = f'{{"name": "film.mp4", "size": {size}, "purpose": "lesson_media"}}'
    headers = {"Cookie": f"{cookie}; csrftoken={token}", "X-CSRFToken": token, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/uploads/", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status
    return str(answer.headers["Location"])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="a smaller film")
    size = (QUICK_MB if arguments.parse_args().quick else SIZE_MB) * MEGABYTE
    prepare("bench.settings")
    import django
    from django.core.management import call_command

    django.setup(set_prefix=False)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from django.middleware.csrf import _get_new_csrf_string

    from accounts.models import User
    from files.models import Upload

    owner = User.objects.create(email="t@example.org", name="A Teacher", role="manager", password="unusable")
    cookie, token = session_of(owner), _get_new_csrf_string()
    headers = {"Cookie": f"{cookie}; csrftoken={token}", "X-CSRFToken": token}
    small, questions = small_file(owner)
    table = Table()
    with serving(free_port()) as server:
        worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            times = []
            for _ in range(60):
                start = time.perf_counter()
                assert get(server.port, small, {"Cookie": cookie})[0] == 200
                times.append((time.perf_counter() - start) * 1000)
            address = began(server, cookie, token, size)
            memory, disk = server.pss_megabytes(), written(server.process.pid)
            up = send(server.port, address, size, headers)
            growth, disk = server.pss_megabytes() - memory, written(server.process.pid) - disk
            start = time.perf_counter()
            while (upload := Upload.objects.select_related("file").get()).state in ("receiving", "checking"):
                time.sleep(0.1)
            checked = time.perf_counter() - start
            assert upload.state == "done", upload.message
            memory = server.pss_megabytes()
            down = fetch(server.port, upload.file.get_absolute_url(), headers)  # type: ignore[union-attr]
            growth = max(growth, server.pss_megabytes() - memory)
        finally:
            worker.terminate()
            worker.wait(20)
    with serving(free_port(), "bench.bare_files:application") as server:
        bare_up = send(server.port, "/", size, {})
        bare_down = fetch(server.port, "/", {})
    megabytes = size / MEGABYTE
    table.add("size", megabytes, "MB")
    table.add("upload", megabytes / up, "MB/s")
    table.add("upload, bare", megabytes / bare_up, "MB/s")
    table.add("upload ÷ bare", bare_up / up, at_least=RATIO_UP)
    table.add("download", megabytes / down, "MB/s")
    table.add("download, bare", megabytes / bare_down, "MB/s")
    table.add("download ÷ bare", bare_down / down, at_least=RATIO_DOWN)
    table.add("growth of the server's memory", growth, "MB", at_most=GROWTH_MB)
    table.add("written to disk for each byte", disk / size, at_most=WRITES)
    table.add("from the last part until it is checked", checked, "s")
    table.add("small file: median", statistics.median(times), "ms", at_most=SMALL_MS)
    table.add("small file: queries", questions, at_most=SMALL_QUERIES)
    table.leave()


if __name__ == "__main__":
    main()
