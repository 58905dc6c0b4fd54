"""Forms as parsers: they read what a page sent, the services decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeData, SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import normal
from core.errors import DomainError


def attribute(name: str, value: Any) -> SafeString:
    """`` name="value"``, escaped; the bare name for ``True``. The same few are written on every page, so they are kept."""
    if value is True:
        return _written(name, "", False)
    text = str(value)
    return _written(f'{name}="', text, isinstance(text, SafeData))


@lru_cache(maxsize=2048)
def _written(begin: str, text: str, safe: bool) -> SafeString:
    # Safe and unsafe text of the same letters are equal, but not written the same.
    escaped = text if safe else escape(text)
    return SafeString(f' {begin}{escaped}"' if begin.endswith('"') else f" {begin}")


# Controls that are their attributes and value and nothing else: no choices, no parts, no files.
_PLAIN_CONTROLS = frozenset(
    {forms.TextInput, forms.EmailInput, forms.PasswordInput, forms.NumberInput, forms.Textarea, forms.CheckboxInput}
)
_AS_BEGUN = (None, "", True, False)
_fields: dict[tuple[Any, ...], SafeString] = {}


class ShownField(forms.BoundField):
    """A field with what its template asks for as plain values: a page's fields are asked dozens of questions.

    A plain field that nobody has filled in yet looks the same on every page of one language, so it is kept.
    """

    def render(self, template_name: str | None = None, context: Any = None, renderer: Any = None) -> SafeString:
        key = None if template_name or context or renderer else self._as_begun()
        if key is None:
            return super().render(template_name, context, renderer)
        written = _fields.get(key)
        if written is None:
            if len(_fields) > 1000:
                _fields.clear()
            written = _fields[key] = super().render()
        return written

    def _as_begun(self) -> tuple[Any, ...] | None:
        """All that the field's HTML depends on; None if that is more than a plain field has."""
        field, widget = self.field, self.field.widget
        if self.form.is_bound or type(widget) not in _PLAIN_CONTROLS or field.show_hidden_initial:
            return None
        value = self.value()
        if not any(value is begun for begun in _AS_BEGUN):
            return None
        messages = field.error_messages
        return (
            get_language(),
            type(widget),
            type(field),
            self.html_name,
            self.auto_id,
            repr(value),
            str(self.label),
            str(field.help_text),
            field.required,
            field.disabled,
            self.form.use_required_attribute,
            getattr(self, "template_name", None),
            str(messages.get("required")),
            str(messages.get("invalid")),
            *((name, repr(value)) for name, value in self.build_widget_attrs(widget.attrs).items()),
        )

    def get_context(self) -> dict[str, Any]:
        messages = self.field.error_messages
        return {
            "field": self,
            "id": self.auto_id,
            "kind": self.widget_type,
            "group": "fieldset" if self.use_fieldset else "div",
            "described_by": self.aria_describedby if self.use_fieldset else "",
            "optional": not self.field.required,
            "sentences": SafeString(
                "".join(
                    attribute(f"data-msg-{key}", messages[key]) for key in ("required", "invalid") if key in messages
                )
            ),
            "problems": list(self.errors),
        }


class Renderer(TemplatesSetting):
    """Forms through the project's own templates, fields as ``ShownField``."""

    bound_field_class = ShownField


class PageForm(forms.Form):
    """A form whose rules the browser can check too, in the server's words, on leaving a field.

    The rules travel as attributes (``required``, ``maxlength``, ``data-msg-…``); what the browser
    lets through is checked here again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        describe_rules(self)


class LineField(forms.CharField):
    """One line of text as it is stored; the validators see that."""

    def to_python(self, value: Any) -> Any:
        return normal.line(super().to_python(value) or "")


class LastDayField(forms.DateField):
    """A day within a year; the value is its last moment where the person is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Last day"),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"required": _("Choose the last day."), "invalid": _("Choose a day.")},
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return timezone.make_aware(datetime.combine(day, time.max.replace(microsecond=0))) if day else None

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        # Asked when the form is shown: the day moves on while the process lives.
        today = timezone.localdate()
        self.initial = today + timedelta(days=14)
        self.widget.attrs |= {"min": today.isoformat(), "max": (today + timedelta(days=365)).isoformat()}
        return super().get_bound_field(form, field_name)


class PlacesField(forms.IntegerField):
    """How many may use a link."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(
            label=_("Places"),
            min_value=1,
            max_value=most,
            initial=30,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            error_messages={
                "required": _("Say how many people may use the link."),
                "invalid": _("Write a whole number."),
            },
            **kwargs,
        )


class NoteField(forms.CharField):
    """What a link is for, in the words of who made it."""

    def __init__(self, *, help_text: Any) -> None:
        super().__init__(
            label=_("For whom"),
            max_length=200,
            required=False,
            help_text=help_text,
            widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        )


_LIMITS = {"min": _("Choose %(limit_value)s or more."), "max": _("Choose %(limit_value)s or less.")}


def describe_rules(form: forms.BaseForm) -> None:
    """Put each field's error sentences on its control, for the browser's own check."""
    for field in form.fields.values():
        attrs = field.widget.attrs
        if field.required:
            attrs["data-msg-required"] = str(field.error_messages["required"])
        if "invalid" in field.error_messages:
            attrs["data-msg-invalid"] = str(field.error_messages["invalid"])
        for name, limit in (("max", "max_length"), ("min", "min_length")):
            value = getattr(field, limit, None)
            if value:
                attrs.setdefault(f"{name}length", str(value))
        for name, sentence in _LIMITS.items():
            limit_value = getattr(field, f"{name}_value", None)
            if limit_value is not None:
                words = field.error_messages.setdefault(f"{name}_value", sentence)
                attrs.setdefault(f"data-msg-{name}", str(words) % {"limit_value": limit_value})


def add_domain_error(form: forms.BaseForm, error: DomainError) -> None:
    """Show what a service refused at the field it speaks of, or above the form."""
    placed = False
    for name, sentences in error.fields.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, str(sentence))
            placed = True
    if not placed:
        form.add_error(None, str(error.message))


@contextmanager
def domain_errors_as_messages(request: HttpRequest) -> Iterator[None]:
    """Tell the person what a service refused, on the page they go to next."""
    try:
        yield
    except DomainError as error:
        messages.error(request, str(error.message))
