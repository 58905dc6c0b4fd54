"""Every error code that the code can raise is explained, and every explanation is of one that exists."""

import ast
import importlib
from pathlib import Path

from django.conf import settings
from rest_framework import exceptions

from core.api.exceptions import _CODES
from core.errors import DomainError
from lms.error_docs import ERROR_DOCS

APPS = ("accounts", "assessments", "core", "courses", "files", "lms", "notifications", "privacy")

# Functions that are given a code and a sentence and make an error or an answer of them.
MAKERS = {"_refused", "_answer", "Missing", "Refusal"}
ANSWERS = {"problem_response", "problem", "_refusal"}


def error_classes() -> set[str]:
    names, waiting = set(), [DomainError]
    while waiting:
        cls = waiting.pop()
        names.add(cls.__name__)
        waiting += cls.__subclasses__()
    return names


def sources() -> list[Path]:
    root = Path(settings.BASE_DIR)
    return [path for app in APPS for path in (root / app).rglob("*.py") if "migrations" not in path.parts]


def literal(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def looks_like_a_code(text: str) -> bool:
    return bool(text) and text.replace("_", "").isalpha() and text == text.lower()


def codes_in(tree: ast.Module, errors: set[str], *, validators: bool) -> set[str]:
    """Literal codes in calls that raise errors, in subclasses' own initialisers and in answers' bodies."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and errors & {getattr(base, "id", "") for base in node.bases}:
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "__init__" and call.args:
                    found.add(literal(call.args[0]))
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            found |= {literal(value) for key, value in pairs if literal(key) == "code"}
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["code"]:
            found.add(literal(node.value))
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        keywords = {k.arg: literal(k.value) for k in node.keywords}
        if name in errors | MAKERS:
            found |= {literal(arg) for arg in node.args[:3] if looks_like_a_code(literal(arg))}
        if name in errors | ANSWERS:
            found.add(keywords.get("code", ""))
        if (validators and name == "ValidationError") or name in {"AuthenticationFailed", "PermissionDenied"}:
            found.add(keywords.get("code", ""))
    return {code for code in found if looks_like_a_code(code)}


def all_codes() -> set[str]:
    errors = error_classes()
    found: set[str] = set()
    for path in sources():
        # Files' validators hand their codes on; other apps' become "invalid" with sentences by field.
        validators = "files" in path.parts and path.name in {"validators.py", "portraits.py"}
        found |= codes_in(ast.parse(path.read_text()), errors, validators=validators)
    found |= {
        _CODES.get(cls.default_code, cls.default_code)
        for cls in (
            exceptions.MethodNotAllowed,
            exceptions.NotAcceptable,
            exceptions.NotAuthenticated,
            exceptions.ParseError,
            exceptions.Throttled,
            exceptions.UnsupportedMediaType,
        )
    }
    return found


def test_each_code_is_explained_and_nothing_else():
    for path in sources():
        # So that every error class is known.
        module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts).removesuffix(".__init__")
        if ("services" in module or "api" in module) and not module.startswith("lms.settings"):
            importlib.import_module(module)
    found = all_codes()
    assert sorted(found - ERROR_DOCS.keys()) == []
    assert sorted(ERROR_DOCS.keys() - found) == []


def test_the_search_finds_each_way_of_giving_a_code():
    source = """
class Own(Conflict):
    def __init__(self):
        super().__init__("by_class", _("…"))
raise Invalid("by_call", _("…"))
raise Conflict(code="by_keyword", message="…")
return _answer(request, 400, "by_maker", "…")
body = {"code": "by_body"}
raise ValidationError("…", code="by_validator")
raise PermissionDenied("…", code="by_refusal")
class Problems:
    code = "by_attribute"
raise KeyError("nothing")
"""
    tree = ast.parse(source.replace("return ", ""))
    expected = {"by_class", "by_call", "by_keyword", "by_maker", "by_body", "by_refusal", "by_attribute"}
    assert codes_in(tree, {"Invalid", "Conflict"}, validators=False) == expected
    assert codes_in(tree, {"Invalid", "Conflict"}, validators=True) == expected | {"by_validator"}
