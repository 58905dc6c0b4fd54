"""Being told of things."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
    "nothing_to_mute": ErrorDoc(
        400,
        _("The notification is about no course and nothing else that could be muted."),
        _("Turn its category off instead, under “How you are told”."),
    ),
    "too_many_browsers": ErrorDoc(
        409,
        _("You get push messages in as many browsers as one person may."),
        _("Remove one of them, under “How you are told”."),
    ),
    "no_browser": ErrorDoc(
        409,
        _("No browser of yours shows push messages."),
        _("Turn them on in a browser first, under “How you are told”."),
    ),
}
