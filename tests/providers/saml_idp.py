"""A SAML identity provider in a process of its own, made of pysaml2: ``python saml_idp.py <port> <folder>``.

``PUT /sp`` takes the service's metadata, ``PUT /mode`` (JSON) says whom to vouch for and what to get wrong.
``GET /sso`` is the page that a browser is sent to; its form carries the assertion back.
"""

import base64
import html
import json
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from saml2 import BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import RSACrypto, verify_redirect_signature

PERSON = {
    "uid": "p-17",
    "attributes": {"mail": ["imani@northmoor.example"], "displayName": ["Imani Okoro"]},
    "wrong": "",
    # Encrypt assertions with the first key of the service's metadata (or "last"); name no request; what to say beside it.
    "encrypt": False,
    "unasked": False,
    "relay_state": "https://evil.example/",
}


def pair(folder: Path, name: str) -> tuple[Path, Path]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


class Provider:
    def __init__(self, port: int, folder: Path) -> None:
        self.here, self.folder, self.mode = f"http://127.0.0.1:{port}", folder, dict(PERSON)
        self.key, self.certificate = pair(folder, "idp")
        self.other_key, _ = pair(folder, "stranger")
        self.server: Server | None = None

    def config(self, metadata: str = "") -> IdPConfig:
        settings: dict[str, Any] = {
            "entityid": f"{self.here}/metadata",
            "crypto_backend": "XMLSecurity",
            "key_file": str(self.key),
            "cert_file": str(self.certificate),
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(f"{self.here}/sso", BINDING_HTTP_REDIRECT)]},
                    "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                }
            },
        }
        if metadata:
            settings["metadata"] = {"inline": [metadata]}
        made = IdPConfig()
        made.load(settings)
        return made

    def metadata(self) -> str:
        return str(entity_descriptor(self.config()))

    def take_sp(self, metadata: str) -> None:
        self.server = Server(config=self.config(metadata))

    def respond(self, query: dict[str, list[str]]) -> tuple[str, str]:
        """Where to send the assertion, and the assertion."""
        assert self.server is not None
        asked = self.server.parse_authn_request(query["SAMLRequest"][0], BINDING_HTTP_REDIRECT).message
        self.check_signature(query, asked.issuer.text)
        wrong = self.mode["wrong"]
        made = self.server.create_authn_response(
            self.mode["attributes"],
            "id-of-nothing" if wrong == "request" else asked.id,
            asked.assertion_consumer_service_url,
            asked.issuer.text,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=self.mode["uid"]),
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": self.here},
            sign_response=False,
            sign_assertion=False,
        )
        tree = etree.fromstring(str(made).encode())
        if self.mode["unasked"]:
            for node in tree.iter():
                node.attrib.pop("InResponseTo", None)
        if wrong == "audience":
            next(tree.iter("{urn:oasis:names:tc:SAML:2.0:assertion}Audience")).text = "https://another.example/sp"
        if wrong == "expired":
            for node in tree.iter():
                for name in ("NotOnOrAfter", "SessionNotOnOrAfter"):
                    if name in node.attrib:
                        node.set(name, "2020-01-01T00:00:00Z")
        if wrong != "unsigned":
            self.sign(tree, self.other_key if wrong == "key" else self.key)
        if self.mode["encrypt"]:
            self.encrypt(tree, asked.issuer.text)
        text = etree.tostring(tree)
        if wrong == "signature":
            text = text.replace(b"imani@", b"admin@")
        return asked.assertion_consumer_service_url, base64.b64encode(text).decode()

    def check_signature(self, query: dict[str, list[str]], service: str) -> None:
        """Refuse a request that the service's metadata has no key for; the backend above cannot do it by itself."""
        message = {name: values[0] for name, values in query.items()}
        certificates = self.server.metadata.certs(service, "spsso", "signing")
        if not any(verify_redirect_signature(message, RSACrypto(None), text) for _name, text in certificates):
            raise ValueError("the request is not signed by the service")

    def encrypt(self, tree: Any, service: str) -> None:
        """Put the assertion, readable for ``service`` alone, in the place of the plain one."""
        certificates = [text for _name, text in self.server.metadata.certs(service, "spsso", "encryption")]
        certificate = certificates[-1 if self.mode["encrypt"] == "last" else 0]
        pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem))
        assertion = tree.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
        around = etree.SubElement(tree, "{urn:oasis:names:tc:SAML:2.0:assertion}EncryptedAssertion")
        around.append(assertion)
        data = xmlsec.template.encrypted_data_create(
            tree, xmlsec.constants.TransformAes256Gcm, type=xmlsec.constants.TypeEncElement, ns="xenc"
        )
        xmlsec.template.encrypted_data_ensure_cipher_value(data)
        info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="dsig")
        key = xmlsec.template.add_encrypted_key(info, xmlsec.constants.TransformRsaOaep)
        xmlsec.template.encrypted_data_ensure_cipher_value(key)
        context = xmlsec.EncryptionContext(manager)
        context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, 256, xmlsec.constants.KeyDataTypeSession)
        context.encrypt_xml(data, assertion)

    def sign(self, tree: Any, key: Path) -> None:
        assertion = tree.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
        signature = xmlsec.template.create(
            assertion, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
        )
        assertion.insert(1, signature)
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri=f"#{assertion.get('ID')}"
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.tree.add_ids(assertion, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(str(key), xmlsec.constants.KeyDataFormatPem)
        context.sign(signature)


PAGE = """<!doctype html><html lang="en"><title>School sign-in</title><h1>School sign-in</h1>
<form method="post" action="{}"><input type="hidden" name="SAMLResponse" value="{}">
<input type="hidden" name="RelayState" value="{}"><button>Sign in as {}</button></form></html>"""


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/metadata":
            self.answer(self.provider.metadata(), "application/samlmetadata+xml")
        elif address.path != "/sso":
            self.answer("", "image/x-icon")
        else:
            where, response = self.provider.respond(parse_qs(address.query))
            mode = self.provider.mode
            page = PAGE.format(html.escape(where), response, html.escape(mode["relay_state"]), html.escape(mode["uid"]))
            self.answer(page, "text/html; charset=utf-8")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/sp":
            self.provider.take_sp(body)
        else:
            self.provider.mode = PERSON | json.loads(body)
        self.answer("", "text/plain")

    def answer(self, text: str, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_words: object) -> None:
        pass


if __name__ == "__main__":
    Handler.provider = Provider(int(sys.argv[1]), Path(sys.argv[2]))
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
