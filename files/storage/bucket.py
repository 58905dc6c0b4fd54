"""Files in a bucket of S3 or of what speaks like it. django-storages makes the client and sends; reading is our own."""

import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import storages
from storages.backends.s3 import S3Storage

from core.positioned import Positioned
from files.storage.base import KEY, Kept, StorageDown, checked

logger = logging.getLogger("aumbry.files")

# What is read at once: pieces of 64 KB come out of it without asking again.
BLOCK = 1024 * 1024
PART = 16 * 1024 * 1024
CONNECT_SECONDS = 5
READ_SECONDS = 20
ADDRESS_SECONDS = 60
_NOT_FOUND = 404


class BucketStorage(S3Storage):
    """``STORAGES["files"]``: as django-storages has it, with limits for waiting, and a checksum with all that is sent."""

    def __init__(self, **options: Any) -> None:
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": options.pop("addressing_style", None)},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 2, "mode": "standard"},
            # What we send says which checksum it wants; with one by default, browsers would have to send it for each part.
            request_checksum_calculation="when_required",
        )
        parts = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
        super().__init__(
            **options,
            client_config=config,
            transfer_config=parts,
            object_parameters={"ChecksumAlgorithm": "SHA256"},
            file_overwrite=True,
        )


class Bucket:
    """The place that ``S3_BUCKET`` names."""

    def __init__(self, storage: S3Storage) -> None:
        self._storage = storage
        self.name: str = storage.bucket_name
        # One for all threads, which it is made for; django-storages would make one for each.
        self.client = storage.connection.meta.client
        self.transfer: TransferConfig = storage.transfer_config

    def keep(self, path: Path, key: str) -> None:
        """In parts if it is large. What breaks off leaves nothing under the key."""
        with answers(), path.open("rb") as content:
            self._storage.save(checked(key), File(content))

    def opened(self, key: str) -> BinaryIO:
        with answers(), must_be_there(key):
            head = self.client.head_object(Bucket=self.name, Key=checked(key))
        reader = Reader(self, key, head["ContentLength"], head["ETag"])
        return cast(BinaryIO, io.BufferedReader(reader, buffer_size=BLOCK))

    def exists(self, key: str) -> bool:
        with answers():
            return bool(self._storage.exists(checked(key)))

    def remove(self, key: str) -> None:
        with answers():
            self._storage.delete(checked(key))

    def kept(self) -> Iterator[Kept]:
        pages = iter(self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name))
        while True:
            with answers():
                page = next(pages, None)
            if page is None:
                return
            for found in page.get("Contents", ()):
                if KEY.match(found["Key"]):
                    yield Kept(found["Key"], found["Size"], found["LastModified"].timestamp())

    def address(self, key: str, headers: Mapping[str, str]) -> str:
        """Where a browser may fetch the bytes for a minute, under these headers. Raises ``FileNotFoundError``."""
        if not self.exists(key):
            raise FileNotFoundError(key)
        signed = {f"Response{name.replace('-', '')}": value for name, value in headers.items()}
        with answers():
            return str(self._storage.url(key, parameters=signed, expire=ADDRESS_SECONDS))

    def is_there(self) -> bool:
        """Whether it answers, and to us."""
        try:
            with answers():
                self.client.head_bucket(Bucket=self.name)
        except StorageDown:
            return False
        return True

    def part(self, key: str, etag: str, start: int, size: int) -> bytes:
        """At most ``size`` bytes from ``start`` on, of the version that ``etag`` names."""
        wanted = {"Bucket": self.name, "Key": key, "IfMatch": etag, "Range": f"bytes={start}-{start + size - 1}"}
        with answers(), must_be_there(key):
            # A line that breaks in the middle of the bytes is past what the client tries again.
            for is_last in (False, True):
                body = self.client.get_object(**wanted)["Body"]
                try:
                    return bytes(body.read())
                except BotoCoreError:
                    if is_last:
                        raise
                finally:
                    body.close()
        raise AssertionError


class Reader(Positioned):
    """Bytes in a bucket, fetched by ranges as they are read: never more of them than a buffer holds."""

    def __init__(self, bucket: Bucket, key: str, size: int, etag: str) -> None:
        self._bucket, self._key, self.size, self._etag = bucket, key, size, etag

    def readall(self) -> bytes:
        pieces = []
        while piece := self.read(BLOCK):
            pieces.append(piece)
        return b"".join(pieces)

    def readinto(self, target: Any) -> int:
        wanted = min(len(target), self.size - self._at)
        if wanted <= 0:
            return 0
        found = self._bucket.part(self._key, self._etag, self._at, wanted)
        target[: len(found)] = found
        self._at += len(found)
        return len(found)


def bucket() -> Bucket:
    """The one of ``STORAGES["files"]``."""
    return _bucket(storages["files"])


@lru_cache(maxsize=2)
def _bucket(storage: S3Storage) -> Bucket:
    return Bucket(storage)


@contextmanager
def answers() -> Iterator[None]:
    """Says ``StorageDown`` for whatever is wrong between us and the bucket."""
    try:
        yield
    except ClientError as error:
        logger.exception("storage of files refuses")
        raise StorageDown from error
    except (BotoCoreError, Boto3Error) as error:
        logger.exception("storage of files does not answer")
        raise StorageDown from error


@contextmanager
def must_be_there(key: str) -> Iterator[None]:
    """Says ``FileNotFoundError`` where there is nothing under the key."""
    try:
        yield
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == _NOT_FOUND:
            raise FileNotFoundError(key) from error
        raise
