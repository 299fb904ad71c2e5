"""A clock that nobody sets: what must not change when the machine's own is set or wrong goes by this."""

from __future__ import annotations

import time

_ASLEEP_TOO = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps, on Linux


def steady() -> float:
    """Seconds since some moment of the machine's own."""
    return time.clock_gettime(_ASLEEP_TOO)


_BEGUN = time.time() - steady()


def now() -> float:
    """Seconds since 1970, as the machine's clock had them when this process began, however it was set since."""
    return _BEGUN + steady()
