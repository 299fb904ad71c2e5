"""Deletes a conversation."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from rashguide.content import names
from rashguide.content.names import Response


class ActionDeleteConversation(Action):
    """Says that the conversation is deleted, which makes it so.

    The store keeps nothing of a conversation in which this action has spoken (``rashguide/stores/conversations.py``).
    """

    def name(self) -> str:
        """As domain.yml lists it."""
        return names.Action.DELETE

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """One response, and nothing is kept in the slots either."""
        dispatcher.utter_message(response=Response.DELETED)
        return [AllSlotsReset()]
