"""What each part of a message costs in CPU: a real server whose parts are timed, one message after another.

``python -m bench.parts FILE guide|stock --model ... --endpoints ... --credentials ... --port ...`` is that server. Its
processes add up what they spend in FILE, which they share; ``measured`` starts one, writes to it and reads them.
"""

from __future__ import annotations

import argparse
import functools
import inspect
import mmap
import os
import sys
import threading
import time
import types
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Iterator, Sequence

import numpy as np
import psutil

os.environ["RASA_TELEMETRY_ENABLED"] = "false"

from tests.harness.server import Started, free_port, launched

HTTP, REST = "HTTP and sanic", "the workers' own loop"
GUARD, STORE, PICKLING = "guard", "store", "to the worker and back"
EVENTS = "events read and made anew"
ENCODER, SPACY = "understanding: encoder", "understanding: spaCy"
STEPS, GRAPH = "understanding: other steps", "understanding: Rasa's graph"
PLANNING, LOG = "planning and wording", "metrics and log"
PARTS = (HTTP, GUARD, STORE, PICKLING, EVENTS, ENCODER, SPACY, STEPS, GRAPH, PLANNING, LOG, REST)
SIZE = 2 * len(PARTS) * 8  # bytes: seconds of each part, in the server itself and in its workers


class Here(threading.local):
    """Which part this thread is in, and since when by its own CPU's clock."""

    part = -1
    since = 0.0


here = Here()
spent: np.ndarray  # shape (2, parts)
server = 0


def _turn_to(part: int) -> int:
    """Ends the part that this thread is in and begins another. Returns the one that has ended; -1 is none."""
    now, ended = time.thread_time(), here.part
    if ended >= 0:
        spent[int(os.getpid() != server), ended] += now - here.since
    here.part, here.since = part, now
    return ended


@contextmanager
def within(part: str) -> Iterator[None]:
    """Counts what is done inside as this part's, and no longer as that of the part around it."""
    around = _turn_to(PARTS.index(part))
    try:
        yield
    finally:
        _turn_to(around)


@types.coroutine
def _steps(coroutine: Any, part: str) -> Any:
    """A coroutine whose every step counts; while it waits nothing does."""
    go, given = coroutine.send, None
    while True:
        with within(part):
            try:
                waits = go(given)
            except StopIteration as ended:
                return ended.value
        try:
            go, given = coroutine.send, (yield waits)
        except BaseException as error:
            go, given = coroutine.throw, error


def time_it(owner: Any, name: str, part: str, where: Callable[..., bool] = lambda *_: True) -> None:
    """Has a function of a module or a class count as this part, where its first argument says so."""
    timed = getattr(owner, name)

    @functools.wraps(timed)
    def run(*arguments: Any, **named: Any) -> Any:
        if not where(*arguments):
            return timed(*arguments, **named)
        with within(part):
            made = timed(*arguments, **named)
        return _steps(made, part) if inspect.iscoroutine(made) else made

    setattr(owner, name, run)


def _time_rasa() -> None:
    """What the guide and the stock pipeline have in common."""
    import logging

    from prometheus_client.metrics import Counter, Histogram, MetricWrapperBase
    from rasa.engine.graph import GraphNode

    time_it(GraphNode, "__call__", STEPS, lambda node, *_: node._fn_name == "process")
    for owner, name in (
        (logging.Logger, "handle"),
        (MetricWrapperBase, "labels"),
        (Counter, "inc"),
        (Histogram, "observe"),
    ):
        time_it(owner, name, LOG)


def _time_guide() -> None:
    from multiprocessing.connection import Connection

    from spacy.language import Language

    from rashguide import patches
    from rashguide.operations import logs
    from rashguide.stores.conversations import ConversationStore
    from rashguide.understanding import encoder, scope, signs, tongues
    from rashguide.workers import crew, tasks, zygote

    time_it(patches, "answer", GUARD)
    for name in ("read", "keep", "said_to"):
        time_it(ConversationStore, name, STORE)
    run = ConversationStore._run

    async def in_thread(self: ConversationStore, work: Callable[..., Any], *arguments: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            with within(STORE):
                return work(*arguments)

        return await run(self, timed, *arguments)

    ConversationStore._run = in_thread  # type: ignore[method-assign,assignment]
    time_it(crew.Worker, "do", PICKLING)
    pickling = SimpleNamespace(loads=zygote.pickle.loads, dumps=zygote.pickle.dumps)
    zygote.pickle = pickling  # type: ignore[assignment]
    for owner, name in (
        (pickling, "loads"),
        (pickling, "dumps"),
        (Connection, "recv_bytes"),
        (Connection, "send_bytes"),
    ):
        time_it(owner, name, PICKLING)
    time_it(tasks.Answer, "run", PLANNING)
    for owner, name in ((tasks, "tracker_of"), (tasks, "written")):
        time_it(owner, name, EVENTS)
    time_it(patches, "_parse", GRAPH)
    time_it(encoder, "_vector", ENCODER)
    for owner, name in (
        (Language, "__call__"),
        (signs, "find"),
        (tongues, "find"),
        (scope, "about"),
        (scope, "another_illness"),
    ):
        time_it(owner, name, SPACY)
    time_it(logs, "answered", LOG)


def _time_stock() -> None:
    from rasa.core.processor import MessageProcessor
    from rasa.core.tracker_store import SQLTrackerStore

    time_it(MessageProcessor, "handle_message", PLANNING)
    time_it(MessageProcessor, "parse_message", GRAPH)
    for name in ("save", "retrieve"):
        time_it(SQLTrackerStore, name, STORE)


def serve(arguments: Sequence[str]) -> None:
    """The server."""
    global spent, server
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("which", choices=("guide", "stock"))
    for name in ("model", "endpoints", "credentials", "port"):
        parser.add_argument(f"--{name}", required=True)
    chosen = parser.parse_args(arguments)
    with chosen.file.open("r+b") as file:
        spent = np.frombuffer(mmap.mmap(file.fileno(), SIZE), np.float64).reshape(2, -1)
    server = os.getpid()
    from rashguide.operations import logs

    _time_rasa()
    if chosen.which == "guide":
        from rashguide.__main__ import main

        _time_guide()
        files = ("model", "endpoints", "credentials")
        main([part for name in files for part in (f"--{name}", getattr(chosen, name))])
        return
    import rasa

    logs.begin()
    _time_stock()
    rasa.run(
        chosen.model, chosen.endpoints, credentials=chosen.credentials, port=int(chosen.port), interface="127.0.0.1"
    )


def _seconds(process: psutil.Process) -> tuple[float, float]:
    """CPU seconds so far: of the server, and of its workers."""
    workers = [child for child in process.children(recursive=True) if "action" not in " ".join(child.cmdline())]
    return sum(process.cpu_times()[:2]), float(sum(sum(child.cpu_times()[:2]) for child in workers))


def measured(
    which: str, folder: Path, model: Path, endpoints: str, credentials: str, texts: Sequence[str]
) -> dict[str, float]:
    """CPU milliseconds a message of each part, one person writing at a time; of all of it at the end."""
    port, file, described, log = free_port(), folder / "parts", folder / "parts-endpoints.yml", folder / "parts.log"
    file.write_bytes(bytes(SIZE))
    described.write_text(endpoints.replace("conversations.db", str(folder / "parts.db")))
    command = [sys.executable, "-W", "ignore", "-m", "bench.parts", file, which, "--model", model]
    command += ["--endpoints", described, "--credentials", credentials, "--port", str(port)]
    settings = {"PORT": str(port), "INTERFACE": "127.0.0.1", "COUNTRY": "US", "SECRET_KEY": "a benchmark's own"}
    process = launched(command, log, **settings)
    running = Started(process, log, port)
    try:
        running.wait(600)
        for text in texts[:20]:
            running.ask(text, "warm-up")
        counted = np.frombuffer(file.read_bytes(), np.float64).reshape(2, -1)
        before = _seconds(psutil.Process(process.pid))
        for number, text in enumerate(texts):
            running.ask(text, f"parts-{number % 10}")
        after = _seconds(psutil.Process(process.pid))
        counted = np.frombuffer(file.read_bytes(), np.float64).reshape(2, -1) - counted
    finally:
        running.stop()
    used = np.subtract(after, before)
    found = dict(zip(PARTS, counted.sum(axis=0)))
    found[HTTP], found[REST] = used - counted.sum(axis=1)
    return {part: 1000 * seconds / len(texts) for part, seconds in {**found, "all": used.sum()}.items()}


if __name__ == "__main__":
    serve(sys.argv[1:])
