"""Single sign-on: connections for administrators, and one's own links. Not for keys: it is about signing in itself."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import saml, sign_on
from accounts.api.proof import require_proof
from accounts.enums import ConnectionKind, KeyStage
from accounts.models import Connection
from accounts.selectors.connections import Link, all_connections, connection_of, own_links
from accounts.services.connections import (
    KIND_FIELDS,
    PERMISSION,
    change_connection,
    check_connection,
    create_connection,
    delete_connection,
    unlink_account,
)
from accounts.services.site_keys import renew_key
from core.api.views import Endpoint
from core.errors import Invalid
from core.shortcuts import not_found_unless, signed_in


class ConnectionFields(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=40, help_text=_("As it stands on the button."))
    enabled = serializers.BooleanField(required=False, help_text=_("Whether the sign-in page has its button."))
    makes_people = serializers.BooleanField(required=False)
    trusts_addresses = serializers.BooleanField(required=False)
    asks_second_factor = serializers.BooleanField(required=False)
    domains = serializers.ListField(child=serializers.CharField(max_length=253), max_length=50, required=False)
    issuer = serializers.CharField(max_length=500, required=False, help_text=_("OpenID Connect."))
    client_id = serializers.CharField(max_length=191, required=False, help_text=_("OpenID Connect."))
    client_secret = serializers.CharField(max_length=500, required=False, help_text=_("Stored sealed, never answered."))
    metadata_url = serializers.CharField(max_length=500, required=False, help_text=_("SAML; read when it is saved."))
    metadata = serializers.CharField(max_length=500_000, required=False, help_text=_("SAML; instead of the address."))
    entity_id = serializers.CharField(max_length=1024, required=False, help_text=_("SAML, as the next three."))
    sso_url = serializers.CharField(max_length=1000, required=False)
    certificate = serializers.CharField(max_length=20_000, required=False)
    accepts_unasked = serializers.BooleanField(
        required=False, help_text=_("SAML: people may come from the provider's own page.")
    )
    attributes = serializers.DictField(child=serializers.CharField(max_length=300, allow_blank=True), required=False)


class ConnectionInput(ConnectionFields):
    kind = serializers.ChoiceField(choices=ConnectionKind.choices)


class ConnectionPatch(ConnectionFields):
    name = serializers.CharField(max_length=40, required=False)
    version = serializers.IntegerField(required=False)


class SiteKeyOutput(serializers.Serializer[Any]):
    use = serializers.ChoiceField(
        choices=["current", "next", "earlier"], help_text=_("The current one signs; what is encrypted for any is read.")
    )
    fingerprint = serializers.CharField(help_text=_("SHA-256 of its certificate."))
    ends_on = serializers.DateField()


class KeyStageInput(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=KeyStage.choices)
    version = serializers.IntegerField(required=False)


class ConnectionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ConnectionKind.choices)
    name = serializers.CharField()
    enabled = serializers.BooleanField()
    makes_people = serializers.BooleanField()
    trusts_addresses = serializers.BooleanField()
    asks_second_factor = serializers.BooleanField()
    accepts_unasked = serializers.BooleanField()
    domains = serializers.ListField(child=serializers.CharField())
    issuer = serializers.CharField()
    client_id = serializers.CharField()
    metadata_url = serializers.CharField()
    entity_id = serializers.CharField()
    sso_url = serializers.CharField()
    redirect_uri = serializers.CharField(help_text=_("What the provider needs: where people come back to."))
    key_stage = serializers.ChoiceField(choices=KeyStage.choices, help_text=_("SAML: how far the key is renewed."))
    keys = SiteKeyOutput(many=True, help_text=_("SAML: this site's own."))
    version = serializers.IntegerField()


class CheckOutput(serializers.Serializer[Any]):
    step = serializers.CharField()
    ok = serializers.BooleanField()
    detail = serializers.CharField()


class TrialOutput(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    checks = CheckOutput(many=True)


class OwnConnectionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField(help_text=_("The address that the person has there, if it is known."))
    last_used_at = serializers.DateTimeField()


class ConnectionsView(Endpoint):
    @extend_schema(
        operation_id="connections_list",
        summary="Connections for single sign-on",
        tags=["connections"],
        responses=ConnectionOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        self.require(PERMISSION)
        return self.page_of(all_connections(), present_connections)

    @extend_schema(
        operation_id="connections_create",
        summary="Add a connection",
        tags=["connections"],
        request=ConnectionInput,
        responses={201: ConnectionOutput},
    )
    def post(self, request: Request) -> Response:
        self.require(PERMISSION)
        require_proof(request)
        values = _of_its_kind(self.parse(ConnectionInput))
        made = create_connection(actor=signed_in(request), **values)  # type: ignore[arg-type]
        location = reverse("api:accounts:connection", kwargs={"public_id": made.public_id})
        return self.created(present_connections([made])[0], location)


class ConnectionView(Endpoint):
    @extend_schema(
        operation_id="connections_read", summary="A connection", tags=["connections"], responses=ConnectionOutput
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        self.require(PERMISSION)
        found = connection_of(public_id)
        return self.versioned(present_connections([found])[0], found.version)

    @extend_schema(
        operation_id="connections_change",
        summary="Change a connection",
        tags=["connections"],
        request=ConnectionPatch,
        responses=ConnectionOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        self.require(PERMISSION)
        found = connection_of(public_id)
        require_proof(request)
        values = self.parse(ConnectionPatch)
        version = self.version(values)
        values = _of_its_kind({"kind": found.provider, **values})
        del values["kind"]
        stored = change_connection(actor=signed_in(request), connection=found, version=version, **values)  # type: ignore[arg-type]
        return self.versioned(present_connections([stored])[0], stored.version)

    @extend_schema(
        operation_id="connections_delete",
        summary="Delete a connection",
        description="The links of people to it go; the people stay.",
        tags=["connections"],
        responses={204: OpenApiResponse(description="Deleted.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        self.require(PERMISSION)
        found = connection_of(public_id)
        require_proof(request)
        delete_connection(actor=signed_in(request), connection=found)  # type: ignore[arg-type]
        return Response(status=204)


class ConnectionTryView(Endpoint):
    throttle_scope = "trials"

    @extend_schema(
        operation_id="connections_try",
        summary="Try a connection from here",
        description="The discovery document, issuer and keys, or metadata and certificates. Nothing is stored.",
        tags=["connections"],
        request=None,
        responses=TrialOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        self.require(PERMISSION)
        done = check_connection(actor=signed_in(request), connection=connection_of(public_id))  # type: ignore[arg-type]
        checks = [{"step": str(check.label), "ok": check.ok, "detail": str(check.detail)} for check in done]
        return Response({"ok": all(check.ok for check in done), "checks": checks})


class ConnectionKeyView(Endpoint):
    @extend_schema(
        operation_id="connections_key",
        summary="Renew this site's key for a SAML connection",
        description=(
            "`prepared` makes a second key; give the provider the metadata, which then has both. `switched` signs with it. "
            "`settled` lets go of the one that does not sign. Both read what is encrypted for them until then."
        ),
        tags=["connections"],
        request=KeyStageInput,
        responses=ConnectionOutput,
    )
    def put(self, request: Request, public_id: uuid.UUID) -> Response:
        self.require(PERMISSION)
        found = connection_of(public_id)
        not_found_unless(found.kind == ConnectionKind.SAML)
        require_proof(request)
        values = self.parse(KeyStageInput)
        version = self.version(values)
        stored = renew_key(actor=signed_in(request), connection=found, version=version, **values)  # type: ignore[arg-type]
        return self.versioned(present_connections([stored])[0], stored.version)


class OwnConnectionsView(Endpoint):
    @extend_schema(
        operation_id="own_connections_list",
        summary="Services you can sign in by",
        tags=["connections"],
        responses=OwnConnectionOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(own_links(request.user), present_links)


class OwnConnectionView(Endpoint):
    @extend_schema(
        operation_id="own_connections_end",
        summary="End your link to a service",
        tags=["connections"],
        responses={204: OpenApiResponse(description="You can no longer sign in by it.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        found = connection_of(public_id)
        not_found_unless(any(link.connection.pk == found.pk for link in own_links(request.user)))
        require_proof(request)
        unlink_account(actor=signed_in(request), user=signed_in(request), connection=found)  # type: ignore[arg-type]
        return Response(status=204)


def _of_its_kind(values: dict[str, Any]) -> dict[str, Any]:
    others = {name for kind, names in KIND_FIELDS.items() if kind != values["kind"] for name in names}
    if wrong := sorted(others & values.keys()):
        sentence = _("This belongs to the other kind of connection.")
        raise Invalid("invalid", sentence, fields={name: [sentence] for name in wrong})
    return values


def present_connections(connections: list[Connection]) -> list[dict[str, Any]]:
    """Connections as plain data, in ``ConnectionOutput``'s shape; no secret is among it."""
    return [
        {
            "id": str(found.public_id),
            "kind": found.provider,
            "name": found.name,
            "enabled": found.enabled,
            "makes_people": found.makes_people,
            "trusts_addresses": found.trusts_addresses,
            "asks_second_factor": found.asks_second_factor,
            "accepts_unasked": found.accepts_unasked,
            "domains": found.domains,
            "issuer": found.issuer,
            "client_id": found.client_id if found.kind == ConnectionKind.OIDC else "",
            "metadata_url": found.idp.get("metadata_url", ""),
            "entity_id": found.idp.get("entity_id", ""),
            "sso_url": found.idp.get("sso_url", ""),
            "redirect_uri": sign_on.redirect_uri(found) if found.kind == ConnectionKind.OIDC else saml.acs_url(found),
            "key_stage": found.key_stage.value,
            "keys": [
                {"use": key.use, "fingerprint": key.fingerprint, "ends_on": key.ends_on.isoformat()}
                for key in saml.site_keys(found)
            ],
            "version": found.version,
        }
        for found in connections
    ]


def present_links(links: list[Link]) -> list[dict[str, Any]]:
    """One's own links as plain data, in ``OwnConnectionOutput``'s shape."""
    return [
        {
            "id": str(link.connection.public_id),
            "name": link.connection.name,
            "email": link.email,
            "last_used_at": link.last_used,
        }
        for link in links
    ]
