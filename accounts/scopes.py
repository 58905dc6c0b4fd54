"""What a key may be for. A scope is a part of the API and a way of using it: ``courses:read``."""

from django.utils.translation import gettext_lazy as _

# Every API view names its part (``Endpoint.scope``). One without a part cannot be used with a key at all.
PARTS = {
    "account": _("Your profile"),
    "courses": _("Courses, lessons and pages"),
    "learning": _("Progress, attempts, votes and results"),
    "questions": _("Question bank"),
    "files": _("Uploads"),
    "people": _("People and enrolments"),
    "operations": _("Running the site: its event log and errors"),
}
READ, WRITE = "read", "write"
SCOPES = tuple(f"{part}:{way}" for part in PARTS for way in (READ, WRITE))


def needed_scope(part: str, method: str) -> str:
    """The scope that a request asks for."""
    return f"{part}:{READ if method in {'GET', 'HEAD', 'OPTIONS'} else WRITE}"


def covers(scopes: list[str], needed: str) -> bool:
    """Whether ``scopes`` allow ``needed``; who may write a part may read it."""
    part = needed.partition(":")[0]
    return needed in scopes or (needed.endswith(READ) and f"{part}:{WRITE}" in scopes)
