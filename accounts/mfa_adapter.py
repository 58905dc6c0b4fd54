"""Where allauth asks us about second factors: names, sentences, and how secrets are kept."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.sealed import seal, unseal

_PURPOSE = "accounts.second-factors"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That did not prove who you are. Try once more, or use another way."),
        "unverified_email": _("Confirm your email first: follow the link in the mail that was sent to you."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        # What cannot be read any more must match no code; an empty secret would have codes that anybody can work out.
        return unseal(encrypted_text, purpose=_PURPOSE) or generate_totp_secret()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        return gettext("Passkey")

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)
