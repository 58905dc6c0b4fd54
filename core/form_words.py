"""What somebody sent in a form, in the words of that form: for a page that has names and values alone."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# Label and value.
Row = tuple[str, str]


def form_words(app: str, sent: Iterable[Row]) -> list[Row]:
    """The rows of ``sent`` (names and values) with labels and choices as the forms of ``app`` name them.

    The form that has most of the names is taken for the one that was sent. What no form of the app knows is left out:
    it comes from buttons and hidden fields, which say nothing to whoever typed the rest.
    """
    sent = [(name, value) for name, value in sent if value.strip()]
    names = {_plain(name) for name, _value in sent}
    fitting = sorted(_forms_of(app), key=lambda form: (-len(names & set(form.base_fields)), len(form.base_fields)))
    rows = []
    for name, value in sent:
        field = next((form.base_fields[_plain(name)] for form in fitting if _plain(name) in form.base_fields), None)
        if field is not None and not isinstance(field.widget, forms.HiddenInput):
            rows.append((str(capfirst(field.label or _("Text"))), _words(field, value)))
    return rows


def _forms_of(app: str) -> Iterator[type[forms.Form]]:
    waiting = [forms.Form]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith(f"{app}."):
            yield form


def _plain(name: str) -> str:
    """The field's name without the prefix of a form that stands on its page several times."""
    return name.rpartition("-")[2]


def _words(field: forms.Field, value: str) -> str:
    if isinstance(field, forms.BooleanField):
        return _("yes")
    choices: Any = getattr(field, "choices", ())
    return next((str(words) for key, words in choices if str(key) == value), value)
