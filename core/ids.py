"""Public identifiers and ranks."""

import uuid

from fractional_indexing import generate_key_between, generate_n_keys_between
from uuid_utils import compat


def new_public_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): unguessable enough for addresses, ordered by time for the index."""
    return compat.uuid7()


def rank_between(before: str | None, after: str | None) -> str:
    """A rank that sorts after ``before`` and before ``after``; ``None`` means the open end."""
    rank: str = generate_key_between(before, after)
    return rank


def ranks_between(before: str | None, after: str | None, count: int) -> list[str]:
    """``count`` ascending ranks between two neighbours; ``None`` means the open end."""
    ranks: list[str] = generate_n_keys_between(before, after, count)
    return ranks
