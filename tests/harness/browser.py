"""A real browser, and a person who opens the chat in it and asks."""

from __future__ import annotations

import contextlib
import shutil
from typing import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


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


def tag(bot, attributes: str = "") -> str:
    return f'<script src="{bot.origin}/chat/widget.js" defer {attributes}></script>'
