"""Bytes of a row, sealed: keys are made, wrapped, opened and wrapped anew here alone."""

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from django.apps import apps
from django.db import transaction

from files.models import SealedBytes
from files.sealing.keys import WrappedKey, key_service
from files.sealing.stream import SealedReader, SealedWriter, new_key

_AT_ONCE = 200


def sealing(row: SealedBytes, target: BinaryIO) -> SealedWriter:
    """Seal what is written to ``target`` with a key of its own, which ``row`` holds from now on; the caller saves it.

    The writer must be finished. Raises ``ProviderError`` if the key service does not answer.
    """
    key = new_key()
    wrapped = key_service().wrap(key, context=row.sealed_as)
    row.key_name, row.wrapped_key = wrapped.name, wrapped.data
    return SealedWriter(target, key, row.sealed_as)


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


def verify(row: SealedBytes, source: BinaryIO) -> None:
    """Look at every seal of the bytes of ``row``, which is sealed. Raises as ``unsealed``."""
    with _reader(row, source) as reader:
        reader.verify()


def sealed_models() -> Iterator[type[SealedBytes]]:
    """All tables that hold wrapped keys."""
    for model in apps.get_models():
        if issubclass(model, SealedBytes):
            yield model


def wrap_anew() -> int:
    """Wrap every key that is not wrapped with the master key in use; returns how many were.

    Files are read and written meanwhile: each row is locked for a moment, and no file is touched. Broken off, it is
    simply run again. Raises ``ProviderError`` with the rows before it done.
    """
    service, done = key_service(), 0
    current = service.current()
    for model in sealed_models():
        rows = model._base_manager.exclude(key_name__in=("", current))
        while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
            with transaction.atomic():
                for row in rows.select_for_update().filter(pk__in=pks):
                    old = WrappedKey(row.key_name, bytes(row.wrapped_key))
                    key = service.unwrap(old, context=row.sealed_as)
                    new = service.wrap(key, context=row.sealed_as)
                    model._base_manager.filter(pk=row.pk).update(key_name=new.name, wrapped_key=new.data)
                    done += 1
    return done


def key_names() -> set[str]:
    """Names of all master keys that something is wrapped with."""
    found: set[str] = set()
    for model in sealed_models():
        names = model._base_manager.exclude(key_name="").order_by().values_list("key_name", flat=True)
        found |= set(names.distinct())
    return found


def _reader(row: SealedBytes, source: BinaryIO) -> SealedReader:
    wrapped = WrappedKey(row.key_name, bytes(row.wrapped_key))
    return SealedReader(source, key_service().unwrap(wrapped, context=row.sealed_as), row.sealed_as)
