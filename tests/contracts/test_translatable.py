"""Every text of ours can be translated: in a language made of brackets, nothing stands outside them.

What people wrote is in Greek here, so whatever Latin letters remain were written in a template or a view.
"""

import io
import re
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from accounts.models import Device, PolicyVersion, User
from assessments.models import QuestionRevision
from courses.models import BlockRevision, Course, Experiment, ExperimentGroup, Item, Module, Page, Section
from files.models import File, Folder, StoredFile
from notifications.models import Notification
from tests.contracts.pages import pages
from tests.contracts.source import APPS, ROOT
from tests.contracts.test_reads import signed_in
from tests.contracts.world import World

# Names that are the same in every language.
NAMES = {settings.BRAND, *settings.SITE_NAME.split(), "Europe", "London", "Markdown", "API", "CSV", "PDF"}
# Text of these is code, a name of the IANA database, a sample or nothing that is read.
# Pages of codes and of machines: the log's names of events, an error's code, the schema's readers.
UNREAD = {"/operations/events/", "/operations/browser-errors/", "/docs/errors/not_found/", "/api/docs/", "/api/redoc/"}
SKIPPED_TAGS = {"script", "style", "code", "kbd", "pre", "samp", "svg", "math"}
ATTRIBUTES = {"alt", "aria-label", "aria-description", "placeholder", "title", "data-label"}
LATIN = re.compile(r"[A-Za-z]{2,}")


class Brackets(NullTranslations):
    """A language in which every message is itself, between brackets."""

    domain = "django"

    def gettext(self, message):
        context, _separator, text = message.rpartition("\x04")
        return f"{context}\x04⟦{text}⟧" if context else f"⟦{message}⟧"

    def ngettext(self, singular, plural, number):
        return self.gettext(singular if number == 1 else plural)

    def language(self):
        return "en-gb"

    def to_language(self):
        # A name of its own: sentences are kept by language.
        return "en-gb-x-brackets"


class Reader(HTMLParser):
    """Collects text and attributes that stand outside the brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.skipping: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in SKIPPED_TAGS or (tag == "select" and values.get("name") in {"time_zone"}) or "data-copy" in values:
            self.skipping.append(tag)
        for name, value in attrs:
            if (
                name in ATTRIBUTES
                or name.startswith("data-msg-")
                or (tag == "input" and name == "value" and submits(values))
            ):
                self._judge(strip_brackets(value or ""))

    def handle_endtag(self, tag):
        if self.skipping and self.skipping[-1] == tag:
            self.skipping.pop()

    def handle_data(self, data):
        kept = ""
        for letter in data:
            self.depth += {"⟦": 1, "⟧": -1}.get(letter, 0)
            kept += letter if self.depth == 0 and letter != "⟧" else " "
        if not self.skipping:
            self._judge(kept)

    def _judge(self, text: str) -> None:
        words = [word for word in LATIN.findall(text) if word not in NAMES]
        if words and "@" not in text and "://" not in text:
            self.outside.append(" ".join(text.split()))


def submits(values) -> bool:
    return values.get("type") in {"submit", "button", "reset"}


def strip_brackets(text: str) -> str:
    while "⟦" in text and (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return text


def outside(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.outside


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>⟦Hello <b>you</b>⟧</p>", []),
        ("<p>⟦Hello⟧ there</p>", ["there"]),
        ('<button aria-label="Close">⟦x⟧</button>', ["Close"]),
        ("<code>print</code><p>Στατιστική</p>", []),
    ],
)
def test_what_counts_as_outside(html, expected):
    assert outside(html) == expected


def write_in_greek(world: World) -> None:
    """Give all that people wrote other letters than ours."""
    Course.everything.update(title="Στατιστική", code="ΣΤ", summary="Περί αριθμών")
    Module.everything.update(title="Δεδομένα")
    Item.everything.update(title="Μάθημα", objective="Να μετράς")
    Section.everything.update(title="Ενότητα")
    Experiment.objects.update(name="Πείραμα")
    ExperimentGroup.objects.update(name="Ομάδα")
    Page.everything.update(title="Σελίδα", text="Κείμενο", html="<p>Κείμενο</p>")
    BlockRevision.objects.update(text="Κείμενο", html="<p>Κείμενο</p>")
    BlockRevision.objects.filter(block__kind="poll").update(
        data={
            "questions": [{"id": "q", "text": "Πώς;"}],
            "options": [{"id": "a", "text": "Ναι"}, {"id": "b", "text": "Όχι"}],
        }
    )
    QuestionRevision.objects.update(
        stem="Πόσα;",
        hints=["Μέτρα"],
        explanation="Έτσι",
        config={
            "options": [
                {"id": "a", "text": "Ένα", "right": True, "feedback": "Ναι"},
                {"id": "b", "text": "Δύο", "right": False, "feedback": "Όχι"},
            ],
            "shuffle": False,
        },
    )
    User.objects.update(name="Άννα Ωμέγα")
    StoredFile.objects.update(name="εικόνα")
    File.objects.update(name="εικόνα")
    Folder.objects.update(name="Φύλλα")
    Notification.objects.update(data={"title": "Στατιστική", "code": "ΣΤ"})
    PolicyVersion.objects.update(title="Όροι", text="Κείμενο", html="<p>Κείμενο</p>")


def test_every_text_on_the_main_pages_is_translatable(world, monkeypatch):
    write_in_greek(world)
    opened = [(person, address, signed_in(world, person)) for person, address in pages(world)]
    Device.objects.update(name="Περιηγητής")
    monkeypatch.setattr(trans_real, "translation", lambda language: Brackets())
    # Whatever language is looked up first becomes the process's fallback.
    monkeypatch.setattr(trans_real, "_default", trans_real._default)
    found = {}
    with brackets():
        for person, address, client in opened:
            if address in UNREAD:
                continue
            html = client.get(address).content.decode()
            assert "⟦" in html, address
            if texts := outside(html):
                found[person, address] = texts
    assert found == {}


class brackets:
    """Speak in brackets, and stop when done."""

    def __enter__(self):
        self.before = getattr(trans_real._active, "value", None)
        trans_real._active.value = Brackets()

    def __exit__(self, *exc):
        if self.before is None:
            del trans_real._active.value
        else:
            trans_real._active.value = self.before


KEYWORDS = {
    name: arguments
    for base, arguments in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for name in (base, f"{base}_lazy", f"{base}_noop")
} | {"_": None}


def messages(path) -> list[tuple[int, str]]:
    """What Babel finds in a file, templates as Django turns them into code."""
    text = path.read_text()
    if path.suffix == ".html":
        # Not quite Python: blanked-out markup of any indentation.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    found = extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=())
    return [(line, message if isinstance(message, str) else message[0]) for line, message, _comments, _context in found]


def test_messages_are_found_whole_and_say_which_value_goes_where():
    paths = [p for app in APPS for p in (ROOT / app).rglob("*.py")] + list((ROOT / "templates").rglob("*.html"))
    found, nameless = 0, []
    for path in paths:
        for line, message in messages(path):
            found += 1
            # Two values without names cannot change places in another language.
            if len(re.findall(r"%[sd]|\{\}", message)) > 1:
                nameless.append(f"{path.relative_to(ROOT)}:{line}: {message}")
    assert nameless == []
    assert found > 500
