from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lms.backup.sites import KEYS, Site, migrate_by_copy, new_site


@dataclass
class Seeded:
    """A site with people and files, a backup of it, and the key of a session there."""

    site: Site
    backup: Path
    session: str
    said: str


@pytest.fixture(scope="session")
def seeded(django_db_setup, tmp_path_factory) -> Iterator[Seeded]:
    """Tests leave it as it is."""
    with new_site(tmp_path_factory.mktemp("seeded") / "site") as site:
        migrate_by_copy(site)
        session = site.call("seed.seed")["session"]
        made = site.manage("backup")
        assert made.returncode == 0, made.stderr
        [backup] = site.backups
        yield Seeded(site, backup, session, made.stdout)


@pytest.fixture
def fresh(tmp_path) -> Iterator[Site]:
    """A site that has nothing yet."""
    with new_site(tmp_path / "fresh") as site:
        yield site


@pytest.fixture
def _keys(settings):
    """This process opens what the seeded site has sealed."""
    settings.FILE_KEYS = KEYS
