"""The components of an Open edX course as blocks: texts, films, polls, questions, and notices for the rest."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import lxml.html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from lxml import etree

from courses.formats.data import BlockData, NoteData
from courses.formats.olx import captions
from courses.formats.olx.links import Links
from courses.formats.olx.markup import cleaned
from courses.formats.olx.media import STATIC, Gone
from courses.formats.olx.outline import DRAFTS, INHERITED, Node
from courses.formats.olx.problems import ProblemContext, ProblemData, read_problem
from courses.formats.olx.source import Source, Unreadable
from courses.formats.problems import ArchiveProblems
from courses.validators import MAX_TEXT

LONGEST_TITLE = 200
_POLL_ID = re.compile(r"[^A-Za-z0-9._-]+")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_YOUTUBE = re.compile(r"^[A-Za-z0-9_-]{6,20}$")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")
_MOST_POLL_TEXT = 5_000
_PLAYED = (".mp4", ".webm", ".m4v", ".ogv", ".ogg", ".mov", ".m3u8")

# A poll or survey as Open edX shows it when its author has changed nothing.
_COLOURS = [["R", {"label": "Red"}], ["B", {"label": "Blue"}], ["G", {"label": "Green"}], ["O", {"label": "Other"}]]
_ASKED = [
    ["enjoy", {"label": "Are you enjoying the course?"}],
    ["recommend", {"label": "Would you recommend this course to your friends?"}],
    ["learn", {"label": "Do you think you will learn a lot?"}],
]
_ANSWERS = [["Y", "Yes"], ["N", "No"], ["M", "Maybe"]]


class PartReader:
    """Reads components; what is lost on the way goes to ``notes``."""

    def __init__(
        self, source: Source, links: Links, problems: ArchiveProblems, notes: list[NoteData], language: str
    ) -> None:
        self.source = source
        self.links = links
        self.media = links.media
        self.problems = problems
        self.notes = notes
        self.language = language
        self._kinds: dict[str, Callable[[Node], BlockData | None]] = {
            "html": self._html,
            "video": self._video,
            "problem": self._problem,
            "poll": self._poll,
            "survey": self._survey,
        }

    def read(self, node: Node) -> BlockData | None:
        """The component as a block, with what is being written in its place; None if there is nothing to show."""
        published = self._read_one(node)
        if node.draft is None:
            return published
        at = len(self.notes)
        draft = self._read_one(node.draft)
        if published is None or draft is None or draft.kind != published.kind:
            del self.notes[at:]
            if published is not None or draft is not None:
                self.changed(node, _("A draft makes something else of it; what was published came in."))
            return published
        if (draft.settings, draft.text) == (published.settings, published.text):
            del self.notes[at:]
            return published
        return BlockData(
            published.source_id,
            published.kind,
            published.settings,
            published.text,
            published.where,
            published.is_draft,
            (draft.settings, draft.text),
        )

    def changed(self, node: Node, reason: str) -> None:
        self._note("changed_on_the_way", node, reason)

    def skipped(self, node: Node, reason: str) -> None:
        self._note("skipped", node, reason)

    def _note(self, verdict: Any, node: Node, reason: str) -> None:
        title = node.title[:LONGEST_TITLE] or node.tag
        self.notes.append(NoteData(verdict, node.tag, title, reason, node.where, node.source_id))

    def _read_one(self, node: Node) -> BlockData | None:
        block = self._kinds.get(node.tag, self._other)(node)
        if block is not None and (node.attributes.get("group_access") or "{}").strip() not in ("{}", "null", '""'):
            self.changed(node, _("It was for some groups of people only; here everybody sees it."))
        return block

    def _block(self, node: Node, kind: str, settings: dict[str, Any], text: str = "") -> BlockData:
        is_draft = node.is_draft or node.is_true("visible_to_staff_only")
        return BlockData(node.source_id, kind, settings, text, node.where, is_draft)

    def notice(self, node: Node, reason: str) -> BlockData:
        """The place of what cannot be shown here."""
        self.skipped(node, reason)
        return self._block(node, "notice", {"source": node.tag[:200], "title": node.title[:LONGEST_TITLE] or node.tag})

    def _other(self, node: Node) -> BlockData:
        return self.notice(node, _("There is no such part here; students read a notice in its place."))

    # Texts

    def html(self, source: str, node: Node) -> str | None:
        """The HTML cleaned; None for one with nothing in it, which is then noted. Losses are noted, too."""
        found = cleaned(source, self.links.change)
        if found.is_empty:
            said = " ".join([_("It holds nothing to read."), *found.losses])
            self.skipped(node, said)
            return None
        if len(found.html) > MAX_TEXT:
            values = {"length": len(found.html), "most": MAX_TEXT}
            self.skipped(node, _("It has %(length)s characters; at most %(most)s fit. Split it there.") % values)
            return None
        if found.losses:
            self.changed(node, " ".join(found.losses))
        return found.html

    def _html(self, node: Node) -> BlockData | None:
        source = self._html_source(node)
        text = self.html(source, node) if source is not None else None
        return self._block(node, "html", {}, text) if text is not None else None

    def _html_source(self, node: Node) -> str | None:
        """What stands in the element itself, or in the file that it names."""
        if len(node.element) or (node.element.text or "").strip():
            return _inner(node.element)
        name = (node.attributes.get("filename") or "").strip().replace(":", "/")
        if not name:
            return ""
        bases = (DRAFTS, "") if node.file.startswith(DRAFTS) else ("",)
        places = [f"{base}html/{name}.html" for base in bases]
        file = next((place for place in places if self.source.exists(place)), None)
        if file is None or ".." in name.split("/"):
            self.skipped(node, _("The file “%(target)s” is missing.") % {"target": places[-1][:200]})
            return None
        return self._text(file)

    def _text(self, file: str) -> str | None:
        try:
            return self.source.text(file)
        except Unreadable as error:
            self.problems.add(error.file, error.line, error.sentence)
            return None

    # Questions

    def _problem(self, node: Node) -> BlockData:
        losses: list[str] = []

        def rewrite(address: str) -> str:
            try:
                changed = self.links.change(address)
            except Gone as gone:
                if gone.sentence not in losses:
                    losses.append(gone.sentence)
                return ""
            return address if changed is None else changed

        for name in (*INHERITED, "weight"):
            if name in node.attributes:
                node.element.set(name, node.attributes[name])
        used = dict(self.media.used)
        read = read_problem(node.element, ProblemContext(node.where, node.title, rewrite))
        if not isinstance(read, ProblemData):
            # Nobody sees the pictures of what is not shown.
            self.media.used = used
            return self.notice(node, read.reason)
        if said := [*read.losses, *losses]:
            self.changed(node, " ".join(dict.fromkeys(said)))
        return self._block(node, "question", read.settings, read.text)

    # Polls

    def _poll(self, node: Node) -> BlockData:
        words = node.attributes.get("question")
        words = "What is your favorite color?" if words is None else words
        return self._asked(node, [["question", {"label": words}]], node.json("answers") or _COLOURS)

    def _survey(self, node: Node) -> BlockData:
        block = self._asked(node, node.json("questions") or _ASKED, node.json("answers") or _ANSWERS)
        title = _line(node.attributes.get("block_name") or "")
        if block.kind != "poll" or not title:
            return block
        return BlockData(block.source_id, block.kind, block.settings, title, block.where, block.is_draft)

    def _asked(self, node: Node, questions: Any, answers: Any) -> BlockData:
        losses: list[str] = []
        settings: dict[str, Any] = {}
        if not node.is_true("private_results"):
            settings["results"] = "after"
        else:
            settings["results"] = "never"
        if node.attributes.get("max_submissions", "1").strip('" ') != "1":
            settings["changes"] = True
        if feedback := _words(node.attributes.get("feedback") or ""):
            settings["feedback"] = feedback[:_MOST_POLL_TEXT]
        settings["questions"] = self._entries(questions, losses)
        settings["options"] = self._entries(answers, losses)
        if not settings["questions"] or len(settings["options"]) < 2:
            return self.notice(node, _("It has no question or fewer than two answers."))
        if losses:
            self.changed(node, " ".join(losses))
        if settings["results"] == "after":
            # What goes without saying is not said, as in an export.
            del settings["results"]
        return self._block(node, "poll", settings)

    def _entries(self, rows: Any, losses: list[str]) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        taken: set[str] = set()
        for number, row in enumerate(rows if isinstance(rows, list) else [], start=1):
            if not isinstance(row, list) or len(row) != 2:
                continue
            said = row[1] if isinstance(row[1], dict) else {"label": row[1]}
            entry = {"id": _own_id(str(row[0]), number, taken)}
            words, alt = _words(str(said.get("label") or "")), _line(str(said.get("img_alt") or ""))
            image = self._picture(str(said.get("img") or ""), losses)
            if not words and not (image and alt):
                words = alt or _("Choice %(n)s") % {"n": number}
            entry |= {"text": words[:_MOST_POLL_TEXT]} if words else {}
            entry |= {"image": image} if image else {}
            entry |= {"alt": alt[:1000]} if image and alt else {}
            found.append(entry)
        return found

    def _picture(self, address: str, losses: list[str]) -> str:
        if not address.strip():
            return ""
        try:
            changed = self.links.change(address)
        except Gone as gone:
            losses.append(gone.sentence)
            return ""
        if changed is None:
            losses.append(
                _("The picture at %(address)s is on another site; its words stand in its place.")
                % {"address": address[:200]}
            )
            return ""
        return changed

    # Films

    def _video(self, node: Node) -> BlockData:
        losses: list[str] = []
        settings: dict[str, Any] = self._film(node, losses)
        if not settings:
            return self.notice(node, " ".join([_("It names no film that can be played."), *losses]))
        settings["title"] = node.title[:LONGEST_TITLE] or _("Video")
        found = self._captions(node, losses)
        if found:
            first = next((language for language in _preferred(self.language) if language in found), min(found))
            settings["captions"] = found.pop(first)
            if found:
                settings["captions_more"] = dict(sorted(found.items()))
        if node.attributes.get("handout"):
            losses.append(_("Its handout was left out."))
        if any(_seconds(node.attributes.get(name)) for name in ("start_time", "end_time", "from", "to")):
            losses.append(_("It begins and ends with the film; the times that were set are not kept."))
        if losses:
            self.changed(node, " ".join(dict.fromkeys(losses)))
        return self._block(node, "video", settings)

    def _film(self, node: Node, losses: list[str]) -> dict[str, Any]:
        """The file of the archive or the address that plays in most browsers; empty if there is none."""
        addresses = [e.get("url") or "" for e in node.element.iter("encoded_video")]
        addresses += [e.get("src") or "" for e in node.element.iter("source")]
        listed = node.json("html5_sources")
        addresses += [str(address) for address in listed] if isinstance(listed, list) else []
        addresses.append(node.attributes.get("source") or "")
        usable = [address for address in dict.fromkeys(a.strip() for a in addresses) if _ending(address) in _PLAYED]
        usable.sort(key=lambda address: _PLAYED.index(_ending(address)))
        for address in usable:
            if (file := self._file(address, losses)) is not None:
                return {"file": file}
        remote = [address for address in usable if address.startswith("https://")]
        best = [e.get("url") or "" for e in node.element.iter("encoded_video") if e.get("profile") == "desktop_mp4"]
        for address in (*(a for a in best if a in remote), *remote):
            if _ending(address) == ".m3u8":
                losses.append(_("The film is a stream (HLS), which not every browser plays."))
            return {"address": address}
        if youtube := _youtube(node):
            losses.append(_("The film is at YouTube, not in the archive; there is a link to it."))
            return {"address": f"https://www.youtube.com/watch?v={youtube}"}
        if any(address.startswith("http://") for address in usable):
            losses.append(_("Its address begins with http://, which browsers do not play within this site."))
        return {}

    def _file(self, address: str, losses: list[str]) -> str | None:
        """The film in the archive that an address means, as MP4 if it is there in that form, too."""
        name = self.media.name_in(address)
        if name is None:
            return None
        stem = name.rpartition(".")[0]
        for candidate in (f"{stem}.mp4", f"{stem}.webm", name, f"{stem}.ogv", f"{stem}.ogg"):
            if self.media.find(candidate) is None:
                continue
            try:
                return self.media.take(candidate)
            except Gone as gone:
                losses.append(gone.sentence)
        return None

    def _captions(self, node: Node, losses: list[str]) -> dict[str, str]:
        """Paths of WebVTT files by language."""
        wanted: dict[str, str] = {}
        listed = node.json("transcripts")
        if isinstance(listed, dict):
            wanted |= {str(language): str(name) for language, name in listed.items()}
        for element in node.element.iter("transcript"):
            if element.get("src"):
                wanted.setdefault(element.get("language") or "en", element.get("src") or "")
        if (sub := (node.attributes.get("sub") or "").strip()) and "en" not in wanted:
            wanted["en"] = f"subs_{sub}.srt.sjson"
        for element in node.element.iter("track"):
            name = self.media.name_in(element.get("src") or "")
            if name and "en" not in wanted:
                wanted["en"] = name
        found: dict[str, str] = {}
        for language, name in wanted.items():
            plain = self.media.name_in(name) or name
            if _LANGUAGE.match(language) and (path := self._vtt(plain, losses)):
                found[language.replace("_", "-")] = path
        return found

    def _vtt(self, name: str, losses: list[str]) -> str | None:
        file = self.media.find(name)
        if file is None:
            losses.append(_("The captions “%(name)s” are not in the archive.") % {"name": name[:100]})
            return None
        try:
            text = self.source.text(STATIC + file)
            if file.endswith(".vtt"):
                return self.media.take(file)
            read, lost = (captions.from_sjson(text), 0) if file.endswith(".sjson") else captions.from_srt(text)
            if lost:
                values = {"name": name[:100], "n": lost}
                losses.append(
                    ngettext(
                        "One caption in “%(name)s” does not say when it is shown; it was left out.",
                        "%(n)s captions in “%(name)s” do not say when they are shown; they were left out.",
                        lost,
                    )
                    % values
                )
            stem = file.removesuffix(".sjson").removesuffix(".srt")
            return self.media.make(f"{stem}.vtt", read.encode())
        except (Gone, Unreadable, captions.NoCaptions) as error:
            said = error.sentence if isinstance(error, (Gone, Unreadable)) else error
            losses.append(_("The captions “%(name)s” were left out: %(why)s") % {"name": name[:100], "why": said})
            return None


def _inner(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(etree.tostring(child, encoding="unicode", method="html"))
    return "".join(parts)


def _words(text: str) -> str:
    """Text that may hold HTML, as plain words."""
    if _TAG.search(text):
        try:
            text = lxml.html.fragment_fromstring(text, create_parent="div").text_content()
        except (etree.ParserError, ValueError, AssertionError):
            text = _TAG.sub(" ", text)
    return unescape(text).replace("\x00", "").strip()


def _line(text: str) -> str:
    return " ".join(_words(text).split())


def _own_id(raw: str, number: int, taken: set[str]) -> str:
    plain = _POLL_ID.sub("-", raw).strip("-._")[:56] or str(number)
    name = plain if plain not in taken else f"{plain}-{number}"
    taken.add(name)
    return name


def _ending(address: str) -> str:
    path = re.split(r"[?#]", address)[0]
    return f".{path.rpartition('.')[2].lower()}" if "." in path else ""


def _youtube(node: Node) -> str:
    value = (node.attributes.get("youtube_id_1_0") or "").strip()
    if not value:
        speeds = dict(part.split(":", 1) for part in (node.attributes.get("youtube") or "").split(",") if ":" in part)
        value = speeds.get("1.00", speeds.get("1.0", "")).strip()
    return value if _YOUTUBE.match(value) else ""


def _preferred(language: str) -> tuple[str, ...]:
    return (language, language.split("-")[0], "en")


def _seconds(value: str | None) -> bool:
    """Whether a time is said that is not the beginning."""
    return bool(value) and not re.fullmatch(r"[\s\"0:.]*|null|None", value or "")
