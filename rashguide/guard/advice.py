"""The advice, once and last in every reply, and the guard's own words."""

from __future__ import annotations

from typing import Any, NamedTuple

from rashguide.guard.buttons import sign
from rashguide.settings import settings

ADVICE = "Contact your doctor about any new symptoms."

NO_ANSWER = "Sorry, I can't answer right now. Please try again in a minute. If it is urgent, call {emergency_number}."
TOO_LONG = (
    "That message is too long for me to read well. Please ask again in a few sentences. "
    "If anyone is very ill, call {emergency_number} now."
)
TOO_MANY = (
    "I can't send more messages today: this one was not sent. Please call {clinic}. "
    "If it is urgent, call {emergency_number}."
)
TOO_FAST = "You are writing faster than I can read. Please wait a minute. If it is urgent, call {emergency_number}."
NO_TEXT = (
    "I got no words that I can read. I can't look at pictures, listen to recordings or open files. "
    "Please type your question in words. If anyone is very ill, call {emergency_number} now."
)


def say(text: str) -> str:
    """A fixed sentence of the guard's own with the operator's telephone numbers in it."""
    return text.format(**settings().numbers())


def _plain(text: str) -> str:
    """The text without blank lines, and without the advice, which somebody may have put into what is said of a note."""
    while ADVICE in text:
        text = text.replace(ADVICE, "")
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


class Told(NamedTuple):
    """What a turn says, and the advice at its end ("" where there is none), for what cuts texts and adds to them."""

    messages: list[dict[str, Any]]
    advice: str


def apart(messages: list[dict[str, Any]]) -> Told:
    """A turn's messages, as ``advised`` hands them out, with the advice beside them."""
    last = max((place for place, message in enumerate(messages) if message.get("text")), default=None)
    if last is None or not messages[last]["text"].endswith(ADVICE):
        return Told(messages, "")
    text = messages[last]["text"].removesuffix(ADVICE).rstrip("\n")
    return Told([*messages[:last], {**messages[last], "text": text}, *messages[last + 1 :]], ADVICE)


def advised(messages: list[dict[str, Any]], conversation_id: str, shown: str = "") -> list[dict[str, Any]]:
    """A turn's messages as the person gets them: one advice sentence at the end, blank lines gone, buttons signed.

    ``shown``: the turn's mark, by which its buttons are known later.
    """
    told = []
    for message in messages:
        message = {key: value for key, value in message.items() if value}
        if "text" in message:
            message["text"] = _plain(str(message["text"]))
        if "buttons" in message:
            message["buttons"] = [
                {**button, "payload": sign(conversation_id, button["payload"], shown)}
                if "payload" in button
                else button
                for button in message["buttons"]
            ]
        if message.get("text") or "image" in message or "attachment" in message or "custom" in message:
            told.append(message)
    spoken = [message for message in told if message.get("text")]
    if not spoken:
        spoken = [{"text": say(NO_ANSWER)}]
        told += spoken
    spoken[-1]["text"] += f"\n{ADVICE}"
    return told
