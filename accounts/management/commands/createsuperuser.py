from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts.models import User
from accounts.selectors import admins_without_address
from accounts.services.people import confirm_email
from core.authz import SYSTEM


class Command(createsuperuser.Command):
    """Django's command; whoever runs it owns the machine, so the address counts as confirmed."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        user: User
        for user in admins_without_address():
            confirm_email(actor=SYSTEM, user=user)
