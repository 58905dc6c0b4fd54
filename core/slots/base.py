"""The typed registry itself."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

T = TypeVar("T")


class Slot(Generic[T]):
    """Named entries in the order of their ``order`` and then of registration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, tuple[int, T]] = {}

    def register(self, key: str, entry: T, *, order: int = 100) -> T:
        if key in self._entries:
            raise ValueError(f"{self.name}: {key!r} is registered twice")
        self._entries[key] = (order, entry)
        return entry

    def get(self, key: str) -> T | None:
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def __getitem__(self, key: str) -> T:
        return self._entries[key][1]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(entry for _, entry in sorted(self._entries.values(), key=lambda pair: pair[0]))

    def items(self) -> list[tuple[str, T]]:
        ordered = sorted(self._entries.items(), key=lambda pair: pair[1][0])
        return [(key, entry) for key, (_, entry) in ordered]

    def keys(self) -> list[str]:
        return [key for key, _ in self.items()]


# Given a user, a queryset of one column: ids of the owners (or people) that the user may see.
IdsVisibleTo = Callable[[Any], "QuerySet[Any, Any]"]
