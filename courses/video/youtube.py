import re
from urllib.parse import SplitResult, parse_qs

from courses.video.base import Film

ORIGIN = "https://www.youtube-nocookie.com"
_HOSTS = frozenset({"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"})
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_PATH = re.compile(r"/(?:embed|v|e|shorts|live)/([^/]+)/?")
_START = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s?)?")


class YouTube:
    """Through the site of theirs that sets no cookies before a film plays."""

    key = "youtube"
    label = "YouTube"

    def film(self, address: SplitResult) -> Film | None:
        host = address.netloc.removeprefix("www.")
        query = parse_qs(address.query)
        if host == "youtu.be":
            found = address.path.strip("/")
        elif host in _HOSTS and address.path.rstrip("/") == "/watch":
            found = query.get("v", [""])[0]
        elif host in _HOSTS and (path := _PATH.fullmatch(address.path)):
            found = path[1]
        else:
            return None
        if not _ID.fullmatch(found):
            return None
        start = _seconds((query.get("t") or query.get("start") or [""])[0])
        suffix = f"&t={start}s" if start else ""
        frame = f"{ORIGIN}/embed/{found}?rel=0&playsinline=1&enablejsapi=1"
        whole = f"https://www.youtube.com/watch?v={found}{suffix}"
        return Film(self.key, whole, ORIGIN, frame=frame, start=start)


def _seconds(text: str) -> int:
    """``90``, ``90s`` or ``1m30s`` in seconds."""
    match = _START.fullmatch(text)
    if not match:
        return 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
