"""Holds back what a turn says until the turn is over."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel


class Held(OutputChannel):
    """Keeps a turn's messages in order."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.messages: list[dict[str, Any]] = []

    def name(self) -> str:  # type: ignore[override]
        """The channel's name."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keeps the message for when the turn is over."""
        self.messages.append(dict(message))
