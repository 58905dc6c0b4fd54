"""Tables that only grow: the database itself refuses to change or take away what stands in them.

Triggers, put up after each migration and taken down before one, since a migration may have to fill a new column.
Entries leave by ``core.audit.archive`` alone, which first notes how far the archive reaches.
"""

from django.conf import settings
from django.db import connections

_MESSAGE = "rows here are only added: append-only"
_ARCHIVED = "(SELECT COALESCE(MAX(number), 0) FROM core_eventarchive)"
_ARCHIVED_EVENTS = f"SELECT event_id FROM core_eventseal WHERE number <= {_ARCHIVED}"  # noqa: S608 -- ours
# Rows that may go, by table: those that an archive holds. Nothing leaves the list of archives.
_OF_THE_LOG = {
    "core_eventlog": f"OLD.id IN ({_ARCHIVED_EVENTS})",
    "core_eventseal": f"OLD.number <= {_ARCHIVED}",
    "core_eventarchive": "FALSE",
}
# Those of the apps above come in by ``only_added``.
_MAY_GO = dict(_OF_THE_LOG)


def only_added(table: str) -> None:
    """Guard ``table`` of an app, too: none of its rows is ever changed or taken away. For ``AppConfig.ready``."""
    _MAY_GO[table] = "FALSE"


def guard(using: str) -> None:
    """Have the database refuse changes from now on; to do it twice does no harm."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, [table for table in _MAY_GO if table in present]):
            cursor.execute(statement)


def unguard(using: str) -> None:
    """Take the triggers down; for migrations."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in present & set(_MAY_GO):
            for verb in ("update", "delete"):
                where = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{where}")
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")


def guard_if_wanted(using: str) -> None:
    """After a migration: put the triggers up, if the tables are there and the site wants them."""
    present = set(connections[using].introspection.table_names())
    if settings.GUARD_EVENT_LOG and present.issuperset(_OF_THE_LOG):
        guard(using)


def _statements(vendor: str, tables: list[str]) -> list[str]:
    if vendor == "sqlite":
        return [statement for table in tables for statement in _for_sqlite(table)]
    if vendor == "postgresql":
        return [_FUNCTION, *(statement for table in tables for statement in _for_postgresql(table))]
    return []


def _for_sqlite(table: str) -> list[str]:
    refusal = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_update BEFORE UPDATE ON {table} {refusal}",
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table} WHEN NOT ({_MAY_GO[table]}) {refusal}",
    ]


_FUNCTION = f"""
CREATE OR REPLACE FUNCTION core_append_only() RETURNS trigger AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF TG_TABLE_NAME = 'core_eventlog' THEN
      IF {_MAY_GO["core_eventlog"]} THEN RETURN OLD; END IF;
    ELSIF TG_TABLE_NAME = 'core_eventseal' THEN
      IF {_MAY_GO["core_eventseal"]} THEN RETURN OLD; END IF;
    END IF;
  END IF;
  RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
END $$ LANGUAGE plpgsql
"""


def _for_postgresql(table: str) -> list[str]:
    call = "EXECUTE FUNCTION core_append_only()"
    return [
        f"CREATE OR REPLACE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {call}",
        f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {call}",
        f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
    ]
