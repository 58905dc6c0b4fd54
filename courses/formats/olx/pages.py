"""What stands beside the outline of an Open edX course: its tabs, handouts, updates and description."""

import re
from typing import Any

import lxml.html
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from lxml import etree
from markdownify import ATX, MarkdownConverter

from courses.formats.data import NoteData, PageData
from courses.formats.olx.links import Links
from courses.formats.olx.markup import cleaned
from courses.formats.olx.source import Source, Unreadable
from courses.formats.problems import ArchiveProblems
from courses.formats.references import MEDIA, length_here
from courses.validators import LONGEST_DESCRIPTION, MAX_TEXT, validate_markdown

LONGEST_SUMMARY = 300
# The text that Studio puts into a new course, which nobody wrote for this one.
_TEMPLATE = "Include your long course description here."
_SIGNS = re.compile(r"[\\`*\[\]<>$]")
_HEADINGS_AND_CELLS = ["h1", "h2", "h3", "h4", "h5", "h6", "td", "th"]
_GAPS = re.compile(r"\n{3,}")


class PageReader:
    def __init__(self, source: Source, links: Links, problems: ArchiveProblems, notes: list[NoteData]) -> None:
        self.source = source
        self.links = links
        self.problems = problems
        self.notes = notes

    def pages(self, policy: dict[str, Any]) -> tuple[PageData, ...]:
        """The tabs that an author wrote, in their order, then the handouts and the updates."""
        found: list[PageData | None] = []
        known = {"handouts", "updates"}
        tabs = policy.get("tabs")
        for tab in tabs if isinstance(tabs, list) else []:
            if isinstance(tab, dict) and tab.get("type") == "static_tab":
                slug, name = str(tab.get("url_slug") or ""), str(tab.get("name") or _("Page"))
                file = f"tabs/{slug}.html"
                while slug in known:
                    slug += "-tab"
                known.add(slug)
                hidden = bool(tab.get("course_staff_only") or tab.get("is_hidden"))
                found.append(self._page(slug, name, file, published=not hidden))
        found.append(self._page("handouts", _("Handouts"), "info/handouts.html", may_be_missing=True))
        found.append(self._updates())
        return tuple(page for page in found if page is not None)

    def description(self) -> str:
        """The course's overview as Markdown; empty if there is none, or only the one that Studio begins with."""
        file = "about/overview.html"
        source = self._text(file)
        if not source or not source.strip():
            return ""
        if _TEMPLATE in source:
            self._note(
                "skipped",
                "about",
                _("Description"),
                _("It is the example that Studio gives; it says nothing of this course."),
                file,
            )
            return ""
        found = cleaned(source, self.links.change)
        losses = list(found.losses)
        text = _markdown(found.html, files=True)
        if length_here(text) > LONGEST_DESCRIPTION:
            text = _cut(text)
            losses.append(_("It was cut at %(most)s characters.") % {"most": LONGEST_DESCRIPTION})
        if _loses_something(found.html):
            losses.append(_("A description has no films, no sound and no pictures of other sites here."))
        try:
            validate_markdown(text)
        except ValidationError as error:
            self._note("skipped", "about", _("Description"), error.messages[0], file)
            return ""
        if losses:
            self._note("changed_on_the_way", "about", _("Description"), " ".join(losses), file)
        return text

    def summary(self) -> str:
        text = self._text("about/short_description.html") or ""
        found = cleaned(text, self.links.change).html if text.strip() else ""
        return " ".join(_markdown(found).split())[:LONGEST_SUMMARY]

    def _updates(self) -> PageData | None:
        file = "info/updates.items.json"
        if not self.source.exists(file):
            return self._page("updates", _("Updates"), "info/updates.html", may_be_missing=True)
        # The older form of the same; what is in it is in the list as well.
        self.source.read.add("info/updates.html")
        try:
            items = self.source.json(file)
        except Unreadable as error:
            self.problems.add(error.file, error.line, error.sentence)
            return None
        parts = []
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and item.get("status") != "deleted" and item.get("content"):
                heading = etree.Element("h2")
                heading.text = str(item.get("date") or "")
                parts.append(f"{etree.tostring(heading, encoding='unicode')}\n{item['content']}")
        return self._written("updates", _("Updates"), "\n".join(parts), file)

    def _page(
        self, source_id: str, title: str, file: str, *, published: bool = True, may_be_missing: bool = False
    ) -> PageData | None:
        if not self.source.exists(file):
            if not may_be_missing:
                self._note(
                    "skipped", "static_tab", title, _("The file “%(target)s” is missing.") % {"target": file}, file
                )
            return None
        return self._written(source_id, title, self._text(file) or "", file, published=published)

    def _written(self, source_id: str, title: str, html: str, file: str, *, published: bool = True) -> PageData | None:
        found = cleaned(html, self.links.change)
        title = " ".join(title.split())[:200] or _("Page")
        if found.is_empty:
            if found.losses:
                self._note("skipped", "page", title, " ".join([_("It holds nothing to read."), *found.losses]), file)
            return None
        if len(found.html) > MAX_TEXT:
            values = {"length": len(found.html), "most": MAX_TEXT}
            reason = _("It has %(length)s characters; at most %(most)s fit. Split it there.") % values
            self._note("skipped", "page", title, reason, file)
            return None
        if found.losses:
            self._note("changed_on_the_way", "page", title, " ".join(found.losses), file, source_id)
        return PageData(source_id[:200], title, found.html, "html", published)

    def _text(self, file: str) -> str | None:
        if not self.source.exists(file):
            return None
        try:
            return self.source.text(file)
        except Unreadable as error:
            self.problems.add(error.file, error.line, error.sentence)
            return None

    def _note(self, verdict: Any, kind: str, title: str, reason: str, file: str, source_id: str = "") -> None:
        self.notes.append(NoteData(verdict, kind, title, reason, file, source_id))


def _cut(text: str) -> str:
    """As many of its lines as fit."""
    while (over := length_here(text) - LONGEST_DESCRIPTION) > 0:
        text = text[:-over].rpartition("\n")[0].rstrip()
    return text


def _markdown(html: str, *, files: bool = False) -> str:
    """Without links to parts, and pictures of other sites, films and sound, which a description cannot have; the course's own
    pictures and files only with ``files``."""
    if not html.strip():
        return ""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    kept = ("https://", "http://", "mailto:", "tel:", *((MEDIA,) if files else ()))
    for link in list(root.iter("a")):
        if not (link.get("href") or "").startswith(kept):
            link.drop_tag()
    for picture in list(root.iter("img", "video", "audio", "svg", "source")):
        if not (files and _is_own(picture)):
            picture.drop_tree()
            continue
        words = _SIGNS.sub(lambda sign: f"\\{sign[0]}", " ".join((picture.get("alt") or "").split()))
        picture.attrib.update({"alt": words, "title": ""})
    converter = MarkdownConverter(heading_style=ATX, bullets="-", keep_inline_images_in=_HEADINGS_AND_CELLS)
    text = converter.convert(lxml.html.tostring(root, encoding="unicode"))
    return _GAPS.sub("\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()


def _is_own(element: lxml.html.HtmlElement) -> bool:
    return element.tag == "img" and (element.get("src") or "").startswith(MEDIA)


def _loses_something(html: str) -> bool:
    shown = lxml.html.fragment_fromstring(html, create_parent="div").iter("img", "video", "audio", "svg")
    return any(not _is_own(element) for element in shown)
