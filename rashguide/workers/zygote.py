"""A process that was forked from the loaded server and does nothing but fork workers: each as good as new at once.

It forks before the server's threads begin, and shares the model's memory with all workers.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import random
import signal
import socket
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Callable, NoReturn

import numpy as np
from rasa.core.agent import Agent

from rashguide.settings import settings
from rashguide.understanding import reader

logger = logging.getLogger(__name__)

MOST_COMPUTING = 3.0  # seconds of one core for one message, which takes some hundredth of a second
MOST_MESSAGES = 5_000  # of one worker, whatever else grows in it
ORDER = b"w"


class Failed(Exception):
    """A task failed in its worker. ``args[0]`` names the error, without anybody's words."""


def start(agent: Agent) -> socket.socket:
    """Forks it. Returns its control: with ``ORDER`` it takes the socket of the next worker."""
    control, its_end = socket.socketpair()
    gc.collect()
    gc.freeze()  # what is loaded stays shared: collecting would write to it, in whichever process
    if os.fork() == 0:
        _alone(_fork_workers, its_end.detach(), agent)
    its_end.close()
    return control


def hire(control: socket.socket) -> socket.socket:
    """The server's end of a new worker. Raises ``ConnectionError`` where the zygote is gone, else ``OSError``."""
    ours, its_end = socket.socketpair()
    with its_end:
        socket.send_fds(control, [ORDER], [its_end.fileno()])
    return ours


def _alone(work: Callable[..., None], *arguments: Any) -> NoReturn:
    """Does the work in a process that has just been forked and never returns to what it was forked from."""
    try:
        work(*arguments)
    finally:
        os._exit(0)


def _let_go(kept: int) -> None:
    """Lets go of all the server's files and connections but one: a client's would never be seen to close.

    Their numbers stay taken, so that nothing of the server's that is tidied away here closes a new one.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in (kept, nothing) and os.path.exists(f"/proc/self/fd/{number}"):
            os.dup2(nothing, number)


def _fork_workers(control: int, agent: Agent) -> None:
    """Until the server is gone."""
    _let_go(control)
    for number in (signal.SIGINT, signal.SIGTERM):  # a server that stops still answers; then the connection ends
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers that ended
    signal.set_wakeup_fd(-1)
    with socket.socket(fileno=control) as orders:
        while True:
            order, connections, *_ = socket.recv_fds(orders, len(ORDER), 1)
            if not order:
                return
            (connection,) = connections
            with suppress(OSError):  # where there is no room for another process, the server sees the connection end
                if os.fork() == 0:
                    orders.close()
                    _alone(_serve, Connection(connection), agent)
            os.close(connection)


def _serve(connection: Connection, agent: Agent) -> None:
    """Does task after task, until the server has had enough of this worker."""
    random.seed()
    np.random.seed()
    loop = asyncio.new_event_loop()
    known = reader.vocabulary()
    for done in range(1, MOST_MESSAGES + 1):
        try:
            task = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        # Neither timer needs this process's consent: the kernel ends it, whatever it is in.
        signal.setitimer(signal.ITIMER_PROF, MOST_COMPUTING)
        signal.setitimer(signal.ITIMER_REAL, settings().reply_deadline)
        try:
            result = loop.run_until_complete(task.run(agent))
        except (Exception, SystemExit) as error:
            result = Failed(type(error).__name__)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        last = done == MOST_MESSAGES or reader.vocabulary() > known + reader.NEW_WORDS
        try:
            connection.send_bytes(pickle.dumps((result, last)))
        except OSError:
            return
        if last:
            return
