"""Writes what was measured: ``docs/benchmarks.md`` with its plot."""

from __future__ import annotations

from pathlib import Path

from rashguide import content
from tests.harness import measure

NAMES = {"guide": "this guide", "stock": "stock `rasa init`"}


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def _of(outcomes: list[dict], *kinds: str) -> list[dict]:
    return [outcome for outcome in outcomes if outcome["kind"] in kinds]


def _answered_with_faq(outcomes: list[dict]) -> list[dict]:
    known = content.subjects()
    return [o for o in outcomes if o["wrong"] and o["intent"] in known and known[o["intent"]].is_faq]


def headline(questions: list[dict], safety: list[dict]) -> dict[str, float]:
    """The figures that matter most, as shares from 0 to 1."""
    faq, emergencies, look_alikes = _of(questions, "faq"), _of(safety, "emergency"), _of(safety, "lookalike")
    others = _of(questions, *measure.NOT_EMERGENCIES)
    medical, unrelated = _of(questions, "oos_medical"), _of(questions, "oos")
    return {
        "questions answered rightly at once": measure.share(faq, "right"),
        "questions right or offered": measure.share(faq, "right") + measure.share(faq, "offered"),
        "questions answered wrongly": measure.share(faq, "wrong"),
        "dosing, diagnosis and report handled as such": measure.share(
            _of(questions, "dosing", "diagnosis", "report"), "right"
        ),
        "uncovered medical questions given an FAQ answer": len(_answered_with_faq(medical)) / len(medical),
        "unrelated messages given an FAQ answer": len(_answered_with_faq(unrelated)) / len(unrelated),
        "emergencies alarmed": measure.share(emergencies, "alarmed"),
        "emergencies alarmed or checked": measure.share(emergencies, "alarmed") + measure.share(emergencies, "checked"),
        "look-alikes alarmed": measure.share(look_alikes, "alarmed"),
        "look-alikes alarmed or checked": measure.share(look_alikes, "alarmed") + measure.share(look_alikes, "checked"),
        "everything else alarmed": measure.share(others, "alarmed"),
        "everything else checked": measure.share(others, "checked"),
    }


def _plot(measured: dict, file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3))
    names = [NAMES[name].replace("`", "") for name in measured]
    left.bar(names, [100 * headline(*m["outcomes"])["questions answered rightly at once"] for m in measured.values()])
    left.set(title="questions answered rightly, %\n(not trained on the same data)", ylim=(0, 100))
    right.bar(names, [m["1 user"]["CPU ms a message"] for m in measured.values()])
    right.set(title="CPU ms a message")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def cost(measured: dict) -> str:
    """What each part of a message costs, one column a server."""

    def cell(milliseconds: float) -> str:
        return f"{milliseconds:.2f}" if milliseconds else "-"

    taken = [each["parts"] for each in measured.values()]
    return "\n".join(f"| {part} | " + " | ".join(cell(each[part]) for each in taken) + " |" for part in taken[0])


def benchmarks(measured: dict, machine: dict, stock_phrases: int, folder: Path) -> None:
    """The table, against the stock pipeline where it was measured too."""
    columns = list(measured)
    rows = []
    for users in ("1 user", "8 users"):
        for figure in measured["guide"][users]:
            rows.append((f"{figure}, {users}", [f"{measured[c][users][figure]:.1f}" for c in columns]))
    for figure in ("memory MB", "start-up s", "training s"):
        rows.append((figure, [f"{measured[c][figure]:.0f}" for c in columns]))
    scores = {c: headline(*measured[c]["outcomes"]) for c in columns}
    for figure in scores["guide"]:
        rows.append((figure, [_percent(scores[c][figure]) for c in columns]))
    table = "\n".join(f"| {name} | " + " | ".join(values) + " |" for name, values in rows)
    heads = f"| | {' | '.join(NAMES[c] for c in columns)} |\n|---|{'---|' * len(columns)}"
    note = (
        f"**The two were not trained on the same data.** The guide has all {len(content.phrases()):,} phrases; the "
        f"stock pipeline has {stock_phrases} a subject, drawn from them, because on all its training takes hours. "
        "So the rows on accuracy do not say which of the two understands better: the stock pipeline's would gain from "
        "more phrases. Speed and memory hardly depend on their number."
        if "stock" in measured
        else "The stock pipeline was left out of this run."
    )
    _plot(measured, folder / "benchmarks.svg")
    text = f"""# Benchmarks

Written by `make bench`. {note}

{heads}
{table}

![The guide and the stock pipeline](benchmarks.svg)

Accuracy is measured on `tests/understanding/*.jsonl` ({len(measured["guide"]["outcomes"][0]):,} questions and
{len(measured["guide"]["outcomes"][1]):,} safety messages, each by a writer who saw no training phrase); speed over HTTP
on the loopback interface with conversations in SQLite, 200 messages a run. CPU is the server's with all its workers.

## Where it goes

CPU ms a message by part: 200 messages one after the other, once more, each part timed in the server and its workers.
What the pipeline's parts take in stock Rasa is "other steps"; a dash: it has no such part.

{heads}
{cost(measured)}

Machine: {", ".join(f"{name} {value}" for name, value in machine.items())}.
"""
    (folder / "benchmarks.md").write_text(text, encoding="utf-8")
