"""``make channels``: what is on, what is missing, and what each platform can show."""

from __future__ import annotations

import sys
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)  # before Rasa is imported

from pydantic import ValidationError

from rashguide.channels.every_platform import PLATFORMS
from rashguide.settings import NEEDS, PlatformSettings, missing

HEADINGS = ("platform", "state", "address", "longest text", "choices", "missing")


def table(found: PlatformSettings) -> str:
    """The platforms as lines of text, with what the settings lack."""
    lacking = missing(found.dict())
    rows = [HEADINGS]
    for platform in PLATFORMS:
        name, limits = platform.name(), platform.limits
        state = "on" if not lacking[name] else "off" if len(lacking[name]) == len(NEEDS[name]) else "incomplete"
        choices = f"{limits.buttons} buttons of {limits.title}" if limits.buttons else "numbered"
        unit = "bytes" if limits.size("é") == 2 else "characters"
        row = (name, state, f"/webhooks/{name}/webhook", f"{limits.text} {unit}", choices)
        rows.append((*row, ", ".join(lacking[name])))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def main() -> None:
    """Prints the table; ends with 1 where a setting is malformed or a platform is set in part, as the start would."""
    try:
        found = PlatformSettings()  # type: ignore[call-arg]  # pydantic 1 keeps its defaults from mypy
    except ValidationError as error:
        sys.exit("\n".join(wrong["msg"] for wrong in error.errors()))
    printed = table(found)
    print(printed)
    if " incomplete " in printed:
        sys.exit("The guide does not start while a platform is incomplete: set all that it needs, or nothing.")


if __name__ == "__main__":
    main()
