"""Takes README's pictures, real conversations on the demo page: ``make picture``."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Iterator

from playwright.sync_api import Browser

from rashguide import ROOT
from tests.harness.browser import ask, chromium
from tests.harness.server import Server

DOCS = ROOT / "docs"
ASKED = "why does my face go red since i started the shots"
NOTED = (
    "my face went red after the third shot",
    "yes please",
    "cheeks and nose",
    "2 weeks ago",
    "skip",
    "red and hot, no flakes",
    "cold cloths helped a bit",
    "no",
    "can i keep taking it? will it stay?",
)


@contextlib.contextmanager
def guide() -> Iterator[tuple[Browser, str]]:
    """A browser, and the address of a real server's demo page."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = Server(Path(folder)).wait()
        yield browser, f"http://127.0.0.1:{server.port}/chat/demo"
        server.stop()


def talk(browser: Browser, address: str, name: str, asked: tuple[str, ...], height: int) -> None:
    """Asks in a real browser and keeps what is on the screen in ``docs/<name>.png``."""
    page = browser.new_page(viewport={"width": 1180, "height": height})
    page.goto(address)
    page.get_by_role("button", name="Open the rash guide").click()
    for text in asked:
        ask(page, text)
    if len(asked) == 1:
        page.locator("summary").last.click()
        page.wait_for_timeout(300)  # until the unfolded lines have been scrolled to
    else:
        page.locator(".guide").last.evaluate("note => note.scrollIntoView()")
    page.screenshot(path=DOCS / f"{name}.png")
    page.close()


def main() -> None:
    """Asks a real server."""
    with guide() as (browser, address):
        talk(browser, address, "widget", (ASKED,), 800)
        talk(browser, address, "visit-note", NOTED, 1050)


if __name__ == "__main__":
    main()
