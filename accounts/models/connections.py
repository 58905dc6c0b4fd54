import uuid
from typing import Any, cast

from allauth.socialaccount.models import SocialApp
from django.urls import reverse

from accounts.enums import ConnectionKind, KeyStage


class Connection(SocialApp):  # type: ignore[misc]
    """A service elsewhere that says who somebody is: allauth's row, with what this site asks of it.

    ``provider_id`` is its public id; ``settings`` holds allauth's own entries and ours, under ``aumbry``.
    The client's secret and the site's own key lie sealed in there, never in ``secret``.
    """

    class Meta:
        proxy = True
        verbose_name = "connection"
        verbose_name_plural = "connections"

    @property
    def public_id(self) -> uuid.UUID:
        return uuid.UUID(self.provider_id)

    @property
    def kind(self) -> ConnectionKind:
        return ConnectionKind(self.provider)

    def get_absolute_url(self) -> str:
        return reverse("accounts:connection", args=[self.public_id])

    def own(self, name: str, default: Any = None) -> Any:
        """One of this site's entries."""
        return self.settings.get("aumbry", {}).get(name, default)

    @property
    def enabled(self) -> bool:
        return bool(self.own("enabled"))

    @property
    def makes_people(self) -> bool:
        """Somebody who comes for the first time gets an account."""
        return bool(self.own("makes_people"))

    @property
    def trusts_addresses(self) -> bool:
        """An address that the provider has verified opens the account that has it."""
        return bool(self.own("trusts_addresses"))

    @property
    def asks_second_factor(self) -> bool:
        return bool(self.own("asks_second_factor"))

    @property
    def accepts_unasked(self) -> bool:
        """SAML: people may come from the provider's own page, without a request of this site's."""
        return bool(self.own("accepts_unasked"))

    @property
    def key_stage(self) -> KeyStage:
        """SAML: how far this site's own key is renewed."""
        return KeyStage(self.own("key_stage", KeyStage.SETTLED))

    @property
    def domains(self) -> list[str]:
        return cast(list[str], self.own("domains", []))

    @property
    def version(self) -> int:
        return int(self.own("version", 1))

    @property
    def issuer(self) -> str:
        return str(self.own("issuer", ""))

    @property
    def idp(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.settings.get("idp", {}))
