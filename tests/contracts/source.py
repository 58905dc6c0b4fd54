"""The project's own Python files, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("core", "accounts", "files", "privacy", "courses", "assessments", "notifications", "lms")


@cache
def modules() -> dict[str, ast.Module]:
    """Syntax trees by path from the root, migrations left out: they are generated."""
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name:
                found[name] = ast.parse(path.read_text(), name)
    return found


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each call, as far as it is made of names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func)


def dotted(node: ast.expr) -> str:
    """``Model.objects.filter(…).update`` as ``Model.objects.filter().update``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return "?"
