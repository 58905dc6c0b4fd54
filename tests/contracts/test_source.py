"""Rules of the house that a reader of the code can rely on."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.source import ROOT, calls, modules

WRITES = {
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "update",
    "update_or_create",
}
# Where rows may be written: services, and the kernel with its own tables (log, jobs, mail, idempotency).
WRITERS = re.compile(r"^(core/|[a-z]+/services/|[a-z]+/management/|lms/demo)")
# The manager makes the person that services ask it for; allauth's forms are saved by allauth's own contract.
ALLOWED = {"accounts/querysets.py", "accounts/forms/entrance.py"}
# Not rows: files, sessions, the cache, pictures in memory.
NO_ROWS = ("storage", "session", "cache", "bitmap")
# A queryset or an object being saved; dictionaries and sets have an ``update`` too.
ROWS = re.compile(
    r"(\.objects|\.everything|_default_manager|\.filter\(\)|\.exclude\(\)|\.all\(\)|select_for_update\(\))"
)


def test_who_may_import_whom():
    # A process of its own: what other tests have loaded (the server and its framework) confuses the reader of modules.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_import_rules_have_no_exceptions():
    # The name of import-linter's list of exceptions: it must not be used.
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()


def _offences(find) -> list[str]:
    return [f"{name}:{line}" for name, tree in modules().items() for line in find(name, tree)]


def test_no_model_signals():
    def find(name, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models.signals"):
                # Those of migrations tell of no rows; the append-only tables are guarded by them.
                rows = {alias.name for alias in node.names} - {"pre_migrate", "post_migrate"}
                yield from [node.lineno] if rows else []
            if isinstance(node, ast.Attribute) and node.attr in {"post_save", "pre_save", "post_delete", "pre_delete"}:
                yield node.lineno

    assert [place for place in _offences(find) if not place.startswith("core/")] == []


def test_facts_are_published_by_services():
    def find(name, tree):
        return [line for line, call in calls(tree) if call in {"publish", "events.publish"}]

    places = _offences(find)
    assert [p for p in places if not re.match(r"^(core/|[a-z]+/services/)", p)] == []
    assert len(places) > 10


def is_write(call: str) -> bool:
    target, _dot, verb = call.rpartition(".")
    if verb not in WRITES or target.endswith(NO_ROWS):
        return False
    # Dictionaries and sets have an ``update`` as well.
    return verb != "update" or bool(ROWS.search(target))


def test_rows_are_written_by_services():
    def find(name, tree):
        return [line for line, call in calls(tree) if is_write(call)]

    places = _offences(find)
    assert [p for p in places if not WRITERS.match(p) and p.split(":")[0] not in ALLOWED] == []
    assert len([p for p in places if "/services/" in p]) > 20


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Course.objects.create(x=1)", True),
        ("Course.objects.filter(pk=1).update(x=1)", True),
        ("Course.everything.filter(pk=1).exclude(x=2).delete()", True),
        ("course.save()", True),
        ("course.delete()", True),
        ("course.items.create(title='x')", True),
        ("values.update(x=1)", False),
        ("self.storage.save(name, content)", False),
    ],
)
def test_what_counts_as_a_write(code, expected):
    [(_line, call), *_rest] = calls(ast.parse(code))
    assert is_write(call) is expected


def test_no_drawers_for_odds_and_ends():
    names = {"utils.py", "helpers.py", "misc.py", "common.py", "managers.py"}
    assert [path for path in modules() if path.rsplit("/", 1)[-1] in names] == []


def test_serializers_name_their_fields():
    def find(name, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value == "__all__":
                yield node.lineno
            if isinstance(node, ast.Attribute) and node.attr == "ModelSerializer":
                yield node.lineno

    assert _offences(find) == []


def test_there_is_one_way_out():
    """What the server fetches goes through ``core.outbound``, which knows where it may not go."""
    ways = {"httpx", "aiohttp", "urllib.request", "urllib3", "http.client", "ftplib", "smtplib", "telnetlib"}
    of_requests = {"get", "post", "put", "patch", "delete", "head", "options", "request", "Session"}

    def find(name, tree):
        if name == "core/outbound.py":
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Import) and ways & {alias.name for alias in node.names}:
                yield node.lineno
            if isinstance(node, ast.ImportFrom) and (
                node.module in ways or f"{node.module}.{node.names[0].name}" in ways
            ):
                yield node.lineno
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "requests" and node.attr in of_requests:
                yield node.lineno

    assert _offences(find) == []


def test_tables_that_go_out_have_no_formulas():
    writers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter", "Workbook"}
    }
    # Whatever comes here writes its cells with ``safe_cell``.
    assert writers == {"accounts/refused.py", "courses/views/transfer.py", "files/views/kept.py"}
    assert [name for name in writers if "safe_cell(" not in (ROOT / name).read_text()] == []


def test_no_text_is_run_as_code():
    names = {"eval", "exec", "compile", "__import__"}
    modules_of_code = {"pickle", "marshal", "shelve", "dill"}

    def find(name, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                said = ast.unparse(node.func)
                shell = any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
                if said in names or shell or said in {"yaml.load", "os.system", "os.popen", "Template", "Engine"}:
                    yield node.lineno
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                if imported & modules_of_code:
                    yield node.lineno

    assert _offences(find) == []


def test_the_project_speaks_of_itself_alone():
    words = re.compile(r"(/(?:work|tmp|root)/|\bissue[ #]*\d+)", re.I)
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for folder in (
            "core",
            "accounts",
            "files",
            "privacy",
            "courses",
            "assessments",
            "notifications",
            "lms",
            "templates",
            "docs",
            "static/js",
        )
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".md", ".js", ".txt"}
        for match in words.finditer(path.read_text())
    ]
    assert found == []
