"""What it costs to tell ten thousand people something, and what others notice of it.

    .venv/bin/python -m bench.notifications [--quick]

A lesson is published over HTTP in a course of ten thousand students, while a reader opens pages. A worker tells them;
it is killed halfway (-9), and the next one goes on.
"""

import argparse
import signal
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

from bench.harness import ROOT, Table, free_port, get, prepare, serving, session_of

STUDENTS = 10_000
REQUEST_SECONDS, JOB_SECONDS, SLOWER = 1, 30, 2


def build(count: int) -> Any:
    """A course with so many students, a draft of a lesson, and a teacher."""
    from accounts.models import User
    from core.authz import SYSTEM
    from core.events import as_history
    from courses.enums import CourseState, Role
    from courses.models import Course, Item, Membership
    from courses.services.course import create_course
    from courses.services.outline import add_item, add_module

    teacher = User.objects.create(email="teacher@example.org", name="A Teacher", role="manager", password="unusable")
    with as_history():
        course = create_course(actor=teacher, title="Many", code="MANY")
        module = add_module(actor=SYSTEM, course=course, title="One")
        lesson = add_item(actor=SYSTEM, module=module, title="News")
    Course.objects.filter(pk=course.pk).update(state=CourseState.PUBLISHED)
    people = User.objects.bulk_create(
        [User(email=f"s{n}@example.org", name=f"Student {n}", password="unusable") for n in range(count)],
        batch_size=1000,
    )
    Membership.objects.bulk_create(
        [Membership(course=course, user=user, role=Role.STUDENT) for user in people], batch_size=1000
    )
    return Item.objects.select_related("course").get(pk=lesson.pk), teacher, people[0]


def worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, stdout=subprocess.DEVNULL)


class Reader:
    """Opens a page again and again; ``times`` are milliseconds."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.times: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(port, path, cookie))
        self._thread.start()

    def _read(self, port: int, path: str, cookie: str) -> None:
        while not self._stop.is_set():
            began = time.perf_counter()
            status, _body = get(port, path, {"Cookie": cookie})
            assert status == 200, status
            self.times.append((time.perf_counter() - began) * 1000)
            time.sleep(0.02)

    def stop(self) -> float:
        """The 95th percentile."""
        self._stop.set()
        self._thread.join()
        return sorted(self.times)[int(len(self.times) * 0.95) - 1]


def publish(port: int, lesson: Any, cookie: str) -> float:
    """Seconds of the request that publishes the lesson, as the page sends it."""
    import http.client
    import re
    from urllib.parse import urlencode

    page = f"/teach/{lesson.course.slug}/items/{lesson.public_id}/"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", page, headers={"Cookie": cookie})
    answer = connection.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    csrf = next(value.split(";")[0] for name, value in answer.getheaders() if "csrftoken" in value)
    assert token
    body = urlencode({"csrfmiddlewaretoken": token[1], "stay": "1"})
    began = time.perf_counter()
    connection.request(
        "POST",
        f"{page}publish/",
        body,
        {
            "Cookie": f"{cookie}; {csrf}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{port}",
        },
    )
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    connection.close()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a thousand people")
    count = 1000 if parser.parse_args().quick else STUDENTS
    prepare("bench.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from notifications.models import Delivery, Notification

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    lesson, teacher, student = build(count)
    path, table = lesson.course.get_absolute_url(), Table()
    with serving(free_port()) as server:
        get(server.port, path, {"Cookie": session_of(student)})
        reader = Reader(server.port, path, session_of(student))
        time.sleep(4)
        alone = reader.stop()
        busy = worker()
        time.sleep(3)
        reader = Reader(server.port, path, session_of(student))
        table.add("the request", publish(server.port, lesson, session_of(teacher)), "s", at_most=REQUEST_SECONDS)
        began = time.perf_counter()
        while (rows := Notification.objects.count()) < count // 2:
            time.sleep(0.05)
        busy.send_signal(signal.SIGKILL)
        busy.wait()
        table.add("notifications there when the worker is killed", rows)
        until_killed = time.perf_counter() - began
        busy = worker()
        again = time.perf_counter()
        while Notification.objects.count() < count and time.perf_counter() - again < 120:
            time.sleep(0.05)
        # The killed worker's lease has to run out before its batch is taken up.
        waited = time.perf_counter() - again
        beside = reader.stop()
        busy.terminate()
        busy.wait()
    told = list(Notification.objects.values_list("user_id", flat=True))
    table.add("notifications", len(told), at_most=count)
    table.add("people told twice", len(told) - len(set(told)), at_most=0)
    table.add("people not told", count - len(set(told)), at_most=0)
    table.add("deliveries planned for each person", Delivery.objects.count() / count)
    table.add("until half was there", until_killed, "s", at_most=JOB_SECONDS / 2)
    table.add("from the kill until all was there, a lease of 30 s in it", waited, "s", at_most=30 + JOB_SECONDS)
    table.add("a page alone, 95th percentile", alone, "ms")
    table.add("a page meanwhile, 95th percentile", beside, "ms")
    table.add("a page meanwhile ÷ alone", beside / statistics.fmean([alone]), at_most=SLOWER)
    table.leave()


if __name__ == "__main__":
    main()
