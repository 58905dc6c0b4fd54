from urllib.parse import SplitResult, urlunsplit

from courses.video.base import Film

MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
    ".ogg": "video/ogg",
}


class FilmFile:
    """A file that browsers play by themselves."""

    key = "film"
    label = ""

    def film(self, address: SplitResult) -> Film | None:
        found = [media for ending, media in MEDIA_TYPES.items() if address.path.lower().endswith(ending)]
        if not found or address.scheme != "https":
            return None
        whole = urlunsplit(address._replace(fragment=""))
        return Film(self.key, whole, f"https://{address.netloc}", media_type=found[0])
