"""Both places where files may lie, to look at them from outside and to spoil what lies there."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files.storage.base import KEY, Kept
from files.storage.bucket import Bucket
from tests.files.bucket import raw


@dataclass
class DiskPlace:
    media: Path

    def all(self) -> dict[str, bytes]:
        found = {path.relative_to(self.media).as_posix(): path for path in self.media.rglob("*") if path.is_file()}
        return {key: path.read_bytes() for key, path in found.items() if KEY.match(key)}

    def put(self, key: str, content: bytes) -> None:
        path = self.media / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)

    def drop(self, key: str) -> None:
        (self.media / key).unlink()

    def age(self, monkeypatch: Any, key: str) -> None:
        """As if it had come two days ago."""
        os.utime(self.media / key, (time.time() - 2 * 86400,) * 2)


@dataclass
class BucketPlace:
    bucket: Bucket

    def all(self) -> dict[str, bytes]:
        return raw(self.bucket)

    def put(self, key: str, content: bytes) -> None:
        self.bucket.client.put_object(Bucket=self.bucket.name, Key=key, Body=content)

    def drop(self, key: str) -> None:
        self.bucket.client.delete_object(Bucket=self.bucket.name, Key=key)

    def age(self, monkeypatch: Any, key: str) -> None:
        """As if it had come two days ago: when it came, the server alone says."""
        kept = Bucket.kept

        def with_age(bucket: Bucket) -> Any:
            for found in kept(bucket):
                yield Kept(found.key, found.size, found.changed_at - 2 * 86400) if found.key == key else found

        monkeypatch.setattr(Bucket, "kept", with_age)
