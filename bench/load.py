"""Measures the production topology under load: ``USERS=50 MINUTES=10 make load``.

Writes ``docs/production/capacity.md``. Two assistants, PostgreSQL, Redis and nginx run on this machine, and so does
what writes to them: the figures to carry over to other machines are the CPU milliseconds of each part.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import psutil

from bench.__main__ import cpu_seconds, machine, questions
from rashguide.guard.advice import ADVICE
from tests.harness.server import ROOT
from tests.harness.topology import AWAY, Topology

USERS = int(os.environ.get("USERS", "50"))
MINUTES = float(os.environ.get("MINUTES", "10"))
THINK = 2.0  # seconds that a person takes, on average, before the next message
STORED = 10_000  # conversations
TURNS = 1_000
FULL = 16  # people at once who wait for nothing, to find the most that can be answered
SECONDS = 30


class Parts:
    """The CPU seconds and the memory of each part of the topology."""

    def __init__(self, topology: Topology) -> None:
        self.parts = {
            "assistants": [assistant.process.pid for assistant in topology.assistants],
            "PostgreSQL": [topology.postgres.process.pid],
            "Redis": [topology.redis.process.pid],
            "nginx": [topology.nginx.process.pid],
        }

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, children included."""
        used = {}
        for name, pids in self.parts.items():
            used[name] = 0.0
            for pid in pids:
                parent = psutil.Process(pid)
                for process in (parent, *parent.children(recursive=True)):
                    try:
                        used[name] += sum(process.cpu_times()[: 4 if process is parent else 2])
                    except psutil.NoSuchProcess:  # one of PostgreSQL's that has just ended
                        continue
        return used

    def memory(self) -> float:
        """Megabytes of the larger assistant."""
        return max(psutil.Process(pid).memory_info().rss for pid in self.parts["assistants"]) / 1e6


async def people(url: str, trust: object, users: int, seconds: float, think: float) -> dict:
    """So many people write for so long. Each starts a new conversation after some twenty messages."""
    texts = questions()
    waits: list[float] = []
    found: Counter = Counter()
    end = time.monotonic() + seconds

    async def person(number: int, client: httpx.AsyncClient) -> None:
        chance = random.Random(number)
        sender = uuid.uuid4().hex
        await asyncio.sleep(chance.random() * think)
        while time.monotonic() < end:
            body = json.dumps({"sender": sender, "message": chance.choice(texts)})
            started = time.monotonic()
            try:
                reply = await client.post("/webhooks/rest/webhook", content=body)
                text = "\n".join(message.get("text", "") for message in reply.json())
                found["error"] += reply.status_code != 200
                found["without the advice"] += text.count(ADVICE) != 1
                found["apology"] += AWAY in text
            except (httpx.HTTPError, ValueError):
                found["error"] += 1
            waits.append(1000 * (time.monotonic() - started))
            if chance.random() < 0.05:
                sender = uuid.uuid4().hex
            await asyncio.sleep(chance.expovariate(1 / think) if think else 0)

    limits = httpx.Limits(max_connections=users)
    async with httpx.AsyncClient(base_url=url, verify=trust, timeout=60, limits=limits) as client:
        await asyncio.gather(*(person(number, client) for number in range(users)))
    return {
        "messages": len(waits),
        "messages a second": len(waits) / seconds,
        "p50 ms": np.percentile(waits, 50),
        "p99 ms": np.percentile(waits, 99),
        "slowest ms": max(waits),
        **{name: found[name] for name in ("error", "without the advice", "apology")},
    }


def measured(topology: Topology, url: str, users: int, seconds: float, think: float) -> dict:
    """As ``people``, with the CPU milliseconds a message of each part."""
    parts = Parts(topology)
    before, busy = parts.cpu(), psutil.cpu_times()
    result = asyncio.run(people(url, topology.nginx.trust, users, seconds, think))
    for name, used in parts.cpu().items():
        result[f"CPU ms a message, {name}"] = 1000 * (used - before[name]) / result["messages"]
    after = psutil.cpu_times()
    idle = (after.idle - busy.idle) / (sum(after) - sum(busy))
    result["machine busy"] = 100 * (1 - idle)
    return result


def long_conversation(topology: Topology) -> dict[str, float]:
    """CPU milliseconds of the assistant a message, by how many there were before, and the last hundred's p50."""
    assistant = topology.assistants[0]
    process = psutil.Process(assistant.process.pid)
    texts = questions()
    sender = uuid.uuid4().hex
    result = {}
    for block in range(TURNS // 100):
        before = cpu_seconds(process)
        for number in range(100):
            assistant.ask(texts[number % len(texts)], sender)
        result[f"{100 * block + 1} to {100 * block + 100}"] = 10 * (cpu_seconds(process) - before)
    return result


def store_conversations(topology: Topology) -> None:
    """Copies a conversation of ten turns until there are ``STORED`` of it."""
    sender = uuid.uuid4().hex
    for text in questions()[:10]:
        topology.assistants[0].ask(text, sender)
    with topology.postgres.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into events (sender_id, type_name, timestamp, intent_name, action_name, data) "
            "select 'rest:copy-' || number, type_name, timestamp, intent_name, action_name, data "
            f"from events, generate_series(1, {STORED}) number where sender_id = 'rest:{sender}' order by number, id"
        )


def table(columns: dict[str, dict]) -> str:
    """A table of figures, one column a run."""
    rows = list(dict.fromkeys(name for values in columns.values() for name in values))
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [
            f"{values[row]:,.1f}" if isinstance(values.get(row), float) else f"{values.get(row, '')}"
            for values in columns.values()
        ]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def capacity(milliseconds: dict[str, float], kilobytes: float) -> str:
    """How many of each part so many people a day need, from CPU milliseconds a message and kB a stored turn."""
    lines = [
        "| people a day | messages a second at the busiest | assistants | cores for PostgreSQL | stored a month |",
        "|---|---|---|---|---|",
    ]
    for people_a_day in (1_000, 10_000, 100_000, 1_000_000):
        # Ten messages each; a tenth of a day's in its busiest hour.
        peak = people_a_day * 10 * 0.1 / 3600
        assistants = max(2, int(np.ceil(peak * milliseconds["assistants"] / 1000 / 0.6)))
        database = peak * milliseconds["PostgreSQL"] / 1000 / 0.6
        stored = people_a_day * 10 * 30 * kilobytes / 1e6
        lines.append(f"| {people_a_day:,} | {peak:,.1f} | {assistants} | {database:.1f} | {stored:,.1f} GB |")
    return "\n".join(lines)


def main() -> None:
    """Runs everything and writes the page."""
    with tempfile.TemporaryDirectory() as folder:
        limits = {"REQUESTS_A_SECOND": 10_000, "BURST": 10_000, "CONNECTIONS": 10_000}
        settings = {"PERSON_LIMIT": "0", "ADDRESS_LIMIT": "0", "LOG_LEVEL": "INFO", "REPLY_DEADLINE": "15"}
        topology = Topology(Path(folder), limits, **settings)
        try:
            parts = Parts(topology)
            url = topology.nginx.url
            asyncio.run(people(url, topology.nginx.trust, 4, 5, 0))  # warm
            print("One assistant, two assistants ...", flush=True)
            one = measured(topology, str(topology.assistants[0].client.base_url), FULL, SECONDS, 0)
            two = measured(topology, url, FULL, SECONDS, 0)
            print("A long conversation ...", flush=True)
            long = long_conversation(topology)
            print(f"{STORED:,} conversations ...", flush=True)
            few = measured(topology, url, 1, SECONDS, 0)
            store_conversations(topology)
            many = measured(topology, url, 1, SECONDS, 0)
            ((size, turns),) = topology.postgres.rows(
                "select pg_total_relation_size('events'), count(*) from events where type_name = 'user'"
            )
            kilobytes = size / 1000 / turns
            print(f"{USERS} people for {MINUTES:g} minutes ...", flush=True)
            start = parts.memory()
            crowd = measured(topology, url, USERS, MINUTES * 60, THINK)
            crowd |= {"memory MB at the start": start, "memory MB at the end": parts.memory()}
        finally:
            topology.stop()
    milliseconds = {name: two[f"CPU ms a message, {name}"] for name in ("assistants", "PostgreSQL")}
    facts = ", ".join(f"{name} {value}" for name, value in machine().items())
    page = (ROOT / "bench/capacity.md.in").read_text()
    page = page.format(
        facts=facts,
        users=USERS,
        minutes=f"{MINUTES:g}",
        think=f"{THINK:g}",
        full=FULL,
        crowd=table({f"{USERS} people": crowd}),
        scale=table({"one assistant": one, "two, behind nginx": two}),
        ratio=f"{two['messages a second'] / one['messages a second']:.2f}",
        long=table({"CPU ms a message": long}),
        stored=f"{STORED:,}",
        many=table({"hardly any stored": few, f"{STORED:,} more stored": many}),
        kilobytes=f"{kilobytes:.1f}",
        capacity=capacity(milliseconds, kilobytes),
        assistant=f"{milliseconds['assistants']:.0f}",
        database=f"{milliseconds['PostgreSQL']:.1f}",
    )
    (ROOT / "docs/production/capacity.md").write_text(page)
    print("Wrote docs/production/capacity.md")


if __name__ == "__main__":
    main()
