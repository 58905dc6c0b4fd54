"""Environment variables, read once and refused when they make no sense."""

import base64
import ipaddress
import os
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_YES = {"1", "true", "yes", "on"}
# Of the curve P-256: a private key is below it (SEC 2, 2.4.2).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# As py_vapid wants it, which signs with it.
_SUBJECT = re.compile(r"mailto:[^@\s]+@(localhost|[\w-]+(\.[\w-]+)+)|https://(localhost|[\w-]+(\.[\w-]+)+)")
_NO = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _YES:
        return True
    if value.strip().lower() in _NO:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 'true' or 'false'.")


def env_int(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from None
    if number < least:
        raise ImproperlyConfigured(f"{name} is {number}; it must be at least {least}.")
    return number


def env_list(name: str, default: str = "") -> list[str]:
    """Comma-separated values."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def env_words(name: str, known: set[str]) -> frozenset[str]:
    """Comma-separated words, all of them ``known``."""
    words = frozenset(env_list(name))
    if unknown := words - known:
        raise ImproperlyConfigured(
            f"{name} has {', '.join(sorted(unknown))!r}; possible are: {', '.join(sorted(known))}"
        )
    return words


def env_networks(name: str) -> list[str]:
    """Comma-separated addresses and networks such as ``10.0.0.0/8``; ``unix`` is whoever comes by a socket in a file."""
    networks = env_list(name)
    for network in networks:
        if network == "unix":
            continue
        try:
            is_everybody = ipaddress.ip_network(network).prefixlen == 0
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} has {network!r}; write addresses or networks, for example 127.0.0.1, 10.0.0.0/8"
            ) from None
        if is_everybody:
            raise ImproperlyConfigured(f"{name} has {network!r}; that is everybody.")
    return networks


def env_limits(name: str, usual: dict[str, str]) -> dict[str, str]:
    """``usual`` with those changed that the variable names: ``exports=100/hour,person=3000/minute``."""
    limits = dict(usual)
    for part in env_list(name):
        key, _equals, rate = (word.strip() for word in part.partition("="))
        if key not in usual or not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", rate):
            known = ", ".join(usual)
            raise ImproperlyConfigured(
                f"{name} has {part!r}; write for example exports=100/hour. The names are: {known}"
            )
        limits[key] = rate
    return limits


def env_origin_list(name: str) -> list[str]:
    """Comma-separated origins such as ``https://app.example.org``."""
    origins = env_list(name)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
            raise ImproperlyConfigured(
                f"{name} has {origin!r}; write scheme and host, for example https://app.example.org"
            )
    return [origin.rstrip("/") for origin in origins]


def env_origin(name: str) -> str:
    """One origin such as ``https://s3.example.org``; empty if there is none."""
    origins = env_origin_list(name)
    if len(origins) > 1:
        raise ImproperlyConfigured(f"{name} has {len(origins)} addresses; write one.")
    return origins[0] if origins else ""


def env_bucket(name: str) -> str:
    """The name of a bucket; empty if there is none. A dot in it would end the protection of its address by TLS."""
    value = env_str(name)
    if value and not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", value):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write the bucket's name: 3 to 63 small letters, digits and hyphens."
        )
    return value


def env_region(name: str, default: str) -> str:
    """The name of a region such as ``eu-central-1``."""
    value = env_str(name) or default
    if not re.fullmatch(r"[a-z0-9-]{1,40}", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; write a region, for example eu-central-1.")
    return value


def env_vapid_key(name: str) -> str:
    """The private half of a P-256 key: 32 bytes in base64url; empty if there is none."""
    value = env_str(name)
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        is_key = not value or (len(raw) == 32 and 0 < int.from_bytes(raw, "big") < _ORDER)
    except ValueError:
        is_key = False
    if not is_key:
        raise ImproperlyConfigured(f"{name} is no key. Write its 32 bytes in base64url, 43 characters without '='.")
    return value


def env_clamd(name: str) -> str:
    """Where the daemon of ClamAV listens: ``unix:/path`` or ``tcp://host:port``; empty if there is none."""
    value = env_str(name)
    parts = urlsplit(value)
    try:
        is_place = (parts.scheme == "unix" and parts.path.startswith("/")) or (
            parts.scheme == "tcp" and bool(parts.hostname) and parts.port is not None
        )
    except ValueError:
        is_place = False
    if value and not is_place:
        raise ImproperlyConfigured(f"{name} is no place. Write unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310.")
    return value


def env_upload_limits(name: str) -> dict[str, tuple[int, int]]:
    """Bytes and number by purpose of uploads, written ``purpose=megabytes/number`` with commas between."""
    value = env_str(name)
    pattern = r"[a-z_]+=[0-9]{1,7}(?:/[0-9]{1,5})?"
    if value and not re.fullmatch(rf"{pattern}([\s,]+{pattern})*", value):
        raise ImproperlyConfigured(
            f"{name} holds something that is no limit. Write purpose=megabytes/number, such as lesson_media=500/20."
        )
    limits = {}
    for purpose, most in (entry.split("=") for entry in re.split(r"[\s,]+", value) if entry):
        megabytes, _slash, number = most.partition("/")
        limits[purpose] = (int(megabytes) * 1024**2, int(number or 0))
    return limits


def env_file_keys(name: str) -> str:
    """Master keys of encrypted files, ``name:key`` with commas between, the one in use first; empty if there are none."""
    value = env_str(name)
    pattern = r"[A-Za-z0-9._-]{1,40}:[A-Za-z0-9_-]{43}=?"
    if value and not re.fullmatch(rf"{pattern}([\s,]+{pattern})*", value):
        raise ImproperlyConfigured(
            f"{name} holds something that is no key. Write name:key for each, with 32 bytes in base64url, commas between."
        )
    names = [key.partition(":")[0] for key in re.split(r"[\s,]+", value)]
    if len(set(names)) < len(names):
        raise ImproperlyConfigured(f"{name} has two keys of one name.")
    return value


def env_vapid_subject(name: str, sender: str) -> str:
    """Whom push services write to: ``mailto:`` with an address or an https address; without one that of ``sender``.

    Its host is a name with a dot or localhost: no other is taken by what signs the messages.
    """
    value = env_str(name)
    if value and not _SUBJECT.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name} is nobody's address. Write mailto:someone@example.org, or the https address of a page."
        )
    default = f"mailto:{sender}"
    return value or (default if _SUBJECT.fullmatch(default) else "mailto:postmaster@localhost")


def kept_secret(path: Path) -> str:
    """The secret in ``path``; made at the first start, readable by its owner alone."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        value = secrets.token_urlsafe(64)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(value)
        return value
