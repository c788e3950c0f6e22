"""Changes of parameters that wait for their frame: as compiled code reads them, and as they were asked for."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...nodes.base import Node
from ...nodes.hosted import Hosted
from ...nodes.kernels.container import END, EVENT, NEXT, VALUE, WAITING
from ...nodes.kernels.pointers import address_of


class Event(NamedTuple):
    """A change of one parameter; ``due`` is ``frame`` plus the time that the sound needs to get to ``node``."""

    due: int
    order: int
    frame: int
    node: Node
    name: str
    value: Any


class Schedule:
    """The changes that a container's stream is still to meet.

    ``rows`` ``(room, 3)`` and ``waiting`` are what the container's kernel reads and counts off, at addresses that last
    until ``rows`` has to grow.
    """

    def __init__(self) -> None:
        self.rows, self.waiting = np.zeros((64, EVENT)), np.zeros(WAITING, dtype=np.int64)
        self._events: list[Event] = []
        self._added = 0

    def add(self, due: int, frame: int, node: Node, name: str, value: Any) -> None:
        """Have ``name`` of ``node`` be ``value`` from ``due`` on; of several at one frame the last added wins."""
        self._drop_done()
        self._added += 1
        event = Event(due, self._added, frame, node, name, value)
        row = _row(event)
        at, end = bisect(self._events, event, lo=int(self.waiting[NEXT])), len(self._events)
        self._events.insert(at, event)
        if end == self.rows.shape[0]:
            self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)])
        self.rows[at + 1 : end + 1] = self.rows[at:end]
        self.rows[at] = row
        self.waiting[END] = end + 1

    def retime(self, due: Callable[[Event], int]) -> None:
        """Find out anew when each event is due, and where its parameter lies."""
        waiting = sorted(event._replace(due=due(event)) for event in self._events[int(self.waiting[NEXT]) :])
        self._withdraw(len(self._events))
        self._events = waiting
        for k, event in enumerate(waiting):
            self.rows[k] = _row(event)
        self.waiting[:] = 0, len(waiting)

    def clear(self) -> None:
        """Forget all changes."""
        self._withdraw(len(self._events))
        self._events.clear()
        self.waiting[:] = 0

    def copy(self) -> Schedule:
        """Return a schedule of the same changes, which is counted off by itself."""
        other = Schedule()
        other.rows, other.waiting, other._events = self.rows.copy(), self.waiting.copy(), self._events.copy()
        other._added = self._added
        return other

    def _withdraw(self, end: int) -> None:
        """Have hosted plugins forget what the first ``end`` changes would ask them for."""
        for event, row in zip(self._events[:end], self.rows, strict=False):
            if isinstance(event.node, Hosted) and event.name not in event.node.params():
                event.node.withdraw(row[VALUE])

    def _drop_done(self) -> None:
        """Drop what the kernel has counted off, once it is more than what waits."""
        done, end = int(self.waiting[NEXT]), len(self._events)
        if 2 * done > end:
            self._withdraw(done)
            del self._events[:done]
            self.rows[: end - done] = self.rows[done:end].copy()
            self.waiting[:] = 0, end - done


def _row(event: Event) -> tuple[float, float, float]:
    """Return what the kernel reads of an event: when it is due, the address of the parameter, what is to be there."""
    declared = event.node.params().get(event.name)
    if declared is None:
        assert isinstance(event.node, Hosted)
        place, value = event.node.ask(event.name, event.value)
    else:
        place, value = address_of(event.node.values) + 8 * event.node.slots[event.name], declared.check(event.value)
    return event.due, place, value
