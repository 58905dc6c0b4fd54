"""What it costs to take in a large course, and what the people who read meanwhile notice of it.

    .venv/bin/python -m bench.import [--quick]

The course is the archive that SAMPLES_DIR holds; without it a made course of the same size. Times are on the wall, since a
manager waits for them; memory is that of a process of its own. Readers ask the real server, the import runs in the real
worker beside them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.harness import ROOT, Load, Table, free_port, get, load, prepare, serving, session_of

ARCHIVE = "courses/olx/harvardx-studio-advanced.tar.gz"
CLIENTS = 16
SECONDS, MEGABYTES, WRITING = 15, 200, 3
# The lesson budget: queries, milliseconds of processor, kilobytes of HTML.
LESSON = (8, 12, 35)
BESIDE = 2


def archive(folder: Path) -> tuple[Path, str]:
    """The course to take in, and what it is called."""
    samples = Path(os.environ.get("SAMPLES_DIR") or ROOT.parent / "shared" / "data")
    if (samples / ARCHIVE).is_file():
        return samples / ARCHIVE, "the sample course"
    print("SAMPLES_DIR has no sample course; a made one of the same size stands in.")
    return made_course(folder / "made"), "a made course"


def made_course(folder: Path) -> Path:
    """47 lessons with 286 sections, 640 blocks and 340 pictures."""
    from tests.factories.files import png

    media = folder / "media"
    media.mkdir(parents=True)
    for number in range(340):
        (media / f"p{number}.png").write_bytes(
            png(width=200, height=200, colour=number % 256) + bytes([number % 256]) * number
        )
    (folder / "course.toml").write_text('format = 1\nid = "made"\ncode = "MADE"\ntitle = "A made course"\n')
    words = "Words about a picture, $x^2$, and a [link](https://example.org).\n\n" * 8
    picture = block = section = 0
    for module in range(9):
        inner = folder / f"{module:02}-module"
        inner.mkdir()
        (inner / "module.toml").write_text(f'id = "m{module}"\ntitle = "Module {module}"\n')
        for lesson in range(module, 47, 9):
            parts = [f'+++\nid = "l{lesson}"\ntitle = "Lesson {lesson}"\npaged = true\n+++\n']
            for _ in range(6 if lesson else 10):
                section += 1
                parts.append(f"# Section {section} {{#s{section}}}\n")
                for _ in range(3 if section % 4 == 0 else 2):
                    block += 1
                    shown = f"![Picture](media/p{picture}.png)\n" if picture < 340 else ""
                    picture += 1
                    parts.append(f":::callout {{#b{block}}}\n---\n{words}{shown}:::\n")
            (inner / f"{lesson:02}-l.md").write_text("\n".join(parts))
    return Path(shutil.make_archive(str(folder), "zip", folder))


def in_a_child(path: Path) -> dict[str, Any]:
    """Two imports in a process of its own: seconds by stage, megabytes that it grew by."""
    command = [sys.executable, "-m", "bench.import", "--child", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def child(path: Path) -> None:
    import django

    django.setup()
    from core.authz import SYSTEM
    from courses.services.importing import import_course

    def megabytes(name: str) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024

    # What any process of the site loads by its first page is not the import's.
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 -- loads what it names
    before = megabytes("VmRSS")
    # The highest mark is counted from here on; a process begins with its parent's.
    Path("/proc/self/clear_refs").write_text("5")
    runs = []
    for _ in range(2):
        stages: dict[str, float] = {}
        now = [time.perf_counter(), ""]

        def tell(stage: str, done: int, total: int, stages: dict[str, float] = stages, now: list[Any] = now) -> None:
            if stage != now[1]:
                moment = time.perf_counter()
                stages[now[1]] = moment - now[0]
                now[:] = [moment, stage]

        began = time.perf_counter()
        report = import_course(actor=SYSTEM, path=path, progress=tell)
        tell("", 0, 0)
        runs.append({**stages, "all": time.perf_counter() - began, "changed": report.created + report.changed})
    print(json.dumps({"runs": runs, "growth": megabytes("VmHWM") - before, "slug": report.course.slug}))


def longest_page(slug: str) -> tuple[str, str]:
    """The address of the page with the most text in the course, and a student's session."""
    from django.db.models import Count, Sum
    from django.db.models.functions import Length

    from accounts.models import User
    from core.authz import SYSTEM
    from courses.models import Course, Section
    from courses.selectors.parts import section_url
    from courses.services.enrolment import enrol

    course = Course.objects.get(slug=slug)
    student = User.objects.create(email="bench-reader@example.org", name="A Reader", password="unusable")
    enrol(actor=SYSTEM, course=course, user=student)
    sections = Section.objects.filter(item__course=course, item__state="published", inside=None)
    sized = sections.annotate(size=Sum(Length("blocks__live__html")), many=Count("blocks"))
    longest = sized.filter(size__isnull=False).select_related("item").order_by("-size").first()
    assert longest is not None
    return section_url(course, longest).partition("#")[0], session_of(student)


def beside_an_import(port: int, server: Any, cookie: str, address: str, path: Path, requests: int) -> Load:
    """The same load while the worker takes the course in."""
    from accounts.models import User
    from courses.models import Course, ImportRun
    from courses.services.importing import start_import
    from files.services import store_file

    owner = User.objects.get(email="bench-owner@example.org")
    # Not the same course again: one that is new has the most to write.
    Course.everything.all().update(source_id="another")
    with path.open("rb") as content:
        file = store_file(actor=owner, content=content, name=path.name)
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env={**os.environ, "NUDGE_PORT": "0"})
    try:
        time.sleep(6)
        run = start_import(actor=owner, file=file)
        while ImportRun.objects.get(pk=run.pk).state == "queued":
            time.sleep(0.05)
        loads = [load(server, address, {"Cookie": cookie}, clients=CLIENTS, requests=requests)]
        while not ImportRun.objects.get(pk=run.pk).is_over:
            loads.append(load(server, address, {"Cookie": cookie}, clients=CLIENTS, requests=requests))
        ended = ImportRun.objects.get(pk=run.pk)
        if ended.state != "done":
            raise SystemExit(f"The import was refused: {ended.report.get('message')} {ended.report.get('problems')}")
    finally:
        worker.terminate()
        worker.wait(20)
    latencies = [latency for one in loads for latency in one.latencies]
    seconds = sum(one.seconds for one in loads)
    return Load(len(latencies), seconds, latencies, loads[0].cpu_per_request)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer requests, under a minute")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child)
        return
    folder = Path(prepare("bench.settings"))
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.enums import SiteRole
    from accounts.models import User
    from bench.pages import count_queries

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    User.objects.create(email="bench-owner@example.org", name="An Owner", password="unusable", role=SiteRole.ADMIN)
    path, name = archive(folder)
    found = in_a_child(path)
    first, again = found["runs"]
    table = Table()
    table.add(f"{name}: all", first["all"], "s", at_most=SECONDS)
    for stage in ("unpacking", "reading", "files", "texts"):
        table.add(f"{name}: {stage}", first.get(stage, 0.0), "s")
    table.add(f"{name}: writing", first["writing"], "s", at_most=WRITING)
    table.add("memory growth", found["growth"], "MB", at_most=MEGABYTES)
    table.add("again, unchanged: all", again["all"], "s", at_most=SECONDS)
    table.add("again, unchanged: writing", again["writing"], "s")
    table.add("again, unchanged: parts that changed", again["changed"], at_most=0)
    page, cookie = longest_page(found["slug"])
    queries = count_queries({"longest page": (page, cookie)})
    port = free_port()
    requests = 160 if given.quick else 480
    with serving(port) as server:
        get(port, page, {"Cookie": cookie})
        single = load(server, page, {"Cookie": cookie}, clients=1, requests=24 if given.quick else 200)
        table.add("longest page: processor", single.cpu_per_request, "ms", at_most=LESSON[1])
        table.add(
            "longest page: raw answer", len(get(port, page, {"Cookie": cookie})[1]) / 1024, "KB", at_most=LESSON[2]
        )
        for name, (count, writes) in queries.items():
            table.add(f"{name}: queries", count, at_most=LESSON[0])
            table.add(f"{name}: writes on a second view", writes, at_most=0)
        alone = load(server, page, {"Cookie": cookie}, clients=CLIENTS, requests=requests)
        beside = beside_an_import(port, server, cookie, page, path, requests)
    table.add("16 readers: p95 alone", alone.p95, "ms")
    table.add("16 readers: p95 beside an import", beside.p95, "ms")
    table.add("16 readers: p95 beside ÷ alone", beside.p95 / alone.p95, at_most=BESIDE)
    table.leave()


if __name__ == "__main__":
    main()
