"""Files that are sent straight to the bucket, in parts, by addresses that we sign; they gather under keys of their own."""

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from botocore.exceptions import ClientError

from files.storage.base import WrongParts, checked
from files.storage.bucket import Bucket, Reader, answers, bucket, must_be_there

# Keys that last begin with two letters or digits (``files.storage.base.KEY``).
PREFIX = "incoming/"
# All of it is read one piece after the other.
BLOCK = 8 * 1024 * 1024
_WRONG_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"})


@dataclass(frozen=True)
class Part:
    """One that arrived; ``number`` from 1 on."""

    number: int
    size: int
    etag: str


def key_of(public_id: UUID) -> str:
    """Where an upload gathers, and lies until it was checked."""
    return f"{PREFIX}{public_id}"


class PartsInBucket:
    """Everything raises ``StorageDown`` where the bucket does not answer."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket, self._client, self._name = bucket, bucket.client, bucket.name

    def begin(self, public_id: UUID) -> str:
        """What the bucket calls what it gathers from now on."""
        with answers():
            begun = self._client.create_multipart_upload(Bucket=self._name, Key=key_of(public_id))
        return str(begun["UploadId"])

    def address(self, public_id: UUID, upload: str, number: int, size: int, valid_for: timedelta) -> str:
        """Where part ``number`` may be put, of exactly ``size`` bytes. Asks nobody."""
        wanted = {
            "Bucket": self._name,
            "Key": key_of(public_id),
            "UploadId": upload,
            "PartNumber": number,
            "ContentLength": size,
        }
        with answers():
            address = self._client.generate_presigned_url(
                "upload_part", Params=wanted, ExpiresIn=int(valid_for.total_seconds())
            )
        return str(address)

    def arrived(self, public_id: UUID, upload: str) -> list[Part]:
        """The parts that are there. Raises ``FileNotFoundError`` when nothing gathers under that name any more."""
        key = key_of(public_id)
        with answers(), must_be_there(key):
            pages = self._client.get_paginator("list_parts").paginate(Bucket=self._name, Key=key, UploadId=upload)
            found = [part for page in pages for part in page.get("Parts", ())]
        return [Part(part["PartNumber"], part["Size"], part["ETag"]) for part in found]

    def join(self, public_id: UUID, upload: str, etags: Sequence[str]) -> None:
        """Make one file of the parts, given in their order. Raises ``FileNotFoundError`` as above, ``WrongParts``."""
        key = key_of(public_id)
        named = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
        with answers(), must_be_there(key):
            try:
                self._client.complete_multipart_upload(
                    Bucket=self._name, Key=key, UploadId=upload, MultipartUpload={"Parts": named}
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _WRONG_PARTS:
                    raise WrongParts from error
                raise

    def landed(self, public_id: UUID) -> tuple[str, str, int]:
        """Key, ETag and size of what arrived in full. Raises ``FileNotFoundError``."""
        key = key_of(public_id)
        with answers(), must_be_there(key):
            head = self._client.head_object(Bucket=self._name, Key=key)
        return key, str(head["ETag"]), int(head["ContentLength"])

    def opened(self, source: str, etag: str, size: int) -> io.BufferedReader:
        """The bytes of the version that ``etag`` names, seekable."""
        return io.BufferedReader(Reader(self._bucket, source, size, etag), buffer_size=BLOCK)

    def keep(self, source: str, etag: str, key: str) -> None:
        """Copy the version that was looked at to its lasting key; the bytes stay within the bucket."""
        with answers(), must_be_there(source):
            self._client.copy(
                {"Bucket": self._name, "Key": source},
                self._name,
                checked(key),
                ExtraArgs={"CopySourceIfMatch": etag},
                Config=self._bucket.transfer,
            )

    def abort(self, public_id: UUID, upload: str) -> None:
        """Delete the parts that arrived, and take no more; what is gone already is fine."""
        key = key_of(public_id)
        with answers(), suppress(FileNotFoundError), must_be_there(key):
            self._client.abort_multipart_upload(Bucket=self._name, Key=key, UploadId=upload)

    def drop(self, public_id: UUID, upload: str = "") -> None:
        """Delete what arrived, in full or in parts; what is gone already is fine."""
        if upload:
            self.abort(public_id, upload)
        with answers():
            self._client.delete_object(Bucket=self._name, Key=key_of(public_id))

    def all(self) -> Iterator[tuple[UUID, str]]:
        """All that gathers or lies there: of which upload, and what the bucket calls it while it is in parts."""
        for listing, entries in (("list_objects_v2", "Contents"), ("list_multipart_uploads", "Uploads")):
            with answers():
                pages = self._client.get_paginator(listing).paginate(Bucket=self._name, Prefix=PREFIX)
                found = [entry for page in pages for entry in page.get(entries, ())]
            for entry in found:
                try:
                    yield UUID(entry["Key"].removeprefix(PREFIX)), entry.get("UploadId", "")
                except ValueError:
                    # Not put there by us.
                    continue


def parts_in_bucket() -> PartsInBucket:
    """Those of the bucket that ``STORAGES["files"]`` names."""
    return _parts(bucket())


@lru_cache(maxsize=2)
def _parts(found: Bucket) -> PartsInBucket:
    return PartsInBucket(found)
