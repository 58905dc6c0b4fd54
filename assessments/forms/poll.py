"""What the authors' page sends about a poll. The services decide; these only read."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from assessments.poll_settings import MAX_ALT, MAX_OPTIONS, MAX_QUESTIONS, MAX_TEXT, Entry, read_poll
from core.errors import DomainError, Stale
from core.forms import PageForm, add_domain_error
from courses.models import Block
from courses.purposes import MEDIA
from courses.validators import MAX_TEXT as MAX_INTRODUCTION
from files.fields import TextWithFiles, TextWithFilesField, UploadField, UploadInput
from files.models import StoredFile
from files.services.sent import EarlierUpload, KeptChoice

ROWS_AT_FIRST = {"question": 1, "option": 4}
MORE_ROWS = {"question": 1, "option": 2}
_MOST = {"question": MAX_QUESTIONS, "option": MAX_OPTIONS}
_FILE = "file:"


class PollForm(PageForm):
    text = TextWithFilesField(
        label=_("Introduction"),
        required=False,
        max_length=MAX_INTRODUCTION,
        widget=TextWithFiles({"rows": 3}),
        help_text=_("Markdown; stands before the questions."),
    )
    results = forms.ChoiceField(
        label=_("Students see how all answered"),
        choices=[
            ("after", _("After they have answered")),
            ("always", _("At any time")),
            ("never", _("Never; only those who write the course do")),
        ],
    )
    changes = forms.BooleanField(label=_("Students may change their answer"), required=False)
    feedback = TextWithFilesField(
        label=_("Afterwards"),
        required=False,
        max_length=MAX_TEXT,
        widget=TextWithFiles({"rows": 2}),
        help_text=_("Markdown; shown to who has answered."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EntryForm(PageForm):
    """One row; a row without words and picture is left out."""

    entry_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    text = forms.CharField(label=_("Text"), required=False, max_length=MAX_TEXT)
    picture = UploadField(
        label=_("Picture"), required=False, widget=UploadInput(MEDIA, {"accept": "image/*"}, picks=True)
    )
    alt = forms.CharField(label=_("What the picture shows"), required=False, max_length=MAX_ALT)
    no_picture = forms.BooleanField(label=_("Take the picture out"), required=False)
    remove = forms.BooleanField(label=_("Remove"), required=False)


def _rows_of(most: int) -> Any:
    return forms.formset_factory(EntryForm, extra=0, max_num=most, absolute_max=most * 2)


_FORMSETS = {name: _rows_of(most) for name, most in _MOST.items()}


class PollEditor:
    """The form of a poll with its questions and options as rows, from the draft or from what was sent."""

    def __init__(self, block: Block, data: Mapping[str, Any] | None = None, files: Any = None) -> None:
        self.stored = read_poll(block.draft.data if block.draft else {})
        text = block.draft.text if block.draft else ""
        settings = {name: getattr(self.stored, name) for name in ("results", "changes", "feedback")}
        self.form = PollForm(data, initial=settings | {"text": text, "version": block.version}, auto_id="poll_%s")
        self.questions = self._rows("question", self.stored.questions, data, files)
        self.options = self._rows("option", self.stored.options, data, files)

    def _rows(self, name: str, entries: tuple[Entry, ...], data: Any, files: Any) -> Any:
        rows: list[dict[str, Any]] = [{"entry_id": e.id, "text": e.text, "alt": e.alt} for e in entries]
        rows += [{}] * (MORE_ROWS[name] if rows else ROWS_AT_FIRST[name])
        return self._numbered(name, _FORMSETS[name](data, files, prefix=name, initial=rows[: _MOST[name]]))

    def _numbered(self, name: str, formset: Any) -> Any:
        label = _("Question %(n)d") if name == "question" else _("Option %(n)d")
        pictures = {e.id for e in (*self.stored.questions, *self.stored.options) if e.image}
        for number, row in enumerate(formset, start=1):
            row.fields["text"].label = label % {"n": number}
            row.stored = bool(row["entry_id"].value())
            row.has_picture = row["entry_id"].value() in pictures
        return formset

    def add_rows(self, name: str) -> None:
        """The same as it was typed, unchecked, with more empty rows for questions or options."""
        typed = {field: self.form[field].value() for field in self.form.fields}
        for kind in ("question", "option"):
            formset = getattr(self, f"{kind}s")
            rows = [{f: row[f].value() for f in row.fields} for row in formset]
            for row in rows:
                # A browser sends no file a second time by itself; what names one is named again.
                if not isinstance(row["picture"], EarlierUpload | KeptChoice):
                    del row["picture"]
            rows += [{}] * (MORE_ROWS[kind] if kind == name else 0)
            setattr(self, f"{kind}s", self._numbered(kind, _FORMSETS[kind](prefix=kind, initial=rows[: _MOST[kind]])))
        self.form = PollForm(initial=typed, auto_id="poll_%s")

    def is_valid(self) -> bool:
        # All are asked, so that all messages come at once.
        return all([self.form.is_valid(), self.questions.is_valid(), self.options.is_valid()])

    def uploads(self) -> dict[str, Any]:
        """The pictures that came with the form, by the name of their field."""
        rows = [row for formset in (self.questions, self.options) for row in formset]
        found = {row.add_prefix("picture"): row.cleaned_data.get("picture") for row in rows if not _left_out(row)}
        return {name: file for name, file in found.items() if file}

    def values(self, stored: Mapping[str, StoredFile]) -> dict[str, Any]:
        """What the service takes: version, text, data. ``stored`` holds the pictures by the name of their field."""
        clean = self.form.cleaned_data
        data: dict[str, Any] = {name: clean[name] for name in ("results", "changes", "feedback")}
        data["questions"] = self._entries(self.questions, self.stored.questions, stored, "question")
        data["options"] = self._entries(self.options, self.stored.options, stored, "option")
        return {"version": clean["version"], "text": clean["text"], "data": data}

    def _entries(
        self, formset: Any, before: tuple[Entry, ...], stored: Mapping[str, StoredFile], word: str
    ) -> list[dict[str, str]]:
        images = {entry.id: entry.image for entry in before}
        used = {row.cleaned_data["entry_id"] for row in formset if row.cleaned_data.get("entry_id")}
        entries = []
        for row in formset:
            clean = row.cleaned_data
            new = stored.get(row.add_prefix("picture"))
            kept = "" if clean.get("no_picture") else images.get(clean.get("entry_id", ""), "")
            image = f"{_FILE}{new.public_id}" if new else kept
            if clean.get("remove") or not (clean.get("text") or image):
                continue
            entry_id = clean["entry_id"] or _free_id(clean["text"] or clean["alt"], used, word)
            used.add(entry_id)
            entry = {"id": entry_id, "text": clean["text"], "image": image, "alt": clean["alt"] if image else ""}
            entries.append({key: value for key, value in entry.items() if value})
        return entries

    def refuse(self, error: DomainError) -> None:
        add_domain_error(self.form, error)
        if isinstance(error, Stale):
            # Who has read the note and saves again means it.
            data = self.form.data.copy()  # type: ignore[attr-defined]
            data["version"] = str(error.current_version)
            self.form.data = data


def _left_out(row: Any) -> bool:
    return bool(row.cleaned_data.get("remove"))


def _free_id(text: str, used: set[str], word: str) -> str:
    base = slugify(text)[:40].strip("-_").replace("_", "-") or word
    number, entry_id = 1, base
    while entry_id in used:
        number += 1
        entry_id = f"{base}-{number}"
    return entry_id
