"""What a screen reader says of the chat: Orca's own speech, in Chromium, on a screen that nobody sees: ``make listen``.

Keys are pressed as by hand, through the X server, so that Orca meets them first, as it does at a reader's desk. Writes
``docs/widget/heard.md``. Needs the programs ``orca``, ``xdotool``, ``openbox``, ``dbus-run-session`` and ``Xvfb``.
"""

from __future__ import annotations

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
SPOKEN = re.compile(r"SPEECH OUTPUT: '(.*)'")
QUIET = 2.5  # seconds without a word after which a step counts as said
LONGEST = 25.0
# What is done, as its reader would tell it, and the keys: a name of one, or text to type.
STEPS: list[tuple[str, list[str]]] = [
    ("Tab, to the launcher", ["Tab"]),
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
    """All that Orca has said so far, letters of typed words left out."""
    said = SPOKEN.findall(log.read_text(errors="replace")) if log.exists() else []
    return [each.strip() for each in said if len(each.strip()) > 1]


def press(keys: list[str]) -> None:
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


def heard(address: str) -> Iterator[tuple[str, list[str]]]:
    """Each step with what Orca then says."""
    with tempfile.TemporaryDirectory() as folder, screen() as display, sync_playwright() as playwright:
        log = Path(folder, "orca.log")
        os.environ |= {"DISPLAY": display, "HOME": folder, "ACCESSIBILITY_ENABLED": "1", "NO_AT_BRIDGE": "0"}
        desk = subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
        orca = subprocess.Popen(["orca", "--debug-file", log, "-e", "speech"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(5)
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
        orca.terminate()
        desk.terminate()


def main() -> None:
    """Draws the log up and writes it."""
    missing = [package for name, package in NEEDED.items() if not shutil.which(name)]
    if missing:
        sys.exit(f"This needs Debian's packages {', '.join(missing)}.")
    if "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
        os.execvp("dbus-run-session", ["dbus-run-session", "--", sys.executable, "-m", "bench.listening"])
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).wait()
        for told, said in heard(f"http://127.0.0.1:{server.port}/chat/demo"):
            print(f"\n{told}", *said, sep="\n  ", flush=True)
        server.stop()


if __name__ == "__main__":
    main()
