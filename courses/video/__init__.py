"""Films elsewhere: which addresses a lesson can show, and what a page needs for them."""

import re
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from courses.video.base import Film, Provider
from courses.video.film import MEDIA_TYPES, FilmFile
from courses.video.hls import Stream
from courses.video.vimeo import Vimeo
from courses.video.youtube import YouTube

__all__ = ["PROVIDERS", "Film", "address_problem", "film_at", "provider_of"]

PROVIDERS: tuple[Provider, ...] = (YouTube(), Vimeo(), Stream(), FilmFile())
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?")
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\^`{|}]")


def film_at(address: str) -> Film | None:
    """The film that a pasted address names, its address in the one way it is stored; None if it cannot be shown."""
    parts = _parts(address)
    if parts is None:
        return None
    return next((film for provider in PROVIDERS if (film := provider.film(parts))), None)


def address_problem(address: str) -> str:
    """What is wrong with an address, with what is possible; empty if a film can be shown from there."""
    if film_at(address) is not None:
        return ""
    if address.strip().lower().startswith("http://"):
        return _("Give an “address” that begins with https://. Browsers refuse films that come over plain http.")
    values = {"endings": ", ".join((*MEDIA_TYPES, ".m3u8"))}
    return (
        _(
            "No film can be shown from this “address”. Possible are a film at YouTube or Vimeo,"
            " and a file over https:// whose name ends in one of: %(endings)s."
        )
        % values
    )


def provider_of(film: Film) -> Provider:
    return next(provider for provider in PROVIDERS if provider.key == film.provider)


def _parts(address: str) -> SplitResult | None:
    """The address in pieces, its host in plain small letters; None for one that could end up elsewhere than it says."""
    address = address.strip()
    if re.match(r"(www\.|m\.|player\.)?(youtube\.com|youtu\.be|vimeo\.com)/", address, re.IGNORECASE):
        address = f"https://{address}"
    if _UNSAFE.search(address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.netloc.encode("idna").decode().lower()
    except ValueError:
        return None
    if parts.scheme not in ("https", "http") or not _HOST.fullmatch(host):
        return None
    return parts._replace(netloc=host)
