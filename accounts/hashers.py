"""Passwords that other systems hashed: checked once as they are, then hashed anew by Django at that sign-in."""

import hashlib
import hmac
import re
import secrets
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, BCryptPasswordHasher, must_update_salt
from django.utils.translation import gettext_noop as _

# werkzeug.security: method:parameters$salt$hexadecimal digest
_WERKZEUG = re.compile(
    r"^(?P<method>pbkdf2:(?:sha1|sha256|sha512)(?::\d{1,8})?|scrypt(?::\d{1,7}:\d{1,3}:\d{1,3})?)"
    r"\$(?P<salt>[^$]{1,128})\$(?P<digest>[0-9a-f]{32,256})$"
)
# The modular crypt format that bcrypt and bcryptjs write. 2a, 2b and 2y name the same computation for sound libraries.
_BCRYPT = re.compile(r"^\$2[aby]\$(?P<rounds>0[4-9]|1[0-7])\$[./A-Za-z0-9]{53}$")
# Old werkzeug wrote no count; these are what its versions used then.
_PBKDF2_ROUNDS = 150_000
_SCRYPT = (32_768, 8, 1)
_MOST_MEMORY = 256 * 1024**2
_MOST_ROUNDS = 5_000_000


def adopt(encoded: str) -> str | None:
    """The form in which a hash of another system is stored here; None for one that nobody can check safely.

    Takes Werkzeug's ``scrypt`` and ``pbkdf2`` (SHA-1, SHA-256, SHA-512) and bcrypt in all its spellings. What is
    too weak to keep (a bare SHA-1) or would take too long to check is refused: such people choose a new password.
    """
    encoded = encoded.strip()
    if _BCRYPT.match(encoded):
        return f"{ForeignBcrypt.algorithm}${encoded}"
    if (match := _WERKZEUG.match(encoded)) and _affordable(match["method"]):
        return f"{Werkzeug.algorithm}${encoded}"
    return None


def _affordable(method: str) -> bool:
    name, *numbers = method.split(":")
    if name == "pbkdf2":
        return len(numbers) < 2 or 1 <= int(numbers[1]) <= _MOST_ROUNDS
    n, r, p = (int(number) for number in numbers) if numbers else _SCRYPT
    return n > 1 and n & (n - 1) == 0 and r >= 1 and 1 <= p <= 16 and 128 * n * r * p <= _MOST_MEMORY


class Werkzeug(BasePasswordHasher):
    """``werkzeug.security.generate_password_hash`` of Flask sites: ``werkzeug$method$salt$digest``."""

    algorithm = "werkzeug"

    def encode(self, password: str, salt: str, method: str = "pbkdf2:sha256:1000000") -> str:
        return f"{self.algorithm}${method}${salt}${_digest(password, salt, method)}"

    def salt(self) -> str:
        return secrets.token_hex(8)

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, method, salt, digest = encoded.split("$", 3)
        return {"algorithm": algorithm, "method": method, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        stored = self.decode(encoded)
        return hmac.compare_digest(stored["hash"], _digest(password, stored["salt"], stored["method"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        stored = self.decode(encoded)
        return {_("algorithm"): stored["method"], _("salt"): stored["salt"][:2] + "…"}

    def must_update(self, encoded: str) -> bool:
        return must_update_salt(self.decode(encoded)["salt"], self.salt_entropy)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to add: one check of such a hash ends in a new one of Django's."""


def _digest(password: str, salt: str, method: str) -> str:
    name, *numbers = method.split(":")
    if name == "scrypt":
        n, r, p = (int(number) for number in numbers) if numbers else _SCRYPT
        return hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p).hex()
    rounds = int(numbers[1]) if len(numbers) > 1 else _PBKDF2_ROUNDS
    return hashlib.pbkdf2_hmac(numbers[0], password.encode(), salt.encode(), rounds).hex()


class ForeignBcrypt(BCryptPasswordHasher):
    """bcrypt as Node's bcryptjs and others write it: the first 72 bytes of the password count, as they always did there."""

    algorithm = "bcrypt"

    def verify(self, password: str, encoded: str) -> bool:
        _algorithm, data = encoded.split("$", 1)
        library: Any = self._load_library()  # type: ignore[attr-defined]
        given = password.encode()[:72]
        # The library refuses a null byte, and a hash of such a password cannot have been made elsewhere.
        if b"\x00" in given:
            return False
        return bool(hmac.compare_digest(data.encode(), library.hashpw(given, data.encode())))
