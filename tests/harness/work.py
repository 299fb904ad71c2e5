"""What a server's processes take: memory and processor time, its workers and its action server counted in."""

from __future__ import annotations

import contextlib

import psutil

from tests.harness.server import Server


def processes(server: Server) -> list[psutil.Process]:
    """A server's own process and its children: workers, their parent, and the action server."""
    own = psutil.Process(server.process.pid)
    return [own, *own.children(recursive=True)]


def memory(server: Server) -> float:
    """Megabytes, what several processes share counted once."""
    total = 0.0
    for process in processes(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss / 1e6
    return total


def memory_of_its_own(server: Server) -> dict[int, float]:
    """Megabytes by process that it shares with none."""
    found = {}
    for process in processes(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            found[process.pid] = process.memory_full_info().uss / 1e6
    return found


def cpu(server: Server) -> float:
    """Seconds of a core that those processes which are there now have taken."""
    total = 0.0
    for process in processes(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total
