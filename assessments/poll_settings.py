"""What a poll asks, as it is stored in its block's revision and written in a course folder.

One question makes a poll, several a survey whose questions share the options.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.validators import validate_markdown

SETTINGS: Final = ("questions", "options", "results", "changes", "feedback")
RESULTS: Final = ("after", "never", "always")
MAX_QUESTIONS: Final = 50
MAX_OPTIONS: Final = 50
MAX_TEXT: Final = 5_000
MAX_ALT: Final = 1_000
_KEYS = ("id", "text", "image", "alt")
# Letters, digits and what other systems put into their ids: longer ones do not fit into a vote.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """A question or an option: Markdown, a picture ("file:<public id>") with its description, or both."""

    id: str
    text: str = ""
    image: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Poll:
    questions: tuple[Entry, ...] = ()
    options: tuple[Entry, ...] = ()
    results: str = "after"
    changes: bool = False
    feedback: str = ""

    @property
    def option_ids(self) -> frozenset[str]:
        return frozenset(option.id for option in self.options)

    @property
    def texts(self) -> list[str]:
        return [*(entry.text for entry in (*self.questions, *self.options)), self.feedback]


@dataclass
class _Problems:
    sentences: list[str] = field(default_factory=list)

    def add(self, sentence: str, **values: Any) -> None:
        self.sentences.append(sentence % values if values else sentence)


def read_poll(data: Mapping[str, Any]) -> Poll:
    """The poll that checked settings describe."""
    return Poll(
        questions=tuple(_entry(row) for row in data.get("questions", ())),
        options=tuple(_entry(row) for row in data.get("options", ())),
        results=data.get("results") or RESULTS[0],
        changes=bool(data.get("changes")),
        feedback=(data.get("feedback") or "").strip(),
    )


def poll_settings(poll: Poll) -> dict[str, Any]:
    """Inverse of ``read_poll``: in one order, without what says nothing."""
    settings: dict[str, Any] = {}
    if poll.results != RESULTS[0]:
        settings["results"] = poll.results
    if poll.changes:
        settings["changes"] = True
    if poll.feedback:
        settings["feedback"] = poll.feedback
    for name, entries in (("questions", poll.questions), ("options", poll.options)):
        settings[name] = [{key: value for key in _KEYS if (value := getattr(entry, key))} for entry in entries]
    return settings


def poll_problems(data: Mapping[str, Any]) -> list[str]:
    """Misspelt, missing and wrong settings; each sentence names the setting in quotes."""
    problems = _Problems()
    for name in data:
        if name not in SETTINGS:
            known = ", ".join(SETTINGS)
            problems.add(_("“%(name)s” is not a setting here; there are %(known)s."), name=name, known=known)
    _check_entries(problems, "questions", data.get("questions"), 1, MAX_QUESTIONS)
    _check_entries(problems, "options", data.get("options"), 2, MAX_OPTIONS)
    results = data.get("results")
    if results not in (None, "") and (not isinstance(results, str) or results not in RESULTS):
        words = ", ".join(RESULTS)
        problems.add(_("Choose one of these for “%(name)s”: %(words)s."), name="results", words=words)
    if not isinstance(data.get("changes", False), bool):
        problems.add(_("Write true or false for “%(name)s”."), name="changes")
    _check_text(problems, "feedback", data.get("feedback", ""))
    return problems.sentences


def _check_entries(problems: _Problems, name: str, rows: Any, least: int, most: int) -> None:
    if not isinstance(rows, list) or not least <= len(rows) <= most:
        problems.add(_("“%(name)s” is a list of %(least)d to %(most)d entries."), name=name, least=least, most=most)
        return
    ids: set[str] = set()
    for row in rows:
        if not isinstance(row, Mapping):
            problems.add(_("Each entry of “%(name)s” is a table with an id and a text."), name=name)
            continue
        for key in row:
            if key not in _KEYS:
                problems.add(_("In “%(name)s”, “%(key)s” is not a setting; there are id, text, image and alt."), name=name, key=key)  # fmt: skip
        _check_id(problems, name, row.get("id"), ids)
        _check_text(problems, name, row.get("text", ""))
        _check_picture(problems, name, row)


def _check_id(problems: _Problems, name: str, value: Any, known: set[str]) -> None:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        problems.add(_("Give each entry of “%(name)s” an id of 1 to 64 letters, digits and hyphens."), name=name)
    elif value in known:
        problems.add(_("In “%(name)s”, the id “%(id)s” is used twice."), name=name, id=value)
    else:
        known.add(value)


def _check_text(problems: _Problems, name: str, text: Any) -> None:
    if not isinstance(text, str):
        problems.add(_("Write “%(name)s” as text, in quotes."), name=name)
    elif len(text) > MAX_TEXT:
        problems.add(_("Shorten “%(name)s” to %(limit)s characters."), name=name, limit=MAX_TEXT)
    elif "\x00" in text:
        problems.add(_("“%(name)s” holds a null character. Leave it out."), name=name)
    else:
        try:
            validate_markdown(text)
        except ValidationError as error:
            problems.add(f"“{name}”: {error.messages[0]}")


def _check_picture(problems: _Problems, name: str, row: Mapping[str, Any]) -> None:
    image, alt, text = (row.get(key, "") for key in ("image", "alt", "text"))
    if not isinstance(image, str) or not isinstance(alt, str) or "\x00" in image + alt:
        problems.add(_("Write “%(name)s” as text, in quotes."), name=name)
    elif len(image) > MAX_ALT or len(alt) > MAX_ALT:
        problems.add(_("Shorten “%(name)s” to %(limit)s characters."), name=name, limit=MAX_ALT)
    elif isinstance(text, str) and not text.strip() and not (image.strip() and alt.strip()):
        problems.add(_("Give each entry of “%(name)s” a text, or a picture with an alt that says what it shows."), name=name)  # fmt: skip


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(*(str(row.get(key, "") or "").strip() for key in _KEYS))
