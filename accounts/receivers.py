"""What happens beside a sign-in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.proof import note_proof
from accounts.sessions import adopt


@receiver(user_logged_in, dispatch_uid="accounts.proof_at_sign_in")
def proof_at_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    # Signals come without a session from programs that sign in.
    if not hasattr(request, "session"):
        return
    if not getattr(request, "is_arriving", False):
        # Not by our door, which opens the device itself.
        adopt(request, user)
    note_proof(request)
