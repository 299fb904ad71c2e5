"""From which probability on the guide alarms, checks, answers or offers: chosen by ``make calibrate``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("thresholds.yml")


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from 0 to 1: of a degree of alarm, graver ones included (alarm, today, check), and of a subject.

    An answer from the article takes more (answer) than what is declined: what is not covered, doses, diagnoses, reports
    (decline); talk is for all other replies. Two subjects are both answered where they come to that much together
    (both). offer is the least for a question to be offered.
    """

    alarm: float
    today: float
    check: float
    answer: float
    both: float
    decline: float
    talk: float
    offer: float


@lru_cache(maxsize=1)
def thresholds() -> Thresholds:
    """The thresholds in ``thresholds.yml``. Raises ``TypeError`` where one is missing or unknown."""
    return Thresholds(**yaml.safe_load(FILE.read_text(encoding="utf-8")))
