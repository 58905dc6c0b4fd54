"""One's own address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.dress import dress_email
from core.forms import PageForm, describe_rules


class EmailForm(PageForm):
    """Another address. Who asks has just proved who they are."""

    email = forms.EmailField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_email(self.fields["email"], autocomplete="email")
        self.fields["email"].label = _("New email")
        describe_rules(self)
