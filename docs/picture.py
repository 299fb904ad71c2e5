"""Takes README's picture, a real conversation on the demo page: ``make picture``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.conftest import Server
from tests.widget.conftest import ask, chromium

PICTURE = Path(__file__).with_name("widget.png")


def main() -> None:
    """Asks a real server in a real browser and keeps what is on the screen."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = Server(Path(folder)).wait()
        page = browser.new_page(viewport={"width": 1180, "height": 800})
        page.goto(f"http://127.0.0.1:{server.port}/chat/demo")
        page.get_by_role("button", name="Open the rash guide").click()
        ask(page, "why does my face go red since i started the shots")
        page.locator("summary").last.click()
        page.wait_for_timeout(300)  # until the unfolded lines have been scrolled to
        page.screenshot(path=PICTURE)
        server.stop()


if __name__ == "__main__":
    main()
