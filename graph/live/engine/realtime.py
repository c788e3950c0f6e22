"""The urgency of the audio thread: real-time scheduling, where the sound system gave none and the kernel lets us."""

from __future__ import annotations

import contextlib
import os
import sys

if sys.platform == "linux":
    import resource

PRIORITY = 5
"""Of the real-time priorities 1..99: over everything ordinary, below what sound systems ask for themselves."""

LONGEST_US = 10_000_000
"""A thread of that priority that runs so long without a rest has gone astray: the kernel ends its process."""

UNKNOWN, GRANTED, REFUSED = 0, 1, 2
"""Whether the audio thread runs before all ordinary ones; unknown where nobody asked, and outside Linux."""


class Urgency:
    """Of the thread that calls ``want``, always the same one."""

    def __init__(self) -> None:
        self.state = UNKNOWN
        self._wanted, self._before = False, -1

    def want(self, urgent: bool) -> None:
        """Run before all ordinary threads from now on, because a clock waits, or like them; nothing when it is so."""
        if urgent != self._wanted:
            self._wanted = urgent
            self._rise() if urgent else self._sink()

    def _rise(self) -> None:
        if sys.platform != "linux":
            return
        before = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
        if before in (os.SCHED_FIFO, os.SCHED_RR):
            self.state = GRANTED  # by the sound system, who looks after it
        elif _schedule(os.SCHED_FIFO, PRIORITY):
            _bound()
            self.state, self._before = GRANTED, before
        else:
            self.state = REFUSED

    def _sink(self) -> None:
        if self._before >= 0:
            _schedule(self._before, 0)
        self.state, self._before = UNKNOWN, -1


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
            os.sched_setscheduler(0, policy, os.sched_param(priority))
            return True
        except OSError:
            pass
    return False
