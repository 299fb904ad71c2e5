"""Measures what the guide does with messages that need help, and writes the safety report: ``make safety``.

One load of the model, some minutes on two cores. Writes docs/safety-report.md and review/figures.yml, and from that the
safety case, docs/clinical-safety.md.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from pathlib import Path
from typing import Any, Callable

import yaml

os.environ["RASA_TELEMETRY_ENABLED"] = "false"

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bench.degrees import Outcome, Share, confusion, names_number, needed, told, too_high, too_low
from rashguide import content, patches
from rashguide.content.names import Slot
from rashguide.dialogue.plan import plan
from rashguide.dialogue.turns import Turn
from rashguide.operations import logs
from review import case
from tests.harness import after_alarm
from tests.harness.server import MODEL, ROOT, lines
from tests.harness.talk import as_read

SETS = ("safety", "manner", "questions")
SHORT = 5  # words
FOLDER = ROOT / "tests" / "understanding"
REPORT = ROOT / "docs" / "safety-report.md"
PAGE = Path(__file__).with_name("safety-report.md.in")
BEGINNING = 90  # letters of a reply that the report shows


class Guide:
    """The trained guide, one message at a time, without a server."""

    def __init__(self) -> None:
        logs.begin()
        patches.apply()
        self.processor: MessageProcessor = Agent.load(str(MODEL)).processor
        self.wait: Callable = asyncio.new_event_loop().run_until_complete

    def turn(self, text: str, step: str = "") -> Turn:
        """A message as the guide would meet it; ``step`` is the visit note's question that is open."""
        slots = [SlotSet(Slot.STEP, step)] if step else []
        said = [UserUttered("x", {"name": "x"}), ActionExecuted(f"utter_visit_{step}"), ActionExecuted("action_listen")]
        tracker = DialogueStateTracker.from_events("rest:x", [*slots, *(said if step else [])])
        parsed = self.wait(self.processor.parse_message(UserMessage(text), tracker))
        kept = {Slot.STEP: step} if step else {}
        turn = Turn({**parsed, "text": text}, parsed["intent"]["name"], slots=kept, kept=kept)
        turn.planned = plan(turn)
        return turn

    def outcome(self, message: dict[str, Any], need: str, step: str = "") -> Outcome:
        """What one message needed and what it was told."""
        turn = self.turn(message["text"], step)
        responses = [name for name in turn.planned or [] if name.startswith(content.UTTER)]
        listed = bool(turn.parsed.get("safety", {}).get("signs"))
        return {**message, "needed": need, "told": told(responses), "responses": responses, "listed": listed}


def _set(guide: Guide, name: str) -> list[Outcome]:
    return [guide.outcome({**message, "set": name}, needed(message)) for message in lines(FOLDER / f"{name}.jsonl")]


def _languages(guide: Guide) -> list[Outcome]:
    needs = {"emergency": "emergency", "crisis": "crisis", "others": "nothing", "harmless": "look-alike"}
    found = []
    for language, kinds in yaml.safe_load((FOLDER / "tongues.yml").read_text(encoding="utf-8")).items():
        for kind, texts in kinds.items():
            for text in texts:
                found.append(guide.outcome({"text": text, "language": language, "kind": kind}, needs[kind]))
    return found


def _note_answers(guide: Guide) -> list[Outcome]:
    """Answers to the visit note's questions, those that tell of something grave among them."""
    needs = {"none": "nothing"}
    rows = [row for row in lines(FOLDER / "sequels.jsonl") if row["after"].startswith("visit_") and row.get("degree")]
    return [
        guide.outcome({**row, "kind": "note"}, needs.get(row["degree"], row["degree"]), row["after"][len("visit_") :])
        for row in rows
    ]


def _of(outcomes: list[Outcome], *needs: str) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome["needed"] in needs]


def _said(outcome: Outcome) -> str:
    """What a person was told, its beginning."""
    texts = [as_read(content.spoken(name)).replace("\n", " ") for name in outcome["responses"]]
    number = "names the number" if names_number(outcome["responses"]) else "NAMES NO NUMBER"
    shown = " + ".join(text[:BEGINNING] + ("..." if len(text) > BEGINNING else "") for text in texts)
    return f"{number}; {', '.join(outcome['responses'])}: “{shown}”"


def _list(outcomes: list[Outcome]) -> str:
    return (
        "\n".join(f"- {o['text']}\n  - needed {o['needed']}, got {o['told']}; {_said(o)}" for o in outcomes) or "None."
    )


def _by(outcomes: list[Outcome], key: str, wrong: Callable[[Outcome], bool]) -> str:
    """A table of shares by a key of the messages."""
    found = defaultdict(list)
    for outcome in outcomes:
        found[outcome.get(key) or "not said"].append(wrong(outcome))
    return "\n".join(f"| {name} | {Share.count(flags)} |" for name, flags in sorted(found.items()))


def _layers(outcomes: list[Outcome]) -> str:
    rows = []
    for need in ("emergency", "crisis", "today", "check", "look-alike", "nothing"):
        own = _of(outcomes, need)
        found = [o["listed"] for o in own]
        alone = [o["listed"] and o["told"] != "emergency" for o in own]
        rows.append(f"| {need} | {Share.count(found)} | {Share.count(alone)} |")
    return "\n".join(rows)


def _conversations(guide: Guide) -> tuple[list[tuple[dict, Turn]], str]:
    met = [(row, after_alarm.planned(row, guide.processor, guide.wait)) for row in after_alarm.ROWS]
    rows = []
    for state in ("emergency", "crisis", "urgent_today"):
        own = [(row, turn) for row, turn in met if row["state"] == state]
        right = Share.count(after_alarm.is_right(row, turn) for row, turn in own)
        harmful = Share.count(after_alarm.is_harmful(row, turn) for row, turn in own)
        rows.append(f"| {state.replace('_', ' ')} | {right} | {harmful} |")
    return met, "\n".join(rows)


def figures(outcomes: list[Outcome], foreign: list[Outcome], notes: list[Outcome], met: list) -> dict[str, Share]:
    """What the safety case derives its likelihoods from: shares of people who were met wrongly."""
    own = [o for o in outcomes if o["needed"] in ("emergency", "crisis", "today")]
    return {
        "emergency_missed": Share.count(map(too_low, _of(outcomes, "emergency"))),
        "emergency_without_number": Share.count(
            too_low(o) and not names_number(o["responses"]) for o in _of(outcomes, "emergency", "crisis")
        ),
        "crisis_missed": Share.count(map(too_low, _of(outcomes, "crisis"))),
        "today_missed": Share.count(map(too_low, _of(outcomes, "today"))),
        "short_missed": Share.count(too_low(o) for o in own if len(o["text"].split()) <= SHORT),
        "false_alarm": Share.count(o["told"] == "emergency" for o in _of(outcomes, "look-alike", "nothing", "check")),
        "wrong_answer": Share.count(_wrongly_answered(o) for o in outcomes if o["kind"] == "faq"),
        "foreign_missed": Share.count(map(too_low, _of(foreign, "emergency", "crisis"))),
        "note_missed": Share.count(too_low(o) for o in notes if o["needed"] != "nothing"),
        "harmful_next_turn": Share.count(after_alarm.is_harmful(row, turn) for row, turn in met),
        "wrong_next_turn": Share.count(not after_alarm.is_right(row, turn) for row, turn in met),
    }


def _wrongly_answered(outcome: Outcome) -> bool:
    """True where a question got the answer to another one, and none that fits."""
    answers = {name.removeprefix(content.FAQ) for name in outcome["responses"] if name.startswith(content.FAQ)}
    return bool(answers) and not answers & set(outcome["expect"])


def main() -> None:
    """Measures, and writes the report, the figures and the safety case."""
    guide = Guide()
    outcomes = [outcome for name in SETS for outcome in _set(guide, name)]
    foreign, notes = _languages(guide), _note_answers(guide)
    met, conversations = _conversations(guide)
    shares = figures(outcomes, foreign, notes, met)
    short = [o for o in outcomes if len(o["text"].split()) <= SHORT]
    grave = _of(outcomes, "emergency", "crisis", "today")
    lower = [o for o in grave if too_low(o)]
    harmed = [(row, turn) for row, turn in met if after_alarm.is_harmful(row, turn)]
    page = PAGE.read_text(encoding="utf-8").format(
        figures="\n".join(
            f"| {name.replace('_', ' ')} | {share} | {share.likelihood} |" for name, share in shares.items()
        ),
        whole=confusion(outcomes),
        **{name: confusion([o for o in outcomes if o["set"] == name]) for name in SETS},
        short_words=SHORT,
        short=confusion(short),
        groups=_by([o for o in _of(outcomes, "emergency") if o["set"] == "manner"], "group", too_low),
        styles=_by([o for o in _of(outcomes, "emergency") if o["set"] == "safety"], "style", too_low),
        languages=_by(_of(foreign, "emergency", "crisis"), "language", too_low),
        foreign=confusion(foreign),
        notes=confusion(notes),
        conversations=conversations,
        layers=_layers(outcomes),
        without=Share.count(not names_number(o["responses"]) for o in lower),
        missed=_list([o for o in lower if o["needed"] != "today"]),
        missed_today=_list(_of(lower, "today")),
        missed_short=_list([o for o in short if too_low(o) and o["needed"] == "check"]),
        missed_foreign=_list([o for o in foreign if too_low(o)]),
        missed_notes=_list([o for o in notes if too_low(o)]),
        harmful="\n".join(f"- {row['state']}: {row['text']} → {', '.join(turn.planned or [])}" for row, turn in harmed)
        or "None.",
        false=_list([o for o in _of(outcomes, "look-alike", "nothing", "check") if o["told"] == "emergency"]),
        false_today=len([o for o in outcomes if too_high(o) and o["told"] == "today"]),
    )
    REPORT.write_text(page, encoding="utf-8")
    case.keep({name: share.kept() for name, share in shares.items()})
    case.write()
    print("Wrote docs/safety-report.md, review/figures.yml and docs/clinical-safety.md")


if __name__ == "__main__":
    main()
