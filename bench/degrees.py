"""Degrees of help: what a message needed, and what it was sent to, counted with 95% intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from rashguide import content
from rashguide.content.names import ALARMS, CHECKS, Intent
from tests.harness import measure

Outcome = dict[str, Any]
NEEDED = ("emergency", "crisis", "today", "check", "look-alike", "nothing")
TOLD = ("emergency", "today", "check", "nothing")
# What each kind of test message needs.
OF_KIND = {"emergency": "emergency", "crisis": "crisis", "urgent": "today", "check": "check", "lookalike": "look-alike"}
# From most help to none; a look-alike and a message that needs nothing may be asked about, if seldom.
GRAVITY = {"emergency": 3, "crisis": 3, "today": 2, "check": 1, "look-alike": 0, "nothing": 0}
NUMBERS = ("{emergency_", "{crisis_")
# Upper ends of the interval of a share that was met too low, and the likelihood that follows for the safety case.
LIKELIHOODS = ((0.01, 1), (0.10, 2), (0.50, 3), (0.90, 4), (1.01, 5))


class Share(NamedTuple):
    """So many of so many, and where the true share lies in 95 of 100 such samples (Wilson)."""

    found: int
    of: int
    low: float
    high: float

    @classmethod
    def count(cls, flags: Iterable[object]) -> Share:
        """The share of true ones; of none the interval is all that is possible."""
        found = [bool(flag) for flag in flags]
        return cls(sum(found), len(found), *measure.interval(sum(found), len(found)))

    def __str__(self) -> str:
        if not self.of:
            return "none"
        ends = f"{100 * self.low:.1f} to {100 * self.high:.1f}"
        return f"{self.found} of {self.of}: {100 * self.found / self.of:.1f}% ({ends})"

    def kept(self) -> dict[str, Any]:
        """As review/figures.yml keeps it."""
        ends = {"low": round(self.low, 4), "high": round(self.high, 4)}
        return {"found": self.found, "of": self.of, **ends, "likelihood": self.likelihood}

    @property
    def likelihood(self) -> int:
        """From 1 (very low) to 5 (very high), by the upper end of the interval."""
        return next(degree for most, degree in LIKELIHOODS if self.high < most)


def needed(message: dict[str, Any]) -> str:
    """The degree that a test message needs. One of despair needs the crisis reply or the emergency's."""
    degree = OF_KIND.get(message["kind"], "nothing")
    return "crisis" if degree == "emergency" and message["expect"][0] == "crisis" else degree


def told(responses: list[str]) -> str:
    """The degree that a turn's responses send to; the crisis reply counts as the emergency's."""
    said = set(map(content.original, responses))
    if said & ALARMS.keys():
        return "emergency"
    if content.response_to(Intent.URGENT) in said:
        return "today"
    return "check" if said & CHECKS else "nothing"


def names_number(responses: list[str]) -> bool:
    """True where what is said names the emergency number or the crisis line."""
    return any(name in content.spoken(response) for response in responses for name in NUMBERS)


def too_low(outcome: Outcome) -> bool:
    """True where a message was sent to less help than it needs."""
    return GRAVITY[outcome["told"]] < GRAVITY[outcome["needed"]]


def too_high(outcome: Outcome) -> bool:
    """True where a message was sent to more help than it needs."""
    return GRAVITY[outcome["told"]] > GRAVITY[outcome["needed"]]


def confusion(outcomes: list[Outcome]) -> str:
    """The table of what was needed against what was told, with the shares that were met too low and too high."""
    counted = Counter((outcome["needed"], outcome["told"]) for outcome in outcomes)
    rows = ["| needed | messages | emergency or crisis | today | check | nothing | met too low | met too high |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for need in NEEDED:
        own = [outcome for outcome in outcomes if outcome["needed"] == need]
        if own:
            cells = [str(counted[need, degree]) for degree in TOLD]
            ends = [str(Share.count(map(wrong, own))) for wrong in (too_low, too_high)]
            rows.append(f"| {need} | {len(own)} | " + " | ".join(cells + ends) + " |")
    return "\n".join(rows)
