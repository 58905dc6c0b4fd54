"""Push messages: written with what they tell of, sent by jobs, one for each browser."""

import base64
import hashlib
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult

from core.errors import ProviderError
from core.tasks import TO_BROWSERS, enqueue
from notifications.channels import webpush
from notifications.enums import PushState
from notifications.models import Notification, Push, PushAttempt, PushSubscription
from notifications.services.push_key import site_key


def open_subscriptions(user_id: int) -> Any:
    """Browsers of an active person whose sign-in there goes on."""
    rows = PushSubscription.objects.filter(user_id=user_id, user__is_active=True)
    return rows.filter(Q(device=None) | Q(device__ended_at=None))


@transaction.atomic
def send_push(*, user_id: int, title: str, body: str, url: str, tag: str) -> int | None:
    """Write a message to all browsers of a person, in the caller's transaction; returns its number, None without a browser.

    ``url`` is a path of this site. A later message with the same ``tag`` takes an earlier one's place.
    """
    targets = list(open_subscriptions(user_id).values_list("pk", flat=True))
    if not targets:
        return None
    push = Push.objects.create(user_id=user_id, title=title[:200], body=body[:500], url=url, tag=tag[:120])
    for pk in targets:
        attempt = PushAttempt.objects.create(push=push, subscription_id=pk)
        enqueue(
            "notifications.tasks.deliver_push",
            priority=TO_BROWSERS,
            attempt_id=attempt.pk,
            language=translation.get_language() or "",
        )
    return push.pk


def deliver_push(*, attempt_id: int, language: str) -> None:
    """Send one message to one browser; done already, it does nothing. Raises ``ProviderError``, which the worker heeds."""
    # One that was refused is sent again when an administrator runs its job again.
    ready = PushAttempt.objects.filter(state__in=(PushState.WAITING, PushState.FAILED))
    attempt = ready.select_related("push", "subscription").filter(pk=attempt_id).first()
    if attempt is None:
        return
    browser = attempt.subscription
    if browser is None or not open_subscriptions(attempt.push.user_id).filter(pk=browser.pk).exists():
        _finish(attempt, PushState.GONE)
        return
    push = attempt.push
    try:
        # No transaction is open meanwhile: a service may take seconds.
        webpush.send(
            webpush.Target(browser.endpoint, browser.p256dh, browser.auth),
            _message(push, language),
            authorization=site_key().authorization(browser.endpoint, subject=settings.VAPID_SUBJECT),
            tag=_topic(push),
        )
    except webpush.Gone:
        with transaction.atomic():
            _finish(attempt, PushState.GONE)
            PushSubscription.objects.filter(pk=browser.pk).delete()
    except ProviderError as error:
        state = PushState.FAILED if error.permanent else PushState.WAITING
        _finish(attempt, state, str(error.message))
        raise
    else:
        with transaction.atomic():
            _finish(attempt, PushState.SENT)
            PushSubscription.objects.filter(pk=browser.pk).update(last_sent_at=timezone.now())


def give_up_push(*, job_id: str) -> None:
    """Nobody tries any more what the job was to send: it has failed, with the last reason."""
    job = DBTaskResult.objects.filter(pk=job_id, task_path="notifications.tasks.deliver_push").first()
    if job is not None:
        attempts = PushAttempt.objects.filter(pk=job.args_kwargs["kwargs"]["attempt_id"], state=PushState.WAITING)
        attempts.update(state=PushState.FAILED, finished_at=timezone.now())


def _message(push: Push, language: str) -> dict[str, Any]:
    return {
        "title": push.title,
        "body": push.body,
        "url": push.url,
        "tag": push.tag,
        "unread": Notification.objects.shown().unread().filter(user_id=push.user_id).count(),
        "lang": language,
        "dir": "rtl" if language and translation.get_language_info(language)["bidi"] else "ltr",
    }


def _topic(push: Push) -> str:
    if not push.tag:
        return ""
    # The service sees it: it tells nothing, and is as long as may be.
    digest = hashlib.sha256(f"{push.user_id}:{push.tag}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:32]


def _finish(attempt: PushAttempt, state: PushState, error: str = "") -> None:
    over = None if state == PushState.WAITING else timezone.now()
    PushAttempt.objects.filter(pk=attempt.pk).update(state=state, error=error[:200], finished_at=over)
