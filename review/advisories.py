"""The known weaknesses of the versions that uv.lock holds, from review/advisories.yml: ``make advisories``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Mapping

import yaml
from packaging.specifiers import SpecifierSet

from rashguide import ROOT

STORED = Path(__file__).with_name("advisories.yml")
PAGE = ROOT / "docs" / "production" / "security.md"
MARKS = "<!-- advisories -->\n", "<!-- /advisories -->"
HEAD = "| package | known | affected | what it allows | what shields |\n|---|---|---|---|---|"


def advisories() -> list[dict[str, Any]]:
    """All that are stored."""
    return list(yaml.safe_load(STORED.read_text(encoding="utf-8")))


def locked() -> dict[str, str]:
    """The version of each package in uv.lock, and of Python."""
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    python = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    return {"python": python, **dict(re.findall(r'^name = "(.+)"\nversion = "(.+)"$', lock, re.M))}


def affects(advisory: Mapping[str, Any], version: str) -> bool:
    """Whether a version is one of those that the advisory names."""
    return any(SpecifierSet(each).contains(version, prereleases=True) for each in advisory["affected"])


def _versions(advisory: Mapping[str, Any]) -> str:
    return " or ".join(advisory["affected"])


def table(versions: Mapping[str, str]) -> str:
    """What affects these versions, as a table, and in a sentence what is stored and does not."""
    rows, others = [HEAD], []
    for each in advisories():
        name, known = each["package"], each.get("id", "no identifier")
        if name not in versions:
            others.append(f"{known} ({name}, which is not locked)")
        elif affects(each, versions[name]):
            cells = (f"{name} {versions[name]}", known, _versions(each), each["allows"], each["shield"])
            rows.append(f"| {' | '.join(cells)} |")
        else:
            others.append(f"{known} ({name} {_versions(each)}; locked is {versions[name]})")
    told = ",\n".join(others)
    return "\n".join(rows) + f"\n\nStored as well, and none of the versions locked is affected:\n{told}.\n"


def page() -> str:
    """docs/production/security.md with the table as it must be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    return before + MARKS[0] + table(locked()) + MARKS[1] + rest.partition(MARKS[1])[2]


if __name__ == "__main__":
    print(table(locked()))
    PAGE.write_text(page(), encoding="utf-8")
