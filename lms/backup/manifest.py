"""What a backup says of itself: its last member, ``manifest.json``."""

import json
import tomllib
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from lms.backup.errors import Refused

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True)
class Member:
    """Bytes in the backup: under which name, how many, and their SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Dump:
    """The database in the backup: its parts put together."""

    parts: int
    size: int
    sha256: str


@dataclass
class Manifest:
    """``rows``: how many by table, ``files``: in the order in which they lie in the backup.

    Files that the database names and that are not in the backup as they should be, by name: ``missing`` were not there,
    ``damaged`` are in it with other bytes than the database knows, ``let_go`` are archives of personal data that
    the site took away after the database was copied, ``elsewhere`` are archives of events that were moved out of the site's folder.
    """

    made_at: str
    version: str
    vendor: str
    server: str
    migrations: list[str]
    rows: dict[str, int]
    database: Dump
    files: list[Member] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    let_go: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def is_whole(self) -> bool:
        """Whether every file is in it as the database knows it."""
        return not self.missing and not self.damaged

    @property
    def bytes_of_files(self) -> int:
        return sum(member.size for member in self.files)


def written(manifest: Manifest) -> bytes:
    """As it stands in the backup; the same manifest gives the same bytes."""
    return (json.dumps(asdict(manifest), sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def read(text: bytes) -> Manifest:
    """Raises ``Refused`` for one that this code does not understand."""
    try:
        values: dict[str, Any] = json.loads(text)
        found = values["format"]
        if found != FORMAT:
            raise Refused(
                f"This backup has format {found}; this version of Aumbry reads format {FORMAT}. Use the one that made it."
            )
        values["database"] = Dump(**values["database"])
        values["files"] = [Member(**member) for member in values["files"]]
        return Manifest(**values)
    except (ValueError, TypeError, KeyError) as error:
        raise Refused("The list of contents in this backup cannot be understood.") from error


def version() -> str:
    """Aumbry's."""
    text = (settings.BASE_DIR / "pyproject.toml").read_text()
    return str(tomllib.loads(text)["project"]["version"])


def unknown_migrations(manifest: Manifest) -> list[str]:
    """Those that were applied to the backed-up database and that this code does not have."""
    known = set()
    for name, migration in MigrationLoader(None).disk_migrations.items():
        known |= {name, *migration.replaces}
    return [name for name in manifest.migrations if tuple(name.split(".", 1)) not in known]
