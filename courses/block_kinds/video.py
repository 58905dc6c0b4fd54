import re
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.findings import Finding
from courses.block_kinds.base import FILE_PREFIX, RevisionKind, file_of, shown_revision
from courses.models import Block, BlockRevision
from courses.roles import Capability
from courses.rules import can
from courses.selectors.at_hand import watched_in
from courses.selectors.watching import Watched
from courses.video import Film, address_problem, film_at, provider_of
from files.models import StoredFile
from files.services.reading import cues_of

MORE = "captions_more"
MOST_LANGUAGES = 30
SPEEDS = ("0.5", "0.75", "1", "1.25", "1.5", "1.75", "2")
LANGUAGE_TAG = re.compile(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")


@dataclass(frozen=True)
class Track:
    """Captions in one language; ``default`` are those that a browser shows without being asked."""

    language: str
    label: str
    file: StoredFile
    default: bool = False


@dataclass(frozen=True)
class Player:
    """What plays the film: the page itself from ``url``, or a ``frame`` from ``place``, loaded only when asked for.

    ``doubtful`` says that many browsers cannot play it by themselves.
    """

    url: str
    media_type: str
    frame: str = ""
    provider: str = ""
    place: str = ""
    doubtful: bool = False


@dataclass(frozen=True)
class Line:
    """A line of the transcript; ``at`` is its second, ``exact`` with its parts, ``clock`` as people read it."""

    at: int
    exact: str
    clock: str
    text: str


class Video(RevisionKind):
    """A film: a file of the site's own or one elsewhere. The text is its transcript, if the captions do not say all."""

    label = _("Video")
    icon = "video"
    template = "courses/blocks/video.html"
    settings = ("file", "address", "captions", MORE, "title", "poster")
    required = ("title",)
    file_settings = ("file", "captions", MORE, "poster")
    file_tables = (MORE,)
    limits = {"address": 500}

    def context(self, blocks: list[Any], user: Any) -> dict[int, dict[str, Any]]:
        contexts = super().context(blocks, user)
        learnt = [block for block in blocks if contexts[block.pk]["player"] and _learns(block, user)]
        watched = watched_in(learnt[0].section.item, user, [block.pk for block in learnt]) if learnt else {}
        for block in learnt:
            seen = watched.get(block.pk, Watched())
            address = reverse("courses:block-watching", args=[block.course.slug, block.public_id])
            contexts[block.pk] |= {"watching_url": address} | seen_words(seen)
        return contexts

    def variables(self, block: Block, revision: BlockRevision) -> dict[str, Any]:
        film = film_at(str(revision.data.get("address") or ""))
        tracks = self._tracks(block, revision)
        values = super().variables(block, revision)
        return values | {
            "player": _player(values["file"], film),
            "start": film.start if film else 0,
            "speeds": SPEEDS,
            "here": f"?film={block.public_id}",
            "tracks": tracks,
            "lines": transcript(tracks),
            "spoken": _spoken(tracks).language if tracks else "",
            "content_sources": content_sources(film) if not values["file"] else {},
        }

    def _tracks(self, block: Block, revision: BlockRevision) -> list[Track]:
        tracks = []
        language = block.course.language
        if captions := file_of(block, revision.data.get("captions")):
            tracks.append(Track(language, language_name(language), captions, default=True))
        for tag, public_id in (revision.data.get(MORE) or {}).items():
            if file := file_of(block, public_id):
                tracks.append(Track(tag, language_name(tag), file))
        return tracks

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        problems = super().validate(data, text)
        file, address = data.get("file"), data.get("address")
        if file and address:
            problems.append(_now("Give “address” or “file”, not both: a film is here or elsewhere."))
        elif not file and not address:
            problems.append(_now("Give a “file”, or the “address” of a film elsewhere."))
        elif isinstance(address, str) and (problem := address_problem(address)):
            problems.append(problem)
        return problems

    def _wrong_value(self, name: str, value: Any) -> list[str]:
        if name != MORE:
            return super()._wrong_value(name, value)
        if not isinstance(value, dict) or not all(isinstance(file, str) for file in value.values()):
            return [_now("Write “captions_more” as a table of languages, each with its file.")]
        if len(value) > MOST_LANGUAGES:
            return [_now("Give at most %(most)s languages in “captions_more”.") % {"most": MOST_LANGUAGES}]
        wrong = next((tag for tag in value if not LANGUAGE_TAG.fullmatch(tag) or len(tag) > 12), None)
        if wrong is None:
            return []
        sentence = _now("“captions_more”: %(tag)s is not a language. Write a tag such as de or pt-BR.")
        return [sentence % {"tag": wrong[:40]}]

    def normal(self, data: dict[str, Any]) -> dict[str, Any]:
        more = {tag: file.removeprefix(FILE_PREFIX) for tag, file in sorted((data.get(MORE) or {}).items()) if file}
        kept = super().normal({**data, MORE: more or None})
        if "address" in kept and (film := film_at(kept["address"])):
            kept["address"] = film.address
        return kept

    def export(self, block: Any, revision: Any) -> tuple[dict[str, Any], str]:
        settings = self.normal(revision.data)
        for name in self.file_settings:
            value = settings.get(name)
            if isinstance(value, dict):
                settings[name] = {tag: FILE_PREFIX + file for tag, file in value.items()}
            elif value:
                settings[name] = FILE_PREFIX + value
        return settings, revision.text

    def check(self, block: Any, revision: Any) -> list[str]:
        problems = super().check(block, revision)
        has_captions = bool(revision.data.get("captions") or revision.data.get(MORE))
        if not has_captions:
            problems.append(Finding("captions", _now("Add captions, so that those who cannot hear can follow.")))
        if not has_captions and not revision.text.strip():
            problems.append(Finding("captions", _now("Add a transcript, so that the film can be read and searched.")))
        return problems


def _player(file: StoredFile | None, film: Film | None) -> Player | None:
    if file is not None:
        return Player(file.get_absolute_url(), file.media_type)
    if film is None:
        return None
    label = str(provider_of(film).label)
    return Player(film.address, film.media_type, film.frame, film.provider, label, film.provider == "hls")


def content_sources(film: Film | None) -> dict[str, list[str]]:
    """What the content policy of a page with this film lets through besides our own, by directive."""
    if film is None:
        return {}
    return {"frame-src" if film.frame else "media-src": [film.origin]}


def seen_words(watched: Watched) -> dict[str, Any]:
    """What a page says of how much somebody has seen."""
    at, percent = watched.goes_on_at, watched.percent
    if not percent and not at:
        return {"seen": "", "goes_on_at": 0, "goes_on": ""}
    seen = _now("You have seen all of it.") if percent == 100 else _now("You have seen %(percent)s %% of it.")
    return {"seen": seen % {"percent": percent}, "goes_on_at": at, "goes_on": clock(at) if at else ""}


def transcript(tracks: list[Track]) -> list[Line]:
    """The lines of the captions in the reader's language, otherwise in that of the course."""
    if not tracks:
        return []
    return [
        Line(int(cue.start), f"{cue.start:.2f}", clock(cue.start), cue.text) for cue in cues_of(_spoken(tracks).file)
    ]


def _spoken(tracks: list[Track]) -> Track:
    wanted = (get_language() or "").lower()
    exact = [track for track in tracks if track.language.lower() == wanted]
    close = [track for track in tracks if track.language.lower().split("-")[0] == wanted.split("-")[0]]
    return (exact or close or tracks)[0]


def clock(seconds: float) -> str:
    """A moment of a film: 3:20, or 1:03:20."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def language_name(tag: str) -> str:
    """The language by its own name; the tag where it is not known."""
    try:
        name = get_language_info(tag.lower())["name_local"]
    except KeyError:
        return tag
    return str(name[:1].upper() + name[1:])


def _learns(block: Block, user: Any) -> bool:
    item = block.section.item
    is_live = block.live_id is not None and shown_revision(block).pk == block.live_id
    return is_live and item.is_published and item.course.is_published and can(user, Capability.LEARN, item.course_id)
