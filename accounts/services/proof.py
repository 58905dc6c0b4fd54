"""A person who is signed in proves once more that it is them."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.tries import may_try, note_success
from core.errors import Invalid


def require_password(*, request: HttpRequest, user: User, password: str, field: str = "password") -> None:
    """Raises ``Invalid`` at ``field`` for a wrong password, ``TooManyTries`` after too many; they count as at the door."""
    may_try("password", user.email, request)
    if not user.check_password(password):
        sentence = _("This is not your current password. Type it again, or sign out and reset it.")
        raise Invalid("invalid", sentence, fields={field: [sentence]})
    note_success("password", user.email, request)
