"""Chooses the thresholds on the batches kept out for it: ``make calibrate``.

Each threshold is the lowest that keeps its promise on all of ``calibration/*.jsonl``; see ``PROMISES``. Writes
``rashguide/understanding/thresholds.yml``, ``docs/calibration.md`` and the curve it shows.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import numpy as np

from rashguide import ROOT, content
from rashguide.content.names import EMERGENCIES

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
GRID = np.round(np.concatenate([np.arange(0.02, 0.1, 0.005), np.arange(0.1, 0.995, 0.01)]), 3)

# The most that a threshold may cost, as shares of the calibration messages of that kind. Their writers were told to be
# hard, so that what people really type costs less.
PROMISES = {
    "look-alikes alarmed": 0.04,
    "others alarmed": 0.013,
    "look-alikes alarmed or checked": 0.2,
    "others alarmed or checked": 0.045,
    "questions declined": 0.025,
    "questions answered wrongly": 0.040,
    "right offers lost": 0.005,
}

LEAST_SURE = 0.4  # below that no subject is acted on, whatever the promises would let through


def kept_out() -> list[dict]:
    """Every calibration message."""
    return [
        json.loads(line)
        for file in sorted((ROOT / "calibration").glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def understood() -> list[dict]:
    """Every calibration message with what the trained model makes of it."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(ROOT / "models" / "guide.tar.gz"))
    messages = kept_out()

    async def parse_all() -> list[dict]:
        return [await agent.parse_message(message["text"]) for message in messages]

    found = []
    for message, parsed in zip(messages, asyncio.run(parse_all())):
        ranking = [entry for entry in parsed["intent_ranking"] if entry["name"] not in EMERGENCIES]
        found.append(
            {
                **message,
                "probability": parsed["safety"]["probability"],
                "listed": bool(parsed["safety"]["signs"]),
                "ranking": [(entry["name"], entry["confidence"]) for entry in ranking[:3]],
            }
        )
    return found


def shares(found: list[dict], threshold: float) -> dict[str, float]:
    """What an emergency threshold does to each kind of message, with the detector alone."""
    kinds = {
        "emergencies": [m for m in found if m["kind"] == "emergency"],
        "look-alikes": [m for m in found if m["kind"] == "lookalike"],
        "others": [m for m in found if m["kind"] not in ("emergency", "lookalike", "urgent")],
    }
    return {name: float(np.mean([m["probability"] >= threshold for m in group])) for name, group in kinds.items()}


def choose(found: list[dict]) -> dict[str, float]:
    """The thresholds, each the lowest on the grid that keeps its promise."""
    look_alikes = [m for m in found if m["kind"] == "lookalike"]
    others = [m for m in found if m["kind"] not in ("emergency", "lookalike", "urgent")]
    faq = [m for m in found if m["kind"] == "faq"]

    def lowest(promised) -> float:
        return float(next((t for t in GRID if promised(t)), GRID[-1]))

    def met(group: list[dict], threshold: float, listed: bool) -> float:
        return float(np.mean([m["probability"] >= threshold or (listed and m["listed"]) for m in group]))

    alarm = lowest(
        lambda t: (
            met(look_alikes, t, False) <= PROMISES["look-alikes alarmed"]
            and met(others, t, False) <= PROMISES["others alarmed"]
        )
    )
    check = lowest(
        lambda t: (
            met(look_alikes, t, True) <= PROMISES["look-alikes alarmed or checked"]
            and met(others, t, True) <= PROMISES["others alarmed or checked"]
        )
    )

    def met_by(message: dict, answers: bool, threshold: float) -> bool:
        """Whether the first choice is sure enough, and is an answer from the article, or is none."""
        name, confidence = message["ranking"][0]
        return content.subjects()[name].is_faq == answers and confidence >= threshold

    decline = lowest(lambda t: np.mean([met_by(m, False, t) for m in faq]) <= PROMISES["questions declined"])
    answer = lowest(
        lambda t: (
            np.mean([met_by(m, True, t) and m["ranking"][0][0] not in m["expect"] for m in faq])
            <= PROMISES["questions answered wrongly"] - PROMISES["questions declined"]
        )
    )
    unsure = [m for m in faq if m["ranking"][0][1] < answer]
    right = [confidence for m in unsure for name, confidence in m["ranking"] if name in m["expect"]]
    offer = max(
        (t for t in GRID if np.mean([c < t for c in right] or [0]) <= PROMISES["right offers lost"]), default=GRID[0]
    )
    return {
        "alarm": alarm,
        "check": min(check, alarm),
        "answer": answer,
        "decline": max(decline, LEAST_SURE),
        "offer": min(float(offer), 0.05),
    }


def draw(found: list[dict], chosen: dict[str, float], file: Path) -> None:
    """The recall of emergencies against false alarms, with the chosen points."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    curve = [shares(found, t) for t in GRID]
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for kind in ("look-alikes", "others"):
        axes.plot([100 * s[kind] for s in curve], [100 * s["emergencies"] for s in curve], label=kind)
    for name in ("alarm", "check"):
        point = shares(found, chosen[name])
        axes.plot(100 * point["look-alikes"], 100 * point["emergencies"], "ko")
        axes.annotate(f" {name} from {chosen[name]:g}", (100 * point["look-alikes"], 100 * point["emergencies"] - 2))
    axes.set(xlabel="of these, % met", ylabel="of emergencies, % met", xlim=(0, 60), ylim=(50, 101))
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def report(found: list[dict], chosen: dict[str, float]) -> str:
    """The page that shows the choice."""
    faq = [m for m in found if m["kind"] == "faq"]
    rows = []
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        at = shares(found, threshold)
        rows.append(f"| {threshold:g} | " + " | ".join(f"{100 * at[kind]:.1f}%" for kind in at) + " |")
    bands = []
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        answered = [m for m in faq if m["ranking"][0][1] >= threshold]
        right = [m for m in answered if m["ranking"][0][0] in m["expect"]]
        offered = [
            m
            for m in faq
            if m["ranking"][0][1] < threshold
            and any(name in m["expect"] and c >= chosen["offer"] for name, c in m["ranking"])
        ]
        share = [len(right) / len(faq), (len(right) + len(offered)) / len(faq), (len(answered) - len(right)) / len(faq)]
        bands.append(f"| {threshold:g} | " + " | ".join(f"{100 * s:.1f}%" for s in share) + " |")
    promises = "\n".join(f"- {name}: at most {100 * most:g}%" for name, most in PROMISES.items())
    return f"""# How the thresholds were chosen

Written by `make calibrate`, on the {len(found):,} messages of `calibration/`, which no training has seen. Each
threshold is the lowest that keeps its promise there:

{promises}

Chosen: alarm from **{chosen["alarm"]:g}**, check from **{chosen["check"]:g}** (or a listed sign), answer from
**{chosen["answer"]:g}**, decline or talk from **{chosen["decline"]:g}**, offer from **{chosen["offer"]:g}**.

![Emergencies met against false alarms](calibration.svg)

## Emergencies: the detector alone

| threshold | emergencies | look-alikes | others |
|---|---|---|---|
{chr(10).join(rows)}

## Questions: right at once, right or offered, wrong

| answer from | right at once | right or offered | wrong |
|---|---|---|---|
{chr(10).join(bands)}
"""


def main() -> None:
    """Chooses, writes and prints."""
    found = understood()
    chosen = choose(found)
    note = "# Written by `make calibrate`; docs/calibration.md shows how they were chosen.\n"
    values = "".join(f"{name}: {value:g}\n" for name, value in chosen.items())
    (ROOT / "rashguide/understanding/thresholds.yml").write_text(note + values, encoding="utf-8")
    draw(found, chosen, ROOT / "docs" / "calibration.svg")
    (ROOT / "docs" / "calibration.md").write_text(report(found, chosen), encoding="utf-8")
    print(values)


if __name__ == "__main__":
    main()
