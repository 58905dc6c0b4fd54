"""All forms of a question's page together: stored to shown, sent to what the services take."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _now

from assessments.enums import QuestionKind, ShowAnswer
from assessments.forms.question import (
    ALONE,
    CombinationForm,
    HintForm,
    MultipleFields,
    MultipleOptionForm,
    NumericFields,
    OptionsFields,
    OtherNumberForm,
    OtherTextForm,
    PartForm,
    QuestionForm,
    ShortFields,
    SingleOptionForm,
    lines_of,
    read_value,
)
from assessments.models import QuestionRevision
from assessments.question_types.base import MAX_OPTIONS, MAX_OTHERS
from assessments.question_types.dropdown import MAX_CHOICES
from assessments.question_types.parts import MAX_PARTS
from assessments.validators import MAX_HINTS
from core.errors import DomainError, Stale
from core.forms import PageForm, add_domain_error

ROWS_AT_FIRST = 4
MORE_ROWS = 3
PARTS_AT_FIRST = 2


def _rows(form: type[PageForm], most: int) -> type[forms.BaseFormSet]:
    return forms.formset_factory(form, extra=0, max_num=most, absolute_max=most * 2)


_FIELDS: dict[str, type[forms.Form]] = {
    QuestionKind.SINGLE: OptionsFields,
    QuestionKind.DROPDOWN: OptionsFields,
    QuestionKind.MULTIPLE: MultipleFields,
    QuestionKind.NUMERIC: NumericFields,
    QuestionKind.SHORT: ShortFields,
}


_ROWS: dict[str, dict[str, type[forms.BaseFormSet]]] = {
    QuestionKind.SINGLE: {"option": _rows(SingleOptionForm, MAX_OPTIONS)},
    QuestionKind.DROPDOWN: {"option": _rows(SingleOptionForm, MAX_CHOICES)},
    QuestionKind.MULTIPLE: {
        "option": _rows(MultipleOptionForm, MAX_OPTIONS),
        "combination": _rows(CombinationForm, MAX_OTHERS),
    },
    QuestionKind.NUMERIC: {"other": _rows(OtherNumberForm, MAX_OTHERS)},
    QuestionKind.SHORT: {"other": _rows(OtherTextForm, MAX_OTHERS)},
    QuestionKind.PARTS: {},
}


_HINTS = _rows(HintForm, MAX_HINTS)


_WHOLE: dict[str, type[PageForm]] = {
    kind: type("WholeForm", (fields, QuestionForm), {}) for kind, fields in _FIELDS.items()
} | {QuestionKind.PARTS: QuestionForm}


_PART: dict[str, type[PageForm]] = {
    kind: type("OnePartForm", (fields, PartForm), {}) for kind, fields in _FIELDS.items()
}


class KindEditor:
    """The form of one kind with its rows. The same for a question and, under a ``prefix``, for a part of one."""

    def __init__(
        self,
        kind: str,
        form: type[forms.Form],
        stored: Mapping[str, Any],
        data: Mapping[str, Any] | None = None,
        *,
        prefix: str = "",
        rows: Mapping[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        self.kind = QuestionKind(kind)
        self.prefix = prefix
        self.form = form(data, initial=dict(stored), prefix=prefix or None, auto_id="question_%s")  # type: ignore[arg-type]
        self.rows: dict[str, forms.BaseFormSet] = {}
        for name, formset in _ROWS[self.kind].items():
            initial = rows[name] if rows is not None else _first_rows(name, stored)
            of = data
            if data is not None and name != "option" and f"{self._name(name)}-TOTAL_FORMS" not in data:
                # A program that fills in the form may leave out what it does not need.
                of, initial = None, []
            most = formset.max_num  # type: ignore[attr-defined]
            # A row that was sent back as it came is a row all the same, so what was sent has nothing to differ from.
            self.rows[name] = formset(of, prefix=self._name(name), initial=None if of is not None else initial[:most])
        for number, row in enumerate(self.rows.get("option", ()), start=1):
            row.fields["text"].label = _now("Option %(n)d") % {"n": number}

    def __getattr__(self, name: str) -> Any:
        # For templates: ``options``, ``combinations`` and ``others``; None for what the kind has not.
        if name in ("options", "combinations", "others"):
            return self.rows.get(name.removesuffix("s"))
        raise AttributeError(name)

    def _name(self, rows: str) -> str:
        return f"{self.prefix}-{rows}" if self.prefix else rows

    def typed(self, more: str) -> "KindEditor":
        """The same as it was typed, unchecked; with more empty rows where ``more`` names them."""
        rows = {}
        for name, formset in self.rows.items():
            kept = [_typed(row) for row in formset]
            rows[name] = kept + [{}] * (MORE_ROWS if more == self._name(name) else 0)
        return KindEditor(self.kind, type(self.form), _typed(self.form), prefix=self.prefix, rows=rows)

    @property
    def is_removed(self) -> bool:
        return bool(self.form["remove"].value()) if "remove" in self.form.fields else False

    def is_valid(self) -> bool:
        # All are asked, so that all messages come at once.
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows.values() if rows.is_bound)])

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.form.settings()  # type: ignore[attr-defined]
        found = {name: [row.cleaned_data for row in rows] if rows.is_bound else [] for name, rows in self.rows.items()}
        if "option" in found:
            extras = self.rows["option"].form.extras
            numbered = _with_ids(found["option"], extras)
            settings["options"] = [option for option in numbered if option is not None]
            if combinations := [row for row in found.get("combination", ()) if row.get("numbers")]:
                settings["combinations"] = [
                    {"options": _ids(row["numbers"], numbered), "feedback": row["feedback"]} for row in combinations
                ]
        if others := [row for row in found.get("other", ()) if row.get("value") or row.get("accept")]:
            settings["others"] = [
                (read_value(row["value"]) if "value" in row else {"accept": lines_of(row["accept"])})
                | {"credit": row["credit"] or "0", "feedback": row["feedback"]}
                for row in others
            ]
        return settings


class QuestionEditor:
    """All that the page of one question has: the form of its kind, its hints, its parts."""

    def __init__(
        self, kind: str, revision: QuestionRevision | None, version: int | None, data: Mapping[str, Any] | None = None
    ) -> None:
        self.kind = QuestionKind(kind)
        stored = _stored(revision) | {"version": version} if revision else {}
        self.whole = KindEditor(kind, _WHOLE[self.kind], stored, data)
        hints = [{"text": text} for text in stored.get("hints", ())]
        bound = data if data is not None and "hint-TOTAL_FORMS" in data else None
        self.hints = _HINTS(bound, prefix="hint", initial=hints if data is None else [])
        if data is None and not hints:
            self.hints = _HINTS(prefix="hint", initial=[{}])
        self.parts: list[KindEditor] = []
        if self.kind == QuestionKind.PARTS:
            self.parts = _parts_sent(data) if data is not None else _parts_stored(stored.get("parts", ()))
        self.new_kinds = ALONE

    @property
    def form(self) -> Any:
        return self.whole.form

    @property
    def forms(self) -> list[forms.BaseForm]:
        """All that was sent."""
        found: list[forms.BaseForm] = [*(self.hints if self.hints.is_bound else ())]
        for one in (self.whole, *self.parts):
            found += [one.form, *(row for rows in one.rows.values() if rows.is_bound for row in rows)]
        return found

    @property
    def options(self) -> Any:
        return self.whole.options

    @property
    def may_have_more_parts(self) -> bool:
        return self.kind == QuestionKind.PARTS and len(self.parts) < MAX_PARTS

    def add_rows(self, more: str = "option", new_part: str = "") -> None:
        """The same as it was typed, unchecked, with more of what ``more`` names; parts marked for it are gone."""
        self.whole = self.whole.typed("option" if more == "1" else more)
        hints = [_typed(row) for row in self.hints] + [{}] * (more == "hint")
        self.hints = _HINTS(prefix="hint", initial=hints[:MAX_HINTS])
        kept = [part.typed(more) for part in self.parts if not part.is_removed]
        self.parts = [_moved(part, number) for number, part in enumerate(kept)]
        if more == "part" and new_part in ALONE and self.may_have_more_parts:
            self.parts.append(_new_part(new_part, len(self.parts)))

    def is_valid(self) -> bool:
        parts = [part for part in self.parts if not part.is_removed]
        hints = self.hints.is_valid() if self.hints.is_bound else True
        return all([self.whole.is_valid(), hints, *(part.is_valid() for part in parts)])

    def values(self) -> dict[str, Any]:
        """What the services take."""
        data = self.form.cleaned_data
        hints = [row.cleaned_data.get("text", "") for row in self.hints] if self.hints.is_bound else []
        settings = {"parts": self._parts()} if self.kind == QuestionKind.PARTS else self.whole.settings()
        return {name: data[name] for name in ("stem", "explanation", "points")} | {
            "kind": self.kind.value,
            "hints": hints,
            "attempts": data["attempts"],
            "show_answer": data["show_answer"] or ShowAnswer.FINISHED.value,
            "settings": settings,
        }

    def _parts(self) -> list[dict[str, Any]]:
        kept = [part for part in self.parts if not part.is_removed]
        used = {part.form.cleaned_data["part_id"] for part in kept}
        parts = []
        for part in kept:
            data = part.form.cleaned_data
            part_id = data["part_id"] or _unused("part", used)
            used.add(part_id)
            parts.append(
                {"id": part_id, "kind": part.kind.value, "text": data["text"], "points": data["part_points"] or "1"}
                | part.settings()
            )
        return parts

    def refuse(self, error: DomainError) -> None:
        add_domain_error(self.form, error)
        if isinstance(error, Stale):
            # Who has read the note and saves again means it.
            data = self.form.data.copy()
            data["version"] = str(error.current_version)
            self.form.data = data


def _new_part(kind: str, number: int) -> KindEditor:
    return KindEditor(kind, _PART[QuestionKind(kind)], {"kind": kind}, prefix=f"part-{number}")


def _parts_stored(parts: Any) -> list[KindEditor]:
    if not parts:
        return [_new_part(QuestionKind.SHORT, number) for number in range(PARTS_AT_FIRST)]
    return [
        KindEditor(
            part["kind"],
            _PART[QuestionKind(part["kind"])],
            _kind_stored(part["config"])
            | {"part_id": part["id"], "kind": part["kind"], "text": part["text"], "part_points": part["points"]},
            prefix=f"part-{number}",
        )
        for number, part in enumerate(parts)
    ]


def _parts_sent(data: Mapping[str, Any]) -> list[KindEditor]:
    """Parts are numbered without gaps; the first number without a kind ends them."""
    parts: list[KindEditor] = []
    while len(parts) < MAX_PARTS and (kind := data.get(f"part-{len(parts)}-kind")) in ALONE:
        parts.append(KindEditor(str(kind), _PART[QuestionKind(kind)], {}, data, prefix=f"part-{len(parts)}"))
    return parts


def _moved(part: KindEditor, number: int) -> KindEditor:
    """The part under another number, because one before it is gone."""
    prefix = f"part-{number}"
    if part.prefix == prefix:
        return part
    rows = {name: [dict(row.initial) for row in formset] for name, formset in part.rows.items()}
    return KindEditor(part.kind, type(part.form), part.form.initial, prefix=prefix, rows=rows)


def _typed(form: Any) -> dict[str, Any]:
    return {name: form[name].value() for name in form.fields}


def _first_rows(name: str, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of what is stored, and for options some empty ones."""
    read: Callable[[Mapping[str, Any]], list[dict[str, Any]]] = {
        "option": lambda config: [{**row, "option_id": row["id"]} for row in config.get("options", ())],
        "combination": _combination_rows,
        "other": _other_rows,
    }[name]
    rows = read(stored)
    if name == "option":
        rows += [{}] * (MORE_ROWS if rows else ROWS_AT_FIRST)
    return rows


def _combination_rows(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    numbers = {option["id"]: number for number, option in enumerate(config.get("options", ()), start=1)}
    return [
        {
            "numbers": ", ".join(str(numbers[one]) for one in row["options"] if one in numbers),
            "feedback": row["feedback"],
        }
        for row in config.get("combinations", ())
    ]


def _other_rows(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "value": other.get("range") or other.get("answer", ""),
            "accept": "\n".join(other.get("accept", ())),
            "credit": other["credit"],
            "feedback": other.get("feedback", ""),
        }
        for other in config.get("others", ())
    ]


def _stored(revision: QuestionRevision) -> dict[str, Any]:
    points = revision.points.normalize()
    return {
        "stem": revision.stem,
        "hints": revision.hints,
        "explanation": revision.explanation,
        "points": f"{points:f}",
        "attempts": revision.attempts_allowed,
        "show_answer": revision.show_answer,
        **_kind_stored(revision.config),
    }


def _kind_stored(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config as the fields of its form."""
    values = dict(config)
    if isinstance(values.get("accept"), list):
        values["accept"] = "\n".join(values["accept"])
    if values.get("range"):
        values["answer"] = values["range"]
    if near := values.get("near"):
        values |= {"near_tolerance": near["tolerance"], "near_credit": near["credit"]}
    return values


def _with_ids(rows: list[dict[str, Any]], extras: tuple[str, ...]) -> list[dict[str, Any] | None]:
    """Rows that are left, new ones with an id of their own that nothing else has; None for those that are gone."""
    kept = [row if row.get("text") and not row.get("remove") else None for row in rows]
    used = {row["option_id"] for row in kept if row and row["option_id"]}
    options: list[dict[str, Any] | None] = []
    for row in kept:
        if row is None:
            options.append(None)
            continue
        option_id = row["option_id"] or _unused(
            slugify(row["text"])[:40].strip("-_").replace("_", "-") or "option", used
        )
        used.add(option_id)
        own = {name: row[name] for name in ("text", "right", "feedback")}
        options.append({"id": option_id, **own} | {name: row[name] for name in extras if row.get(name)})
    return options


def _ids(numbers: str, options: list[dict[str, Any] | None]) -> list[str]:
    """The options that ``numbers`` ("1, 3") name; what is no number of an option is kept, for the service to refuse."""
    found = []
    for text in numbers.replace(";", ",").split(","):
        number = text.strip()
        place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 4 else -1
        option = options[place] if 0 <= place < len(options) else None
        found.append(option["id"] if option else number)
    return [one for one in found if one]


def _unused(base: str, used: set[str]) -> str:
    number, found = 1, base
    while found in used:
        number += 1
        found = f"{base}-{number}"
    return found
