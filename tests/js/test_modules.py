"""Runs the tests of the browser modules (*.test.js) in Chromium, over a small server with the site's own content policy."""

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.factories.previews import pdf

HERE = Path(__file__).parent
FILM = HERE.parents[1] / "demo" / "statistics" / "media" / "many-samples.webm"
PDFS = {"/pages.pdf": pdf(12), "/long.pdf": pdf(12, filler=3 * 1024**2), "/broken.pdf": b"%PDF-1.4 and no more"}
ROOTS = {"/static/": HERE.parents[1] / "static", "/tests/": HERE}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".woff2": "font/woff2"}

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/film.webm":
            return self.send_parts(FILM.read_bytes(), "video/webm")
        if address.path in PDFS:
            return self.send_parts(PDFS[address.path], "application/pdf")
        if not address.path.startswith("/answer/"):  # /answer/STATUS?body=… stands in for the application
            return super().do_GET()
        self.send_response(int(address.path.rsplit("/", 1)[1]))
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(parse_qs(address.query).get("body", [""])[0].encode())

    def send_parts(self, content: bytes, media_type: str) -> None:
        """In parts, as a player wants a film: without them it cannot seek."""
        first, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")
        start, end = int(first), min(int(last or len(content)), len(content) - 1)
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Content-Type", media_type)
        self.send_header("Accept-Ranges", "bytes")
        if "Range" in self.headers:
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(content[start : end + 1])

    def translate_path(self, path: str) -> str:
        for prefix, root in ROOTS.items():
            if path.startswith(prefix):
                self.directory = str(root)
                return super().translate_path("/" + path.removeprefix(prefix))
        return os.devnull

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Quiet: failures are told by the tests."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(HERE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("file", sorted(path.name for path in HERE.glob("*.test.js")))
def test_browser_modules(file: str, address: str, browser: Browser) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if "Content Security" in message.text else None)
    page.goto(f"{address}/tests/runner.html?file={file}")
    page.wait_for_selector("html[data-done]", state="attached", timeout=20_000)  # no eval: the policy forbids it
    results = page.evaluate("window.results")
    page.close()
    assert results
    assert [f"{result['name']}: {result['error']}" for result in results if result["error"]] == []
    assert troubles == []
