"""A push service on this machine: takes what the site sends, and reads it as a browser would."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Received:
    """One message as it came, and what the browser makes of it."""

    path: str
    headers: dict[str, str]
    body: bytes
    message: dict[str, Any]
    claims: dict[str, Any]


@dataclass
class PushService:
    """``answers``: statuses for the next messages; without any it takes them (201)."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [one.message for one in self.received]

    def browser(self, name: str = "one") -> dict[str, Any]:
        """What a browser gives to the site: ``endpoint`` and ``keys``."""
        private, secret = self._keys.setdefault(
            name, (ec.generate_private_key(ec.SECP256R1()), name.encode().ljust(16))
        )
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": f"http://{self.host}/{name}",
            "keys": {"p256dh": encoded(point), "auth": encoded(secret)},
        }

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        status = self.answers.pop(0) if self.answers else 201
        private, secret = self._keys[path.strip("/")]
        text = http_ece.decrypt(body, private_key=private, auth_secret=secret, version="aes128gcm")
        token, _comma, key = headers["authorization"].removeprefix("vapid t=").partition(",k=")
        point = base64.urlsafe_b64decode(key.strip() + "=" * (-len(key.strip()) % 4))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        claims = jwt.decode(token, public, algorithms=["ES256"], audience=f"http://{self.host}")
        if status < 400:
            self.received.append(Received(path, headers, body, json.loads(text), claims))
        return status


@pytest.fixture
def push_service(settings) -> Iterator[PushService]:
    """Listens on the loopback interface; the site may ask it."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = service.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, service.host]
    yield service
    server.shutdown()
    thread.join()
    server.server_close()
