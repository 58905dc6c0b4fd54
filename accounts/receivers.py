"""What happens beside a sign-in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.proof import note_proof


@receiver(user_logged_in, dispatch_uid="accounts.proof_at_sign_in")
def proof_at_sign_in(request: HttpRequest, **kwargs: Any) -> None:
    # Signals come without a session from programs that sign in.
    if hasattr(request, "session"):
        note_proof(request)
