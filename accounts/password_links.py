from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import User


class PasswordLinks(PasswordResetTokenGenerator):
    """A mailed link ends with its use, with the address it went to, and with the account."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        return f"{super()._make_hash_value(user, timestamp)}{user.sign_in_epoch}{user.is_active}"
