"""Files: where they are kept, who sees them, with whom they are shared and what they are uploaded for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from django.db.models import QuerySet
from django.utils.functional import Promise

from core.slots.base import IdsVisibleTo, Slot


@dataclass(frozen=True)
class UploadPurpose:
    """What people upload files for: endings of names that are taken (all that are kept here, without any), and who may.

    ``most_bytes`` limits a file beyond what holds for its kind everywhere, ``most_waiting`` how many one person may have on
    their way, or done and used by nothing yet; 0 is no limit of its own. What is ``sensitive`` is stored sealed.
    """

    endings: tuple[str, ...] = ()
    permission: str = ""
    sensitive: bool = False
    most_bytes: int = 0
    most_waiting: int = 0


@runtime_checkable
class FileSpaces(Protocol):
    """A kind of place where files are kept: people's own, those of courses. Owners are numbers here."""

    def ids(self, user: Any) -> "QuerySet[Any, Any] | tuple[int, ...]":
        """The owners whose files ``user`` keeps: sees all of them and may change them."""

    def names(self, ids: set[int]) -> dict[int, str]:
        """What the spaces are called, by owner."""

    def quota(self) -> int:
        """How many bytes one of them may hold, where administrators said nothing else."""


@runtime_checkable
class ShareAudience(Protocol):
    """People with whom files can be shared together: the students of a course. Each is a number here."""

    @property
    def label(self) -> str | Promise:
        """What they are, as a choice: "Students of a course"."""

    def ids(self, user: Any) -> "QuerySet[Any, Any]":
        """Those that ``user`` belongs to."""

    def choices(self, user: Any) -> dict[int, str]:
        """Those that ``user`` may share with, and what they are called."""

    def find(self, user: Any, text: str) -> int | None:
        """The one that ``text`` names, by its address or code, if ``user`` may share with it."""

    def names(self, ids: set[int]) -> dict[int, str]:
        """What they are called."""

    def people(self, ids: set[int]) -> "QuerySet[Any, Any]":
        """Ids of the people in them."""


# Given who asks and ids of owners (a key of ``FILE_ACCESS``): title and address of those that the person may see.
FileOwners = Callable[[Any, set[int]], list[tuple[str, str]]]
# Given who fetches a file and the id of the owner it is of: write down that they did.
NoteFetch = Callable[[Any, int], None]

FILE_ACCESS: Slot[IdsVisibleTo] = Slot("FILE_ACCESS")
# Kinds of spaces that files are kept in, and of people they are shared with.
FILE_SPACES: Slot[FileSpaces] = Slot("FILE_SPACES")
SHARE_AUDIENCES: Slot[ShareAudience] = Slot("SHARE_AUDIENCES")
# By kind of owner, as in ``FILE_ACCESS``: where a file is used, in words.
FILE_OWNERS: Slot[FileOwners] = Slot("FILE_OWNERS")
# By kind of owner, as in ``FILE_ACCESS``: files that nobody fetches without it being written down.
FETCHES_NOTED: Slot[NoteFetch] = Slot("FETCHES_NOTED")
UPLOAD_PURPOSES: Slot[UploadPurpose] = Slot("UPLOAD_PURPOSES")
