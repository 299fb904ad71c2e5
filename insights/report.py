"""Writes ``insights/report.html`` and ``insights/unanswered.csv`` from the stored conversations."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import jinja2
import sqlalchemy as sa
from matplotlib import pyplot

from insights.scrub import scrub
from rashguide import ROOT, content
from rashguide.operations.metrics import ALARMED, Measurement
from rashguide.stores.conversations import ConversationStore

HERE = Path(__file__).parent
MOST_TOPICS = 25
UNANSWERED = ("unanswered", "offered")
FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet would take for a formula


@dataclass
class Asked(Measurement):
    """One stored turn: when, over which channel and what was asked, beside what a turn comes to."""

    day: datetime.date = datetime.date.min
    channel: str = ""
    text: str = ""
    near: list[str] = field(default_factory=list)


def turns(store: ConversationStore) -> Iterator[Asked]:
    """The stored turns, conversation by conversation, read as they are needed."""
    row = store.SQLEvent
    current = None
    with store.session_scope() as session:
        query = session.query(row.sender_id, row.type_name, row.data).filter(row.type_name.in_(("user", "bot")))
        for _, kind, data in query.order_by(row.sender_id, row.id).yield_per(1000):
            event = json.loads(data)
            if kind == "bot":
                if current:
                    current.responses.append((event.get("metadata") or {}).get("utter_action") or "")
                continue
            if current:
                yield current
            parsed = event.get("parse_data") or {}
            current = Asked(
                topic=(parsed.get("intent") or {}).get("name"),
                day=datetime.datetime.fromtimestamp(event["timestamp"], datetime.timezone.utc).date(),
                channel=event.get("input_channel") or "",
                text=event.get("text") or "",
                near=[entry["name"] for entry in parsed.get("intent_ranking", [])[:3]],
            )
    if current:
        yield current


def drawn(figure: pyplot.Figure) -> str:
    """The figure as SVG for the page itself."""
    written = io.StringIO()
    figure.savefig(written, format="svg", bbox_inches="tight")
    pyplot.close(figure)
    return written.getvalue()[written.getvalue().index("<svg") :]


def by_day(counts: dict[str, Counter]) -> str:
    """A plot of counts over days, one line a name."""
    days = sorted({day for counter in counts.values() for day in counter})
    figure, axes = pyplot.subplots(figsize=(8, 3))
    for name, counter in sorted(counts.items()):
        axes.plot(days, [counter[day] for day in days], marker="o", label=name)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    figure.autofmt_xdate()
    if counts:
        axes.legend()
    return drawn(figure)


def ranked(counter: Counter) -> str:
    """A bar for each of the commonest."""
    names, values = zip(*reversed(counter.most_common(MOST_TOPICS))) if counter else ((), ())
    figure, axes = pyplot.subplots(figsize=(8, 0.6 + 0.28 * len(names)))
    axes.barh(names, values, color="#2a6f97")
    axes.grid(alpha=0.3, axis="x")
    return drawn(figure)


def queue(found: list[Asked]) -> list[dict[str, str]]:
    """The questions that went unanswered, scrubbed, the commonest first, with the subjects that were nearest."""
    asked: Counter = Counter()
    near: dict[str, list[str]] = {}
    for turn in found:
        if turn.outcome() in UNANSWERED:
            text = scrub(turn.text)
            asked[text] += 1
            near[text] = turn.near
    return [
        {
            "times": str(count),
            "question": f"'{text}" if text.startswith(FORMULA) else text,
            "nearest subjects": ", ".join(near[text]),
        }
        for text, count in asked.most_common()
    ]


def opinions(store: ConversationStore) -> list[tuple[str, tuple[int, int]]]:
    """For each subject of which anybody said so: how often its answer was helpful, and how often not."""
    times: dict[str, Counter] = {}
    for subject, opinion, count in store.opinions():
        times.setdefault(subject, Counter())[opinion] += count
    found = [(subject, (counts["helpful_yes"], counts["helpful_no"])) for subject, counts in times.items()]
    return sorted(found, key=lambda entry: -entry[1][1])


def write(store: ConversationStore, folder: Path = HERE) -> tuple[Path, Path]:
    """Writes both files and returns their paths."""
    found = list(turns(store))
    outcomes: dict[str, Counter] = {}
    alarms: dict[str, Counter] = {tier: Counter() for tier in ALARMED.values()}
    for turn in found:
        outcomes.setdefault(turn.outcome(), Counter())[turn.day] += 1
        for response in ALARMED.keys() & set(turn.responses):
            alarms[ALARMED[response]][turn.day] += 1
    known = content.subjects()
    labels = Counter(
        known[turn.topic].metadata["label"] if turn.topic in known else "not understood" for turn in found if turn.topic
    )
    waiting = queue(found)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True)
    page = environment.get_template("report.html.j2").render(
        total=len(found),
        first=min((turn.day for turn in found), default=None),
        last=max((turn.day for turn in found), default=None),
        channels=Counter(turn.channel for turn in found).most_common(),
        outcomes={name: sum(counter.values()) for name, counter in sorted(outcomes.items())},
        over_time=by_day(outcomes),
        topics=ranked(labels),
        alarms=by_day(alarms),
        opinions=[(known[name].metadata["label"], *counts) for name, counts in opinions(store) if name in known],
        waiting=waiting[:50],
    )
    report, unanswered = folder / "report.html", folder / "unanswered.csv"
    report.write_text(page, encoding="utf-8")
    with unanswered.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["times", "question", "nearest subjects"])
        writer.writeheader()
        writer.writerows(waiting)
    return report, unanswered


def main() -> None:
    """Reads the conversations that the settings point at."""
    store = ConversationStore(db=str(ROOT / "conversations.db"))
    try:
        written = write(store)
    except sa.exc.OperationalError as error:
        raise SystemExit(f"The conversations could not be read: {type(error).__name__}") from None
    print("Wrote", *(str(path.relative_to(ROOT)) for path in written))


if __name__ == "__main__":
    main()
