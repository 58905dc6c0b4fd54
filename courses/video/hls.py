from urllib.parse import SplitResult, urlunsplit

from courses.video.base import Film


class Stream:
    """A playlist of HTTP Live Streaming: some browsers play it by themselves, in the others the page links to it."""

    key = "hls"
    label = ""

    def film(self, address: SplitResult) -> Film | None:
        if not address.path.lower().endswith(".m3u8") or address.scheme != "https":
            return None
        whole = urlunsplit(address._replace(fragment=""))
        return Film(self.key, whole, f"https://{address.netloc}", media_type="application/vnd.apple.mpegurl")
