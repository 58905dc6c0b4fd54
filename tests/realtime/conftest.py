"""Real servers on the test's database, and a real client of theirs."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from tests.asgi import process_environment

PATIENCE = 60
# Long enough for a busy machine, short enough to see that nothing comes.
MOMENT = 0.6


@dataclass
class Server:
    """One web process, as the supervisor starts it."""

    port: int
    process: "subprocess.Popen[bytes]"
    bridge: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def started(*options: str, **env: str) -> Iterator[Server]:
    """A server of its own, with these options of its command; ready when it answers."""
    bridge = free_udp_port()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "core.server", "--fd", str(listener.fileno()), "--verbosity", "0"]
        process = subprocess.Popen(
            [*command, "--websocket-max-message-size", "65536", *options, "lms.asgi:application"],
            env={**process_environment(), "ALLOWED_HOSTS": "127.0.0.1", "BRIDGE_PORT": str(bridge), **env},
            pass_fds=[listener.fileno()],
        )
        server = Server(port, process, bridge)
        try:
            # The listener is open already, so the first request waits until the server takes it.
            with urllib.request.urlopen(f"{server.origin}/healthz", timeout=PATIENCE):  # noqa: S310
                yield server
        finally:
            server.kill()


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def lasting_server(django_db_setup) -> Iterator[Server]:
    """One for all tests that do not kill it; people and topics of each test are new."""
    with started() as found:
        yield found


@pytest.fixture
def server(transactional_db, lasting_server: Server, settings) -> Server:
    # What this process says reaches the server as what a worker says does.
    settings.BRIDGE_PORT = lasting_server.bridge
    return lasting_server


def session_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    # The first page opens the session's device.
    client.get("/profile/devices/")
    return client


@dataclass
class Socket:
    """A client that keeps what comes."""

    connection: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int, str] | None = None

    def send(self, kind: str, **body: Any) -> None:
        self.connection.send(json.dumps({"v": 1, "t": kind, **body}))

    def next(self, kind: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """The next frame of that kind; others are kept in ``heard``."""
        while True:
            frame: dict[str, Any] = json.loads(self.connection.recv(timeout=timeout))
            self.heard.append(frame)
            if frame["t"] == kind:
                return frame

    def ask(self, kind: str, answer: str, **body: Any) -> dict[str, Any]:
        self.send(kind, **body)
        return self.next(answer)

    def hears_nothing(self) -> bool:
        try:
            self.heard.append(json.loads(self.connection.recv(timeout=MOMENT)))
        except TimeoutError:
            return True
        return False

    def close_code(self, timeout: float = PATIENCE) -> int:
        """The code with which the server ends it; what comes before is kept."""
        while True:
            try:
                self.heard.append(json.loads(self.connection.recv(timeout=timeout)))
            except ConnectionClosed as closed:
                return int(closed.rcvd.code) if closed.rcvd else 0


Dial = Callable[..., Socket]


@pytest.fixture
def dial(server: Server) -> Iterator[Dial]:
    """Opens sockets; afterwards they are closed."""
    with contextlib.ExitStack() as open_ones:

        def opened(
            user: User | Client | None = None,
            *,
            at: Server = server,
            ticket: str = "",
            origin: str | None = "",
            hello: bool = True,
            protocols: list[str] | None = None,
            **options: Any,
        ) -> Socket:
            headers = {}
            if user is not None:
                session = user if isinstance(user, Client) else session_of(user)
                headers["Cookie"] = (
                    f"{settings.SESSION_COOKIE_NAME}={session.cookies[settings.SESSION_COOKIE_NAME].value}"
                )
            offered = protocols or ["aumbry.v1", *([f"ticket.{ticket}"] if ticket else [])]
            connection = open_ones.enter_context(
                connect(
                    f"ws://127.0.0.1:{at.port}/ws/v1/",
                    subprotocols=offered,  # type: ignore[arg-type]
                    origin=at.origin if origin == "" else origin,  # type: ignore[arg-type]
                    additional_headers=headers,
                    open_timeout=PATIENCE,
                    proxy=None,
                    **options,
                )
            )
            found = Socket(connection)
            if hello:
                found.ask("hello", "welcome")
            return found

        yield opened


def refused_status(dial: Dial, *given: Any, **named: Any) -> int:
    """The status with which the handshake is refused."""
    with pytest.raises(InvalidStatus) as refused:
        dial(*given, **named)
    return int(refused.value.response.status_code)
