"""A server that speaks S3, over a real line, and a bucket of one's own there."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.server import ThreadedMotoServer

from files.storage.bucket import Bucket, bucket
from lms.settings.buckets import bucket_storage


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server that runs for as long as the context lasts."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def use_bucket(settings: Any, endpoint: str, name: str = "") -> Bucket:
    """Let the site keep its files in a bucket that is new."""
    name = name or f"files-{uuid.uuid4()}"
    entry = bucket_storage(bucket=name, region="us-east-1", endpoint=endpoint, access_key="k", secret_key="s")
    settings.STORAGES = {**settings.STORAGES, "files": entry}
    settings.S3_BUCKET = name
    return bucket()


def made_bucket(settings: Any, endpoint: str) -> Bucket:
    found = use_bucket(settings, endpoint)
    found.client.create_bucket(Bucket=settings.S3_BUCKET)
    return found


def raw(found: Bucket) -> dict[str, bytes]:
    """All that lies in the bucket, as it lies there."""
    keys = [entry["Key"] for entry in found.client.list_objects_v2(Bucket=found.name).get("Contents", ())]
    return {key: found.client.get_object(Bucket=found.name, Key=key)["Body"].read() for key in keys}


def close(found: Bucket) -> None:
    """Connections that a client keeps would be warned of."""
    found.client.close()


@dataclass
class Silent:
    """Takes connections and never says anything."""

    address: str
    taken: list[socket.socket]


@contextmanager
def silent() -> Iterator[Silent]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield Silent(f"http://127.0.0.1:{listener.getsockname()[1]}", taken)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for line in taken:
                line.close()
