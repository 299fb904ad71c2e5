"""Draws README's pictures from what the guide really says: ``make picture``."""

from __future__ import annotations

import tempfile
import textwrap
from html import escape
from pathlib import Path

from tests.conftest import Server

ASKED = {
    "conversation": (
        "my face went red after the third shot, whats that",
        "shud i stop taking it??",
        "now my tongue feels fat",
    ),
    "visit-note": (
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
    ),
}
WIDTH, LINE, SIZE, COLUMNS = 720, 20, 14, 74


def bubble(text: str, top: int, mine: bool) -> tuple[str, int]:
    """One message as SVG, and the height it takes."""
    rows = [row for line in text.split("\n") for row in textwrap.wrap(line, COLUMNS)]
    height = len(rows) * LINE + 20
    width = max(len(row) for row in rows) * 7.3 + 28
    left = WIDTH - width - 16 if mine else 16
    colour = "#d7ebf5" if mine else "#f1f1ef"
    lines = "".join(
        f'<tspan x="{left + 14:.0f}" y="{top + 24 + number * LINE}">{escape(row)}</tspan>'
        for number, row in enumerate(rows)
    )
    box = f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{height}" rx="12" fill="{colour}"/>'
    return f"{box}<text>{lines}</text>", height + 12


def main() -> None:
    """Asks a real server and draws its answers."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), FEEDBACK_DB="").wait()
        for name, asked in ASKED.items():
            draw(name, [(text, server.ask(text, name)) for text in asked])
        server.stop()


def draw(name: str, turns: list[tuple[str, list[dict]]]) -> None:
    """Writes ``docs/<name>.svg``: each message and the reply to it."""
    parts, top = [], 16
    for asked, reply in turns:
        for text, mine in [(asked, True), *((message["text"], False) for message in reply)]:
            drawn, height = bubble(text, top, mine)
            parts.append(drawn)
            top += height
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 4}"'
    head = f'<svg {box} font-family="monospace" font-size="{SIZE - 2}">'
    page = f'{head}<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    Path(__file__).with_name(f"{name}.svg").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
