"""Scores the guide's understanding of a kept-out set. Used by the tests, by `make calibrate` and by `make bench`."""

from __future__ import annotations

from typing import Callable, Iterable

ALARMS = {"emergency", "crisis"}
NOT_EMERGENCIES = {"faq", "dosing", "diagnosis", "report", "oos_medical", "oos", "smalltalk"}


def outcome(message: dict, parsed: dict) -> dict:
    """What the guide makes of one kept-out message: flags by name, with the message and what was understood."""
    intent, offers = parsed["intent"]["name"], parsed["offers"]
    expected = set(message["expect"])
    alarmed = parsed["safety"]["outcome"] == "alarm"
    subjects = {intent, *parsed.get("parts", [])}
    return {
        **message,
        "intent": intent,
        "offers": offers,
        "probability": parsed["safety"]["probability"],
        "signs": parsed["safety"]["signs"],
        "confidence": parsed["intent_ranking"][0]["confidence"],
        "right": bool(subjects & expected),
        "offered": intent == "nlu_fallback" and bool(expected & set(offers)),
        "wrong": not subjects & expected and intent != "nlu_fallback" and not alarmed,
        "alarmed": alarmed,
        "today": parsed["safety"]["outcome"] == "today",
        "checked": parsed["safety"]["outcome"] == "check" or intent == "safety_check",
    }


def score(messages: Iterable[dict], understand: Callable[[str], dict]) -> list[dict]:
    """One outcome a message. ``understand`` returns Rasa's parse data for a text."""
    return [outcome(message, understand(message["text"])) for message in messages]


def share(outcomes: Iterable[dict], flag: str) -> float:
    """The share of outcomes with the flag set; 0 where there are none."""
    found = [bool(outcome[flag]) for outcome in outcomes]
    return sum(found) / len(found) if found else 0.0
