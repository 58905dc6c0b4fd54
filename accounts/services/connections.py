"""Single sign-on: connections are set up, people are linked to them, let go of them and made by them."""

from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.sessions import LoginSession
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import oidc, saml
from accounts.enums import ConnectionKind
from accounts.events import AccountLinked, AccountUnlinked, ConnectionChanged, UserRegistered
from accounts.identity import Check, Identity, SignOnError
from accounts.models import Connection, User
from accounts.selectors.connections import BUTTONS_KEY, has_another_way_in
from accounts.services.keys import end_all_keys
from accounts.services.letters import send_letter
from accounts.services.sockets import tell_sockets
from accounts.services.tokens import end_all_tokens
from accounts.validators import normalise_email, normalise_name, validate_name
from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, Invalid, Stale
from core.events import claim_effect, publish
from core.ids import new_public_id
from core.sealed import seal

PERMISSION = "accounts.change_connections"
SAML_COOKIE = "saml-acs-session"
OPTIONS = ("enabled", "makes_people", "trusts_addresses", "asks_second_factor")
KIND_FIELDS: dict[str, tuple[str, ...]] = {
    ConnectionKind.OIDC: ("issuer", "client_id", "client_secret"),
    ConnectionKind.SAML: (
        "metadata_url",
        "metadata",
        "entity_id",
        "sso_url",
        "certificate",
        "attributes",
        "accepts_unasked",
    ),
}


@dataclass
class _Draft:
    """What is to be stored, and what is wrong with it."""

    problems: dict[str, list[str]] = field(default_factory=dict)
    client_id: str = ""
    own: dict[str, Any] = field(default_factory=dict)
    idp: dict[str, Any] = field(default_factory=dict)


def create_connection(*, actor: Actor, kind: str, name: str, **values: Any) -> Connection:
    """A new connection, switched off unless ``enabled`` says otherwise.

    ``values``: ``OPTIONS``, ``domains`` and the kind's own ``KIND_FIELDS``. Metadata at an address is fetched.
    Raises ``Invalid`` by field.
    """
    authorize(actor, PERMISSION)
    connection = Connection(provider=kind, provider_id=str(new_public_id()), settings={})
    return _save(actor, connection, {"name": name, **values}, change="created")


def change_connection(*, actor: Actor, connection: Connection, version: int | None = None, **values: Any) -> Connection:
    """Change some of a connection's values; an empty ``client_secret`` leaves the one that is stored.

    Raises ``Invalid`` by field, ``Stale``.
    """
    authorize(actor, PERMISSION)
    return _save(actor, connection, values, change="changed", version=version)


@transaction.atomic
def delete_connection(*, actor: Actor, connection: Connection) -> None:
    """Remove a connection and the links to it. The people stay, and choose a password by mail if they have none."""
    authorize(actor, PERMISSION)
    stored = _locked(connection)
    SocialAccount.objects.filter(provider=stored.provider_id).delete()
    number = stored.pk
    stored.delete()
    publish(ConnectionChanged(actor_id=actor.pk, connection_id=number, change="deleted"))
    transaction.on_commit(_show_new_buttons)


def _show_new_buttons() -> None:
    cache.delete(BUTTONS_KEY)


def check_connection(*, actor: Actor, connection: Connection) -> list[Check]:
    """Try what can be tried from here, step by step; stores nothing."""
    authorize(actor, PERMISSION)
    return oidc.checks(connection) if connection.kind == ConnectionKind.OIDC else saml.checks(connection)


# People


@transaction.atomic
def link_account(
    *, actor: Actor, user: User, connection: Connection, identity: Identity, tell: bool = True
) -> SocialAccount:
    """Let ``user`` sign in by ``connection`` from now on, and ``tell`` them by mail.

    The caller has seen both: the person signed in here, and the provider's word for who they are there.
    Raises ``Conflict`` ``linked_to_another``.
    """
    authorize(actor, "accounts.change_user", user)
    try:
        with transaction.atomic():
            account, made = SocialAccount.objects.get_or_create(
                provider=connection.provider_id,
                uid=identity.uid,
                defaults={"user": user, "extra_data": _remembered(identity)},
            )
    except IntegrityError as error:
        raise _linked_to_another() from error
    if account.user_id != user.pk:
        raise _linked_to_another()
    if made:
        publish(AccountLinked(actor_id=actor.pk, user_id=user.pk, connection_id=connection.pk))
        if tell:
            send_letter("account/email/linked", to=user.email, person=user, connection=connection.name)
    return account


@transaction.atomic
def link_by_address(*, user: User, connection: Connection, identity: Identity) -> SocialAccount:
    """Link the account that has the address which a trusted provider has verified.

    Whoever made that account without ever proving the address loses it: its password, sessions and keys end.
    """
    stored: User = User.objects.select_for_update().get(pk=user.pk)
    address, _made = EmailAddress.objects.get_or_create(user=stored, email=stored.email, defaults={"primary": True})
    if not address.verified:
        stored.set_unusable_password()
        stored.sign_in_epoch += 1
        stored.save(update_fields=["password", "sign_in_epoch", "updated_at"])
        end_all_tokens(user=stored)
        end_all_keys(user=stored)
        tell_sockets([stored.pk])
        address.verified = True
        address.save(update_fields=["verified"])
    return link_account(actor=SYSTEM, user=stored, connection=connection, identity=identity)


def make_person(*, connection: Connection, identity: Identity) -> SocialAccount:
    """An account, always a student's, for somebody who comes for the first time.

    The address counts as confirmed only if the provider says so and the connection trusts it.
    Raises ``Conflict``: ``email_taken``, ``registration_closed`` when the connection makes nobody.
    """
    if not connection.makes_people:
        raise Conflict(
            "registration_closed", _("This way to sign in makes no accounts. Ask the administrator for one.")
        )
    email = normalise_email(identity.email)
    user = User(email=email, name=_name(identity, email))
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            verified = identity.email_verified and connection.trusts_addresses
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
            publish(UserRegistered(actor_id=None, user_id=user.pk))
            return link_account(actor=SYSTEM, user=user, connection=connection, identity=identity, tell=False)
    except IntegrityError as error:
        raise Conflict("email_taken", _("There is already an account with this email.")) from error


@transaction.atomic
def unlink_account(*, actor: Actor, user: User, connection: Connection) -> None:
    """End somebody's way in by ``connection``; none is left alone. Raises ``Conflict`` ``last_way_in``."""
    authorize(actor, "accounts.change_user", user)
    stored: User = User.objects.select_for_update().get(pk=user.pk)
    rows = SocialAccount.objects.filter(user=stored, provider=connection.provider_id)
    if not rows.exists():
        return
    if not has_another_way_in(stored, connection):
        raise Conflict(
            "last_way_in", _("This is your only way to sign in. Choose a password first, then end the link.")
        )
    rows.delete()
    publish(AccountUnlinked(actor_id=actor.pk, user_id=stored.pk, connection_id=connection.pk))


def use_assertion(*, connection: Connection, assertion_id: str) -> None:
    """An assertion opens the door once. Raises ``SignOnError``."""
    if not claim_effect(f"saml:{connection.pk}:{assertion_id}"[:200]):
        raise SignOnError(
            _("This answer was used already, so nobody was signed in. Start once more."), detail="assertion: replayed"
        )


def keep_answer(request: HttpRequest, response: HttpResponse, said: dict[str, Any]) -> None:
    """Keep what a provider's form said for five minutes, for this browser's next request.

    A form from another site comes without the session's cookie, so this has a cookie and a row of its own.
    """
    kept = LoginSession(request, "saml_acs_session", SAML_COOKIE)
    kept.store.set_expiry(300)
    kept.store.update(said)
    kept.save(response)


def take_answer(request: HttpRequest) -> dict[str, Any]:
    """What was kept for this browser, once; empty if there is nothing."""
    kept = LoginSession(request, "saml_acs_session", SAML_COOKIE)
    said = dict(kept.store.items())
    if said:
        kept.delete()
    return said


def _save(
    actor: Actor, connection: Connection, values: dict[str, Any], *, change: str, version: int | None = None
) -> Connection:
    # Fetched before the transaction: nobody waits for somebody else's server.
    draft = _draft(connection, values)
    if draft.problems:
        raise Invalid("invalid", _("Some values cannot be used. Nothing was stored."), fields=draft.problems)
    with transaction.atomic():
        stored = connection if connection.pk is None else _locked(connection)
        if version is not None and stored.version != version:
            raise Stale(current_version=stored.version)
        own = {**stored.settings.get("aumbry", {}), **draft.own}
        own["version"] = stored.version + 1 if stored.pk else 1
        stored.settings = {**stored.settings, "aumbry": own, "idp": {**stored.idp, **draft.idp}}
        stored.name = str(values.get("name", stored.name)).strip()
        stored.client_id = draft.client_id or stored.client_id or stored.provider_id
        stored.save()
        publish(ConnectionChanged(actor_id=actor.pk, connection_id=stored.pk, change=change))
        transaction.on_commit(_show_new_buttons)
    return stored


def _draft(connection: Connection, values: dict[str, Any]) -> _Draft:
    draft = _Draft(own={name: bool(values[name]) for name in OPTIONS if name in values})
    if connection.provider not in KIND_FIELDS:
        draft.problems["kind"] = [_("Choose OpenID Connect or SAML.")]
        return draft
    if "name" in values and not 0 < len(values["name"].strip()) <= 40:
        draft.problems["name"] = [_("Write a name of at most 40 characters, as it should stand on the button.")]
    if "domains" in values:
        draft.own["domains"] = sorted({domain.strip().lower().lstrip("@") for domain in values["domains"]} - {""})
        for domain in draft.own["domains"]:
            try:
                validate_domain_name(domain)
            except ValidationError:
                draft.problems["domains"] = [_("“%(name)s” is no domain.") % {"name": domain[:80]}]
    if connection.kind == ConnectionKind.OIDC:
        _draft_oidc(connection, values, draft)
    else:
        _draft_saml(connection, values, draft)
    return draft


def _draft_oidc(connection: Connection, values: dict[str, Any], draft: _Draft) -> None:
    if "issuer" in values or connection.pk is None:
        draft.own["issuer"] = issuer = values.get("issuer", "").strip()
        if issuer.endswith(oidc.WELL_KNOWN):
            draft.own["issuer"] = issuer = issuer.removesuffix(oidc.WELL_KNOWN)
        _check_address(draft, "issuer", issuer)
    if "client_id" in values or connection.pk is None:
        draft.client_id = values.get("client_id", "").strip()
        if not 0 < len(draft.client_id) <= 191:
            draft.problems["client_id"] = [_("Write the client id that the provider gave this site.")]
    if secret := values.get("client_secret", ""):
        draft.own["secret"] = seal(secret, purpose=oidc.SEALED_FOR)


def _draft_saml(connection: Connection, values: dict[str, Any], draft: _Draft) -> None:
    if "attributes" in values:
        wanted = {what: str(name).strip() for what, name in values["attributes"].items() if what in saml.ATTRIBUTES}
        draft.own["attributes"] = {what: name for what, name in wanted.items() if name}
    if "accepts_unasked" in values:
        draft.own["accepts_unasked"] = bool(values["accepts_unasked"])
    if not saml.has_key(connection):
        draft.own |= saml.new_key(str(connection.public_id))
    if connection.pk is not None and not {"metadata_url", "metadata", "sso_url", "certificate"} & values.keys():
        return
    url, document = values.get("metadata_url", "").strip(), values.get("metadata", "").strip()
    try:
        if url or document:
            about = saml.read_metadata(
                document.encode() if document else saml.fetch_metadata(url), entity_id=values.get("entity_id", "")
            )
            entity_id, sso_url, certificates = about.entity_id, about.sso_url, about.certificates
        else:
            entity_id, sso_url = values.get("entity_id", "").strip(), values.get("sso_url", "").strip()
            certificates = [saml.clean_certificate(values.get("certificate", ""))]
    except SignOnError as error:
        name = "metadata" if document else "metadata_url" if url else "certificate"
        draft.problems[name] = [_("This cannot be used: %(why)s.") % {"why": str(error.detail).rstrip(".")}]
        return
    if not 0 < len(entity_id) <= 1024:
        draft.problems["entity_id"] = [_("Write the provider's entity id, or give its metadata.")]
    _check_address(draft, "sso_url", sso_url)
    draft.idp = {"entity_id": entity_id, "sso_url": sso_url, "certificates": certificates, "metadata_url": url}


def _check_address(draft: _Draft, name: str, url: str) -> None:
    from core.outbound import NotReached, check_address  # noqa: PLC0415 -- requests is not needed for other requests

    try:
        check_address(url)
    except (NotReached, ValueError):
        draft.problems[name] = [_("Write the whole address, beginning with https://.")]


def _locked(connection: Connection) -> Connection:
    stored: Connection = Connection.objects.select_for_update().get(pk=connection.pk)
    return stored


def _remembered(identity: Identity) -> dict[str, str]:
    # Not all that the provider says: what people need to tell their accounts there apart.
    return {"email": identity.email[:254], "name": identity.name}


def _name(identity: Identity, email: str) -> str:
    name = normalise_name(identity.name)[:150]
    try:
        validate_name(name)
    except ValidationError:
        name = ""
    return name or email.partition("@")[0]


def _linked_to_another() -> Conflict:
    return Conflict("linked_to_another", _("This sign-in belongs to another account here already."))
