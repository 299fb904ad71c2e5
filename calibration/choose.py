"""Chooses the thresholds on the batches kept out for it: ``make calibrate``.

Each threshold is the lowest that keeps its promise on all of ``calibration/*.jsonl``; see ``PROMISES``. Writes
``rashguide/understanding/thresholds.yml``, ``docs/calibration.md`` and the curve it shows.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import numpy as np

from rashguide import ROOT, content
from rashguide.understanding.bands import ALARMING, ALONE, DECLINED, MOST_OFFERS, SECOND, acted_on, in_scope
from rashguide.understanding.safety import ALARM, CHECK, TODAY, at_least
from rashguide.understanding.scope import ELSEWHERE
from rashguide.understanding.thresholds import Thresholds
from tests.harness import measure

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
GRID = np.round(np.concatenate([np.arange(0.02, 0.1, 0.005), np.arange(0.1, 0.995, 0.01)]), 3)

# The most that a threshold may cost, as shares of the calibration messages of that kind. Their writers were told to be
# hard, so that what people really type costs less.
PROMISES = {
    "look-alikes alarmed": 0.047,
    "doubtful signs alarmed": 0.23,
    "others alarmed": 0.009,
    "look-alikes sent to a doctor today": 0.07,
    "others sent to a doctor today": 0.01,
    "look-alikes alarmed or checked": 0.18,
    "others alarmed or checked": 0.035,
    "questions declined": 0.025,
    "questions answered wrongly": 0.045,
    "uncovered messages answered": 0.045,
    "uncovered messages met as talk": 0.004,
    "right offers lost": 0.005,
}

LEAST_CHECKED = 0.05  # below that no check is put beside an answer
NEVER = 2.0  # more than probabilities come to
LEAST_TOGETHER = 0.8  # below that two subjects are not both answered
LEAST_SURE = 0.4  # below that no subject is acted on, whatever the promises would let through


def kept_out() -> list[dict]:
    """Every calibration message that stands by itself."""
    return [
        json.loads(line)
        for file in sorted((ROOT / "calibration").glob("*.jsonl"))
        if file.name != "sequels.jsonl"
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def understood() -> list[dict]:
    """Every calibration message with what the trained model makes of it."""
    messages = kept_out()
    with measure.understanding() as understand:
        read = [understand(message["text"]) for message in messages]
    found = []
    for message, parsed in zip(messages, read):
        found.append(
            {
                **message,
                "probable": at_least(parsed["safety"]["degrees"]),
                "listed": bool(parsed["safety"]["signs"]),
                "ranking": in_scope(
                    [entry for entry in parsed["intent_ranking"] if entry["name"] not in ALARMING], parsed[ELSEWHERE]
                ),
            }
        )
    return found


def shares(found: list[dict], threshold: float) -> dict[str, float]:
    """What an emergency threshold does to each kind of message, with the detector alone."""
    kinds = groups(found)
    return {name: met(group, ALARM, threshold) for name, group in kinds.items()}


def groups(found: list[dict]) -> dict[str, list[dict]]:
    """The messages by how much alarm they deserve."""
    grave = ("emergency", "crisis", "lookalike", "urgent", "check", "frightened")
    return {
        "emergencies": [m for m in found if m["kind"] in ("emergency", "crisis")],
        "urgent": [m for m in found if m["kind"] == "urgent"],
        "doubtful signs": [m for m in found if m["kind"] == "check"],
        "look-alikes": [m for m in found if m["kind"] == "lookalike"],
        "others": [m for m in found if m["kind"] not in grave],
    }


def met(group: list[dict], outcome: str, threshold: float, listed: bool = False) -> float:
    """The share of messages that deserve an outcome or a graver one with at least that probability, or hold a sign."""
    return float(np.mean([m["probable"][outcome] >= threshold or (listed and m["listed"]) for m in group]))


def choose(found: list[dict]) -> dict[str, float]:
    """The thresholds, each the lowest on the grid that keeps its promise."""
    of = groups(found)
    faq = [m for m in found if m["kind"] == "faq"]
    uncovered = [m for m in found if m["kind"] in ("oos", "oos_medical")]

    def lowest(promised) -> float:
        return float(next((t for t in GRID if promised(t)), GRID[-1]))

    def kept(outcome: str, threshold: float, promise: str, listed: bool = False) -> bool:
        """Whether the promises of that name are kept for every kind of message that they are given for."""
        promised = {name: PROMISES[f"{name} {promise}"] for name in of if f"{name} {promise}" in PROMISES}
        return all(met(of[name], outcome, threshold, listed) <= most for name, most in promised.items())

    alarm = lowest(lambda t: kept(ALARM, t, "alarmed"))
    today = lowest(lambda t: kept(TODAY, t, "sent to a doctor today"))
    check = lowest(lambda t: kept(CHECK, t, "alarmed or checked", listed=True))

    def met_by(message: dict, answers: bool, threshold: float) -> bool:
        """Whether the first choice is sure enough, and is an answer from the article, or is none."""
        best = message["ranking"][0]
        return content.subjects()[best["name"]].is_faq == answers and best["confidence"] >= threshold

    def answered_wrongly(message: dict, both: float, answer: float) -> bool:
        """Whether it gets answers from the article, none of them a right one."""
        subjects = acted_on(message["ranking"], Thresholds(alarm, today, check, answer, both, decline, talk, offer=0.0))
        return any(map(content.is_faq, subjects)) and not set(subjects) & set(message["expect"])

    def few_wrong(both: float, answer: float) -> bool:
        """Whether the promises on answers are kept."""
        wrong, told = ([answered_wrongly(m, both, answer) for m in of] for of in (faq, uncovered))
        return (
            np.mean(wrong) <= PROMISES["questions answered wrongly"] - PROMISES["questions declined"]
            and np.mean(told) <= PROMISES["uncovered messages answered"]
        )

    def talked_to(message: dict, threshold: float) -> bool:
        """Whether it gets a reply that is neither an answer, nor right, nor declines."""
        best = message["ranking"][0]
        other = not content.is_faq(best["name"]) and best["name"] not in (*DECLINED, *message["expect"])
        return other and best["confidence"] >= threshold

    declined = lowest(lambda t: np.mean([met_by(m, False, t) for m in faq]) <= PROMISES["questions declined"])
    decline = max(declined, LEAST_SURE)
    most_talk = PROMISES["uncovered messages met as talk"]
    talk = max(lowest(lambda t: np.mean([talked_to(m, t) for m in uncovered]) <= most_talk), decline)
    answer = lowest(lambda t: few_wrong(NEVER, t))
    both = max(lowest(lambda t: few_wrong(t, answer)), LEAST_TOGETHER)
    unsure = [m for m in faq if m["ranking"][0]["confidence"] < answer]
    right = [each["confidence"] for m in unsure for each in m["ranking"][:MOST_OFFERS] if each["name"] in m["expect"]]
    offer = max(
        (t for t in GRID if np.mean([c < t for c in right] or [0]) <= PROMISES["right offers lost"]), default=GRID[0]
    )
    return {
        "alarm": alarm,
        "today": today,
        "check": max(check, LEAST_CHECKED),
        "answer": answer,
        "both": both,
        "decline": decline,
        "talk": talk,
        "offer": min(float(offer), 0.05),
    }


def draw(found: list[dict], chosen: dict[str, float], file: Path) -> None:
    """The recall of emergencies against false alarms, with the chosen points."""
    import matplotlib

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its own styles are in words that it deprecates
    matplotlib.use("Agg")
    from matplotlib import pyplot

    curve = [shares(found, t) for t in GRID]
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for kind in ("look-alikes", "others"):
        axes.plot([100 * s[kind] for s in curve], [100 * s["emergencies"] for s in curve], label=kind)
    point = shares(found, chosen["alarm"])
    axes.plot(100 * point["look-alikes"], 100 * point["emergencies"], "ko")
    axes.annotate(f" alarm from {chosen['alarm']:g}", (100 * point["look-alikes"], 100 * point["emergencies"] - 2))
    axes.set(xlabel="of these, % met", ylabel="of emergencies, % met", xlim=(0, 60), ylim=(50, 101))
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def at_chosen(found: list[dict], chosen: dict[str, float]) -> list[str]:
    """A row for each kind of message: the shares that get each outcome or a graver one, with Wilson's intervals."""
    rows = []
    for name, group in groups(found).items():
        cells = [
            interval(met(group, outcome, chosen[outcome], outcome == CHECK), len(group))
            for outcome in (ALARM, TODAY, CHECK)
        ]
        rows.append(f"| {name} | {len(group)} | " + " | ".join(cells) + " |")
    return rows


LENGTHS = ((1, 3), (4, 8), (9, 20), (21, 1000))  # words, first and last
TOLD = 30  # errors that the page lists


def met_at(message: dict, chosen: dict[str, float]) -> str:
    """What a message gets at these thresholds: a degree of alarm, a subject's id, "offered" or "nothing near"."""
    for outcome in (ALARM, TODAY):
        if message["probable"][outcome] >= chosen[outcome]:
            return outcome
    subjects = acted_on(message["ranking"], Thresholds(**chosen))
    if subjects:
        return next((name for name in subjects if name in message["expect"]), subjects[0])
    near = [each["name"] for each in message["ranking"][:MOST_OFFERS] if each["confidence"] >= chosen["offer"]]
    return "offered" if set(near) & set(message["expect"]) else "nothing near"


def by_length(found: list[dict], chosen: dict[str, float]) -> list[str]:
    """A row for each length of message: how questions fare, and how often what is no emergency alarms."""
    rows = []
    for first, last in LENGTHS:
        of = [m for m in found if first <= len(m["text"].split()) <= last]
        faq, calm = [m for m in of if m["kind"] == "faq"], groups(of)["others"]
        got = [(met_at(m, chosen), m["expect"]) for m in faq]
        right = np.mean([name in expect for name, expect in got])
        offered = np.mean([name == "offered" for name, _ in got])
        alarmed = np.mean([met_at(m, chosen) == ALARM for m in calm])
        words = f"{first} to {last}" if last < 1000 else f"{first} and more"
        rows.append(
            f"| {words} | {len(faq)} | {100 * right:.1f}% | {100 * (right + offered):.1f}% "
            f"| {interval(wrongly(got), len(faq))} | {len(calm)} | {interval(alarmed, len(calm))} |"
        )
    return rows


def is_wrong(got: str, expect: list[str]) -> bool:
    """Whether a message got a reply that is none of the right ones."""
    return got not in (*expect, "offered", "nothing near")


def wrongly(got: list[tuple[str, list[str]]]) -> float:
    """The share of messages, each as what it got and what would be right, that got something else."""
    return float(np.mean([is_wrong(name, expect) for name, expect in got]))


def by_kind(found: list[dict], chosen: dict[str, float]) -> list[str]:
    """A row for each kind of message that deserves no alarm: met as it should be, wrongly, and alarmed."""
    rows = []
    for kind in sorted({m["kind"] for m in groups(found)["others"]}):
        of = [m for m in found if m["kind"] == kind]
        got = [(met_at(m, chosen), m["expect"]) for m in of]
        right = np.mean([name in expect for name, expect in got])
        alarmed = np.mean([name == ALARM for name, _ in got])
        rows.append(
            f"| {kind} | {len(of)} | {100 * right:.1f}% | {interval(wrongly(got), len(of))} | {100 * alarmed:.1f}% |"
        )
    return rows


def erred(found: list[dict], chosen: dict[str, float]) -> list[str]:
    """What people would have been told where it erred: a row for each, alarms first, ``TOLD`` at most."""
    wrong = [(m, met_at(m, chosen)) for m in groups(found)["others"]]
    wrong = [(m, got) for m, got in wrong if is_wrong(got, m["expect"])]
    wrong.sort(key=lambda pair: (pair[1] not in (ALARM, TODAY), pair[0]["text"]))
    return [f"| {m['text'].replace('|', '/')[:120]} | {', '.join(m['expect'])} | {got} |" for m, got in wrong[:TOLD]]


def interval(share: float, count: int) -> str:
    """A share with the 95% interval that its count leaves it."""
    low, high = measure.interval(round(share * count), count)
    return f"{100 * share:.1f}% ({100 * low:.1f} to {100 * high:.1f})"


def report(found: list[dict], chosen: dict[str, float]) -> str:
    """The page that shows the choice."""
    faq = [m for m in found if m["kind"] == "faq"]
    rows = []
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        at = shares(found, threshold)
        rows.append(f"| {threshold:g} | " + " | ".join(f"{100 * at[kind]:.1f}%" for kind in at) + " |")
    bands = []
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        answered = [m for m in faq if m["ranking"][0]["confidence"] >= threshold]
        right = [m for m in answered if m["ranking"][0]["name"] in m["expect"]]
        near = [
            {each["name"] for each in m["ranking"][:MOST_OFFERS] if each["confidence"] >= chosen["offer"]} for m in faq
        ]
        offered = [m for m, names in zip(faq, near) if m not in answered and names & set(m["expect"])]
        share = [len(right) / len(faq), (len(right) + len(offered)) / len(faq), (len(answered) - len(right)) / len(faq)]
        bands.append(f"| {threshold:g} | " + " | ".join(f"{100 * s:.1f}%" for s in share) + " |")
    promises = "\n".join(f"- {name}: at most {100 * most:g}%" for name, most in PROMISES.items())
    return f"""# How the thresholds were chosen

Written by `make calibrate`, on the {len(found):,} messages of `calibration/`, which no training has seen. Each
threshold is the lowest that keeps its promise there:

{promises}

Chosen: alarm from **{chosen["alarm"]:g}**, today from **{chosen["today"]:g}**, check from **{chosen["check"]:g}** (or a
listed sign), answer from **{chosen["answer"]:g}**,
both of two where they come to **{chosen["both"]:g}** together, the first to less than {ALONE:g} and the second to
{SECOND:g} or more, decline from **{chosen["decline"]:g}**, talk from **{chosen["talk"]:g}**,
offer from **{chosen["offer"]:g}**.

![Emergencies met against false alarms](calibration.svg)

## What deserves what, at the thresholds chosen (95% intervals)

| kind | messages | alarmed | alarmed or sent today | any |
|---|---|---|---|---|
{chr(10).join(at_chosen(found, chosen))}

## Alarms: the degrees alone

| threshold | emergencies | urgent | doubtful signs | look-alikes | others |
|---|---|---|---|---|---|
{chr(10).join(rows)}

## Questions: right at once, right or offered, wrong

| answer from | right at once | right or offered | wrong |
|---|---|---|---|
{chr(10).join(bands)}

## By length of message, at the thresholds chosen

| words | questions | right at once | right or offered | wrong | calm messages | alarmed |
|---|---|---|---|---|---|---|
{chr(10).join(by_length(found, chosen))}

## By kind of message that deserves no alarm

| kind | messages | right at once | wrong | alarmed |
|---|---|---|---|---|
{chr(10).join(by_kind(found, chosen))}

## What people were told where it erred

| message | would be right | got |
|---|---|---|
{chr(10).join(erred(found, chosen))}
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
