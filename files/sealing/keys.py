"""The keys that keys of files are wrapped with: a port, and what every site has without a key service.

Each sealed file has a key of its own. It is stored wrapped (AES-256-GCM with a random nonce, bound to what it opens), so
another master key means wrapping some bytes anew for each file, and touches no file.
"""

import base64
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.errors import ProviderError
from files.storage import sync_folder

_NONCE = 12
_BYTES = 32
_LINE = re.compile(r"^([A-Za-z0-9._-]{1,40}):([A-Za-z0-9_-]{43})=?$")


@dataclass(frozen=True)
class WrappedKey:
    """``name`` is that of the master key it is wrapped with."""

    name: str
    data: bytes


class KeyService(Protocol):
    """Wraps keys. ``context`` says what a key opens, and must be the same both times."""

    def current(self) -> str:
        """The name of the master key that new keys are wrapped with."""

    def wrap(self, key: bytes, *, context: str) -> WrappedKey:
        """Raises ``ProviderError``."""

    def unwrap(self, wrapped: WrappedKey, *, context: str) -> bytes:
        """Raises ``ProviderError``: permanent if the master key is not known or the wrapped key was changed."""


def key_service() -> KeyService:
    """The one that ``FILE_KEY_SERVICE`` names."""
    return _service(settings.FILE_KEY_SERVICE)


@lru_cache(maxsize=4)
def _service(path: str) -> KeyService:
    made: KeyService = import_string(path)()
    return made


@lru_cache(maxsize=4)
def parse_keys(text: str) -> dict[str, bytes]:
    """Master keys as ``FILE_KEYS`` and the file of keys write them: ``name:key``, one a line or with commas between, the
    one in use first. Raises ``ValueError`` for what is none."""
    found: dict[str, bytes] = {}
    for line in re.split(r"[\s,]+", text.strip()):
        match = _LINE.match(line)
        if match is None or match[1] in found:
            raise ValueError("each key is name:key, with 32 bytes in base64url, and no name twice")
        found[match[1]] = base64.urlsafe_b64decode(f"{match[2]}=")
    return found


class LocalKeys:
    """Master keys from ``FILE_KEYS``, else from the file ``FILE_KEYS_FILE``, which is made when it is first needed.

    The file is read again when it has changed, so that no process has to be started anew for another key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: tuple[object, dict[str, bytes]] | None = None

    @property
    def is_given(self) -> bool:
        """Whether the keys come from the environment."""
        return bool(settings.FILE_KEYS)

    def current(self) -> str:
        return next(iter(self._keys()))

    def wrap(self, key: bytes, *, context: str) -> WrappedKey:
        name, master = next(iter(self._keys().items()))
        nonce = os.urandom(_NONCE)
        return WrappedKey(name, nonce + AESGCM(master).encrypt(nonce, key, _bound(name, context)))

    def unwrap(self, wrapped: WrappedKey, *, context: str) -> bytes:
        master = self._keys().get(wrapped.name)
        if master is None:
            raise ProviderError(
                _("The key that this file was encrypted with is not on this server. Add it to FILE_KEYS."),
                permanent=True,
            )
        nonce, sealed = wrapped.data[:_NONCE], wrapped.data[_NONCE:]
        try:
            return AESGCM(master).decrypt(nonce, sealed, _bound(wrapped.name, context))
        except (InvalidTag, ValueError) as error:
            raise ProviderError(_("The key of this file was changed in the database."), permanent=True) from error

    def add(self) -> str:
        """Put a new key in front of the others in the file; returns its name. Raises ``ValueError`` where keys come from
        the environment."""
        if self.is_given:
            raise ValueError("FILE_KEYS is set: write the new key in front of the others there")
        self._keys()
        with _locked(_path()):
            known = self._keys()
            number = 1 + max((int(name[1:]) for name in known if re.fullmatch(r"k\d{1,9}", name)), default=0)
            name = f"k{number}"
            _write(_path(), {name: secrets.token_bytes(_BYTES), **known})
        return name

    def forget(self, names: set[str]) -> None:
        """Take keys out of the file that nothing is wrapped with any more. Raises ``ValueError`` as ``add`` does."""
        if self.is_given:
            raise ValueError("FILE_KEYS is set: take the old keys out there")
        self._keys()
        with _locked(_path()):
            known = self._keys()
            current = next(iter(known))
            _write(_path(), {name: key for name, key in known.items() if name == current or name not in names})

    def names(self) -> list[str]:
        """All that are known, the one in use first."""
        return list(self._keys())

    def _keys(self) -> dict[str, bytes]:
        if settings.FILE_KEYS:
            return parse_keys(settings.FILE_KEYS)
        path = _path()
        with self._lock:
            state = _state(path)
            if state is None:
                _make(path)
                state = _state(path)
            if self._read is None or self._read[0] != state:
                self._read = state, parse_keys(path.read_text())
            return self._read[1]


def _path() -> Path:
    return Path(settings.FILE_KEYS_FILE)


def _state(path: Path) -> object | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return str(path), found.st_mtime_ns, found.st_ino, found.st_size


def _make(path: Path) -> None:
    with _locked(path):
        if not path.exists():
            _write(path, {"k1": secrets.token_bytes(_BYTES)})


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as handle:
        flock(handle, LOCK_EX)
        yield


def _write(path: Path, keys: dict[str, bytes]) -> None:
    # Whole or not at all, and on disk before anything is wrapped with it.
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        for name, key in keys.items():
            file.write(f"{name}:{base64.urlsafe_b64encode(key).rstrip(b'=').decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync_folder(path.parent)


def _bound(name: str, context: str) -> bytes:
    return f"{name}\n{context}".encode()
