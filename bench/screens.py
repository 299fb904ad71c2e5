"""Draws the widget's twelve states in five looks, one sheet a look, into ``docs/widget/``: ``make screenshots``."""

from __future__ import annotations

import io
from typing import Callable

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page

from bench.pictures import ASKED, DOCS, NOTED, guide
from tests.harness.browser import ask, opened

LOOKS = {
    "light": {"viewport": {"width": 500, "height": 720}},
    "dark": {"viewport": {"width": 500, "height": 720}, "color_scheme": "dark"},
    "forced-colours": {"viewport": {"width": 500, "height": 720}, "forced_colors": "active"},
    "phone": {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True},
    "zoomed": {"viewport": {"width": 320, "height": 256}},
}
COLUMNS, GAP, HEAD, COLOURS = 4, 16, 28, 48


def closed(page: Page) -> None:
    """The launcher alone."""
    page.get_by_role("button", name="Open the rash guide").wait_for()


def said(*asked: str) -> Callable[[Page], None]:
    """A chat in which that was asked."""

    def state(page: Page) -> None:
        opened(page)
        for text in asked:
            ask(page, text)

    return state


def checked(page: Page) -> None:
    """The safety check, scrolled to its buttons."""
    said("my face is a bit swollen")(page)
    page.locator(".log").evaluate("log => log.scrollTop = log.scrollHeight")


def noted(page: Page) -> None:
    """A visit note, which comes behind the answer to a last question."""
    said(*NOTED)(page)
    page.locator(".guide").last.evaluate("note => note.scrollIntoView()")


def failed(page: Page) -> None:
    """A question that could not be sent."""
    opened(page)
    page.context.set_offline(True)
    page.get_by_label("Your question").fill(ASKED)
    page.keyboard.press("Enter")
    page.locator(".failure").wait_for()


def pressed(*buttons: str) -> Callable[[Page], None]:
    """A chat with an answer, and then these buttons of its menu; the second one answers the question it asks."""

    def state(page: Page) -> None:
        said(ASKED)(page)
        page.get_by_role("button", name="Chat options").click()
        page.locator(".options").wait_for()
        for name in buttons:
            page.locator(".panel").get_by_role("button", name=name).first.click()
        page.wait_for_timeout(500)

    return state


STATES: dict[str, Callable[[Page], None]] = {
    "Closed, on a page": closed,
    "Opened": said(),
    "An answer": said(ASKED),
    "An alarm": said("my tongue is swelling up"),
    "A crisis": said("i want to kill myself"),
    "The safety check": checked,
    "The visit note begins": said("make a visit note"),
    "The visit note": noted,
    "Offline": failed,
    "All topics": pressed("What can I ask?"),
    "Menu": pressed(),
    "Deleted": pressed("Forget this chat", "Yes, delete it"),
}


def sheet(pictures: dict[str, Image.Image]) -> Image.Image:
    """All states of a look, each under its name, in few colours."""
    width, height = next(iter(pictures.values())).size
    rows = -(-len(pictures) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * (height + HEAD + GAP) + GAP), "#dfe5e7")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(18)
    for place, (name, picture) in enumerate(pictures.items()):
        x = GAP + place % COLUMNS * (width + GAP)
        y = GAP + place // COLUMNS * (height + HEAD + GAP)
        draw.text((x, y), name, "black", font)
        whole.paste(picture, (x, y + HEAD))
    return whole.quantize(COLOURS, dither=Image.Dither.NONE)


def main() -> None:
    """Asks a real server, in a browser of its own for each state."""
    with guide() as (browser, address):
        for look, options in LOOKS.items():
            pictures = {}
            for name, state in STATES.items():
                context = browser.new_context(**options)  # type: ignore[arg-type]  # a table of keyword arguments
                page = context.new_page()
                page.goto(address)
                state(page)
                page.wait_for_timeout(300)  # until what is hidden later is hidden
                pictures[name] = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                context.close()
            sheet(pictures).save(DOCS / "widget" / f"{look}.png", optimize=True)


if __name__ == "__main__":
    main()
