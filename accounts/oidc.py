"""OpenID Connect with a provider that an administrator set up: what is asked, fetched and believed."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.identity import Check, Identity, SignOnError
from accounts.models import Connection
from core.sealed import unseal

WELL_KNOWN = "/.well-known/openid-configuration"
SEALED_FOR = "connection"
KEPT_SECONDS = 600
CLOCK_SKEW = 60
# Signed with the provider's private key; one made with a shared secret, or with none, proves nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def discovery(connection: Connection, *, fresh: bool = False) -> dict[str, Any]:
    """The provider's own description of itself, checked; kept for ten minutes. Raises ``SignOnError``."""
    key = _cache_key("discovery", connection)
    kept = None if fresh else cache.get(key)
    if kept is None:
        kept = _fetch(connection.issuer.rstrip("/") + WELL_KNOWN)
        if kept.get("issuer") != connection.issuer:
            raise refused(f"issuer: expected {connection.issuer}, the document says {kept.get('issuer')!r:.200}")
        for name in ENDPOINTS:
            if not isinstance(kept.get(name), str):
                raise refused(f"the discovery document has no {name}")
        cache.set(key, kept, KEPT_SECONDS)
    return dict(kept)


def authorization(connection: Connection, *, redirect_uri: str) -> tuple[str, dict[str, str]]:
    """Where to send the browser, and what has to be remembered until it comes back. Raises ``SignOnError``."""
    from core.outbound import check_address  # noqa: PLC0415 -- requests is not needed before somebody signs in by it

    about = discovery(connection)
    _reached(lambda: check_address(about["authorization_endpoint"]))
    pkce = generate_code_challenge()
    memory = {"verifier": pkce.pop("code_verifier"), "nonce": secrets.token_urlsafe(24)}
    query = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "nonce": memory["nonce"],
        **pkce,
    }
    mark = "&" if "?" in about["authorization_endpoint"] else "?"
    return f"{about['authorization_endpoint']}{mark}{urlencode(query)}", memory


def identity(connection: Connection, *, code: str, memory: dict[str, str], redirect_uri: str) -> Identity:
    """Who the provider says it is, for a code that the browser brought. Raises ``SignOnError``."""
    about = discovery(connection)
    tokens = _tokens(connection, about, code=code, verifier=memory["verifier"], redirect_uri=redirect_uri)
    claims = _claims(connection, about, str(tokens.get("id_token", "")), nonce=memory["nonce"])
    said = dict(claims)
    if not claims.get("email") and about.get("userinfo_endpoint") and tokens.get("access_token"):
        more = _fetch(about["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"})
        if more.get("sub") != claims["sub"]:
            raise refused("userinfo speaks of somebody else than the ID token")
        said = more | said
    name = said.get("name") or " ".join(filter(None, (_text(said, "given_name"), _text(said, "family_name"))))
    return Identity(
        uid=str(claims["sub"]),
        email=_text(said, "email"),
        email_verified=said.get("email_verified") in (True, "true"),
        name=str(name or "")[:150],
        said=said,
    )


def checks(connection: Connection) -> list[Check]:
    """What can be tried without a person: address, document, issuer, keys. Stops at the first that fails."""
    done: list[Check] = []
    address = connection.issuer.rstrip("/") + WELL_KNOWN
    try:
        about = _fetch(address)
    except SignOnError as error:
        return [Check(_("The discovery document is read"), False, f"{address}: {error.detail}")]
    done.append(Check(_("The discovery document is read"), True, address))
    said = about.get("issuer")
    same = said == connection.issuer
    detail = _("The provider calls itself as you typed it.") if same else _("You typed %(typed)s, it says %(said)s.")
    done.append(
        Check(_("The issuer is the same"), same, detail % {"typed": connection.issuer, "said": str(said)[:200]})
    )
    missing = [name for name in ENDPOINTS if not isinstance(about.get(name), str)]
    done.append(
        Check(
            _("The addresses for signing in are named"),
            not missing,
            _("Missing: %(names)s.") % {"names": ", ".join(missing)} if missing else _("All three."),
        )
    )
    if not same or missing:
        return done
    try:
        count = len(_keys(connection, about, fresh=True))
    except SignOnError as error:
        return [*done, Check(_("Keys to check signatures are found"), False, str(error.detail))]
    detail = _("%(n)d of a kind that this site checks.") % {"n": count}
    return [*done, Check(_("Keys to check signatures are found"), count > 0, detail)]


def _tokens(
    connection: Connection, about: dict[str, Any], *, code: str, verifier: str, redirect_uri: str
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": connection.client_id,
    }
    secret = unseal(connection.own("secret", ""), purpose=SEALED_FOR) if connection.own("secret") else ""
    if secret is None:
        raise refused("the client secret was sealed under another SECRET_KEY; type it in again")
    methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    auth = None
    if secret and "client_secret_basic" in methods:
        # As form values first, says RFC 6749 2.3.1, since a colon would end the name.
        auth = tuple(urlencode({"": part})[1:] for part in (connection.client_id, secret))
    elif secret:
        form["client_secret"] = secret
    return _fetch(about["token_endpoint"], method="POST", data=form, auth=auth)


def _claims(connection: Connection, about: dict[str, Any], token: str, *, nonce: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 -- not needed before somebody signs in by it

    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise refused(f"the ID token is signed with {algorithm!r:.40}")
        keys = _keys(connection, about)
        if header.get("kid") not in {key.key_id for key in keys}:
            # The provider has new keys since we looked.
            keys = _keys(connection, about, fresh=True)
        named = [key for key in keys if header.get("kid") in (None, key.key_id)]
        if len(named) != 1:
            raise refused("the ID token's key is not among the provider's")
        claims: dict[str, Any] = jwt.decode(
            token,
            key=named[0],
            algorithms=[algorithm],
            audience=connection.client_id,
            issuer=connection.issuer,
            leeway=CLOCK_SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise refused(f"ID token: {error}") from error
    if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise refused("ID token: the nonce is not ours")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != connection.client_id:
        raise refused("ID token: it was made for another client")
    if not claims["sub"] or len(str(claims["sub"])) > 191:
        raise refused("ID token: the subject is empty or too long")
    return claims


def _keys(connection: Connection, about: dict[str, Any], *, fresh: bool = False) -> list[Any]:
    import jwt  # noqa: PLC0415 -- see above

    key = _cache_key("keys", connection)
    kept = None if fresh else cache.get(key)
    if kept is None:
        kept = _fetch(about["jwks_uri"])
        cache.set(key, kept, KEPT_SECONDS)
    found = []
    for entry in kept.get("keys") or []:
        try:
            made = jwt.PyJWK.from_dict(entry)
        except (jwt.PyJWTError, AttributeError, TypeError, ValueError):
            continue
        if made.key_type != "oct" and entry.get("use", "sig") == "sig":
            found.append(made)
    return found


def _fetch(url: str, *, method: str = "GET", **options: Any) -> dict[str, Any]:
    from core.outbound import Outbound  # noqa: PLC0415 -- see above

    def fetched() -> Any:
        with Outbound() as session:
            return session.request(method, url, **options)

    response = _reached(fetched)
    if response.status_code != 200:
        raise refused(f"{url} answers {response.status_code}")
    try:
        found = json.loads(response.content)
    except ValueError as error:
        raise refused(f"{url} answers something else than JSON") from error
    if not isinstance(found, dict):
        raise refused(f"{url} answers something else than an object")
    return found


def _reached(call: Callable[[], Any]) -> Any:
    import requests  # noqa: PLC0415 -- see above

    from core.outbound import why_not_reached  # noqa: PLC0415 -- see above

    try:
        return call()
    except (requests.RequestException, ValueError) as error:
        raise SignOnError(
            _("The service you sign in with is not answering. Try again in a few minutes, or use your password."),
            detail=why_not_reached(error),
        ) from error


def refused(detail: str) -> SignOnError:
    return SignOnError(
        _("What the service sent does not fit this site's request, so nobody was signed in. Start once more."),
        detail=detail,
    )


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""


def _cache_key(what: str, connection: Connection) -> str:
    about = hashlib.sha256(f"{connection.provider_id} {connection.issuer}".encode()).hexdigest()[:32]
    return f"sign-on:{what}:{about}"
