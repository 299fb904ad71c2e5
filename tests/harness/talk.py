"""One person's turns with a real server, and how a reply reads."""

from __future__ import annotations

from rashguide.settings import Settings
from tests.harness.server import advice_count


def as_read(text: str, country: str = "US") -> str:
    """The reply as a patient in a country reads it."""
    return text.format(**Settings(_env_file=None, country=country).numbers())


def ungrouped(names: list[str]) -> list[str]:
    """Names of responses, an emergency's of any kind as "utter_emergency"."""
    return ["utter_emergency" if name.startswith("utter_emergency") else name for name in names]


def turn(server, sender, message):
    """The reply to a message, and the names of the responses in it."""
    told = len(server.said(sender))
    reply = server.ask(message, sender)
    assert advice_count(reply) == 1, message
    return reply, server.said(sender)[told:]


def press(server, sender, reply, title):
    buttons = {button["title"]: button["payload"] for message in reply for button in message.get("buttons", [])}
    return turn(server, sender, buttons[title])
