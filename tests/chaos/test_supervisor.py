"""``bin/up``'s supervisor: brings back what dies, refuses what makes no sense, leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("supervisor")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"}}
    return {**kept, "VAR_DIR": str(folder), "PORT": str(port), "PYTHONPATH": str(ROOT), **more}


def start(env: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "lms.supervisor", "--no-demo", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def children(pid: int) -> dict[str, int]:
    """Pids of the supervisor's own processes: web and worker."""
    found = {}
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{line}/cmdline").read_text()
        found["worker" if "manage.py" in command else "web"] = int(line)
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], object], seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def status(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return int(answer.status)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", int, Path]]:
    port = free_port()
    supervisor = start(environment(tmp_path, port))
    try:
        eventually(lambda: status(port) == 200, 120)
        yield supervisor, port, tmp_path
    finally:
        supervisor.kill()
        supervisor.communicate()


def test_what_dies_comes_back_and_nothing_is_left_behind(running):
    supervisor, port, folder = running
    first = children(supervisor.pid)
    assert set(first) == {"web", "worker"}

    os.kill(first["worker"], signal.SIGKILL)
    eventually(lambda: children(supervisor.pid).get("worker", first["worker"]) != first["worker"])
    os.kill(first["web"], signal.SIGKILL)
    eventually(lambda: children(supervisor.pid).get("web", first["web"]) != first["web"])
    eventually(lambda: status(port) == 200)
    second = children(supervisor.pid)

    again = start(environment(folder, free_port()))
    _out, said = again.communicate(timeout=180)
    address = f"http://127.0.0.1:{port}"
    assert said == f"This site is already running at {address}. Stop it first, or set VAR_DIR to another folder.\n"
    assert again.returncode == 1

    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(30) == 0
    assert not any(is_alive(pid) for pid in second.values())


def test_a_killed_supervisor_takes_its_processes_along(running):
    supervisor, _port, _folder = running
    own = children(supervisor.pid)
    supervisor.kill()
    eventually(lambda: not any(is_alive(pid) for pid in own.values()), 30)


def test_a_taken_port_is_said_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        supervisor = start(environment(tmp_path, port))
        _out, said = supervisor.communicate(timeout=180)
    assert supervisor.returncode == 1
    assert said == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use). "
        f"Something else may be running there; try PORT={port + 1} bin/up\n"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'; write a number from 1 to 65535.\n"),
        ({"HOST": "nowhere.invalid"}, "HOST=nowhere.invalid is not an address of this machine.\n"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused(tmp_path, more, said):
    supervisor = start({**environment(tmp_path, 1), **more})
    assert supervisor.communicate(timeout=180) == ("", said)
    assert supervisor.returncode == 1


def test_demo_people_are_not_served_to_others_by_accident(tmp_path):
    env = environment(tmp_path, free_port(), HOST="0.0.0.0")  # noqa: S104 -- refused, not bound
    command = [sys.executable, "-m", "lms.supervisor"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "HOST=0.0.0.0 can be reached by others, and the demo people can sign in there. "
        "Add --no-demo for an empty site, or --yes-demo if you mean it.\n"
    )


def test_setting_up_stops_before_serving_and_makes_a_private_secret(tmp_path):
    supervisor = start(environment(tmp_path, free_port()), "--setup")
    out, _said = supervisor.communicate(timeout=240)
    assert supervisor.returncode == 0
    assert out.endswith("Everything is set up. Start with: bin/up\n")
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "aumbry.sqlite3").exists()
