"""kill -9 of the server while a large file goes up: what was answered is there, the rest goes on, and the file is the same."""

import hashlib
import http.client
import json
import os
import random
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services.keys import make_key
from files import incoming, storage
from files.models import StoredFile, Upload
from files.services import opened
from tests.realtime.conftest import Server, started

KILLS = 3
SIZE = 200 * 1024**2
PART = 8 * 1024**2

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]


def film() -> bytes:
    head = bytes.fromhex("0000001c66747970") + b"mp42" + bytes(4) + b"mp42isomavc1"
    return head + os.urandom(SIZE - len(head))


class Sender:
    """Sends what follows the place that the site tells, until it is cut off or all is there."""

    def __init__(self, server: Server, address: str, content: bytes, key: str) -> None:
        self.address, self.content = address, content
        self.headers = {"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0"}
        self.line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.answered = 0

    def ask(self, method: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        self.line.request(method, self.address, body, {**self.headers, **headers})
        answer = self.line.getresponse()
        answer.read()
        answer.close()
        return answer

    def run(self) -> None:
        self.answered = int(self.ask("HEAD").headers["Upload-Offset"])
        try:
            while self.answered < len(self.content):
                part = self.content[self.answered : self.answered + PART]
                sent = {"Upload-Offset": str(self.answered), "Content-Type": "application/offset+octet-stream"}
                self.answered = int(self.ask("PATCH", part, **sent).headers["Upload-Offset"])
        except (OSError, http.client.HTTPException):
            return
        finally:
            self.line.close()


@pytest.mark.django_db(transaction=True)
def test_two_hundred_megabytes_survive_three_kills(people):
    dice = random.Random(3)
    content = film()
    key = make_key(actor=people.owner, name="k", scopes=["files:write"], expires_at=timezone.now() + timedelta(days=1))[
        1
    ]
    upload, answered = None, 0
    for kill in range(KILLS + 1):
        with started() as server:
            if upload is None:
                begun = Sender(server, "/api/v1/uploads/", content, key)
                told = json.dumps({"name": "film.mp4", "purpose": "lesson_media", "size": SIZE}).encode()
                assert begun.ask("POST", told, **{"Content-Type": "application/json"}).status == 201
                begun.line.close()
                upload = Upload.objects.get()
            sender = Sender(server, f"/api/v1/uploads/{upload.public_id}/", content, key)
            at_first = int(sender.ask("HEAD").headers["Upload-Offset"])
            # Nothing that was answered is gone.
            assert answered <= at_first < SIZE
            thread = threading.Thread(target=sender.run)
            thread.start()
            if kill < KILLS:
                while sender.answered < at_first + 2 * PART and thread.is_alive():
                    time.sleep(0.01)
                time.sleep(dice.uniform(0, 0.1))
                server.kill()
            thread.join()
            answered = sender.answered
    file = StoredFile.objects.get(name="film.mp4")
    assert (Upload.objects.get().state, file.sha256) == ("done", hashlib.sha256(content).hexdigest())
    with opened(file) as stored:
        assert hashlib.file_digest(stored, "sha256").hexdigest() == file.sha256
    assert not incoming.path_of(upload.public_id).exists()
    storage.remove(file.storage_key)
