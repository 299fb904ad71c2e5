"""Where conversations are kept."""

from __future__ import annotations

from typing import Any

from rasa.core.tracker_store import SQLTrackerStore


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, whose errors, which Rasa logs, name no statement's values: those are people's words."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.engine.hide_parameters = True
