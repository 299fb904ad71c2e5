"""Counts what was said to "Was this answer helpful?"."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import turn_of
from rashguide.content import names
from rashguide.content.names import Slot
from rashguide.dialogue import follow_ups
from rashguide.dialogue.opinions import opinion


class ActionCountOpinion(Action):
    """Hands the opinion and its subject on, in a slot: the store counts one more when it keeps that event.

    So the count is kept with the turn or not at all, and the actions need no way into the database.
    """

    def name(self) -> str:
        """As domain.yml lists it."""
        return names.Action.COUNT

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """The slot with the subject of the last answer and what was said of it; empty where nothing was answered."""
        turn = turn_of(tracker)
        subject, said = follow_ups.last_subject(turn.earlier), opinion(turn)
        return [SlotSet(Slot.OPINION, [subject, said] if subject and said else None)]
