"""What events carry is a promise: to subscribers, to the log, to whoever reads it years later."""

import ast
import dataclasses
import os
import typing

from core import events
from tests.contracts.source import ROOT, calls, modules

SNAPSHOT = ROOT / "tests/contracts/events.txt"
PLAIN = {int, str, bool, int | None, str | None, list[str], list[int], dict[str, int], dict[str, str]}


def all_events() -> dict[str, type[events.Event]]:
    """The product's own; tests may have registered some to play with."""
    return {name: cls for name, cls in events.all_events().items() if not name.startswith("tests.")}


def described() -> str:
    lines = []
    for name, cls in sorted(all_events().items()):
        hints = typing.get_type_hints(cls)
        fields = ", ".join(f"{f.name}: {_said(hints[f.name])}" for f in dataclasses.fields(cls) if f.name != "actor_id")
        lines.append(f"{name} v{cls.schema_version} ({cls.audience}): {fields}")
    return "\n".join(lines) + "\n"


def _said(hint: object) -> str:
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)


def test_schemas_and_audiences_are_as_promised():
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(described())
    said = "Old rows keep the old shape: raise schema_version, then run this test with UPDATE_SNAPSHOTS=1"
    assert SNAPSHOT.read_text() == described(), said


def test_events_are_frozen_and_carry_plain_values_only():
    odd = [
        f"{name}.{field.name}"
        for name, cls in all_events().items()
        for field in dataclasses.fields(cls)
        if typing.get_type_hints(cls)[field.name] not in PLAIN
    ]
    assert odd == []
    assert [name for name, cls in all_events().items() if not cls.__dataclass_params__.frozen] == []


def test_events_say_who_hears_of_them_and_what_happened():
    assert [n for n, cls in all_events().items() if not cls.audience or not (cls.__doc__ or "").strip()] == []


def test_every_event_is_published_by_somebody():
    published = set()
    for name, tree in modules().items():
        if "/services/" not in name and not name.startswith("core/"):
            continue
        published |= {call.rpartition(".")[2] for _line, call in calls(tree)}
    assert {name for name in all_events() if name.split(".")[1] not in published} == set()


def test_every_event_class_is_registered():
    defined = {
        f"{path.split('/')[0]}.{node.name}"
        for path, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Event" for b in node.bases)
    }
    assert defined == set(all_events())
