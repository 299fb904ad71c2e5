"""Where conversations are kept."""

from __future__ import annotations

from typing import Any

from rasa.core.agent import Agent
from rasa.core.tracker_store import SQLTrackerStore


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, whose errors, which Rasa logs, name no statement's values: those are people's words."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.engine.hide_parameters = True

    def forget(self, conversation_id: str) -> None:
        """Deletes all that is kept of one conversation."""
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == conversation_id).delete()
            session.commit()


async def forget(agent: Agent, conversation_id: str) -> None:
    """Deletes one conversation, after a turn of it that is still going on.

    Rasa wraps the configured store and may have kept the conversation in memory while that failed (rasa 3.6.21,
    core/tracker_store.py:1377); neither has a way to delete. Raises where the store is no ``ConversationStore``.
    """
    wrapper = agent.tracker_store
    async with agent.lock_store.lock(conversation_id):
        wrapper.fallback_tracker_store.store.pop(conversation_id, None)
        wrapper._tracker_store.forget(conversation_id)
