import re
from urllib.parse import SplitResult, parse_qs

from courses.video.base import Film

ORIGIN = "https://player.vimeo.com"
_PAGE = re.compile(
    r"/(?:channels/[\w-]+/|groups/[\w-]+/videos/|(?:album|showcase)/\d+/video/)?(\d{1,12})(?:/([0-9a-f]{6,20}))?/?"
)
_PLAYER = re.compile(r"/video/(\d{1,12})/?")
_KEY = re.compile(r"[0-9a-f]{6,20}")


class Vimeo:
    """With the wish not to be tracked; a film that only its link opens keeps the key in it."""

    key = "vimeo"
    label = "Vimeo"

    def film(self, address: SplitResult) -> Film | None:
        host = address.netloc.removeprefix("www.")
        key = parse_qs(address.query).get("h", [""])[0]
        if host == "vimeo.com" and (page := _PAGE.fullmatch(address.path)):
            found, key = page[1], page[2] or key
        elif host == "player.vimeo.com" and (player := _PLAYER.fullmatch(address.path)):
            found = player[1]
        else:
            return None
        if key and not _KEY.fullmatch(key):
            return None
        path, query = (f"{found}/{key}", f"?h={key}&dnt=1") if key else (found, "?dnt=1")
        return Film(self.key, f"https://vimeo.com/{path}", ORIGIN, frame=f"{ORIGIN}/video/{found}{query}")
