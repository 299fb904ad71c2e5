"""Real browsers, and a person who opens the chat in one and asks."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator

from playwright.sync_api import Browser, Page, sync_playwright
from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


# What WebDriver switches off: the cache of pages that one goes back to.
AS_A_READERS: dict[str, Any] = {
    "remote.prefs.recommended": False,
    "fission.bfcacheInParent": True,
    "browser.sessionhistory.max_total_viewers": 4,
}
# Firefox, as it ships, can't be told what its reader prefers; it then has the machine's own.
AS_IT_IS: dict[str, Any] = dict.fromkeys(("color_scheme", "reduced_motion", "forced_colors", "contrast"), "null")


def program(*names: str) -> str:
    """Where the first of these programs is that there is."""
    return next(filter(None, map(shutil.which, names)))


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(*CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def firefox() -> Iterator[Browser]:
    """The machine's Firefox, over WebDriver BiDi. A context of it needs ``AS_IT_IS``."""
    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(
            channel="moz-firefox", executable_path=program("firefox-esr", "firefox"), firefox_user_prefs=AS_A_READERS
        )
        yield browser
        browser.close()


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees, by its name, for what can't do without one."""
    reading, writing = os.pipe()
    command = [program("Xvfb"), "-displayfd", str(writing), "-screen", "0", "2100x1300x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def webkit() -> Iterator[WebKitGTK]:
    """The machine's WebKitGTK, over WebDriver."""
    options = Options()
    options.binary_location = str(next(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser")))
    options.add_argument("--automation")
    with screen() as display:
        surroundings = {**os.environ, "DISPLAY": display, "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        driver = WebKitGTK(options=options, service=Service(program("WebKitWebDriver"), env=surroundings))
        driver.set_window_rect(0, 0, 2000, 1250)
        yield driver
        driver.quit()


def opened(page: Page) -> Page:
    """The page with the chat open."""
    page.get_by_role("button", name="Open the rash guide").click()
    page.get_by_label("Your question").wait_for()
    return page


def ask(page: Page, text: str) -> str:
    """Types a question and returns the last message of the answer."""
    before = page.locator(".guide").count()
    page.get_by_label("Your question").fill(text)
    page.keyboard.press("Enter")
    page.locator(".guide").nth(before).wait_for(timeout=20_000)
    page.locator(".dots").wait_for(state="hidden")
    return page.locator(".guide").last.inner_text()


def until(true: Callable[[], Any], seconds: float = 20) -> None:
    """Waits until it is. Raises ``TimeoutError``."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)


def tag(bot, attributes: str = "") -> str:
    return f'<script src="{bot.origin}/chat/widget.js" defer {attributes}></script>'
