"""``bin/up``: sets the site up, then keeps its two processes (web and worker) alive.

Imports nothing of Django: it must be able to say what is wrong before anything works.
"""

import argparse
import ctypes
import fcntl
import hashlib
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10.0
STATIC_TROUBLE = "The static files could not be prepared."


class Refused(Exception):
    """Starting makes no sense; the message is one sentence that says what to do."""


@dataclass
class Options:
    host: str
    port: int
    setup_only: bool
    demo: bool
    yes_demo: bool
    var: Path = field(default_factory=lambda: Path(os.environ.get("VAR_DIR") or ROOT / "var"))

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def shown_host(self) -> str:
        host = socket.gethostname() if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 -- compared, not bound
        return f"[{host}]" if ":" in host else host

    @property
    def address(self) -> str:
        return os.environ.get("SITE_URL") or f"http://{self.shown_host}:{self.port}"

    @property
    def sign_ins(self) -> Path:
        return self.var / "demo-sign-ins.json"


def read_options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="bin/up", description="Set the site up and serve it.")
    parser.add_argument("--setup", action="store_true", help="set up, then stop before serving")
    parser.add_argument("--no-demo", action="store_true", help="leave out the demonstration courses and people")
    parser.add_argument("--yes-demo", action="store_true", help="serve demo people on a public address all the same")
    given = parser.parse_args(arguments)
    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Refused(f"PORT is {port!r}; write a number from 1 to 65535.")
    return Options(
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(port),
        setup_only=given.setup,
        demo=not given.no_demo,
        yes_demo=given.yes_demo,
    )


def refuse_public_demo(options: Options) -> None:
    """Demo passwords are printed on a screen; that is fine for one's own machine only."""
    has_demo = options.demo or options.sign_ins.exists()
    if has_demo and not options.is_loopback and not options.yes_demo:
        raise Refused(
            f"HOST={options.host} can be reached by others, and the demo people can sign in there. "
            "Add --no-demo for an empty site, or --yes-demo if you mean it."
        )


def take_lock(options: Options) -> IO[str]:
    """One supervisor per data folder; the lock goes with the process, however it ends."""
    options.var.mkdir(parents=True, exist_ok=True)
    handle = open(options.var / "running", "a+")  # noqa: SIM115 -- held as long as the process lives
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.seek(0)
        where = handle.read().strip() or "another address"
        raise Refused(
            f"This site is already running at {where}. Stop it first, or set VAR_DIR to another folder."
        ) from None
    handle.truncate(0)
    handle.write(options.address)
    handle.flush()
    return handle


def bind(options: Options) -> socket.socket:
    """The listening socket. It stays with the supervisor, so a restarted web process misses no connection."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(512)
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise Refused(f"HOST={options.host} is not an address of this machine.") from None
        raise Refused(
            f"Port {options.port} on {options.host} cannot be used ({error.strerror}). "
            f"Something else may be running there; try PORT={options.port + 1} bin/up"
        ) from None
    listener.set_inheritable(True)
    return listener


def environment(options: Options) -> dict[str, str]:
    env = dict(os.environ)
    env.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.embedded")
    env.setdefault("SITE_URL", options.address)
    env["VAR_DIR"] = str(options.var)
    if not options.is_loopback:
        names = {options.shown_host, socket.gethostname(), "localhost", "127.0.0.1"}
        env.setdefault("ALLOWED_HOSTS", ",".join(sorted(names)))
    env["SENT_MAIL_OPEN"] = "true" if options.is_loopback else "false"
    env.setdefault("NUDGE_PORT", str(_free_udp_port()))
    env.setdefault("BRIDGE_PORT", str(_free_udp_port()))
    env.setdefault("LOG_LEVEL", "WARNING")
    env.setdefault("LOG_FORMAT", "text")
    env["PYTHONUNBUFFERED"] = "1"
    return env


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def set_up(options: Options, env: dict[str, str]) -> None:
    """Migrate, collect static files, load the demo; everything already done is left as it is."""
    _manage(env, "migrate", "--verbosity", "0", trouble="The database could not be prepared.")
    stamp = options.var / "static.stamp"
    digest = static_digest()
    if not stamp.exists() or stamp.read_text() != digest:
        _manage(env, "collectstatic", "--noinput", "--clear", "--verbosity", "0", trouble=STATIC_TROUBLE)
        stamp.write_text(digest)
    if options.demo:
        _manage(env, "load_demo", trouble="The demo could not be loaded.")


def static_digest() -> str:
    """Changes when a static file or an installed package does: hashing and compressing takes some seconds."""
    digest = hashlib.sha256((ROOT / "requirements" / "run.txt").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _manage(env: dict[str, str], *arguments: str, trouble: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=False)  # noqa: S603
    if done.returncode:
        raise Refused(f"{trouble} The lines above say why.")


def die_with_parent() -> None:
    """In the child: when the supervisor is killed without a chance to clean up, go too (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)

    def keep_alive(self) -> None:
        """Start it if it is not running; wait longer the more often it died in the last minute."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            print(f"The {self.name} process ended ({code}); starting it again.", flush=True)
        now = time.monotonic()
        self.starts = [t for t in self.starts if now - t < 60]
        if len(self.starts) > 3 and now - self.starts[-1] < min(2 ** (len(self.starts) - 3), 30):
            self.process = None
            return
        self.starts.append(now)
        self.process = self.start()


class Supervisor:
    def __init__(self, options: Options, listener: socket.socket, env: dict[str, str]) -> None:
        self.options = options
        self._stopping = False
        web = [
            sys.executable, "-m", "core.server", "--fd", str(listener.fileno()), "--verbosity", "0",
            "--http-timeout", "120", "--no-server-name", "--websocket-max-message-size", "65536",
            "lms.asgi:application",
        ]  # fmt: skip
        self.children = [
            Child("web", lambda: self._popen(web, env, (listener.fileno(),))),
            Child("worker", lambda: self._popen([sys.executable, "manage.py", "worker"], env, ())),
        ]

    def _popen(self, command: list[str], env: dict[str, str], fds: tuple[int, ...]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=fds, preexec_fn=die_with_parent)  # noqa: S603

    def run(self) -> None:
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self._stop)
        try:
            for child in self.children:
                child.keep_alive()
            if self._answers_within(60):
                greet(self.options)
            while not self._stopping:
                time.sleep(0.25)
                if not self._stopping:
                    for child in self.children:
                        child.keep_alive()
        finally:
            self.end_children()

    def _answers_within(self, seconds: float) -> bool:
        """Give the web process time to answer before its address is printed."""
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            if is_answering(self.options):
                return True
            time.sleep(0.1)
        return False

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self._stopping = True

    def end_children(self) -> None:
        running = [c.process for c in self.children if c.process is not None and c.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_answering(options: Options) -> bool:
    host = "127.0.0.1" if options.host in {"0.0.0.0", "localhost"} else options.host  # noqa: S104 -- compared, not bound
    try:
        with socket.create_connection((host, options.port), timeout=5) as probe:
            probe.sendall(f"GET /healthz HTTP/1.0\r\nHost: {options.shown_host}\r\n\r\n".encode())
            return b" 200 " in probe.recv(64)
    except OSError:
        return False


def greet(options: Options) -> None:
    print(f"\nAumbry is running at {options.address}\n", flush=True)
    if options.sign_ins.exists():
        print("Demo sign-ins (made for this installation):")
        for person in json.loads(options.sign_ins.read_text()):
            print(f"  {person['role']:<9} {person['email']:<32} {person['password']}")
        print()
    print("Stop with Ctrl+C.", flush=True)


def main(arguments: list[str]) -> int:
    try:
        options = read_options(arguments)
        refuse_public_demo(options)
        lock = take_lock(options)
        if options.setup_only:
            set_up(options, environment(options))
            print("Everything is set up. Start with: bin/up", flush=True)
            return 0
        listener = bind(options)
        env = environment(options)
        set_up(options, env)
        Supervisor(options, listener, env).run()
        lock.close()
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
