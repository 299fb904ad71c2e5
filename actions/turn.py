"""The turn that an action is called in, as the policy saw it."""

from __future__ import annotations

from rasa.shared.core.events import Event
from rasa_sdk import Tracker

from rashguide.dialogue import turns
from rashguide.dialogue.turns import Turn


def turn_of(tracker: Tracker) -> Turn:
    """The conversation's last turn, those before it behind it. Raises ``ValueError`` where nobody has written yet."""
    turn = turns.read(filter(None, map(Event.from_parameters, tracker.events)))
    if turn is None:
        raise ValueError("an action was called before anybody wrote")
    return turn
