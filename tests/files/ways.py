"""The ways on which a file comes to be kept in a space: the page's form, the API, and in parts."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.test import Client

from accounts.models import User
from core.errors import DomainError
from files.models import File, Space, Upload
from files.services.upload_checks import check_upload
from files.services.uploads import Place, receive_part, start_upload

_EDGE = "hostile-edge"


@dataclass
class Sent:
    """What became of a file: ``status`` of the answer; ``code`` where it was refused, of which a page has only the ``words``."""

    status: int
    code: str = ""
    words: str = ""
    wait: str = ""


def multipart(field: str, name: str, content: bytes, **values: str) -> dict[str, Any]:
    """A form as a program may write it that takes no care of names: nothing is left out of ``name``."""
    lines = [
        f'--{_EDGE}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in values.items()
    ]
    told = f"filename*=UTF-8''{quote(name, safe='', errors='surrogatepass')}"
    head = f'--{_EDGE}\r\nContent-Disposition: form-data; name="{field}"; {told}\r\n'
    lines.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content)
    lines.append(f"\r\n--{_EDGE}--\r\n".encode())
    return {"data": b"".join(lines), "content_type": f"multipart/form-data; boundary={_EDGE}"}


def by_form(client: Client, space: Space, name: str, content: bytes) -> Sent:
    answer = client.post(space.get_absolute_url(), **multipart("files", name, content))
    if answer.status_code == 302:
        return Sent(302)
    told = re.search(r'<div class="note danger" role="alert">(.*?)</div>', answer.content.decode(), re.DOTALL)
    words = re.sub(r"<[^>]*>", "", told[1]) if told else ""
    return Sent(answer.status_code, words=words, wait=answer.get("Retry-After", ""))


def by_api(client: Client, space: Space, name: str, content: bytes) -> Sent:
    answer = client.post("/api/v1/files/", **multipart("file", name, content, space=str(space.public_id)))
    if answer.status_code == 201:
        return Sent(201)
    told = answer.json()
    return Sent(answer.status_code, told["code"], told["title"], answer.get("Retry-After", ""))


def in_parts(person: User, space: Space, name: str, content: bytes) -> Sent:
    try:
        upload = start_upload(actor=person, purpose="file", name=name, size=len(content), place=Place.of(space))
        half = len(content) // 2
        receive_part(actor=person, upload=upload, offset=0, content=io.BytesIO(content[:half]))
        receive_part(actor=person, upload=upload, offset=half, content=io.BytesIO(content[half:]))
    except DomainError as refused:
        return Sent(refused.status, refused.code, str(refused.message))
    check_upload(upload_id=upload.pk)
    upload = Upload.objects.get(pk=upload.pk)
    return Sent(200 if upload.state == "done" else 400, upload.code, upload.message)


def send(way: str, client: Client, person: User, space: Space, name: str, content: bytes) -> Sent:
    if way == "parts":
        return in_parts(person, space, name, content)
    return (by_form if way == "form" else by_api)(client, space, name, content)


WAYS = ("form", "api", "parts")


def left(media: Path) -> list[str]:
    """All bytes that lie anywhere below ``media``."""
    return [path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()]


def kept(space: Space) -> list[File]:
    return list(space.files.select_related("current__stored").order_by("pk"))
