"""What a training changed, for whoever edited the phrases: ``make train`` ends with it.

Reads the kept-out messages of ``tests/understanding/`` with the new model, lists those that lead elsewhere than after
the training before (remembered in ``.cache/``), and says which bound of ``tests/understanding/floors.yml`` is passed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME as UNSURE

from rashguide import ROOT
from tests.harness import measure

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
BEFORE = ROOT / ".cache" / "understood.json"
SETS = ("questions", "safety", "manner")
SHOWN = 40  # changed messages listed; the rest is counted


def outcomes() -> dict[str, list[dict]]:
    """The outcome of every kept-out message, by set."""

    def messages(name: str) -> Iterator[dict]:
        return map(json.loads, (measure.KEPT_OUT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())

    with measure.understanding() as understand:
        return {name: measure.score(messages(name), understand) for name in SETS}


def met_by(outcome: dict) -> str:
    """What a message leads to, in a few words."""
    degree = next((name for name in ("alarmed", "today", "checked") if outcome[name]), "")
    reply = "offered: " + ", ".join(outcome["offers"]) if outcome["intent"] == UNSURE else outcome["intent"]
    return f"{reply} ({degree})" if degree else reply


def changed(found: list[dict], before: dict[str, str]) -> list[str]:
    """A line for each message that leads elsewhere than before, those that are now wrong first."""
    moved = [outcome for outcome in found if before.get(outcome["text"], met_by(outcome)) != met_by(outcome)]
    moved.sort(key=lambda outcome: (not outcome["wrong"], outcome["text"]))
    return [
        f"  {'WRONG NOW' if outcome['wrong'] else 'changed':9}  {outcome['text'][:90]}\n"
        f"             {before[outcome['text']]} -> {met_by(outcome)}"
        for outcome in moved
    ]


def main() -> None:
    """Prints the changes and the bounds passed. Exits with 1 where a bound is passed."""
    logging.disable(logging.CRITICAL)
    print("Reading the kept-out messages with the new model ...", flush=True)
    found = outcomes()
    together = [outcome for outcomes in found.values() for outcome in outcomes]
    before = json.loads(BEFORE.read_text(encoding="utf-8")) if BEFORE.exists() else {}
    moved = changed(together, before)
    if before:
        print(f"{len(moved)} of {len(together)} kept-out messages lead elsewhere than before.")
        print("\n".join(moved[:SHOWN]))
    BEFORE.parent.mkdir(exist_ok=True)
    BEFORE.write_text(json.dumps({outcome["text"]: met_by(outcome) for outcome in together}), encoding="utf-8")
    fallen = measure.fallen(measure.figures(**found))
    for name, (share, bound) in fallen.items():
        print(f"BOUND PASSED: {name}: {100 * share:.1f}%, the bound is {100 * bound:g}%.")
    if fallen:
        sys.exit("The last change of phrases made the guide less safe or less right. Please look at it again.")
    print("No floor is passed: emergencies are met and questions answered as well as they must be.")


if __name__ == "__main__":
    main()
