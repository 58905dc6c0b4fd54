"""SAML 2.0 with a provider that an administrator set up: metadata, the way there, and what of the answer is believed.

Requests go by redirect, signed with the connection's own key; assertions come by POST, must be signed, and may be
encrypted for that key. While the key is renewed there are two: see ``accounts.services.site_keys``.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import KeyStage
from accounts.identity import Check, Identity, SignOnError
from accounts.models import Connection
from core.sealed import seal, unseal

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
SAML = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion"}
MOST_BYTES = 512 * 1024
KEY_SEALED_FOR = "saml-key"
_KEY_BITS = 3072
_CERTIFICATE_LASTS = timedelta(days=3650)
# Providers differ in how they sign over an empty one; it comes back, and nobody reads it.
_RELAY_STATE = "sign-in"

# Where the usual products put what this site wants to know; the first that is there counts.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "uid": ("urn:oasis:names:tc:SAML:attribute:subject-id", "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"),
    "email": (
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "email",
        "mail",
    ),
    "email_verified": ("http://schemas.auth0.com/email_verified", "email_verified"),
    "name": (
        "urn:oid:2.16.840.1.113730.3.1.241",
        "http://schemas.microsoft.com/identity/claims/displayname",
        "displayName",
        "name",
    ),
    "first_name": (
        "urn:oid:2.5.4.42",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        "givenName",
    ),
    "last_name": ("urn:oid:2.5.4.4", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "sn", "surname"),
}


@dataclass(frozen=True)
class Described:
    """What metadata says of a provider."""

    entity_id: str
    sso_url: str
    certificates: list[str]


@dataclass(frozen=True)
class SiteKey:
    """A key of this site for a connection. ``use``: ``current`` signs; ``next`` and ``earlier`` only read."""

    use: str
    certificate: str
    private: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in pairs of digits, as providers show it."""
        return hashlib.sha256(base64.b64decode(self.certificate)).digest().hex(":").upper()

    @property
    def ends_on(self) -> date:
        return _end(self.certificate).date()


@dataclass(frozen=True)
class Answer:
    """An assertion whose signature, audience and times hold.

    ``answers`` is the request that it names; empty for one that nobody asked for, where the connection takes such.
    """

    assertion_id: str
    answers: str
    identity: Identity


def acs_url(connection: Connection) -> str:
    return settings.SITE_URL + reverse("accounts:sign-on-acs", args=[connection.public_id])


def sp_entity_id(connection: Connection) -> str:
    return settings.SITE_URL + reverse("accounts:sign-on-metadata", args=[connection.public_id])


def fetch_metadata(url: str) -> bytes:
    """The document at ``url``. Raises ``SignOnError``."""
    import requests  # noqa: PLC0415 -- not needed before somebody sets up a connection

    from core.outbound import Outbound, why_not_reached  # noqa: PLC0415 -- see above

    try:
        with Outbound() as session:
            response = session.get(url)
    except (requests.RequestException, ValueError) as error:
        raise refused(f"{url}: {why_not_reached(error)}"[:500]) from error
    if response.status_code != 200:
        raise refused(f"{url} answers {response.status_code}")
    return response.content


def read_metadata(document: bytes, *, entity_id: str = "") -> Described:
    """A provider out of its metadata; ``entity_id`` chooses where the document has several. Raises ``SignOnError``."""
    from lxml import etree  # noqa: PLC0415 -- see above

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(f"metadata: {error}"[:300]) from error
    if root.getroottree().docinfo.doctype:
        raise refused("metadata: a document with a DOCTYPE is not read")
    entities = [root] if root.tag == f"{MD}EntityDescriptor" else root.findall(f".//{MD}EntityDescriptor")
    found = [entity for entity in entities if entity.find(f"{MD}IDPSSODescriptor") is not None]
    if entity_id:
        found = [entity for entity in found if entity.get("entityID") == entity_id]
    if len(found) != 1:
        raise refused(f"metadata: {len(found)} identity providers instead of one")
    about = found[0].find(f"{MD}IDPSSODescriptor")
    places = [s for s in about.findall(f"{MD}SingleSignOnService") if s.get("Binding") == REDIRECT]
    certificates = [
        _certificate(node.text or "")
        for key in about.findall(f"{MD}KeyDescriptor")
        if key.get("use", "signing") == "signing"
        for node in key.iter(f"{DS}X509Certificate")
    ]
    if not places or not certificates:
        raise refused("metadata: no address for HTTP-Redirect or no certificate to sign with")
    return Described(found[0].get("entityID", ""), places[0].get("Location", ""), certificates)


def clean_certificate(text: str) -> str:
    """A certificate as bare base64, checked that it is one. Raises ``SignOnError``."""
    return _certificate("".join(line for line in text.splitlines() if "-----" not in line))


def sp_metadata(connection: Connection) -> bytes:
    """What the provider wants to know about this site."""
    from onelogin.saml2.settings import OneLogin_Saml2_Settings  # noqa: PLC0415 -- see ``_auth``

    keys = site_keys(connection)
    config = _config(connection, keys[0] if keys else None)
    # The library's name for a second certificate, whichever of the two is newer. It names the first one first.
    if keys[1:]:
        config["sp"]["x509certNew"] = keys[1].certificate
    # Only so that the key to encrypt with is named; assertions that are not encrypted are taken, too.
    config["security"]["wantAssertionsEncrypted"] = bool(keys)
    made = OneLogin_Saml2_Settings(settings=config, sp_validation_only=True).get_sp_metadata()
    return made if isinstance(made, bytes) else made.encode()


def has_key(connection: Connection) -> bool:
    """Whether there is a key of this site for the connection that can be read."""
    return any(key.use == "current" for key in site_keys(connection))


def site_keys(connection: Connection) -> list[SiteKey]:
    """The keys of this site for the connection that can be read, the current one first."""
    other = "earlier" if connection.key_stage == KeyStage.SWITCHED else "next"
    stored = [("current", "sp_key", "sp_certificate"), (other, "other_key", "other_certificate")]
    read = [
        (use, connection.own(certificate), unseal(connection.own(key), purpose=KEY_SEALED_FOR))
        for use, key, certificate in stored
        if connection.own(key)
    ]
    return [SiteKey(use, certificate, private) for use, certificate, private in read if private]


def new_key(name: str) -> dict[str, str]:
    """A key for a connection and the certificate that names it, as they are stored."""
    from cryptography import x509  # noqa: PLC0415 -- see above
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 -- see above
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- see above

    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _CERTIFICATE_LASTS)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "sp_key": seal(private.decode(), purpose=KEY_SEALED_FOR),
        "sp_certificate": base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode(),
    }


def authorization(connection: Connection) -> tuple[str, str]:
    """Where to send the browser, and the id of the request, which the answer must name."""
    auth = _auth(connection, {}, _signing_key(connection))
    return str(auth.login(return_to=_RELAY_STATE)), str(auth.get_last_request_id())


def answer(connection: Connection, form: dict[str, str]) -> Answer:
    """The assertion of a form that came to our door, once everything about it holds. Raises ``SignOnError``."""
    sent = form.get("SAMLResponse", "")
    if not sent or len(sent) > MOST_BYTES:
        raise refused("no SAMLResponse, or one that is too long")
    auth = _processed(connection, sent)
    if auth.get_errors() or not auth.is_authenticated():
        raise refused(f"assertion: {auth.get_last_error_reason() or 'not signed in there'}"[:300])
    return Answer(str(auth.get_last_assertion_id()), _confirmed(auth, connection), _identity(auth, connection))


def checks(connection: Connection) -> list[Check]:
    """What can be tried without a person: the metadata as it is now, certificates, our own description."""
    from core.outbound import NotReached, check_address, why_not_reached  # noqa: PLC0415 -- see above

    done: list[Check] = []
    url = connection.idp.get("metadata_url", "")
    if url:
        try:
            now = read_metadata(fetch_metadata(url), entity_id=connection.idp["entity_id"])
        except SignOnError as error:
            return [Check(_("The metadata is read"), False, str(error.detail))]
        done.append(Check(_("The metadata is read"), True, url))
        same = set(now.certificates) == set(_signers(connection)) and now.sso_url == connection.idp["sso_url"]
        words = _("As stored here.") if same else _("They have changed there. Save the connection to take them over.")
        done.append(Check(_("Address and certificates are the present ones"), same, words))
    try:
        check_address(connection.idp["sso_url"])
    except NotReached as error:
        done.append(Check(_("The sign-in address can be used"), False, why_not_reached(error)))
    else:
        done.append(Check(_("The sign-in address can be used"), True, connection.idp["sso_url"]))
    detail = _("Requests are signed, and assertions may be encrypted.")
    if not has_key(connection):
        detail = _("There is none, or it was sealed under another SECRET_KEY. Save the connection to have a new one.")
    done.append(Check(_("This site has a key for the provider"), has_key(connection), detail))
    ended = [date for date in map(_last_day, _signers(connection)) if date]
    words = ", ".join(ended) if ended else _("None has ended.")
    return [*done, Check(_("The certificates are in force"), len(ended) < len(_signers(connection)), words)]


def _processed(connection: Connection, sent: str) -> Any:
    """The library's view of an answer, read with that key of ours which it is encrypted for, if it is."""
    import xmlsec  # noqa: PLC0415 -- see ``_auth``
    from lxml import etree  # noqa: PLC0415 -- see above
    from onelogin.saml2.errors import (  # noqa: PLC0415 -- see ``_auth``
        OneLogin_Saml2_Error,
        OneLogin_Saml2_ValidationError,
    )

    keys: list[SiteKey | None] = [*site_keys(connection)]
    for key in keys or [None]:
        auth = _auth(connection, {"SAMLResponse": sent}, key)
        try:
            auth.process_response()
        except xmlsec.Error:
            # Encrypted for another key.
            continue
        except (
            OneLogin_Saml2_Error,
            OneLogin_Saml2_ValidationError,
            binascii.Error,
            etree.LxmlError,
            ValueError,
        ) as error:
            raise refused(f"assertion: {error}"[:300]) from error
        except Exception as error:
            raise refused(f"assertion: {type(error).__name__}") from error
        return auth
    raise refused("assertion: encrypted for a key that this site has not")


def _auth(connection: Connection, post: dict[str, str], key: SiteKey | None) -> Any:
    # The library and xmlsec cost memory that a site without SAML need not spend.
    from onelogin.saml2.auth import OneLogin_Saml2_Auth  # noqa: PLC0415

    here = urlsplit(acs_url(connection))
    request = {
        "https": "on" if here.scheme == "https" else "off",
        "http_host": here.netloc,
        "script_name": here.path,
        "get_data": {},
        "post_data": post,
    }
    return OneLogin_Saml2_Auth(request, _config(connection, key))


def _config(connection: Connection, key: SiteKey | None) -> dict[str, Any]:
    return {
        "strict": True,
        "sp": {
            "entityId": sp_entity_id(connection),
            "assertionConsumerService": {"url": acs_url(connection)},
            "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            **({"x509cert": key.certificate, "privateKey": key.private} if key else {}),
        },
        "idp": {
            "entityId": connection.idp["entity_id"],
            "singleSignOnService": {"url": connection.idp["sso_url"]},
            "x509certMulti": {"signing": _signers(connection)},
        },
        "security": {
            "authnRequestsSigned": key is not None,
            "wantAssertionsSigned": True,
            "wantNameId": False,
            "wantAttributeStatement": False,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
            "allowRepeatAttributeName": True,
            # A provider inside a school's own network has a name without dots.
            "allowSingleLabelDomains": True,
        },
    }


def _signing_key(connection: Connection) -> SiteKey | None:
    return next((key for key in site_keys(connection) if key.use == "current"), None)


def _signers(connection: Connection) -> list[str]:
    return list(connection.idp.get("certificates", []))


def _confirmed(auth: Any, connection: Connection) -> str:
    """The request that the signed part of the answer names; the library takes some of this for optional."""
    from lxml import etree  # noqa: PLC0415 -- see above

    document = etree.fromstring(auth.get_last_response_xml())
    named = document.xpath("//saml:Assertion[@ID=$id]", namespaces=SAML, id=auth.get_last_assertion_id())
    if len(named) != 1:
        raise refused("assertion: not exactly one")
    if sp_entity_id(connection) not in named[0].xpath(
        "saml:Conditions/saml:AudienceRestriction/saml:Audience/text()", namespaces=SAML
    ):
        raise refused("assertion: it names no audience, or another one")
    data = named[0].xpath("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", namespaces=SAML)
    if len(data) != 1 or not data[0].get("NotOnOrAfter") or data[0].get("Recipient") != acs_url(connection):
        raise refused("assertion: its confirmation has no end or is for somebody else")
    answers = data[0].get("InResponseTo") or ""
    if not answers and not connection.accepts_unasked:
        raise refused("assertion: nobody asked for it (started at the provider), and the connection takes no such")
    return str(answers)


def _identity(auth: Any, connection: Connection) -> Identity:
    attributes: dict[str, list[str]] = auth.get_attributes()
    mapping = connection.own("attributes") or {}

    def value(what: str) -> str:
        for name in filter(None, (mapping.get(what), *ATTRIBUTES[what])):
            if found := [text for text in attributes.get(name, []) if isinstance(text, str) and text.strip()]:
                return found[0].strip()
        return ""

    name_id, name_format = auth.get_nameid() or "", auth.get_nameid_format() or ""
    # A transient name is another one each time.
    uid = value("uid") or ("" if name_format.endswith("transient") else name_id)
    if not uid or len(uid) > 191:
        raise refused("assertion: no lasting name for the person (NameID or subject-id), or one that is too long")
    email = value("email") or (name_id if name_format.endswith("emailAddress") else "")
    said = value("email_verified").lower()
    return Identity(
        uid=uid,
        email=email,
        # Most providers of schools do not say so. Their silence is enough for the domains that an administrator has
        # named as theirs; else one could vouch for anybody's address by merely writing it down.
        email_verified=said in {"true", "1", "yes"} or (not said and bool(connection.domains)),
        name=(value("name") or f"{value('first_name')} {value('last_name')}".strip())[:150],
        said={"NameID": name_id, **attributes},
    )


def _certificate(text: str) -> str:
    from cryptography import x509  # noqa: PLC0415 -- see above

    bare = "".join(text.split())
    try:
        x509.load_der_x509_certificate(base64.b64decode(bare, validate=True))
    except (binascii.Error, ValueError) as error:
        raise refused("this is no X.509 certificate in base64") from error
    return bare


def _last_day(certificate: str) -> str:
    """The day on which a certificate ended, empty while it is in force."""
    end = _end(certificate)
    return end.date().isoformat() if end < timezone.now() else ""


def _end(certificate: str) -> datetime:
    from cryptography import x509  # noqa: PLC0415 -- see above

    return x509.load_der_x509_certificate(base64.b64decode(certificate)).not_valid_after_utc


def refused(detail: str) -> SignOnError:
    return SignOnError(
        _("What the service sent does not fit this site's request, so nobody was signed in. Start once more."),
        detail=detail,
    )
