"""Records a clinician's sign-off in review/sign-offs.yml: ``make sign ITEM="emergency@1a2b3c4d5e6f" BY="Name, role"``.

The version is the review sheet's: what changed since it was read is not signed off. Several items stand with spaces
between. Without ITEM it tells how far the review has come.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Optional, Sequence

import yaml

from rashguide.content import sign_offs
from rashguide.settings import settings
from review import items

HEAD = """# Who signed off what, by item of the review sheet; `make sign` writes it. It holds for a year, and while
# nothing changes that it was given for: `covers` has the digest of each part. Delete an entry to withdraw it.
"""
SHOWN = 10


class Refused(Exception):
    """A sign-off that cannot be recorded. Says why."""


def record(named: Sequence[str], by: str, on: date, file: Path = sign_offs.FILE) -> None:
    """Adds sign-offs to the file. Raises ``Refused`` where one is of no item, or of another version; then adds none."""
    name, comma, role = by.partition(", ")
    if not (name.strip() and comma and role.strip()):
        raise Refused(f"BY must be a name and a role, as in BY='Name, dermatologist', not {by!r}")
    if on > date.today():
        raise Refused(f"{on} has not come yet")
    every, found = items.every(), dict(sign_offs.read_file(file))
    for each in named:
        identifier, at, version = each.partition("@")
        if identifier not in every:
            raise Refused(f"{identifier} is no item of the review sheet")
        if version != every[identifier].version:
            raise Refused(
                f"{identifier} is at version {every[identifier].version}, not {version or 'none'}: read it again first"
                if at
                else f"say which version of {identifier} was read, as the sheet shows it: {identifier}@<version>"
            )
        found[identifier] = sign_offs.SignOff(by, on, every[identifier].parts)
    told = {key: {"by": one.by, "on": one.on, "covers": dict(one.covers)} for key, one in sorted(found.items())}
    body = yaml.safe_dump({"sign_offs": told}, sort_keys=False, allow_unicode=True, width=120)
    file.write_text(HEAD + body, encoding="utf-8")


def report() -> str:
    """How far the review has come, and the first open items for safety."""
    every, country = items.every(), settings().country
    missing = sign_offs.unsigned(country)
    lines = [f"{len(missing)} of {len(sign_offs.safety_items(country))} items for safety are not signed off:"]
    lines += [f"  {name}@{every[name].version}: {items.state(every[name])}" for name in missing[:SHOWN]]
    if len(missing) > SHOWN:
        lines.append(f"  and {len(missing) - SHOWN} more: make review shows all")
    return "\n".join(lines)


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Reads the command line, records, and tells."""
    parser = argparse.ArgumentParser("python -m review.sign")
    parser.add_argument("items", nargs="*", help="id@version, as on the review sheet")
    parser.add_argument("--by", default="", help="name, role")
    parser.add_argument("--on", type=date.fromisoformat, default=date.today(), help="YYYY-MM-DD; today")
    chosen = parser.parse_args(arguments)
    if not chosen.items:
        print(report())
        return
    try:
        record(chosen.items, chosen.by, chosen.on)
    except Refused as reason:
        sys.exit(f"Not recorded: {reason}.")
    print(f"Recorded {len(chosen.items)} in {sign_offs.FILE.name}. The tests name replies that must now say so.")


if __name__ == "__main__":
    main()
