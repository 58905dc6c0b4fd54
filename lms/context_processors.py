from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from lms.navigation import build_navigation
from notifications.selectors.browsers import push_mark
from notifications.selectors.unread import badge_of


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page needs: the reader's looks, the site's names, the rail."""
    user = getattr(request, "user", None)
    language = translation.get_language() or settings.LANGUAGE_CODE
    return {
        "ui": {
            "lang": language,
            "dir": "rtl" if translation.get_language_bidi() else "ltr",
            "theme": getattr(user, "theme", ""),
            "reading": getattr(user, "reading_face", ""),
            "brand": settings.BRAND,
        },
        "site_name": settings.SITE_NAME,
        "sent_mail_open": settings.SENT_MAIL_OPEN and not settings.MAIL_TRANSPORT,
        "registration_open": settings.REGISTRATION_OPEN,
        "second_factor_due": getattr(request, "second_factor_due", None),
        "second_factor_overdue": getattr(request, "second_factor_overdue", False),
        "nav": SimpleLazyObject(lambda: build_navigation(request)),
        "unread": SimpleLazyObject(lambda: badge_of(request.user)),
        "push_mark": SimpleLazyObject(lambda: push_mark(request)),
    }
