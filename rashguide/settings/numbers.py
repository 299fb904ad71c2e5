"""The telephone numbers that a country's people are told: ``data/numbers.yml``, the one source for replies and widget.

Ground floor: imports nothing of ours but the project's folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from rashguide import ROOT

TABLE = ROOT / "data" / "numbers.yml"
# Each is a placeholder in replies, a key in the table and, in capitals, the setting that overrides it.
KINDS = (
    "emergency_number",
    "health_line",
    "poison_line",
    "crisis_line",
    "crisis_text",
    "emergency_text",
    "report_to",
)
NOWHERE = "INT"  # no country in particular
_DIGITS = re.compile(r"\+?\d(?:[\d \-]*\d)?")


@dataclass(frozen=True)
class Number:
    """How a reply says a number, and what can be tapped in it, each number alone."""

    say: str
    call: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: str) -> Number:
        """An operator's own words, the numbers in them found."""
        return cls(said, tuple(found for found in _DIGITS.findall(said) if len(re.sub(r"\D", "", found)) >= 2))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return read


def countries() -> list[str]:
    """The codes that COUNTRY may hold."""
    return list(_table()["countries"])


def name(country: str) -> str:
    """A country's name."""
    return str(_table()["countries"][country]["name"])


def of(country: str) -> dict[str, Number]:
    """A country's numbers by kind; where it has none that is confirmed, words that are right anywhere."""
    own = _table()["countries"][country]
    found = {}
    for kind in KINDS:
        entry = own.get(kind)
        if not (entry and entry["confirmed"]):
            entry = _table()["anywhere"][kind]
        found[kind] = Number(entry["say"], tuple(entry.get("call", ())))
    return found
