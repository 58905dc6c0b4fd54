"""Problems of a course folder, collected so that an author hears of all of them at once."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid

MOST_SHOWN = 200


class Problems:
    """Sentences by place; a place is "file:line", or a file's name for what has no line."""

    code = "course_folder_broken"

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self.count = 0

    def add(self, file: str, line: int | None, sentence: str | Promise) -> None:
        self.at(f"{file}:{line}" if line else file, sentence)

    def at(self, place: str, sentence: str | Promise) -> None:
        sentences = self._found.setdefault(place, [])
        if str(sentence) not in sentences:
            sentences.append(str(sentence))
            self.count += 1

    def __bool__(self) -> bool:
        return bool(self._found)

    def lines(self) -> Iterable[str]:
        """One line each, "file:line: sentence"."""
        for place, sentences in self._found.items():
            for sentence in sentences:
                yield f"{place}: {sentence}"

    def raise_if_any(self) -> None:
        """Raises ``Invalid`` with all of them (the first 200) by place."""
        if not self._found:
            return
        shown = dict(list(self._found.items())[:MOST_SHOWN])
        raise Invalid(self.code, self._message(), fields=shown)

    def _message(self) -> str:
        return ngettext(
            "The course folder has one problem. Nothing was stored. Mend it, then try again.",
            "The course folder has %(n)s problems. Nothing was stored. Mend them, then try again.",
            self.count,
        ) % {"n": self.count}


class ArchiveProblems(Problems):
    """The same for a course that was made elsewhere."""

    code = "course_archive_broken"

    def _message(self) -> str:
        return ngettext(
            "The course in the archive has one problem. Nothing was stored. Mend it, then try again.",
            "The course in the archive has %(n)s problems. Nothing was stored. Mend them, then try again.",
            self.count,
        ) % {"n": self.count}


def refuse(sentence: str | Promise, *, place: str = "") -> Invalid:
    """The error for a folder that cannot be read at all."""
    message = _("The course folder cannot be read. %(why)s Nothing was stored.") % {"why": sentence}
    return Invalid("course_folder_broken", message, fields={place or "course.toml": [sentence]})
