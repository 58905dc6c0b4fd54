"""What the main pages cost: processor, queries, size, at one client and at sixteen.

    .venv/bin/python -m bench.pages [--quick]

Processor time is the server process's own, per request. The database is SQLite inside that process, so the figure is
application and database together. Latencies are printed for a feeling; a busy machine moves them, so no target hangs on them.
"""

import argparse
import gzip
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.harness import ROOT, Load, Table, free_port, get, load, prepare, pss_megabytes, serving

# Page → (queries, milliseconds of processor, kilobytes of HTML), from what today's systems need, divided.
TARGETS = {
    "sign-in": (0, 3, 15),
    "home": (9, 16, 40),
    "course page, 20 activities": (9, 18, 40),
    "lesson": (8, 12, 35),
    "people, 200 students": (8, 40, None),
    "API course list": (8, 12, None),
}
CLIENTS = 16
WARM_UP = 12
EVERY_PAGE = ("tokens", "base", "components", "utilities")
SIXTEEN_MAY_COST = 1.5


def make_site() -> dict[str, str]:
    """The demo, a course of 20 activities with 200 students, sessions for a student and a teacher."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import transaction

    from accounts.enums import SiteRole
    from accounts.models import User
    from courses.enums import Role
    from courses.services.progress import mark_end
    from tests.factories import (
        BlockFactory,
        CourseFactory,
        ItemFactory,
        MembershipFactory,
        ModuleFactory,
        SectionFactory,
    )

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)
    with transaction.atomic():
        course = CourseFactory(slug="measured", code="BENCH", title="A measured course")
        modules = [ModuleFactory(course=course) for _ in range(4)]
        items = [ItemFactory(module=module, minutes=10) for module in modules for _ in range(5)]
        for item in items:
            BlockFactory(section=SectionFactory(item=item, title="A part"))
        password = "unusable"
        students = [
            User.objects.create(email=f"bench{n}@example.org", name=f"Student {n}", password=password)
            for n in range(200)
        ]
        for student in students:
            MembershipFactory(course=course, user=student)
        for number, student in enumerate(students[:100]):
            for item in items[: number % 20]:
                mark_end(actor=student, item=item)
        teacher = User.objects.create(
            email="bench-teacher@example.org", name="A Teacher", password=password, role=SiteRole.MANAGER
        )
        MembershipFactory(course=course, user=teacher, role=Role.OWNER)
        imani = User.objects.filter(role=SiteRole.STUDENT, memberships__isnull=False).earliest("pk")
        MembershipFactory(course=course, user=imani)

    def session(user: User) -> str:
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "accounts.backends.AccountBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.create()
        return f"session={store.session_key}"

    from courses.models import Item

    lesson = Item.objects.get(course__slug="statistics", source_id="why-averages-settle")
    return {
        "student": session(imani),
        "teacher": session(teacher),
        "lesson": lesson.get_absolute_url(),
    }


def count_queries(paths: dict[str, tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Queries and writes per page, on the second view, in this process."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["*"]
    counts = {}
    for name, (path, cookie) in paths.items():
        client = Client(headers={"cookie": cookie})
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        statements = [q["sql"] for q in captured.captured_queries]
        real = [s for s in statements if not re.match(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE|PRAGMA)", s)]
        writes = [s for s in real if re.match(r"(INSERT|UPDATE|DELETE)", s)]
        counts[name] = (len(real), len(writes))
    return counts


def assets(port: int, path: str, cookie: str) -> tuple[float, float, float]:
    """Kilobytes of CSS (raw, gzipped) and JavaScript (gzipped) that a page loads, modules named by ``data-module`` included."""
    html = get(port, path, {"Cookie": cookie})[1].decode()
    styles = [_source(href) for href in re.findall(r'href="(/static/css/[^"]+)"', html)]
    scripts = {_source(src) for src in re.findall(r'src="(/static/[^"]+\.js)"', html)}
    modules = {name for names in re.findall(r'data-module="([^"]+)"', html) for name in names.split()}
    scripts |= {ROOT / "static/js/modules" / f"{name}.js" for name in modules}
    scripts |= set((ROOT / "static/js/lib").glob("*.js"))
    css = sum(path.stat().st_size for path in styles) / 1024
    packed = sum(len(gzip.compress(path.read_bytes())) for path in styles) / 1024
    return css, packed, sum(len(gzip.compress(path.read_bytes())) for path in scripts if path.exists()) / 1024


def _source(address: str) -> Path:
    """The file behind a served address, whose name carries a digest."""
    return ROOT / re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", address).lstrip("/")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer requests, under a minute")
    quick = parser.parse_args().quick
    prepare("bench.settings")
    import django

    django.setup()
    site = make_site()
    student, teacher = site["student"], site["teacher"]
    paths = {
        "sign-in": ("/accounts/login/", ""),
        "home": ("/", student),
        "course page, 20 activities": ("/courses/measured/", student),
        "lesson": (site["lesson"], student),
        "people, 200 students": ("/courses/measured/people/", teacher),
        "API course list": ("/api/v1/courses/", student),
    }
    queries = count_queries(paths)
    table = Table()
    one_client = 24 if quick else 200
    many = 48 if quick else 480
    rounds = 1 if quick else 3
    port = free_port()
    worker_env = {**os.environ, "NUDGE_PORT": "0"}
    with serving(port) as server:
        for path, cookie in paths.values():
            # The first views of a process compile templates and warm the interpreter up; a site has that behind it.
            for _ in range(WARM_UP):
                get(port, path, {"Cookie": cookie})
        bare = load(server, "/bench/bare/", {"Cookie": student}, clients=1, requests=one_client)
        table.add("bare signed-in view: processor", bare.cpu_per_request, "ms")
        for name, (path, cookie) in paths.items():
            sql, milliseconds, kilobytes = TARGETS[name]
            single = _median(
                [load(server, path, {"Cookie": cookie}, clients=1, requests=one_client) for _ in range(rounds)]
            )
            crowd = _median(
                [load(server, path, {"Cookie": cookie}, clients=CLIENTS, requests=many) for _ in range(rounds)]
            )
            table.add(f"{name}: processor", single.cpu_per_request, "ms", at_most=milliseconds)
            table.add(f"{name}: × the bare view", single.cpu_per_request / bare.cpu_per_request)
            table.add(
                f"{name}: processor, 16 clients ÷ one",
                crowd.cpu_per_request / single.cpu_per_request,
                at_most=SIXTEEN_MAY_COST,
            )
            table.add(f"{name}: queries", queries[name][0], at_most=sql)
            table.add(f"{name}: writes on a second view", queries[name][1], at_most=0)
            body = get(port, path, {"Cookie": cookie})[1]
            table.add(f"{name}: raw answer", len(body) / 1024, "KB", at_most=kilobytes)
            table.add(f"{name}: p50 at one client", single.p50, "ms")
            table.add(f"{name}: p95 at one client", single.p95, "ms")
            table.add(f"{name}: p50 at 16 clients", crowd.p50, "ms")
            table.add(f"{name}: p95 at 16 clients", crowd.p95, "ms")
            table.add(f"{name}: requests a second at 16", crowd.per_second)
        sizes = [assets(port, path, cookie) for path, cookie in list(paths.values())[:5]]
        css, packed, js = zip(*sizes, strict=True)
        every = sum((ROOT / "static/css" / f"{name}.css").stat().st_size for name in EVERY_PAGE) / 1024
        table.add("CSS of every page, raw", every, "KB", at_most=40)
        table.add("CSS of a page with its own, raw, largest", max(css), "KB")
        table.add("CSS of a page, gzipped, largest", max(packed), "KB", at_most=40)
        table.add("JavaScript of a page, gzipped, largest", max(js), "KB", at_most=60)
        web = server.pss_megabytes()
        table.add("web process after this", web, "MB PSS", at_most=200)
        table.add("web and worker", web + _worker_megabytes(worker_env), "MB PSS", at_most=320)
    table.leave()


def _median(loads: list[Load]) -> Load:
    middle = statistics.median_low([one.cpu_per_request for one in loads])
    return next(one for one in loads if one.cpu_per_request == middle)


def _worker_megabytes(env: dict[str, str]) -> float:
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=env)
    try:
        time.sleep(8)
        return pss_megabytes(worker.pid)
    finally:
        worker.terminate()
        worker.wait(20)


if __name__ == "__main__":
    main()
