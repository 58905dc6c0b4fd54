"""Single sign-on, as administrators set it up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConnectionKind
from accounts.models import Connection
from core.forms import PageForm

_ADDRESS = {"autocomplete": "off", "dir": "ltr", "inputmode": "url", "spellcheck": "false"}
_EXACT = {"autocomplete": "off", "dir": "ltr", "spellcheck": "false"}


class ConnectionForm(PageForm):
    """What every connection has. The kind's own fields stand between the name and the options."""

    options = ("makes_people", "trusts_addresses", "asks_second_factor", "domains", "enabled")
    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        help_text=_("As it stands on the button: “Sign in with …”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Write the name that stands on the button.")},
    )
    makes_people = forms.BooleanField(
        label=_("People may be made at their first sign-in"),
        required=False,
        help_text=_("Always as students. Without it only people who have an account here can use this way."),
    )
    trusts_addresses = forms.BooleanField(
        label=_("Trust this provider's verified addresses"),
        required=False,
        help_text=_(
            "Who comes with a verified address gets the account that has it. Choose this only for a provider that "
            "your school runs or that checks mailboxes itself. Otherwise people sign in once with their password. "
            "A provider that says nothing about it, as most by SAML, is believed for the domains named below."
        ),
    )
    asks_second_factor = forms.BooleanField(
        label=_("The provider asks for a second factor itself"),
        required=False,
        help_text=_("This site then does not ask for its own after a sign-in by this way."),
    )
    domains = forms.CharField(
        label=_("Allowed email domains"),
        required=False,
        max_length=1000,
        help_text=_("Separated by commas. Empty: all. People who are linked already are not asked."),
        widget=forms.TextInput(attrs=_EXACT),
    )
    enabled = forms.BooleanField(
        label=_("Show the button on the sign-in page"),
        required=False,
        help_text=_("Save without it first, try the connection, then come back."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client_secret" in self.fields and not self.initial.get("client_id"):
            # Nothing is stored yet, so nothing stays.
            self.fields["client_secret"].help_text = _("As the provider gave it. Kept sealed and never shown again.")
        own = [name for name in self.fields if name not in {"name", *self.options}]
        self.order_fields(["name", *own, *self.options])

    def values(self) -> dict[str, Any]:
        """The cleaned values in the service's words."""
        data = dict(self.cleaned_data)
        data["domains"] = data["domains"].split(",")
        return data


class OidcForm(ConnectionForm):
    """OpenID Connect: what the provider gives a client."""

    issuer = forms.CharField(
        label=_("Issuer address"),
        max_length=500,
        help_text=_("For example https://login.northmoor.example. Its discovery document is found from there."),
        widget=forms.URLInput(attrs=_ADDRESS),
        error_messages={"required": _("Write the provider's issuer address.")},
    )
    client_id = forms.CharField(
        label=_("Client id"),
        max_length=191,
        widget=forms.TextInput(attrs=_EXACT),
        error_messages={"required": _("Write the client id that the provider gave this site.")},
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        help_text=_("Kept sealed and never shown again. Empty: the stored one stays."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "ltr"}),
    )


class SamlForm(ConnectionForm):
    """SAML: the provider's metadata, or its parts by hand."""

    metadata_url = forms.CharField(
        label=_("Metadata address"),
        required=False,
        max_length=500,
        help_text=_("Read when you save. All that follows down to the certificate then comes from there."),
        widget=forms.URLInput(attrs=_ADDRESS),
    )
    metadata = forms.CharField(
        label=_("Metadata as XML"),
        required=False,
        max_length=500_000,
        help_text=_("Instead of the address, pasted whole."),
        widget=forms.Textarea(attrs={"rows": 3, **_EXACT}),
    )
    entity_id = forms.CharField(
        label=_("Entity id of the provider"), required=False, max_length=1024, widget=forms.TextInput(attrs=_EXACT)
    )
    sso_url = forms.CharField(
        label=_("Sign-in address (HTTP-Redirect)"),
        required=False,
        max_length=1000,
        widget=forms.URLInput(attrs=_ADDRESS),
    )
    certificate = forms.CharField(
        label=_("Signing certificate"),
        required=False,
        max_length=20_000,
        help_text=_("X.509, as text."),
        widget=forms.Textarea(attrs={"rows": 3, **_EXACT}),
    )
    email_attribute = forms.CharField(
        label=_("Attribute with the email"),
        required=False,
        max_length=300,
        help_text=_("Empty: the usual names are tried, in this and the next two fields."),
        widget=forms.TextInput(attrs=_EXACT),
    )
    name_attribute = forms.CharField(
        label=_("Attribute with the name"), required=False, max_length=300, widget=forms.TextInput(attrs=_EXACT)
    )
    uid_attribute = forms.CharField(
        label=_("Attribute with the lasting id"), required=False, max_length=300, widget=forms.TextInput(attrs=_EXACT)
    )

    accepts_unasked = forms.BooleanField(
        label=_("People may come from the provider's own page"),
        required=False,
        help_text=_(
            "Without it every sign-in begins here, so that nobody can be signed in by a form that somebody else made. "
            "Choose it only if your school's start page is there."
        ),
    )

    def values(self) -> dict[str, Any]:
        data = super().values()
        data["attributes"] = {what: data.pop(f"{what}_attribute") for what in ("email", "name", "uid")}
        return data


FORMS: dict[str, type[ConnectionForm]] = {ConnectionKind.OIDC: OidcForm, ConnectionKind.SAML: SamlForm}


def initial_values(connection: Connection) -> dict[str, Any]:
    """A stored connection as its form shows it; secrets stay behind."""
    attributes = connection.own("attributes") or {}
    fields = FORMS[connection.kind].base_fields
    own = {name: getattr(connection, name) for name in fields if hasattr(connection, name)}
    return {
        **own,
        **{name: connection.idp.get(name, "") for name in ("metadata_url", "entity_id", "sso_url")},
        "domains": ", ".join(connection.domains),
        "certificate": "\n".join(connection.idp.get("certificates", [])[:1]),
        **{f"{what}_attribute": attributes.get(what, "") for what in ("email", "name", "uid")},
    }
