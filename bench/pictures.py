"""Takes README's pictures, real conversations on the demo page: ``make picture``."""

from __future__ import annotations

import tempfile
from pathlib import Path

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
    "does that go away?",
    "2 weeks ago",
    "skip",
    "red and hot, no flakes",
    "cold cloths helped a bit",
    "no",
    "can i keep taking it? will it stay?",
)


def talk(browser: Browser, server: Server, name: str, asked: tuple[str, ...], height: int) -> None:
    """Asks in a real browser and keeps what is on the screen in ``docs/<name>.png``."""
    page = browser.new_page(viewport={"width": 1180, "height": height})
    page.goto(f"http://127.0.0.1:{server.port}/chat/demo")
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
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = Server(Path(folder)).wait()
        talk(browser, server, "widget", (ASKED,), 800)
        talk(browser, server, "visit-note", NOTED, 1050)
        server.stop()


if __name__ == "__main__":
    main()
