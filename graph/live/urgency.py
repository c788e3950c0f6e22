"""The urgency of the audio thread: real-time scheduling, where the sound system gave none and the kernel lets us."""

from __future__ import annotations

import contextlib
import os
import sys

if sys.platform == "linux":
    import resource

PRIORITY = 5
"""Of the real-time priorities 1..99: over everything ordinary, below what sound systems ask for themselves."""

LONGEST_US = 2_000_000
"""A thread of that priority that runs so long without a rest has gone astray: the kernel ends its process."""

REFUSED, GRANTED, UNKNOWN = 0, 1, 2
"""Whether the audio thread runs before all ordinary ones; unknown where the sound system alone sees to it."""


class Urgency:
    """Of the thread that calls ``want``, always the same one."""

    def __init__(self) -> None:
        self.state = UNKNOWN
        self._wanted, self._ours = False, False

    def want(self, wanted: bool) -> None:
        """Run before all ordinary threads from now on, because a clock waits, or like them; nothing when it is so."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._rise() if wanted else self._sink()

    def _rise(self) -> None:
        if sys.platform != "linux":
            return
        given = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
        self._ours = given == os.SCHED_OTHER and _schedule(os.SCHED_FIFO, PRIORITY)
        if self._ours:
            _bound()
        self.state = GRANTED if self._ours or given != os.SCHED_OTHER else REFUSED

    def _sink(self) -> None:
        if sys.platform == "linux" and self._ours:
            _schedule(os.SCHED_OTHER, 0)
        self.state, self._ours = UNKNOWN, False


def _bound() -> None:
    """Have the kernel end this process when a real-time thread of it goes astray."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError):  # it is bound more narrowly
            _, hardest = resource.getrlimit(resource.RLIMIT_RTTIME)
            resource.setrlimit(resource.RLIMIT_RTTIME, (LONGEST_US, hardest))


def _schedule(policy: int, priority: int) -> bool:
    """Schedule this thread so; say whether the kernel lets us."""
    if sys.platform == "linux":
        try:
            os.sched_setscheduler(0, policy | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
            return True
        except OSError:
            pass
    return False
