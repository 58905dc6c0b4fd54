"""No secret reaches a log line, whatever it is called and wherever it stands."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from core.scrub import scrub, scrub_text
from lms.settings import base

CANARY = "Canary7Secret0Value"
JWT = f"eyJhbGciOiJFUzI1NiJ9.eyJzdWIi{CANARY}.c2ln{CANARY}"

TEXTS = [
    f"Authorization: Bearer {CANARY}",
    f"{{'Authorization': 'Basic {CANARY}'}}",
    f"Cookie: a=1; session={CANARY}; csrftoken={CANARY}",
    f"Set-Cookie: __Host-session={CANARY}; Secure",
    f"sent with session={CANARY}",
    f"__Secure-refresh={CANARY}",
    f"password={CANARY}&next=/",
    f'{{"password": "{CANARY}", "login": "a@example.org"}}',
    f"new_password1={CANARY}",
    f"got {JWT} back",
    f"key aum_{CANARY} was refused",
    f"GET /accounts/password/reset/key/3-{CANARY}/ 404",
    f"https://learn.example.org/accounts/confirm-email/Mw:{CANARY}/",
    f"/accounts/invitation/{CANARY}/",
    f"/accounts/email/{CANARY}/",
    f"/files/?token={CANARY}",
    f"redis://user:{CANARY}@cache:6379/0",
    f"client_secret={CANARY}",
    f"api_key: {CANARY}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_secret_in_a_text_is_taken_out(text):
    assert CANARY not in scrub_text(text)


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "password1",
        "Authorization",
        "cookie",
        "csrf_token",
        "session_key",
        "api_key",
        "refresh",
        "access_token",
        "SECRET_KEY",
    ],
)
def test_a_secret_under_its_name_is_taken_out_at_any_depth(name):
    assert CANARY not in json.dumps(scrub({"a": [{"b": {name: CANARY}}], name: [CANARY]}))


def test_what_is_no_secret_stays():
    plain = {
        "event": "request",
        "route": "courses/<slug:slug>/",
        "status": 200,
        "token_count": 3,
        "session_id": None,
        "user": 7,
        "words": "Basic statistics: a token of thanks, code and session",
    }
    assert scrub(plain) == plain


@pytest.fixture(params=["json", "text"])
def written(request):
    """What the site's own formatters write."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    settings = dict(base.LOGGING["formatters"][request.param])
    handler.setFormatter(settings.pop("()")(**settings))
    logger = logging.getLogger("aumbry.test_scrub")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger, stream, request.param
    logger.removeHandler(handler)


def test_log_lines_have_ids_and_no_secrets(written):
    logger, stream, kind = written
    structlog.contextvars.bind_contextvars(request_id="request-1", user_id=7)
    for text in TEXTS:
        logger.info(text, extra={"password": CANARY, "headers": {"Cookie": f"session={CANARY}"}})
    try:
        raise ValueError(f"no such token={CANARY}")
    except ValueError:
        logger.exception("broke")
    structlog.contextvars.clear_contextvars()
    text = stream.getvalue()
    assert CANARY not in text
    if kind == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert {(line["request_id"], line["user_id"], line["password"]) for line in lines[:-1]} == {
            ("request-1", 7, "[removed]")
        }
        assert "ValueError: no such token=[removed]" in lines[-1]["exception"]
