"""Large files of forms stay in the request's body: nothing is written a second time, and nothing is read wrongly."""

import base64
import os
import tempfile

import pytest
from django.conf import settings as django_settings
from django.core.handlers.asgi import ASGIRequest
from django.http.multipartparser import MultiPartParserError
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.form_files import Within
from core.spool import Spool

LARGE = 64 * 1024
BOUNDARY = b"b0undary"


def part(name: str, content: bytes, *, file: str = "", head: str = "") -> bytes:
    named = f'; filename="{file}"' if file else ""
    first = f'--{BOUNDARY.decode()}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{head}\r\n'
    return first.encode() + content + b"\r\n"


def sent(*parts: bytes, end: bytes = b"--" + BOUNDARY + b"--\r\n", in_memory: int = 1000) -> ASGIRequest:
    """A form as our own server hands it over."""
    body = Spool(in_memory)
    content = b"".join(parts) + end
    body.write(content)
    body.seek(0)
    headers = [
        (b"content-type", b"multipart/form-data; boundary=" + BOUNDARY),
        (b"content-length", str(len(content)).encode()),
    ]
    return ASGIRequest({"type": "http", "method": "POST", "path": "/", "headers": headers}, body)


def is_in_body(file: object) -> bool:
    return isinstance(file.file.raw, Within)  # type: ignore[attr-defined]


# Also such as look like the end of a head, or like a boundary that is not quite one.
BITS = [b"\r\n\r\n", b"\r\n", b"\n", b"--", b"--b0undar", b"\r\n--b0undar", b"\0" * 70_000, b"a" * 5]
CONTENTS = st.lists(st.sampled_from(BITS) | st.binary(max_size=50), max_size=8).map(
    lambda bits: b"".join(bits).replace(b"--" + BOUNDARY, b"")
)


@hypothesis_settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(CONTENTS, st.booleans()), min_size=1, max_size=4), st.integers(0, 3) | st.just(200))
def test_files_are_those_that_were_sent(contents, padding):
    """Whatever they hold, and however they lie to each other and to the pieces that the parser reads."""
    parts = [part("pad", b"p" * padding * 1000)]
    # One more makes the form too large for the handler that keeps files in memory.
    parts.append(part("big", os.urandom(1_100_000), file="big.bin"))
    for number, (content, is_file) in enumerate(contents):
        parts.append(part(f"n{number}", content, file=f"{number}.txt" if is_file else ""))
    request = sent(*parts)
    for number, (content, is_file) in enumerate(contents):
        if not is_file:
            assert request.POST[f"n{number}"] == content.decode("utf-8", errors="replace")
            continue
        file = request.FILES[f"n{number}"]
        assert (file.size, file.read(), file.read()) == (len(content), content, b"")
        file.seek(len(content) // 2)
        assert file.read(1000) == content[len(content) // 2 :][:1000]
    assert is_in_body(request.FILES["big"])
    request.close()


def test_a_large_one_is_written_nowhere_else(monkeypatch):
    opened: list[int] = []
    real = tempfile.TemporaryFile

    def noted(*args, **more):
        opened.append(1)
        return real(*args, **more)

    monkeypatch.setattr("tempfile.TemporaryFile", noted)
    contents = {name: os.urandom(size) for name, size in (("a", 3_000_000), ("b", LARGE - 1), ("c", 2_000_000))}
    request = sent(*(part(name, content, file=f"{name}.bin") for name, content in contents.items()))
    assert {name: file.read() for name, file in request.FILES.items()} == contents
    # The body's own.
    assert len(opened) == 1
    assert [is_in_body(request.FILES[name]) for name in "abc"] == [True, False, True]


def test_one_that_is_closed_leaves_the_body_to_the_others():
    contents = [os.urandom(1_000_000) for _ in range(2)]
    request = sent(*(part("f", content, file="f.bin") for content in contents))
    one, two = request.FILES.getlist("f")
    one.close()
    assert two.read() == contents[1]


def test_another_encoding_is_copied():
    content = os.urandom(1_500_000)
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    request = sent(part("f", encoded, file="f.bin", head="Content-Transfer-Encoding: base64\r\n"))
    file = request.FILES["f"]
    assert (file.size, file.read(), is_in_body(file)) == (len(content), content, False)


def test_a_body_that_was_read_before_is_copied_from():
    content = os.urandom(1_500_000)
    request = sent(part("f", content, file="f.bin"))
    assert len(request.body) > len(content)
    file = request.FILES["f"]
    assert (file.read(), is_in_body(file)) == (content, False)


def test_a_form_that_breaks_off_has_no_file():
    request = sent(part("f", os.urandom(1_500_000), file="f.bin"), end=b"")
    assert dict(request.FILES) == {}
    assert not request._stream.closed


def test_what_does_not_end_at_a_boundary_is_refused(monkeypatch):
    monkeypatch.setattr("core.form_files.SpoolUploadHandler._ends_here", lambda *_given: False)
    request = sent(part("f", os.urandom(1_500_000), file="f.bin"))
    with pytest.raises(MultiPartParserError):
        request.FILES  # noqa: B018 -- reading it parses the form


def test_the_site_has_it():
    assert django_settings.FILE_UPLOAD_HANDLERS[-1] == "core.form_files.SpoolUploadHandler"
