"""What the understanding leaves with a message: keys, and what stands there. Light, as the actions read it too."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Optional, TypedDict

SAFETY: Final = "safety"
ALARM, TODAY, CHECK, CLEAR = "alarm", "today", "check", "clear"  # its outcomes

DEGREE: Final = "degree"  # of a phrase
NEAREST: Final = "nearest"  # phrases, of a message and of each part of a long one: ``nearest.py``
BY_SUBJECT: Final = "degrees_by_subject"  # of a message, then of each part of a long one

SEQUEL: Final = "sequel"
NOTE, ALARMED, ANSWERED = "note", "alarmed", "answered"  # its kinds
KINDS = (NOTE, ALARMED, ANSWERED)
LEANING = 16  # words of a message that may lean on the last answer


EDITS: Final = "edits"  # in a message's metadata: the id of the one that it is a new wording of


class Nearest(NamedTuple):
    """The likeness, -1 to 1, of the nearest phrase of each subject and of each degree of alarm."""

    subjects: dict[str, float]
    degrees: dict[str, float]


class Ranked(TypedDict):
    """One thing that a message may mean ("" for nothing known), and its probability."""

    name: str
    confidence: float


class Safety(TypedDict):
    """How much alarm a message deserves (``safety.py``). ``probability`` is of an alarm, ``signs`` are listed ones."""

    outcome: str
    tier: str
    group: Optional[str]
    degrees: dict[str, float]
    probability: float
    signs: list[str]


class _Sequel(TypedDict):
    after: str
    kind: str
    ranking: list[Ranked]


class Sequel(_Sequel, total=False):
    """What a message means beside what it follows (``sequels.py``). ``degrees``: of an answer to the visit note."""

    degrees: dict[str, float]


class Parsed(TypedDict, total=False):
    """A message as it was understood, which is stored with it.

    A pressed button has ``text`` and intents alone, and in ``shown`` the mark of the turn whose reply it stood in.
    """

    text: Optional[str]
    intent: Ranked
    intent_ranking: list[Ranked]
    entities: list[dict[str, Any]]
    safety: Safety
    sequel: Optional[Sequel]
    language: Optional[str]
    not_covered: Optional[str]
    elsewhere: bool
    offers: list[str]
    parts: list[str]
    both: list[str]
    shown: str


def leans(text: str) -> bool:
    """True for a message that is short enough to lean on the last answer."""
    return len(text.split()) <= LEANING
