"""Templates keep to the content policy, and everything they name is there."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, get_resolver

from tests.contracts.source import ROOT

TEMPLATES = ROOT / "templates"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# A mail has no content policy; mail programs know no style sheets.
ON_PAGES = [name for name in PAGES if "email" not in name]

INLINE = {
    "a script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=.application/json.)[^>]*>", re.I),
    "a style element": re.compile(r"<style[\s>]", re.I),
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a handler": re.compile(r"""\son[a-z]+\s*=\s*["']""", re.I),
    "a script address": re.compile(r"""["']\s*javascript:""", re.I),
    "a script of htmx": re.compile(r"\shx-(on|vals\s*=\s*.js:)", re.I),
}
COMMENTS = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.S)


def text_of(name: str) -> str:
    return COMMENTS.sub("", (TEMPLATES / name).read_text())


@pytest.mark.parametrize("name", ON_PAGES)
def test_nothing_inline(name):
    assert [what for what, pattern in INLINE.items() if pattern.search(text_of(name))] == []


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ("<script>alert(1)</script>", "a script"),
        ('<p style="color: red">', "a style attribute"),
        ("<style>p {}</style>", "a style element"),
        ('<a onclick="go()">', "a handler"),
        ('<a href="javascript:go()">', "a script address"),
    ],
)
def test_what_counts_as_inline(markup, what):
    assert [name for name, pattern in INLINE.items() if pattern.search(markup)] == [what]


@pytest.mark.parametrize("name", PAGES)
def test_templates_compile(name):
    get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_what_templates_name_is_there(name):
    text = text_of(name)
    missing = []
    for template in re.findall(r"""\{%\s*(?:include|extends)\s+["']([^"'#]+)""", text):
        try:
            get_template(template)
        except TemplateDoesNotExist:
            missing.append(template)
    missing += [file for file in re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", text) if not finders.find(file)]
    missing += [
        f"c-{leaf}"
        for leaf in re.findall(r"<c-([a-z-]+)", text)
        if leaf not in {"slot", "vars"} and not (TEMPLATES / f"cotton/{leaf.replace('-', '_')}.html").exists()
    ]
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_addresses_that_templates_name_exist(name):
    resolver = get_resolver()
    wrong = []
    for address in re.findall(r"""\{%\s*url\s+["']([^"']+)["']""", text_of(name)):
        *namespaces, last = address.split(":")
        found = resolver
        try:
            for namespace in namespaces:
                found = found.namespace_dict[namespace][1]
        except (KeyError, NoReverseMatch):
            wrong.append(address)
            continue
        if last not in found.reverse_dict:
            wrong.append(address)
    assert wrong == []


# What was rendered and sanitised when it was saved, and Django's own help texts, which code writes.
SAFE = re.compile(r"^(\w+\.)*(\w*_)?html$|^description$|^field\.help_text$")


def test_only_sanitised_text_is_shown_as_it_is():
    shown = {
        expression.split("|")[0].strip()
        for name in PAGES
        for expression in re.findall(r"\{\{([^}]*\|\s*safe\b[^}]*)\}\}", text_of(name))
    }
    assert {expression for expression in shown if not SAFE.match(expression)} == set()
    assert [name for name in PAGES if "autoescape off" in text_of(name)] == []
