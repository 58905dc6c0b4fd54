"""Bytes of a row, sealed: keys are made, wrapped, opened and wrapped anew here alone."""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, cast

from django.apps import apps
from django.conf import settings
from django.db import transaction

from core.errors import ProviderError
from files import storage
from files.models import SealedBytes
from files.sealing.keys import WrappedKey, key_service
from files.sealing.stream import SealedReader, SealedWriter, new_key


def is_sensitive(kind: str) -> bool:
    """Whether the site wants files of spaces of this kind, or "exports", to be sealed (``SEALED_FILES``)."""
    return kind in settings.SEALED_FILES


def give_key(row: SealedBytes) -> None:
    """Let ``row`` hold a fresh key; the caller saves it. Raises ``ProviderError`` if the key service does not answer."""
    wrapped = key_service().wrap(new_key(), context=row.sealed_as)
    row.key_name, row.wrapped_key = wrapped.name, wrapped.data


def key_of(row: SealedBytes) -> bytes:
    """The key that ``row`` holds; empty if it holds none. Raises ``ProviderError`` if it cannot be had."""
    if not row.is_sealed:
        return b""
    return key_service().unwrap(WrappedKey(row.key_name, bytes(row.wrapped_key)), context=row.sealed_as)


def sealing(row: SealedBytes, target: BinaryIO) -> SealedWriter:
    """Seal what is written to ``target`` with a key of its own, which ``row`` holds from now on; the caller saves it.

    The writer must be finished. Raises ``ProviderError`` if the key service does not answer.
    """
    key = new_key()
    wrapped = key_service().wrap(key, context=row.sealed_as)
    row.key_name, row.wrapped_key = wrapped.name, wrapped.data
    return SealedWriter(target, key, row.sealed_as)


def receive(content: BinaryIO, limit: int, *, sensitive: bool) -> AbstractContextManager[storage.Received]:
    """As ``storage.receive``; what is ``sensitive`` is sealed on the way, with a key of its own (``hold_key``)."""
    return storage.receive(content, limit, data_key=new_key() if sensitive else b"")


def hold_key(row: SealedBytes, received: storage.Received | storage.Landed) -> None:
    """Let ``row``, which has the key of its place already, hold the key of what was received; the caller saves it.

    Raises ``ProviderError`` if the key service does not answer.
    """
    if received.data_key:
        wrapped = key_service().wrap(received.data_key, context=row.sealed_as)
        row.key_name, row.wrapped_key = wrapped.name, wrapped.data


def is_key_here(row: SealedBytes) -> bool:
    """Whether the key of its bytes can be had, if they need one; False only where that will not change by itself.

    Raises ``ProviderError`` if the key service does not answer.
    """
    try:
        key_of(row)
    except ProviderError as error:
        if not error.permanent:
            raise
        return False
    return True


def unsealed(row: SealedBytes, source: BinaryIO) -> BinaryIO:
    """The content of ``source``, the stored bytes of ``row``, sealed or not; closing it closes ``source``.

    Raises ``Tampered`` here or when it is read, ``ProviderError`` if the key cannot be had.
    """
    if not row.is_sealed:
        return source
    try:
        return cast(BinaryIO, io.BufferedReader(_reader(row, source), buffer_size=64 * 1024))
    except BaseException:
        source.close()
        raise


def sealed_models() -> Iterator[type[SealedBytes]]:
    """All tables that hold wrapped keys."""
    for model in apps.get_models():
        if issubclass(model, SealedBytes):
            yield model


def wrap_anew() -> tuple[int, list[str]]:
    """Wrap every key that is not wrapped with the master key in use; returns how many were, and which could not be opened.

    Files are read and written meanwhile: each row is locked for a moment, and no file is touched. One that cannot be opened
    holds up no other. Broken off, it is simply run again.
    """
    done, broken = 0, []
    current = key_service().current()
    for model in sealed_models():
        rows = model._base_manager.exclude(key_name__in=("", current)).order_by("pk")
        tried: set[int] = set()
        # Rows that are written meanwhile may take over the key of another as it was.
        while left := [pk for pk in rows.values_list("pk", flat=True) if pk not in tried]:
            tried.update(left)
            for pk in left:
                try:
                    done += _wrap_one(model, pk, current)
                except ProviderError as error:
                    broken.append(f"{model._meta.label} {pk}: {error.message}")
    return done, broken


@transaction.atomic
def _wrap_one(model: type[SealedBytes], pk: int, current: str) -> int:
    row = model._base_manager.select_for_update().filter(pk=pk).exclude(key_name__in=("", current)).first()
    if row is None:
        return 0
    service = key_service()
    key = service.unwrap(WrappedKey(row.key_name, bytes(row.wrapped_key)), context=row.sealed_as)
    new = service.wrap(key, context=row.sealed_as)
    return model._base_manager.filter(pk=pk).update(key_name=new.name, wrapped_key=new.data)


def key_names() -> set[str]:
    """Names of all master keys that something is wrapped with."""
    found: set[str] = set()
    for model in sealed_models():
        names = model._base_manager.exclude(key_name="").order_by().values_list("key_name", flat=True)
        found |= set(names.distinct())
    return found


def _reader(row: SealedBytes, source: BinaryIO) -> SealedReader:
    return SealedReader(source, key_of(row), row.sealed_as)
