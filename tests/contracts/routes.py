"""All addresses of the project, walked out of the router itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern


@dataclass(frozen=True)
class Route:
    """``name`` with its namespaces; ``parameters`` by name, with the class name of their converter."""

    name: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    view: Any


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", (), ()))


def _walk(patterns: Any, prefix: str, namespaces: tuple[str, ...], outer: tuple[Any, ...]) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        own = outer + _parameters(pattern)
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern.url_patterns, path, inner, own)
        elif isinstance(pattern, URLPattern):
            name = ":".join((*namespaces, pattern.name)) if pattern.name else path
            yield Route(name, path, own, pattern.callback)


def _parameters(pattern: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(pattern.pattern, RoutePattern):
        return tuple((name, type(c).__name__) for name, c in pattern.pattern.converters.items())
    return tuple((name, "re") for name in pattern.pattern.regex.groupindex)
