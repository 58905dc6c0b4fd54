"""What the authors' pages send about a question. The services decide; these only read."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from assessments.enums import QuestionKind
from assessments.models import QuestionRevision
from assessments.question_types.base import MAX_ANSWER, MAX_FEEDBACK, MAX_OPTION_TEXT, MAX_OPTIONS
from assessments.question_types.numeric import MAX_DIGITS, MAX_UNIT
from assessments.validators import MAX_HINT, MAX_STEM
from core.errors import DomainError, Stale
from core.forms import PageForm, add_domain_error

ROWS_AT_FIRST = 4
MORE_ROWS = 3


def _words(label: Any, rows: int, most: int, **extra: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **extra)


class QuestionForm(PageForm):
    """What all kinds have in common; each kind adds its own."""

    stem = _words(
        _("Question"),
        4,
        MAX_STEM,
        help_text=_("Markdown; formulas between dollar signs."),
        error_messages={"required": _("Write the question.")},
    )
    hint = _words(_("Hint"), 2, MAX_HINT, required=False, help_text=_("Shown after an answer that is not right yet."))
    explanation = _words(
        _("Explanation"), 3, MAX_STEM, required=False, help_text=_("Why it is so. Shown once it is answered rightly.")
    )
    points = forms.CharField(
        label=_("Points"),
        initial="1",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": _("Write the points as a number, such as 1 or 2.5.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def settings(self) -> dict[str, Any]:
        return {}


class OptionsForm(QuestionForm):
    shuffle = forms.BooleanField(
        label=_("Show the options to each student in an order of their own"), required=False, initial=True
    )

    def settings(self) -> dict[str, Any]:
        return {"shuffle": self.cleaned_data["shuffle"]}


class NumericForm(QuestionForm):
    answer = forms.CharField(
        label=_("Right answer"),
        max_length=MAX_DIGITS,
        help_text=_("With a decimal point, for instance 12.5."),
        error_messages={"required": _("Write the right number, for instance 12.5.")},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    tolerance = forms.CharField(
        label=_("Tolerance"),
        max_length=MAX_DIGITS,
        required=False,
        initial="0",
        help_text=_("How far off is still right, the bounds included."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    unit = forms.CharField(label=_("Unit"), max_length=MAX_UNIT, required=False)
    unit_required = forms.BooleanField(label=_("The student has to write the unit; it is not shown"), required=False)

    def settings(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "answer": data["answer"],
            "tolerance": data["tolerance"] or "0",
            "unit": data["unit"],
            "unit_required": data["unit_required"],
        }


class ShortForm(QuestionForm):
    accept = _words(
        _("Accepted answers"),
        4,
        50 * (MAX_ANSWER + 1),
        help_text=_("One to a line. Spaces make no difference."),
        error_messages={"required": _("Write at least one accepted answer.")},
    )
    case_sensitive = forms.BooleanField(label=_("Capital letters matter"), required=False)

    def settings(self) -> dict[str, Any]:
        lines = [line.strip() for line in self.cleaned_data["accept"].splitlines()]
        return {"accept": [line for line in lines if line], "case_sensitive": self.cleaned_data["case_sensitive"]}


class OptionForm(PageForm):
    """One row; a row without text is no option."""

    option_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    text = forms.CharField(label=_("Text"), required=False, max_length=MAX_OPTION_TEXT)
    right = forms.BooleanField(label=_("Right"), required=False)
    feedback = _words(_("Feedback"), 2, MAX_FEEDBACK, required=False)
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("text") and not data.get("remove") and (data.get("right") or data.get("feedback")):
            self.add_error("text", _("Write the text of this option, or remove it."))
        return data


OptionFormSet = forms.formset_factory(OptionForm, extra=0, max_num=MAX_OPTIONS, absolute_max=MAX_OPTIONS * 2)

_FORMS: dict[str, type[QuestionForm]] = {
    QuestionKind.SINGLE: OptionsForm,
    QuestionKind.MULTIPLE: OptionsForm,
    QuestionKind.NUMERIC: NumericForm,
    QuestionKind.SHORT: ShortForm,
}


class QuestionEditor:
    """The form of one kind with, for kinds with options, its rows."""

    def __init__(
        self, kind: str, revision: QuestionRevision | None, version: int | None, data: Mapping[str, Any] | None = None
    ) -> None:
        self.kind = QuestionKind(kind)
        stored = _stored(revision) | {"version": version} if revision else {}
        self.form = _FORMS[kind](data, initial=stored, auto_id="question_%s")
        self.options: Any = None
        if isinstance(self.form, OptionsForm):
            rows = [{**row, "option_id": row["id"]} for row in stored.get("options", ())]
            rows += [{}] * (MORE_ROWS if rows else ROWS_AT_FIRST)
            self.options = OptionFormSet(data, prefix="option", initial=rows[:MAX_OPTIONS])
            self._number_rows()

    def add_rows(self) -> None:
        """The same as it was typed, unchecked, with more empty rows."""
        typed = {name: self.form[name].value() for name in self.form.fields}
        rows = [{name: row[name].value() for name in row.fields} for row in self.options]
        rows = (rows + [{}] * MORE_ROWS)[:MAX_OPTIONS]
        self.form = type(self.form)(initial=typed, auto_id="question_%s")
        self.options = OptionFormSet(prefix="option", initial=rows)
        self._number_rows()

    def _number_rows(self) -> None:
        for number, row in enumerate(self.options, start=1):
            row.fields["text"].label = _("Option %(n)d") % {"n": number}

    def is_valid(self) -> bool:
        # Both are asked, so that all messages come at once.
        valid = self.form.is_valid()
        return (self.options is None or self.options.is_valid()) and valid

    def values(self) -> dict[str, Any]:
        """What the services take."""
        data = self.form.cleaned_data
        settings = self.form.settings()
        if self.options is not None:
            settings["options"] = _with_ids([row.cleaned_data for row in self.options])
        return {name: data[name] for name in ("stem", "hint", "explanation", "points")} | {
            "kind": self.kind.value,
            "settings": settings,
        }

    def refuse(self, error: DomainError) -> None:
        add_domain_error(self.form, error)
        if isinstance(error, Stale):
            # Who has read the note and saves again means it.
            data = self.form.data.copy()  # type: ignore[attr-defined]
            data["version"] = str(error.current_version)
            self.form.data = data


def _stored(revision: QuestionRevision) -> dict[str, Any]:
    points = revision.points.normalize()
    values: dict[str, Any] = {
        "stem": revision.stem,
        "hint": revision.hint,
        "explanation": revision.explanation,
        "points": f"{points:f}",
        **revision.config,
    }
    if "accept" in values:
        values["accept"] = "\n".join(values["accept"])
    return values


def _with_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that are left, new ones with an id of their own that nothing else in the question has."""
    kept = [row for row in rows if row.get("text") and not row.get("remove")]
    used = {row["option_id"] for row in kept if row["option_id"]}
    options = []
    for row in kept:
        option_id = row["option_id"] or _free_id(row["text"], used)
        used.add(option_id)
        options.append({"id": option_id, "text": row["text"], "right": row["right"], "feedback": row["feedback"]})
    return options


def _free_id(text: str, used: set[str]) -> str:
    base = slugify(text)[:40].strip("-_").replace("_", "-") or "option"
    number, option_id = 1, base
    while option_id in used:
        number += 1
        option_id = f"{base}-{number}"
    return option_id
