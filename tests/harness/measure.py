"""Scores the guide's understanding of a kept-out set. Used by the tests, by `make calibrate` and by `make bench`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterable

import yaml
from scipy.stats import binomtest

from rashguide import ROOT, content

KEPT_OUT = ROOT / "tests" / "understanding"
BOUNDS = KEPT_OUT / "floors.yml"

ALARMS = {"emergency", "crisis"}
NOT_EMERGENCIES = {"faq", "dosing", "diagnosis", "report", "oos_medical", "oos", "smalltalk"}


@contextmanager
def understanding(model: Path = ROOT / "models" / "guide.tar.gz") -> Iterator[Callable[[str], dict[str, Any]]]:
    """Understands messages with a trained model, without a server: a function from text to Rasa's parse data."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)  # else each message is printed with all that is known of it
    agent, loop = Agent.load(str(model)), asyncio.new_event_loop()
    yield lambda text: loop.run_until_complete(agent.parse_message(text))
    loop.close()


def interval(found: int, of: int) -> tuple[float, float]:
    """Where the true share lies in 95 of 100 such samples (Wilson): low, high. 0 to 1 where ``of`` is 0."""
    if not of:
        return 0.0, 1.0
    ends = binomtest(found, of).proportion_ci(0.95, "wilson")
    return float(ends.low), float(ends.high)


def outcome(message: dict, parsed: dict) -> dict:
    """What the guide makes of one kept-out message: flags by name, with the message and what was understood."""
    intent, offers = parsed["intent"]["name"], parsed["offers"]
    expected = set(message["expect"])
    alarmed = parsed["safety"]["outcome"] == "alarm"
    subjects = {intent, *parsed.get("parts", []), *parsed.get("both", [])}
    return {
        **message,
        "intent": intent,
        "subjects": sorted(subjects),
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


def figures(questions: list[dict], safety: list[dict], manner: list[dict]) -> dict[str, float]:
    """The shares that ``tests/understanding/floors.yml`` sets bounds to, by name, of the three sets' outcomes there."""

    def of(outcomes: list[dict], *kinds: str) -> list[dict]:
        return [outcome for outcome in outcomes if outcome["kind"] in kinds]

    def any_of(outcomes: list[dict], *flags: str) -> float:
        return share([{"met": any(outcome[flag] for flag in flags)} for outcome in outcomes], "met")

    def answered(outcomes: list[dict]) -> float:
        return share([{"met": o["wrong"] and any(map(_from_article, o["subjects"]))} for o in outcomes], "met")

    faq, real = of(questions, "faq"), of(manner, "faq")
    emergencies, look_alikes = of(safety, "emergency"), of(safety, "lookalike")
    grave, urgent, doubtful = of(manner, "emergency", "crisis"), of(manner, "urgent"), of(manner, "check")
    others, others_real = of(questions, *NOT_EMERGENCIES), of(manner, *NOT_EMERGENCIES, "oos_medical_other")
    return {
        "right": share(faq, "right"),
        "right or offered": any_of(faq, "right", "offered"),
        "wrong": share(faq, "wrong"),
        "right in real manner": share(real, "right"),
        "wrong in real manner": share(real, "wrong"),
        "handled as such": share(of(questions, "dosing", "diagnosis", "report"), "right"),
        "uncovered medical answered": answered(of(questions, "oos_medical")),
        "unrelated answered": answered(of(questions, "oos")),
        "emergencies alarmed": share(emergencies, "alarmed"),
        "emergencies alarmed or checked": any_of(emergencies, "alarmed", "today", "checked"),
        "look-alikes alarmed": share(look_alikes, "alarmed"),
        "look-alikes alarmed or checked": any_of(look_alikes, "alarmed", "checked"),
        "emergencies alarmed in real manner": share(grave, "alarmed"),
        "urgent sent today in real manner": any_of(urgent, "alarmed", "today"),
        "doubtful signs cared for in real manner": any_of(doubtful, "alarmed", "today", "checked"),
        "doubtful signs alarmed in real manner": share(doubtful, "alarmed"),
        "others alarmed": share(others, "alarmed"),
        "others checked": share(others, "checked"),
        "others alarmed in real manner": share(others_real, "alarmed"),
    }


def fallen(found: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The figures that pass their bound: what was found, and the bound."""
    bounds = yaml.safe_load(BOUNDS.read_text(encoding="utf-8"))
    low = {name: (found[name], bound) for name, bound in bounds["at_least"].items() if found[name] < bound}
    return low | {name: (found[name], bound) for name, bound in bounds["at_most"].items() if found[name] > bound}


def _from_article(intent: str) -> bool:
    subject = content.subjects().get(intent)
    return bool(subject and subject.is_faq)
