"""What comes in is a frame, or an error with a code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.realtime.frames import LONGEST, Frame, FrameError, decode, encode


def code_of(text: str | None, data: bytes | None = None) -> tuple[str, bool]:
    with pytest.raises(FrameError) as found:
        decode(text, data)
    return found.value.code, found.value.is_final


def test_a_frame():
    assert decode('{"v":1,"t":"sub","id":7,"topic":"user.x"}', None) == Frame("sub", 7, {"topic": "user.x"})
    assert json.loads(encode("pong", id=None, n=3)) == {"v": 1, "t": "pong", "id": None, "n": 3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("[" * 20_000, "not_json"),
        ("[]", "not_an_object"),
        ("7", "not_an_object"),
        ('{"a":' * 9 + "1" + "}" * 9, "not_an_object"),
        ("{}", "wrong_version"),
        ('{"v":2,"t":"hello"}', "wrong_version"),
        ('{"v":1}', "bad_value"),
        ('{"v":1,"t":7}', "bad_value"),
        ('{"v":1,"t":"' + "x" * 41 + '"}', "bad_value"),
        ('{"v":1,"t":"sub","id":["x"]}', "bad_value"),
        ('{"v":1,"t":"sub","id":"' + "x" * 65 + '"}', "bad_value"),
    ],
)
def test_what_cannot_be_understood_goes_on(text, code):
    assert code_of(text) == (code, False)


def test_what_is_too_long_or_no_text_ends():
    assert code_of("x" * (LONGEST + 1)) == ("too_long", True)
    assert code_of("ä" * (LONGEST // 2 + 1)) == ("too_long", True)
    assert code_of(None, b"{}") == ("not_text", True)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_a_frame_or_an_error(value):
    try:
        found: Frame | FrameError = decode(json.dumps(value), None)
    except FrameError as error:
        found = error
    assert (found.kind == value["t"]) if isinstance(found, Frame) else not found.is_final


@pytest.mark.parametrize("value", [True, -1, 1.5, "7", 2**53, []])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(FrameError) as found:
        Frame("sub", 1, {"since": value}).count("since")
    assert (found.value.code, found.value.ref) == ("bad_value", 1)
