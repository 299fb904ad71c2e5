"""What the clinician's sheet shows: each reply with all that it rests on, and the tables beside the replies."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import lru_cache
from typing import Any, Optional

import textstat
import yaml
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content
from rashguide.content import composing, sign_offs
from rashguide.content.names import Response
from rashguide.dialogue.standing import SETTLED, State, Step, began, table
from rashguide.guard.advice import ADVICE, advised
from rashguide.settings import numbers, settings
from rashguide.understanding import signs
from rashguide.understanding.safety import tier
from rashguide.wording import Wording
from review import combinations

# How the sheet names the folders of data/, in the order in which it shows them.
PARTS = {
    "safety": "Emergencies, crises, calls today",
    "after": "Emergencies, crises, calls today",
    "standing": "What is said while an alarm stands",
    "scope": "Refusals and reports",
    "faq": "Answers",
    "follow_ups": "Simpler versions and glossary",
    "talk": "Talk and the visit note",
    "tongues": "Other languages",
}
STEPS = {"emergency": "the emergency number now", "today": "a doctor today"}


def every() -> dict[str, sign_offs.Item]:
    """All that is signed off, by id."""
    return {**sign_offs.items(), **combinations.items()}


def state(item: sign_offs.Item) -> str:
    """Who signed an item off and until when, or why that does not count."""
    fault = sign_offs.fault(item)
    if fault:
        return fault
    signed = sign_offs.sign_offs()[item.id]
    return f"signed off by {signed.by} on {signed.on}, until {signed.until}"


def as_seen(subjects: list[content.Subject]) -> dict[str, str]:
    """Each reply as it reaches a patient, made by the same code: numbers, source line, advice and all."""
    wording = Wording()
    wording.responses = {s.response: [{"text": s.text, "metadata": s.metadata, "buttons": s.buttons}] for s in subjects}
    tracker = DialogueStateTracker.from_events("rest:sheet", [])

    async def one(subject: content.Subject) -> str:
        message = await wording.generate(subject.response, tracker, "rest")
        return str(advised([message or {}], "rest:sheet")[-1]["text"])

    async def each() -> dict[str, str]:
        return {subject.id: await one(subject) for subject in subjects if subject.response != Response.UNSURE}

    return asyncio.run(each())


@lru_cache(maxsize=1)
def lines_of_states() -> dict[str, list[dict[str, Any]]]:
    """Each state's lines: what is written next, by kind, what is said to it, what stands after it, and phrases."""
    written: dict[tuple[str, str], list[str]] = {}
    for sequel in content.sequels():
        written.setdefault((sequel.after, sequel.means), []).append(sequel.text)
    return {name: _lines(name, found, written) for name, found in table().states.items()}


def _lines(name: str, found: State, written: dict[tuple[str, str], list[str]]) -> list[dict[str, Any]]:
    acts: list[tuple[str, str, Step]] = [("", act, step) for act, step in found.acts.items()]
    acts += [("", "anything else", found.otherwise)]
    acts += [(group, act, step) for group, own in found.groups.items() for act, step in own.items()]
    told = []
    for group, act, step in acts:
        own = began(step.say)
        after = (own.state if own and own.state else step.then) or name
        phrases = written.get((name, act), [])
        told.append(
            {
                "group": group,
                "act": act.removeprefix("after_").replace("otherwise", "anything else").replace("_", " "),
                "response": step.say,
                "says": content.spoken(step.say),
                "answer": step.answer,
                "after": "nothing stands" if after == SETTLED else after.replace("_", " "),
                "phrases": phrases,
            }
        )
    return told


def _leads(subject: content.Subject) -> list[str]:
    """After what a reply is said while an alarm stands: "emergency, breathing: pen"."""
    return [
        f"{name.replace('_', ' ')}{', ' if line['group'] else ''}{line['group']}: {line['act']}"
        for name, lines in lines_of_states().items()
        for line in lines
        if line["response"] == subject.response
    ]


def part_of(subject: content.Subject) -> str:
    """Under which heading of the sheet a reply stands."""
    return next(PARTS[parent.name] for parent in subject.file.parents if parent.name in PARTS)


def entries() -> list[dict[str, Any]]:
    """What the sheet shows of each reply, by part, those for safety first."""
    subjects, every_item = list(content.subjects().values()), sign_offs.items()
    seen, known, filled = as_seen(subjects), content.subjects(), settings().numbers()
    found = []
    for subject in subjects:
        item, metadata = every_item[subject.id], subject.metadata
        offering = f"{subject.text.format(**filled)}\n(with up to three labels as buttons)\n{ADVICE}"
        reply = seen.get(subject.id, offering)
        pieces = [name for name in composing.NAME.findall(subject.written) if name in composing.pieces()]
        found.append(
            {
                "id": subject.id,
                "part": part_of(subject),
                "label": metadata["label"],
                "safety": item.safety,
                "reply": reply,
                "buttons": [button["title"] for button in subject.buttons],
                "links": [known[name].metadata["label"] for name in metadata.get("related", [])],
                "numbers": sign_offs.kinds_of_numbers(subject.text),
                "grade": round(textstat.flesch_kincaid_grade(reply), 1),
                "words": len(subject.text.split()),
                "source": subject.source_told,
                "sources": metadata.get("sources", []),
                "pieces": pieces,
                "facts": metadata.get("facts", ""),
                "caution": metadata.get("caution", ""),
                "said_after": _leads(subject),
                "state": state(item),
                "signed": not sign_offs.fault(item),
                "version": item.version,
                "checked": metadata["checked"],
                "stale": is_stale(metadata["checked"]),
                "phrases": [(phrase.text, phrase.degree) for phrase in subject.phrases],
                "foreign": any(letter > "\u024f" for letter in subject.text if letter.isalpha()),
            }
        )
    order = list(dict.fromkeys(PARTS.values()))
    return sorted(found, key=lambda entry: order.index(entry["part"]))


def is_stale(checked: str, today: Optional[date] = None) -> bool:
    """True where something was last checked against its sources longer ago than a sign-off is good for."""
    return (today or date.today()) > date.fromisoformat(checked) + sign_offs.GOOD_FOR


def tables() -> dict[str, Any]:
    """The tables beside the replies: steps, signs, numbers, what follows an alarm, combinations."""
    raw, steps = numbers._table(), composing.steps()
    listed = yaml.safe_load(signs.FILE.read_text(encoding="utf-8"))
    return {
        "steps": [(STEPS[step], list(own.values())) for step, own in steps["signs"].items()],
        "rests_on": steps["rests_on"],
        "signs": [(group, tier({}, [group]), phrases) for group, phrases in listed["signs"].items()],
        "cues": list(listed["cues"].items()),
        "numbers": [
            (code, own["name"], [(kind, own[kind]) for kind in numbers.KINDS if kind in own])
            for code, own in raw["countries"].items()
        ],
        "anywhere": [(kind, entry["say"]) for kind, entry in raw["anywhere"].items()],
        "states": lines_of_states(),
        "shown": combinations.shown(),
    }


def summary() -> dict[str, Any]:
    """How far the review has come, in numbers."""
    every_item = list(every().values())
    safety = sign_offs.safety_items(settings().country)
    stale = [s.id for s in content.subjects().values() if is_stale(s.metadata["checked"])]
    faults = [fault for fault in map(sign_offs.fault, every_item) if fault and fault != sign_offs.UNREVIEWED]
    return {
        "items": len(every_item),
        "signed": sum(not sign_offs.fault(item) for item in every_item),
        "safety": len(safety),
        "safety_signed": sum(not sign_offs.fault(item) for item in safety),
        "lost": len(faults),
        "stale": len(stale),
        "version": sign_offs.digest({item.id: item.version for item in every_item}),
    }
