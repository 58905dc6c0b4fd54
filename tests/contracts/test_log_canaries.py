"""What people send in confidence is in no line of the log: passwords, tokens, keys, cookies, links of mails, answers."""

import io
import logging
import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.models import OutgoingMail
from lms.settings import base
from tests.factories import MembershipFactory, UserFactory
from tests.factories.accounts import PASSWORD
from tests.factories.assessments import SHORT, put_question

CANARY = "zq7canary"


@pytest.fixture
def log():
    """All that is logged, as the site writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    form = dict(base.LOGGING["formatters"]["json"])
    handler.setFormatter(form.pop("()")(**form))
    loggers = [logging.getLogger(name) for name in ("", "aumbry", "django", "allauth")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    # Those below hand their lines on to this one.
    loggers[0].addHandler(handler)
    yield stream
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.django_db(transaction=True)
def test_secrets_and_answers_are_in_no_line(log, taught, monkeypatch, settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    sam = UserFactory(verified=True)
    MembershipFactory(user=sam, course=taught.course)
    program, browser = APIClient(), Client(raise_request_exception=False)
    wrong = {"email": sam.email, "password": f"wrong {CANARY} password"}
    program.post("/api/v1/auth/token/", wrong, format="json")
    browser.post("/accounts/login/", {"login": sam.email, "password": wrong["password"]})
    tokens = program.post("/api/v1/auth/token/", {"email": sam.email, "password": PASSWORD}, format="json").json()
    program.post("/api/v1/auth/token/refresh/", {"refresh": tokens["refresh"]}, format="json")
    program.get("/api/v1/me/", headers={"Authorization": f"Bearer {CANARY}.{CANARY}.x"})
    program.get("/api/v1/me/", headers={"Authorization": f"Bearer aum_{CANARY}"})
    browser.cookies["session"] = CANARY
    browser.get("/profile/")
    browser.post("/accounts/password/reset/", {"email": sam.email})
    key = re.search(r"/reset/key/([\w-]+)/", OutgoingMail.objects.latest("pk").text)[1]
    browser.get(f"/accounts/password/reset/key/{key}/")

    _block, question = put_question(taught.section, **SHORT)
    program.force_authenticate(sam)
    attempt = program.post("/api/v1/attempts/", {"lesson": str(taught.lesson.public_id)}, format="json").json()
    answer = f"/api/v1/attempts/{attempt.get('id')}/answers/{question.public_id}/"
    kept = program.put(answer, {"response": {"answer": CANARY}}, format="json")
    program.put(answer, f'{{"response": {CANARY}', content_type="application/json")

    # Also when something breaks with all of it at hand.
    def fail(*_args, **_more):
        raise RuntimeError(f"password={CANARY}")

    monkeypatch.setattr("accounts.api.me.change_profile", fail)
    program.raise_request_exception = False
    program.patch("/api/v1/me/", {"bio": CANARY}, format="json")

    text = log.getvalue()
    # What did happen, so that there was something to tell.
    assert (tokens["access"][:2], attempt["state"], kept.status_code) == ("ey", "open", 200)
    assert "RuntimeError: password=[removed]" in text
    secrets = {CANARY, PASSWORD, tokens["access"], tokens["refresh"], key}
    assert [line[:300] for line in text.splitlines() if any(secret in line for secret in secrets)] == []
