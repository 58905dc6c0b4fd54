"""What a bucket of S3 is as a storage of Django's, and to a browser."""

from typing import Any


def bucket_storage(*, bucket: str, region: str, endpoint: str, access_key: str, secret_key: str) -> dict[str, Any]:
    """The entry of ``STORAGES``. Without keys the client looks for those of the machine."""
    return {
        "BACKEND": "files.storage.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            "region_name": region,
            "endpoint_url": endpoint or f"https://s3.{region}.amazonaws.com",
            # Servers of one's own seldom have a name for each bucket.
            "addressing_style": "path" if endpoint else "virtual",
            "access_key": access_key or None,
            "secret_key": secret_key or None,
        },
    }


def bucket_origin(*, bucket: str, region: str, endpoint: str) -> str:
    """Where addresses of its files begin, as a browser may be allowed to load from it."""
    return endpoint or f"https://{bucket}.s3.{region}.amazonaws.com"
