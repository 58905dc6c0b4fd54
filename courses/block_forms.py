"""The form of a block, made from what its kind says of its settings."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import describe_rules
from core.slots import BLOCK_KINDS
from courses.block_kinds.base import file_of, resolved_html
from courses.block_kinds.video import LANGUAGE_TAG, language_name
from courses.enums import Markup
from courses.forms import BlockForm
from courses.models import Block
from courses.purposes import MEDIA
from courses.validators import validate_markdown, validate_plain
from files.fields import UploadField, UploadInput
from files.models import StoredFile

_LABELS = {
    "about": _("What it was"),
    "address": _("Address of a film elsewhere"),
    "alt": _("What the picture shows"),
    "captions": _("Captions (.vtt or .srt)"),
    "captions_more": _("Captions in another language (.vtt or .srt)"),
    "decorative": _("The picture is only decoration"),
    "file": _("File"),
    "poster": _("Picture before it plays"),
    "source": _("Its kind there"),
    "title": _("Title"),
    "tone": _("Tone"),
    "width": _("Width"),
}
_HINTS = {
    "address": _(
        "In place of a file: a film at YouTube or Vimeo, or a file over https:// such as a .mp4, .webm or .m3u8."
    ),
    "alt": _("For those who cannot see it. Needed, unless the picture is only decoration."),
    "captions": _("In the language of the course. Students read them as a transcript, too."),
}
_ACCEPTED = {"captions": ".vtt,.srt", "captions_more": ".vtt,.srt", "poster": "image/*"}
_TEXT_LABELS = {
    "callout": _("Text"),
    "file": _("What it is"),
    "html": _("HTML"),
    "image": _("Caption"),
    "notice": _("What may be told of it"),
    "text": _("Text"),
    "video": _("Transcript"),
}
_WORDS = {
    "note": _("Note"),
    "tip": _("Tip"),
    "warning": _("Warning"),
    "text": _("As wide as the text"),
    "wide": _("Wider than the text"),
}


class SettingsForm(BlockForm):
    """Text, and one field for each setting of the kind. A file is kept unless another one is sent.

    A setting that is a table of files by language has a field for one more, and one for each to take it out.
    """

    edit_url = ""
    preview_html = ""

    def __init__(self, *args: Any, kind: Any, kept: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        self.file_settings: tuple[str, ...] = getattr(kind, "file_settings", ())
        self.required_settings: tuple[str, ...] = getattr(kind, "required", ())
        self.tables: tuple[str, ...] = getattr(kind, "file_tables", ())
        own = {}
        for name in self._settings(kind):
            own[name] = self._field(kind, name)
            if name in self.tables:
                own |= _table_fields(name, kept.get(name) or {})
            elif name in self.file_settings and name not in self.required_settings and kept.get(name):
                own[f"{name}_clear"] = forms.BooleanField(label=_("Take this file out"), required=False)
        self.fields = {**own, **self.fields}
        describe_rules(self)

    @staticmethod
    def _settings(kind: Any) -> tuple[str, ...]:
        # A kind with a page of its own is not written here.
        return () if hasattr(kind, "edit_url") else getattr(kind, "settings", ())

    def _field(self, kind: Any, name: str) -> forms.Field:
        label = _LABELS.get(name, name)
        required = name in self.required_settings
        if name in self.file_settings:
            return UploadField(
                label=label,
                required=required and not self.kept.get(name),
                help_text=_HINTS.get(name, ""),
                error_messages={"required": _("Choose a file.")},
                widget=UploadInput(MEDIA, {"accept": _ACCEPTED[name]} if name in _ACCEPTED else None, picks=True),
            )
        if name in getattr(kind, "flags", ()):
            return forms.BooleanField(label=label, required=False)
        if name in getattr(kind, "choices", {}):
            return forms.ChoiceField(label=label, choices=[(c, _WORDS.get(c, c)) for c in kind.choices[name]])
        limit = getattr(kind, "limits", {}).get(name, 200)
        words = {"required": _("Write a title, for instance “Reading a graph”.")}
        hint = _HINTS.get(name, "")
        return forms.CharField(label=label, required=required, max_length=limit, help_text=hint, error_messages=words)

    def clean(self) -> dict[str, Any]:
        clean: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.tables:
            if clean.get(name) and not clean.get(f"{name}_language") and f"{name}_language" not in self.errors:
                self.add_error(f"{name}_language", _("Write the language of these captions, for instance de."))
        return clean

    def values(self, stored: Mapping[str, StoredFile]) -> dict[str, Any]:
        """What the service takes: version, text, data. ``stored`` holds the files that came with the form."""
        clean = self.cleaned_data
        data: dict[str, Any] = {}
        for name in self.fields:
            if name in ("text", "version") or name.endswith(("_clear", "_language")):
                continue
            if name in self.tables:
                data[name] = self._table(name, stored)
            elif name not in self.file_settings:
                data[name] = clean[name]
            elif name in stored:
                data[name] = str(stored[name].public_id)
            elif self.kept.get(name) and not clean.get(f"{name}_clear"):
                data[name] = self.kept[name]
        return {"version": clean["version"], "text": clean["text"], "data": data}

    def _table(self, name: str, stored: Mapping[str, StoredFile]) -> dict[str, str]:
        kept = dict(self.kept.get(name) or {})
        table = {tag: file for tag, file in kept.items() if not self.cleaned_data.get(f"{name}_{tag}_clear")}
        return table | ({self.cleaned_data[f"{name}_language"]: str(stored[name].public_id)} if name in stored else {})


def _table_fields(name: str, kept: Mapping[str, str]) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        f"{name}_language": forms.CharField(
            label=_("Its language"),
            max_length=12,
            required=False,
            help_text=_("As a tag, for instance de or pt-BR."),
            validators=[RegexValidator(LANGUAGE_TAG, _("Write a tag such as de or pt-BR."))],
        )
    }
    for tag in kept:
        label = format_lazy(_("Take the captions out: {language}"), language=language_name(tag))
        fields[f"{name}_{tag}_clear"] = forms.BooleanField(label=label, required=False)
    return fields


def uploads(form: SettingsForm) -> dict[str, Any]:
    """The files that came with a checked form, by setting."""
    return {name: form.cleaned_data[name] for name in form.file_settings if form.cleaned_data.get(name)}


def block_form(block: Block, data: Any = None, files: Any = None) -> SettingsForm:
    """The form of a block with its draft in it, or with what was sent."""
    kind = BLOCK_KINDS.get(block.kind)
    kept = dict(block.draft.data) if block.draft else {}
    text = block.draft.text if block.draft else ""
    form = SettingsForm(
        data,
        files,
        kind=kind,
        kept=kept,
        initial={**_shown(kind, kept), "text": text, "version": block.version},
        auto_id=f"block-{block.public_id}-%s",
    )
    for name in form.file_settings:
        if file := file_of(block, kept.get(name)):
            link = format_html('<a href="{}">{}</a>', file.get_absolute_url(), file.name)
            now = format_html(str(_("Now: {}. Choose another one to put in its place.")), link)
            form.fields[name].help_text = format_html("{} {}", now, _HINTS[name]) if name in _HINTS else now
    if getattr(kind, "markup", Markup.MARKDOWN) == Markup.HTML:
        kept_rules = [rule for rule in form.fields["text"].validators if rule is not validate_markdown]
        form.fields["text"].validators = [*kept_rules, validate_plain]
        form.fields["text"].help_text = _(
            "What cannot be shown safely, such as scripts and colours of its own, is left out."
        )
        form.fields["text"].widget.attrs |= {"spellcheck": "false", "dir": "ltr"}
        form.fields["text"].widget.markup = Markup.HTML.value
    if getattr(kind, "previews", False) and block.draft:
        form.preview_html = resolved_html(block, block.draft)
    form.fields["text"].label = _TEXT_LABELS.get(block.kind, _("Text"))
    lines = text.count("\n") + len(text) // 60 + 2
    form.fields["text"].widget.attrs["rows"] = min(max(lines, 4), 24)
    form.edit_url = edit_url(kind, block)
    return form


def _shown(kind: Any, kept: dict[str, Any]) -> dict[str, Any]:
    """The settings that a form can show; a file field shows none, the file stands in words below it."""
    return {name: value for name, value in kept.items() if name not in getattr(kind, "file_settings", ())}


def edit_url(kind: Any, block: Block) -> str:
    """Where a kind with a page of its own is written; empty for those with a form here."""
    own = getattr(kind, "edit_url", None)
    return str(own(block)) if own else ""


def kinds_to_add() -> list[tuple[str, Any]]:
    """Kinds that an author can put into a lesson, with their names."""
    return [(key, kind.label) for key, kind in BLOCK_KINDS.items()]
