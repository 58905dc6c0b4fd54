"""What it costs to take files and to give them: large ones beside a bare application on the same server, small ones that are
asked for by many, a folder of ten thousand, pictures that are made small.

    .venv/bin/python -m bench.files [--quick] [--only large|small|folders|photos]

A film of a gigabyte goes up in parts of 8 MB and comes down again, once as it is and once to be stored encrypted; then the
same with the bare application, which flushes each part to disk as well; one of 100 MB comes with a form. All in the same
run, one client, on the loopback address. Bytes written to disk are those of the server and the worker together.
"""

import argparse
import http.client
import io
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import SEALED, Highest, Server, Table, free_port, get, load, prepare, serving, session_of, working

MEGABYTE = 1024**2
PART = 8 * MEGABYTE
SIZE_MB, QUICK_MB = 1000, 64
# What comes with a form, in one request.
FORM_MB = 100
RATIO_UP, RATIO_DOWN = 0.40, 0.60
SEALED_UP, SEALED_DOWN = 0.25, 0.35
GROWTH_MB, WRITES, SMALL_MS, SMALL_QUERIES = 64, 2.5, 10, 5
FEW, MANY, FOLDER_MS = 100, 10_000, 150
PHOTOS, QUICK_PHOTOS, PHOTO_SIZE, BESIDE = 200, 12, (4000, 3000), 2
PARTS = ("large", "small", "folders", "photos")


@dataclass(frozen=True)
class Person:
    """Who asks: ``owner`` with a session and a token for what changes something."""

    owner: Any
    cookie: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{self.cookie}; csrftoken={self.token}", "X-CSRFToken": self.token}


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


def post(port: int, person: Person, size: int) -> float:
    """Keep a film that comes with a form; seconds until it is answered."""
    from files.services.spaces import space_of

    address = space_of("person", person.owner.pk).get_absolute_url()
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{boundary}.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode()
    end = f"\r\n--{boundary}--\r\n".encode()
    headers = {
        **person.headers,
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(head) + size + len(end)),
    }

    def body() -> Iterator[bytes]:
        yield head
        yield from (part for _offset, part in parts(size))
        yield end

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    start = time.perf_counter()
    connection.request("POST", address, body(), headers)
    answer = connection.getresponse()
    answer.read()
    # To the page of the place; what is refused is answered with the page itself.
    assert answer.status == 302, answer.status
    connection.close()
    return time.perf_counter() - start


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


def began(server: Server, person: Person, size: int, purpose: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = f'{{"name": "film.mp4", "size": {size}, "purpose": "{purpose}"}}'
    headers = {**person.headers, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/uploads/", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status
    return str(answer.headers["Location"])


@dataclass(frozen=True)
class Film:
    """What became of one: seconds up, until it was checked, and down; megabytes that server and worker grew by."""

    up: float
    checked: float
    down: float
    growth: float
    worker_growth: float
    # By server and worker together: what is stored encrypted the worker writes once more.
    written: int


def film(server: Server, worker_pid: int, person: Person, size: int, purpose: str) -> Film:
    """Send one, have it checked, fetch it."""
    from files.models import Upload

    address = began(server, person, size, purpose)
    upload = Upload.objects.latest("pk")
    pids = (server.process.pid, worker_pid)
    disk = sum(map(written, pids))
    with Highest(server.process.pid) as sending, Highest(worker_pid) as checking:
        up = send(server.port, address, size, person.headers)
        start = time.perf_counter()
        while upload.state in ("receiving", "checking"):
            time.sleep(0.1)
            upload.refresh_from_db()
        checked = time.perf_counter() - start
        disk = sum(map(written, pids)) - disk
    assert upload.state == "done", upload.message
    assert upload.file is not None
    assert upload.file.is_sealed == (purpose == SEALED)
    with Highest(server.process.pid) as fetching:
        down = fetch(server.port, upload.file.get_absolute_url(), person.headers)
    return Film(up, checked, down, max(sending.growth, fetching.growth), checking.growth, disk)


def large(table: Table, person: Person, size: int) -> None:
    """A film as it is, the same encrypted, the same with the bare application."""
    with serving(free_port()) as server, working() as worker:
        # What any process loads by its first requests is not the film's.
        film(server, worker.pid, person, PART + 1, "lesson_media")
        film(server, worker.pid, person, PART + 1, SEALED)
        plain = film(server, worker.pid, person, size, "lesson_media")
        sealed = film(server, worker.pid, person, size, SEALED)
        form_size = min(size, FORM_MB * MEGABYTE)
        post(server.port, person, PART)
        form_written = written(server.process.pid) + written(worker.pid)
        form_up = post(server.port, person, form_size)
        form_written = written(server.process.pid) + written(worker.pid) - form_written
    with serving(free_port(), "bench.bare_files:application") as server:
        bare_up = send(server.port, "/", size, {})
        bare_down = fetch(server.port, "/", {})
    megabytes = size / MEGABYTE
    table.add("size", megabytes, "MB")
    table.add("upload, bare", megabytes / bare_up, "MB/s")
    table.add("download, bare", megabytes / bare_down, "MB/s")
    for name, found, least_up, least_down in (
        ("", plain, RATIO_UP, RATIO_DOWN),
        ("encrypted: ", sealed, SEALED_UP, SEALED_DOWN),
    ):
        table.add(f"{name}upload", megabytes / found.up, "MB/s")
        table.add(f"{name}upload ÷ bare", bare_up / found.up, at_least=least_up)
        table.add(f"{name}from the last part until it is checked", found.checked, "s")
        table.add(f"{name}upload until it is checked ÷ bare", bare_up / (found.up + found.checked))
        table.add(f"{name}download", megabytes / found.down, "MB/s")
        table.add(f"{name}download ÷ bare", bare_down / found.down, at_least=least_down)
        table.add(f"{name}growth of the server's memory, highest", found.growth, "MB", at_most=GROWTH_MB)
        table.add(f"{name}growth of the worker's memory, highest", found.worker_growth, "MB")
        table.add(f"{name}written to disk for each byte", found.written / size, at_most=WRITES)
    table.add("form: size", form_size / MEGABYTE, "MB")
    table.add("form: upload", form_size / MEGABYTE / form_up, "MB/s")
    table.add("form: written to disk for each byte", form_written / form_size, at_most=WRITES)


def queries_of(owner: Any, address: str) -> int:
    """How many questions it costs to have what is at ``address``, not for the first time in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(owner, "accounts.backends.AccountBackend")
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def small_addresses(owner: Any) -> dict[str, str]:
    """The addresses of a small file that something uses, and of one that is kept."""
    from accounts.services.profile import set_avatar
    from files.services import set_usages, store_file
    from files.services.kept import keep_file
    from files.services.spaces import space_of
    from files.views.shown import bytes_url

    file = store_file(actor=owner, content=b"Notes.\n" * 400, name="notes.txt")
    set_avatar(actor=owner, user=owner, file_id=str(file.public_id))
    set_usages(owner_kind="avatar", owner_id=owner.pk, file_ids={file.public_id}, actor=owner)
    another = store_file(actor=owner, content=b"Other notes.\n" * 400, name="notes.txt")
    kept = keep_file(actor=owner, space=space_of("person", owner.pk), stored=another).file
    return {
        "small file": file.get_absolute_url(),
        "small kept file, shown": bytes_url(kept),
        "small kept file, fetched": bytes_url(kept, download=True),
    }


def small(table: Table, person: Person, requests: int) -> None:
    """Small files, whose cost is that of asking whether they may be had; fetching a kept one is written down each time."""
    addresses = small_addresses(person.owner)
    headers = {"Cookie": person.cookie}
    with serving(free_port()) as server:
        for name, address in addresses.items():
            load(server, address, headers, clients=1, requests=10)
            kept = load(server, address, headers, clients=1, requests=requests)
            table.add(f"{name}: median, connection kept", kept.p50, "ms", at_most=SMALL_MS)
            table.add(f"{name}: processor", kept.cpu_per_request, "ms")
            times = []
            for _ in range(requests):
                start = time.perf_counter()
                assert get(server.port, address, headers)[0] == 200
                times.append((time.perf_counter() - start) * 1000)
            table.add(f"{name}: median, a new connection each time", statistics.median(times), "ms")
            table.add(f"{name}: queries", queries_of(person.owner, address), at_most=SMALL_QUERIES)
        bare = load(server, "/bench/bare/", headers, clients=1, requests=requests)
        table.add("bare signed-in view: median", bare.p50, "ms")


def filled_folder(owner: Any, count: int) -> Any:
    """A folder of ``count`` files in the owner's space; each has a content of its own, whose bytes are all in one place."""
    from files.models import File, FileVersion, Folder, StoredFile
    from files.services import store_file
    from files.services.kept import make_folder
    from files.services.spaces import space_of

    space = space_of("person", owner.pk)
    folder: Folder = make_folder(actor=owner, space=space, name=f"{count} files")
    bytes_of_all = store_file(actor=owner, content=b"Notes.\n", name="notes.txt")
    contents = StoredFile.objects.bulk_create(
        StoredFile(
            sha256=uuid.uuid4().hex * 2,
            size=7,
            media_type="text/plain",
            name="notes.txt",
            storage_key=bytes_of_all.storage_key,
            uploaded_by=owner,
        )
        for _ in range(count)
    )
    names = [f"notes {number:05}.txt" for number in range(count)]
    files = File.objects.bulk_create(
        File(space=space, folder=folder, name=name, name_key=name.casefold()) for name in names
    )
    versions = FileVersion.objects.bulk_create(
        FileVersion(file=file, number=1, stored=content, made_by=owner)
        for file, content in zip(files, contents, strict=True)
    )
    for file, version in zip(files, versions, strict=True):
        file.current = version
    File.objects.bulk_update(files, ["current"], batch_size=400)
    return folder


def folders(table: Table, person: Person, requests: int) -> None:
    """A folder of a hundred files and one of ten thousand, in the same space."""
    headers = {"Cookie": person.cookie}
    asked = []
    with serving(free_port()) as server:
        for count in (FEW, MANY):
            address = filled_folder(person.owner, count).get_absolute_url()
            load(server, address, headers, clients=1, requests=10)
            found = load(server, address, headers, clients=1, requests=requests)
            name = f"folder of {count} files"
            table.add(f"{name}: median", found.p50, "ms", at_most=FOLDER_MS)
            table.add(f"{name}: processor", found.cpu_per_request, "ms")
            asked.append(queries_of(person.owner, address))
            table.add(f"{name}: queries", asked[-1])
        bare = load(server, "/bench/bare/", headers, clients=1, requests=requests)
        table.add("bare signed-in view: median", bare.p50, "ms")
    table.add(f"queries for {MANY} files more than for {FEW}", asked[1] - asked[0], at_most=0)


def photos_kept(owner: Any, count: int) -> Any:
    """A folder of photos of 12 megapixels, each with bytes of its own; jobs that make them small wait."""
    from PIL import Image

    from files.services import store_file
    from files.services.kept import keep_file, make_folder
    from files.services.spaces import space_of

    space = space_of("person", owner.pk)
    folder = make_folder(actor=owner, space=space, name=f"{count} photos")
    # Soft shapes with grain, so that there is something to decode, as in a photo.
    width, height = PHOTO_SIZE
    soft = [Image.effect_noise((width // 40, height // 40), 120).resize(PHOTO_SIZE) for _ in range(3)]
    grain = Image.effect_noise(PHOTO_SIZE, 12)
    picture = Image.merge("RGB", [Image.blend(one, grain, 0.25) for one in soft])
    heads = []
    for quality in (78, 84, 88, 92):
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality)
        heads.append(target.getvalue())
    for number in range(count):
        jpeg = heads[number % len(heads)]
        told = f"photo {number}".encode()
        remark = b"\xff\xfe" + (len(told) + 2).to_bytes(2, "big") + told
        content = jpeg[:2] + remark + jpeg[2:]
        stored = store_file(actor=owner, content=content, name=f"photo {number:03}.jpg")
        keep_file(actor=owner, space=space, folder=folder, stored=stored)
    return folder, statistics.mean(len(one) for one in heads) / MEGABYTE


def photos(table: Table, person: Person, count: int, requests: int) -> None:
    """Photos are made small by the worker while somebody looks at the folder."""
    from files.models import Rendition

    made = Rendition.objects.filter(kind="small", made__isnull=False)
    headers = {"Cookie": person.cookie}
    with serving(free_port()) as server:
        folder, size = photos_kept(person.owner, count)
        address = folder.get_absolute_url()
        load(server, address, headers, clients=1, requests=10)
        alone = load(server, address, headers, clients=1, requests=requests)
        latencies: list[float] = []
        with working():
            while not (first := made.count()):
                time.sleep(0.05)
            start = time.perf_counter()
            while (done := made.count()) < count:
                if time.perf_counter() - start > 20 * 60:
                    raise SystemExit(f"Only {done} of {count} photos are made small.")
                latencies += load(server, address, headers, clients=1, requests=10).latencies
            seconds = time.perf_counter() - start
    beside = statistics.median(latencies) * 1000
    table.add(f"{count} photos: one", size, "MB")
    table.add(f"{count} photos: made small, two sizes of each", (count - first) / seconds, "photos/s")
    table.add("page: median alone", alone.p50, "ms")
    table.add("page: median beside", beside, "ms")
    table.add("page: median beside ÷ alone", beside / alone.p50, at_most=BESIDE)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="a smaller film, fewer photos")
    arguments.add_argument("--only", choices=PARTS, help="one part alone")
    given = arguments.parse_args()
    wanted = [given.only] if given.only else PARTS
    prepare("bench.settings")
    import django
    from django.core.management import call_command

    django.setup(set_prefix=False)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from django.middleware.csrf import _get_new_csrf_string

    from accounts.models import User

    owner = User.objects.create(email="t@example.org", name="A Teacher", role="manager", password="unusable")
    person = Person(owner, session_of(owner), _get_new_csrf_string())
    requests = 20 if given.quick else 100
    table = Table()
    if "large" in wanted:
        large(table, person, (QUICK_MB if given.quick else SIZE_MB) * MEGABYTE)
    if "small" in wanted:
        small(table, person, requests)
    if "folders" in wanted:
        folders(table, person, requests)
    if "photos" in wanted:
        photos(table, person, QUICK_PHOTOS if given.quick else PHOTOS, requests)
    table.leave()


if __name__ == "__main__":
    main()
