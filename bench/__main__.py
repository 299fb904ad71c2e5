"""Measures the guide against Rasa's stock pipeline: ``make bench``. Everything runs on this machine's loopback.

Writes ``docs/benchmarks.md`` with its plot. Takes about half an hour on two cores,
most of it the training of the stock pipeline (STOCK=0 make bench leaves that out).
"""

from __future__ import annotations

import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
import yaml

os.environ["RASA_TELEMETRY_ENABLED"] = "false"

from bench import parts, reports
from rashguide import content
from tests.harness import measure
from tests.harness.server import MODEL, ROOT, Server, Started, free_port, launched, lines

STOCK_PHRASES = int(
    os.environ.get("STOCK", "20")
)  # phrases a subject that the stock pipeline is trained on; 0: leave it out
MESSAGES = 200


def timed(command: list[str | Path], folder: Path) -> float:
    """Seconds that a command takes. Raises ``CalledProcessError`` where it fails."""
    started = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def questions() -> list[str]:
    """The messages that are sent: a fixed sample of the project's own test questions."""
    texts = [m["text"] for m in lines(ROOT / "tests/understanding/questions.jsonl")]
    return random.Random(1).sample(texts, MESSAGES)


def cpu_seconds(process: psutil.Process) -> float:
    """CPU seconds of a server so far, its workers and its action server included: they do most of the work."""
    return float(sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True))))


class Stock(Started):
    """The stock pipeline, started by Rasa's own command with nothing of the guide's: behind its guard it would fail."""

    ENDPOINTS = "tracker_store: {type: SQL, dialect: sqlite, db: conversations.db}\n"

    def __init__(self, folder: Path) -> None:
        port, log = free_port(), folder / "server.log"
        (folder / "endpoints.yml").write_text(self.ENDPOINTS)
        (folder / "credentials.yml").write_text("rest:\n")
        command = [ROOT / ".venv/bin/rasa", "run", "--model", folder / "models/stock.tar.gz", "--port", str(port)]
        super().__init__(launched([*command, "--interface", "127.0.0.1"], log, folder), log, port)


def speed(server: Started, users: int) -> dict[str, float]:
    """Milliseconds a message as its sender sees it, and the server's CPU milliseconds, at this many users at once."""
    process = psutil.Process(server.process.pid)
    texts = questions()

    def one(number: int) -> float:
        started = time.monotonic()
        server.ask(texts[number], f"bench-{users}-{number % (10 * users)}")
        return 1000 * (time.monotonic() - started)

    before, started = cpu_seconds(process), time.monotonic()
    with ThreadPoolExecutor(users) as pool:
        waits = list(pool.map(one, range(MESSAGES)))
    took, cpu = time.monotonic() - started, cpu_seconds(process) - before
    return {
        "p50 ms": float(np.percentile(waits, 50)),
        "p99 ms": float(np.percentile(waits, 99)),
        "CPU ms a message": 1000 * cpu / MESSAGES,
        "messages a second": MESSAGES / took,
    }


def served(server: Started, started: float) -> dict:
    """Start-up, speed at one and at eight users, and memory of a server."""
    server.wait(600)
    ready = time.monotonic() - started
    for text in questions()[:20]:
        server.ask(text, "warm-up")
    result = {"start-up s": ready, "1 user": speed(server, 1), "8 users": speed(server, 8)}
    result["memory MB"] = psutil.Process(server.process.pid).memory_info().rss / 1e6
    server.stop()
    return result


def accuracy(model: Path, parsed_as=lambda parsed: parsed) -> tuple[list[dict], list[dict]]:
    """The outcomes on the project's own test questions and safety messages."""
    sets = [lines(ROOT / f"tests/understanding/{name}.jsonl") for name in ("questions", "safety")]
    with measure.understanding(model) as understand:
        found = (measure.score(messages, lambda text: parsed_as(understand(text))) for messages in sets)
        return tuple(found)  # type: ignore[return-value]


def stock_project(folder: Path) -> None:
    """A project as ``rasa init`` makes it, on a sample of the same phrases."""
    chooser = random.Random(1)
    nlu, rules, stories, responses = [], [], [], {}
    for subject in content.subjects().values():
        if not subject.phrases:
            continue
        phrases = [phrase.text for phrase in subject.phrases]
        sample = chooser.sample(phrases, min(STOCK_PHRASES, len(phrases)))
        nlu.append({"intent": subject.id, "examples": "".join(f"- {text}\n" for text in sample)})
        responses[f"utter_{subject.id}"] = [{"text": subject.text.replace("{", "(").replace("}", ")")}]
        steps = [{"intent": subject.id}, {"action": f"utter_{subject.id}"}]
        rules.append({"rule": subject.id, "steps": steps})
        stories.append({"story": subject.id, "steps": [{"intent": "greet"}, {"action": "utter_greet"}, *steps]})
    domain = {"version": "3.1", "intents": [block["intent"] for block in nlu], "responses": responses}
    stock = Path(__file__).with_name("stock-config.yml").read_text()
    (folder / "data").mkdir()
    for name, document in {
        "domain.yml": domain,
        "data/nlu.yml": {"version": "3.1", "nlu": nlu},
        "data/rules.yml": {"version": "3.1", "rules": rules},
        "data/stories.yml": {"version": "3.1", "stories": stories},
    }.items():
        (folder / name).write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    (folder / "config.yml").write_text(stock)


def as_ours(parsed: dict) -> dict:
    """The stock pipeline's parse data with what ours adds, so that both are scored alike."""
    ranking = parsed["intent_ranking"]
    emergency = parsed["intent"]["name"] in measure.ALARMS
    probability = sum(entry["confidence"] for entry in ranking if entry["name"] in measure.ALARMS)
    safety = {"outcome": "alarm" if emergency else "clear", "probability": probability, "signs": []}
    return {**parsed, "offers": [], "safety": safety}


def stock(folder: Path) -> dict:
    """Trains and measures the stock pipeline."""
    stock_project(folder)
    rasa = ROOT / ".venv/bin/rasa"
    print("Training the stock pipeline ...", flush=True)
    training = timed([rasa, "train", "--fixed-model-name", "stock", "--skip-validation"], folder)
    model, started = folder / "models/stock.tar.gz", time.monotonic()
    result = served(Stock(folder), started)
    result["training s"] = training
    result["parts"] = parts.measured(
        "stock", folder, model, Stock.ENDPOINTS, str(folder / "credentials.yml"), questions()
    )
    result["outcomes"] = accuracy(model, as_ours)
    return result


def ours(folder: Path) -> dict:
    """Trains afresh and measures the guide."""
    print("Training the guide ...", flush=True)
    command = [
        ROOT / ".venv/bin/rasa",
        "train",
        "--force",
        "--fixed-model-name",
        "bench",
        "--out",
        folder,
        "--skip-validation",
    ]
    training = timed(command, ROOT)
    started = time.monotonic()
    result = served(Server(folder), started)
    result["training s"] = training
    result["parts"] = parts.measured(
        "guide", folder, MODEL, (ROOT / "endpoints.yml").read_text(), "credentials.yml", questions()
    )
    print("Measuring understanding ...", flush=True)
    result["outcomes"] = accuracy(MODEL)
    return result


def machine() -> dict[str, object]:
    """What this was measured on."""
    cpuinfo = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":")[1].strip() for line in cpuinfo.splitlines() if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("rasa", "spacy", "onnxruntime", "scikit-learn")},
    }


def main() -> None:
    """Measures and writes the reports: the guide's own figures first, then with the stock pipeline's beside them."""
    measured = {}
    for name, measure_it in (("guide", ours), ("stock", stock if STOCK_PHRASES else None)):
        if measure_it:
            with tempfile.TemporaryDirectory() as folder:
                measured[name] = measure_it(Path(folder))
            reports.benchmarks(measured, machine(), STOCK_PHRASES, ROOT / "docs")
    print("Wrote docs/benchmarks.md")


if __name__ == "__main__":
    sys.exit(main())
