"""What a screen reader says of the chat: Orca's own speech, in Chromium, on a screen that nobody sees: ``make listen``.

Keys are pressed as by hand, through the X server, so that Orca meets them first, as it does at a reader's desk. Writes
``docs/widget/heard.md``. Needs the programs ``orca``, ``xdotool``, ``openbox``, ``dbus-run-session`` and ``Xvfb``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator

from playwright.sync_api import sync_playwright

from rashguide import ROOT
from tests.harness.browser import ARGUMENTS, CHROMIUM, program, screen
from tests.harness.server import Server

NEEDED = {"orca": "orca", "xdotool": "xdotool", "openbox": "openbox", "dbus-run-session": "dbus", "Xvfb": "xvfb"}
FILE = ROOT / "docs" / "widget" / "heard.md"
SPOKEN = re.compile(r"SPEECH OUTPUT: '(.*?)' ?\{'established")
KEYS = {"space", "return", "tab", "left shift", "escape", "question", "apostrophe"}  # as Orca calls those pressed
PAGE = """# What a screen reader says of it

Written by `make listen`: {orca} with {chromium}, on the demo page, keys pressed as by hand. It is
what Orca gives to its voice, in order; the names of keys and letters are left out. Other screen readers word it
otherwise.

{steps}"""
QUIET = 2.5  # seconds without a word after which a step counts as said
LONGEST = 25.0
# What is done, as its reader would tell it, and the keys: a name of one, or text to type.
STEPS: list[tuple[str, list[str]]] = [
    ("Tab, to the first button on the page", ["Tab"]),
    ("Enter, which opens the chat", ["Return"]),
    ("A question is typed, and Enter", ["text:why is my face red?", "Return"]),
    ("Shift and Tab, to the last button above the field", ["shift+Tab"]),
    ("Enter on it", ["Return"]),
    ("An emergency is typed, and Enter", ["text:my tongue is swelling up", "Return"]),
    ('"no" is typed, and Enter', ["text:no", "Return"]),
    ("Shift and Tab, to the buttons", ["shift+Tab"]),
    ("Tab, back to the field", ["Tab"]),
    ("Escape, which closes the chat", ["Escape"]),
    ("Enter, which opens it again", ["Return"]),
]


def spoken(log: Path) -> list[str]:
    """All that Orca has said so far, but for the keys that are pressed."""
    said = map(str.strip, SPOKEN.findall(log.read_text(errors="replace")) if log.exists() else [])
    return [each for each in said if len(each) > 1 and each not in KEYS]


def press(keys: list[str]) -> None:
    """Presses them, or types a text."""
    for key in keys:
        text = key.removeprefix("text:")
        command = ["type", "--delay", "60", text] if text != key else ["key", key]
        subprocess.run(["xdotool", *command], check=True)
        time.sleep(0.2)


def settled(log: Path, before: int) -> list[str]:
    """What is said from there on, once it has gone quiet."""
    end, last, count = time.monotonic() + LONGEST, time.monotonic(), before
    while time.monotonic() < end and (time.monotonic() - last < QUIET or count == before):
        now = len(spoken(log))
        if now != count:
            count, last = now, time.monotonic()
        time.sleep(0.2)
    return spoken(log)[before:]


@contextlib.contextmanager
def running(*command: object) -> Iterator[None]:
    """A program of the desk, in silence, until it is no longer needed."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([str(part) for part in command], **quiet)
    try:
        yield
    finally:
        process.kill()
        process.wait(10)


def heard(address: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each step with what Orca then says."""
    log = folder / "orca.log"
    with screen() as display:
        os.environ |= {"DISPLAY": display, "HOME": str(folder), "ACCESSIBILITY_ENABLED": "1"}
        orca = ("orca", "--debug-file", log, "--enable", "speech")
        with running("openbox"), running(*orca), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program(*CHROMIUM),
                args=[*ARGUMENTS, "--force-renderer-accessibility", "--start-maximized"],
                headless=False,
            )
            page = browser.new_context(no_viewport=True).new_page()
            page.goto(address)
            page.bring_to_front()
            settled(log, 0)
            page.locator("body").click(position={"x": 5, "y": 5})
            for told, keys in STEPS:
                before = len(spoken(log))
                press(keys)
                yield told, settled(log, before)
            browser.close()


def version(name: str) -> str:
    """What a program says of its version."""
    return (
        subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
        .stdout.partition(" built ")[0]
        .strip()
    )


def main() -> None:
    """Listens and writes the page."""
    missing = [package for name, package in NEEDED.items() if not shutil.which(name)]
    if missing:
        sys.exit(f"This needs Debian's packages {', '.join(missing)}.")
    if "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
        os.execvp("dbus-run-session", ["dbus-run-session", "--", sys.executable, "-m", "bench.listening"])
    steps = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).wait()
        for told, said in heard(f"http://127.0.0.1:{server.port}/chat/demo", Path(folder)):
            print(told, *said, sep="\n  ", flush=True)
            steps.append(f"**{told}.**\n\n" + "".join(f"- {each}\n" for each in said))
        server.stop()
    versions = {"orca": f"Orca {version('orca')}", "chromium": version(program(*CHROMIUM))}
    FILE.write_text(PAGE.format(**versions, steps="\n".join(steps)), encoding="utf-8")


if __name__ == "__main__":
    main()
