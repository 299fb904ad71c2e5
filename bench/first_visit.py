"""How long a first visit takes on a slow line: ``make first-visit``, beside deep-chat where ``DEEP_CHAT`` is its file.

The line is Chromium's own "slow 3G": 400 kbit a second both ways, 2 seconds to each answer. Writes the table in
``docs/widget/README.md``. deep-chat is a package of the npm registry; its file is ``dist/deepChat.bundle.js``, served
here compressed, as our own are. Both stand on one like page.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable

from playwright.sync_api import Browser, Page

from bench import tables
from rashguide import ROOT
from tests.harness.browser import chromium, opened, tag
from tests.harness.server import Server

LINE = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # bytes, ms
OTHER = os.environ.get("DEEP_CHAT", "")
TIMES = 3
PAGE = ROOT / "docs" / "widget" / "README.md"


class Pages(ThreadingHTTPServer):
    """The clinic's page with one chat or the other on it: path to (type, body)."""

    files: dict[str, tuple[str, bytes]] = {}

    def put(self, path: str, kind: str, text: str) -> str:
        """Serves a text, compressed; its address."""
        self.files[path] = kind, gzip.compress(text.encode())
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    """Serves them, to be kept for a day."""

    def do_GET(self) -> None:
        """Answers with a file."""
        kind, body = self.server.files.get(self.path, ("text/plain", b""))  # type: ignore[attr-defined]
        self.send_response(200)
        headers = {"Content-Type": kind, "Content-Encoding": "gzip", "Cache-Control": "max-age=86400"}
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def launcher(page: Page) -> None:
    """Until the launcher is there."""
    page.get_by_role("button", name="Open the rash guide").wait_for()


def other(page: Page) -> None:
    """Until a question can be typed."""
    page.locator("#text-input").wait_for()


def visits(browser: Browser, address: str, ready: Callable[[Page], object]) -> tuple[float, float]:
    """Seconds from the request until it is ready: of a first visit, and of the next, the middle of ``TIMES``."""
    first, second = [], []
    for _ in range(TIMES):
        context = browser.new_context()
        for found in (first, second):
            page = context.new_page()
            context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
            started = time.monotonic()
            page.goto(address, wait_until="commit")
            ready(page)
            found.append(time.monotonic() - started)
            page.close()
        context.close()
    return sorted(first)[TIMES // 2], sorted(second)[TIMES // 2]


def main() -> None:
    """Measures and writes the table."""
    pages = Pages(("127.0.0.1", 0), Handler)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        bot = Server(Path(folder), WIDGET_ORIGINS=f"http://127.0.0.1:{pages.server_port}").wait()
        bot.origin = f"http://127.0.0.1:{bot.port}"  # type: ignore[attr-defined]
        page = "<!doctype html><title>Clinic</title>{}<p>A clinic's page.</p>"
        found = {}
        mine = pages.put("/ours", "text/html", page.format(tag(bot)))
        found["this guide, until the launcher is there"] = visits(browser, mine, launcher)
        found["this guide, until a question can be typed"] = visits(browser, mine, opened)
        if OTHER:
            file = pages.put("/chat.js", "text/javascript", Path(OTHER).read_text(encoding="utf-8"))
            html = page.format(f'<script type="module" src="{file}"></script>') + "<deep-chat></deep-chat>"
            theirs = pages.put("/theirs", "text/html", html)
            found["deep-chat, until a question can be typed"] = visits(browser, theirs, other)
        bot.stop()
    rows = [[name, *(f"{seconds:.1f}" for seconds in times)] for name, times in found.items()]
    tables.write("first visit", [["seconds on slow 3G", "first visit", "next"], *rows], PAGE)


if __name__ == "__main__":
    main()
