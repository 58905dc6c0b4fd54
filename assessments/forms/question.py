"""What the authors' pages send about a question. The services decide; these only read."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.enums import QuestionKind, ShowAnswer
from assessments.question_types.base import MAX_ANSWER, MAX_FEEDBACK, MAX_OPTION_TEXT
from assessments.question_types.multiple import BALANCED
from assessments.question_types.numeric import MAX_DIGITS, MAX_UNIT
from assessments.question_types.parts import MAX_PART_TEXT
from assessments.question_types.short import MAX_PATTERN
from assessments.validators import MAX_HINT, MAX_STEM
from core.forms import PageForm
from files.fields import TextWithFiles, TextWithFilesField

_VALUE = 2 * MAX_DIGITS + 10
_DECIMAL = {"inputmode": "decimal"}
ALONE = [kind for kind in QuestionKind if kind != QuestionKind.PARTS]


def _words(label: Any, rows: int, most: int, **extra: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **extra)


def _written(label: Any, rows: int, most: int, **extra: Any) -> forms.CharField:
    """Markdown in which a picture or a file may stand."""
    return TextWithFilesField(label=label, max_length=most, widget=TextWithFiles({"rows": rows}), **extra)


def _line(label: Any, most: int, **extra: Any) -> forms.CharField:
    attrs = extra.pop("attrs", {})
    return forms.CharField(label=label, max_length=most, widget=forms.TextInput(attrs=attrs), **extra)


def read_value(text: str) -> dict[str, Any]:
    """A number, or a range, which begins with a bracket."""
    return {"range": text} if text[:1] in ("[", "(") else {"answer": text}


def lines_of(text: str) -> list[str]:
    """The lines that say something, trimmed."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class QuestionForm(PageForm):
    """What all kinds have in common; each kind adds its own."""

    stem = _written(
        _("Question"),
        4,
        MAX_STEM,
        help_text=_("Markdown; formulas between dollar signs."),
        error_messages={"required": _("Write the question.")},
    )
    explanation = _written(
        _("Explanation"),
        3,
        MAX_STEM,
        required=False,
        help_text=_("Why it is so. Shown together with the right answer."),
    )
    points = _line(
        _("Points"),
        20,
        initial="1",
        attrs=_DECIMAL,
        help_text=_("0 for practice that does not count."),
        error_messages={"required": _("Write the points as a number, such as 1 or 2.5.")},
    )
    attempts = _line(
        _("Tries"),
        3,
        required=False,
        attrs={"inputmode": "numeric"},
        help_text=_("How often a student may answer. Empty: as often as they like. The best try counts."),
    )
    show_answer = forms.ChoiceField(
        label=_("Show the right answer"), choices=ShowAnswer.choices, initial=ShowAnswer.FINISHED, required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class PartForm(PageForm):
    """One part of a question: what stands before it, and its share of the points."""

    part_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    kind = forms.CharField(widget=forms.HiddenInput, max_length=10)
    text = _written(_("What is asked in this part"), 2, MAX_PART_TEXT, required=False, help_text=_("Markdown."))
    part_points = _line(_("Share of the points"), 12, initial="1", required=False, attrs=_DECIMAL)
    remove = forms.BooleanField(label=_("Remove this part"), required=False)


class OptionsFields(forms.Form):
    shuffle = forms.BooleanField(
        label=_("Show the options to each student in an order of their own"), required=False, initial=True
    )

    def settings(self) -> dict[str, Any]:
        return {"shuffle": self.cleaned_data["shuffle"]}


class MultipleFields(OptionsFields):
    credit = forms.ChoiceField(
        label=_("What is a choice worth that is not quite right?"),
        choices=[
            (BALANCED, _("Its right ones less its wrong ones")),
            ("none", _("Nothing")),
            ("each", _("The share of options that are decided rightly")),
            ("halves", _("Half with one mistake, a quarter with two")),
        ],
        required=False,
    )

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"credit": self.cleaned_data["credit"] or BALANCED}


class NumericFields(forms.Form):
    answer = _line(
        _("Right answer"),
        _VALUE,
        help_text=_("With a decimal point, for instance 12.5; or a range: [10, 20) has 10 in it and 20 not."),
        error_messages={"required": _("Write the right number, for instance 12.5.")},
    )
    tolerance = _line(
        _("Tolerance"),
        MAX_DIGITS + 1,
        required=False,
        initial="0",
        help_text=_("How far off is still right, the bounds included: 0.05, or 5% of the answer."),
    )
    unit = forms.CharField(label=_("Unit"), max_length=MAX_UNIT, required=False)
    unit_required = forms.BooleanField(label=_("The student has to write the unit; it is not shown"), required=False)
    feedback = _written(_("Feedback when right"), 2, MAX_FEEDBACK, required=False)
    near_tolerance = _line(
        _("Partly right when at most this far off"),
        MAX_DIGITS + 1,
        required=False,
        help_text=_("Wider than the tolerance."),
    )
    near_credit = _line(_("Share of the points for that"), 20, required=False, initial="0.5", attrs=_DECIMAL)

    def settings(self) -> dict[str, Any]:
        data = self.cleaned_data
        settings = read_value(data["answer"]) | {
            "tolerance": data["tolerance"] or "0",
            "unit": data["unit"],
            "unit_required": data["unit_required"],
            "feedback": data["feedback"],
        }
        if data["near_tolerance"]:
            settings["near"] = {"tolerance": data["near_tolerance"], "credit": data["near_credit"] or "0.5"}
        return settings


class ShortFields(forms.Form):
    accept = _words(
        _("Accepted answers"),
        4,
        50 * (MAX_ANSWER + 1),
        required=False,
        help_text=_("One to a line. Spaces make no difference."),
    )
    pattern = _line(
        _("Accepted pattern"),
        MAX_PATTERN,
        required=False,
        help_text=_("A regular expression. What it matches from beginning to end is right, too."),
    )
    case_sensitive = forms.BooleanField(label=_("Capital letters matter"), required=False)
    feedback = _written(_("Feedback when right"), 2, MAX_FEEDBACK, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not (data.get("accept") or "").strip() and not data.get("pattern"):
            self.add_error("accept", _("Write at least one accepted answer."))
        return data

    def settings(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "accept": lines_of(data["accept"]),
            "pattern": data["pattern"],
            "case_sensitive": data["case_sensitive"],
            "feedback": data["feedback"],
        }


class RowForm(PageForm):
    """One row; a row without its first text says nothing."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get(self.first) and not data.get("remove") and any(data.get(name) for name in self.others):
            self.add_error(self.first, self.missing)
        return data

    first = "text"
    others: tuple[str, ...] = ()
    missing: Any = _("Write a text here, or remove the row.")


class OptionForm(RowForm):
    option_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    text = forms.CharField(label=_("Text"), required=False, max_length=MAX_OPTION_TEXT)
    right = forms.BooleanField(label=_("Right"), required=False)
    feedback = _written(_("Feedback"), 2, MAX_FEEDBACK, required=False)
    fixed = forms.BooleanField(label=_("Stays in this place"), required=False)
    remove = forms.BooleanField(label=_("Remove"), required=False)

    others: tuple[str, ...] = ("right", "feedback")
    missing = _("Write the text of this option, or remove it.")
    extras: tuple[str, ...] = ("fixed",)


class SingleOptionForm(OptionForm):
    credit = _line(_("Share of the points if partly right"), 20, required=False, attrs=_DECIMAL)

    extras = ("credit", "fixed")


class MultipleOptionForm(OptionForm):
    feedback_unchosen = _written(_("Feedback when not chosen"), 2, MAX_FEEDBACK, required=False)

    others = ("right", "feedback", "feedback_unchosen")
    extras = ("feedback_unchosen", "fixed")


class CombinationForm(RowForm):
    numbers = _line(
        _("Chosen together"), 200, required=False, help_text=_("Numbers of options as they stand above, such as 1, 3.")
    )
    feedback = _written(_("Feedback"), 2, MAX_FEEDBACK, required=False)

    first, others = "numbers", ("feedback",)


class OtherNumberForm(RowForm):
    value = _line(_("Another answer"), _VALUE, required=False, help_text=_("A number or a range."))
    credit = _line(_("Share of the points"), 20, required=False, initial="0", attrs=_DECIMAL)
    feedback = _written(_("Feedback"), 2, MAX_FEEDBACK, required=False)

    first, others = "value", ("feedback",)


class OtherTextForm(RowForm):
    accept = _words(_("Other answers"), 2, 50 * (MAX_ANSWER + 1), required=False, help_text=_("One to a line."))
    credit = _line(_("Share of the points"), 20, required=False, initial="0", attrs=_DECIMAL)
    feedback = _written(_("Feedback"), 2, MAX_FEEDBACK, required=False)

    first, others = "accept", ("feedback",)


class HintForm(PageForm):
    text = _written(_("Hint"), 2, MAX_HINT, required=False)


KIND_SENTENCES = [
    (QuestionKind.SINGLE, _("Several options, exactly one of them right.")),
    (QuestionKind.MULTIPLE, _("Several options; right is who chooses exactly the right ones.")),
    (QuestionKind.DROPDOWN, _("One right answer among several, in a list that opens.")),
    (QuestionKind.NUMERIC, _("A number within a tolerance or a range, with or without a unit.")),
    (QuestionKind.SHORT, _("A word or a few, compared with the answers that you accept.")),
    (QuestionKind.PARTS, _("Several of these under one question, answered and scored together.")),
]
