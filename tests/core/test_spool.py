"""What is needed for one request: few bytes in memory, many on disk, where they mean nothing."""

import io
import os
import re
import tracemalloc
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.spool import Room, Spool


def on_disk(spool: Spool) -> bytes:
    number = spool._file.fileno()
    return os.pread(number, os.fstat(number).st_size, 0)


@hypothesis_settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=12), st.integers(0, 800), st.integers(0, 900), st.integers(0, 400))
def test_what_goes_in_comes_out_from_any_place(pieces, in_memory, at, length):
    whole = b"".join(pieces)
    with Spool(in_memory) as spool:
        for piece in pieces:
            spool.write(piece)
        assert (spool.tell(), spool.seek(0), spool.read()) == (len(whole), 0, whole)
        spool.seek(at)
        assert (spool.read(length), spool.seek(0, os.SEEK_END)) == (whole[at : at + length], len(whole))


def test_few_bytes_stay_in_memory_and_many_are_encrypted_on_disk():
    with Spool(10) as spool:
        spool.write(b"0123456789")
        assert isinstance(spool._file, io.BytesIO)
        spool.write(b"x" * 90_000)
        assert (len(on_disk(spool)), b"xxxx" in on_disk(spool), b"0123" in on_disk(spool)) == (90_010, False, False)
        # With one key stream for all of it, twice the same would show.
        assert len({on_disk(spool)[at : at + 16] for at in range(16, 80_016, 16)}) == 5000


def test_each_has_a_key_of_its_own():
    with Spool(0) as one, Spool(0) as two:
        one.write(b"x" * 1000)
        two.write(b"x" * 1000)
        assert on_disk(one) != on_disk(two)


def test_no_byte_is_written_twice():
    with Spool(0) as spool:
        spool.write(b"abc")
        spool.seek(1)
        with pytest.raises(io.UnsupportedOperation):
            spool.write(b"x")
        with pytest.raises(ValueError, match="before"):
            spool.seek(-1)


def test_it_has_no_name_and_is_gone_when_it_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool(0)
    spool.write(b"x")
    link = Path(f"/proc/self/fd/{spool._file.fileno()}")
    assert (str(link.readlink()).startswith(str(tmp_path)), list(tmp_path.iterdir())) == (True, [])
    spool.close()
    assert not link.exists()


def test_memory_does_not_grow_with_the_size():
    with Spool(1000) as spool:
        piece = b"x" * 65_536
        tracemalloc.start()
        try:
            for _ in range(500):
                spool.write(piece)
            spool.seek(0)
            while spool.read(65_536):
                pass
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()


def test_some_have_room_in_memory_while_there_is_any():
    room = Room(2500)
    held = [room.spool(length, 100) for length in (1000, 1000, 1000, 500)]
    for spool in held:
        spool.write(b"x" * 500)
    assert [isinstance(spool._file, io.BytesIO) for spool in held] == [True, True, False, True]
    held[0].close()
    held[0].close()
    held[2].close()
    again = [room.spool(length, 100) for length in (1001, 1000, 1)]
    for spool in again:
        spool.write(b"x" * 101)
    assert [isinstance(spool._file, io.BytesIO) for spool in again] == [False, True, False]
    # More than was said goes to disk as well.
    again[1].write(b"x" * 1000)
    assert (len(on_disk(again[1])), again[1].seek(0), again[1].read()) == (1101, 0, b"x" * 1101)
    for spool in (*held, *again):
        spool.close()
    with room.spool(2500, 100) as whole:
        whole.write(b"x" * 2500)
        assert isinstance(whole._file, io.BytesIO)


def posted(*sizes: int) -> HttpRequest:
    files = {f"f{n}": io.BytesIO(bytes([97 + n]) * size) for n, size in enumerate(sizes)}
    for name, file in files.items():
        file.name = f"{name}.txt"
    return RequestFactory().post("/", files)


def test_files_of_forms_are_spooled_beyond_what_fits(settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    request = posted(2000, 300_000)
    one, two = request.FILES["f0"], request.FILES["f1"]
    assert (one.size, one.name, one.content_type) == (2000, "f0.txt", "text/plain")
    assert (two.read(), b"".join(two.chunks()), two.readline()) == (b"b" * 300_000, b"b" * 300_000, b"")
    assert b"bbbb" not in on_disk(two.file.raw)
    assert not hasattr(two, "temporary_file_path")
    request.close()
    assert two.file.closed


def test_a_form_that_breaks_off_leaves_nothing_open(settings, monkeypatch):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    made: list[Spool] = []
    real = Spool.__init__

    def noted(self, in_memory):
        made.append(self)
        real(self, in_memory)

    monkeypatch.setattr(Spool, "__init__", noted)
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n' + b"x" * 200_000

    request = RequestFactory().generic("POST", "/", body, content_type="multipart/form-data; boundary=b")
    assert not request.POST
    assert [spool.closed for spool in made] == [True]


def test_a_body_that_another_server_hands_over_is_spooled(settings):
    """Django's own handler would write it down as it is."""
    from core.asgi import PooledHandler  # noqa: PLC0415 -- makes the middleware
    from tests.loops import run  # noqa: PLC0415

    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    messages = [{"type": "http.request", "body": b"x" * 5000, "more_body": n < 3} for n in range(4)]
    left = iter(messages)

    async def receive():
        return next(left)

    body = run(PooledHandler.read_body(None, receive))
    assert (body.read(), re.search(b"xxxx", on_disk(body))) == (b"x" * 20_000, None)
    body.close()
