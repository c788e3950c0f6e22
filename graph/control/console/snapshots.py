"""Snapshots: where the controls stand, stored by number, recalled, and everything between two of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from ....nodes.params import Param
from .controls import Action, Control, ControlError

MOST = 128
STEPS_A_SECOND = 100.0
LEFT_OUT = ("play", "position", "loop", "loop_start", "loop_end")
"""The transport is nobody's sound: a snapshot neither keeps nor moves it."""


class Movable(Protocol):
    """What snapshots need of a console."""

    @property
    def controls(self) -> Mapping[str, Control]:
        """All controls by path."""

    def control(self, path: str) -> Control:
        """Return the control at ``path``, or raise ``ControlError``."""

    def stored(self, path: str) -> float:
        """Return where the control at ``path`` stands."""

    def values(self) -> dict[str, float]:
        """Return where everything stands, by path."""

    def set(self, path: str, value: Any, *, by: object = None) -> None:
        """Move the control at ``path`` to ``value``, plain or as it is stored."""


class Snapshots:
    """Numbered states of a console, 1..128."""

    def __init__(self, console: Movable) -> None:
        self._console = console
        self._stored: dict[int, dict[str, float]] = {}
        self._stop = threading.Event()
        self._way: threading.Thread | None = None

    def actions(self) -> tuple[Action, ...]:
        """Return what controllers can do with them."""
        number, seconds = ("number", int), ("seconds", float)
        return (
            Action("snapshot.store", (number,), "Keep where everything stands.", self.store),
            Action("snapshot.recall", (number,), "Go back to where everything stood.", self.recall),
            Action(
                "snapshot.morph", (number, ("to", int), ("share", float), seconds),
                "Go between two snapshots: share 0 is the first, 1 the second; in so many seconds, or at once.",
                self.morph, optional=1,
            ),
        )  # fmt: skip

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those that are stored."""
        return tuple(sorted(self._stored))

    def store(self, number: int) -> str:
        """Keep where everything stands as ``number``."""
        if not 1 <= number <= MOST:
            raise ControlError(f"snapshot {number}: must be 1..{MOST}")
        values = self._console.values()
        movable = (path for path, control in self._console.controls.items() if control.declared.live)
        self._stored[number] = {path: values[path] for path in movable if path not in LEFT_OUT}
        return f"snapshot {number} stored"

    def recall(self, number: int) -> str:
        """Move everything to where it stood in ``number``."""
        self.stop()
        self._go(self._find(number))
        return f"snapshot {number}"

    def morph(self, number: int, to: int, share: float, seconds: float = 0.0) -> str:
        """Move everything to ``share`` of the way from ``number`` to ``to``, in ``seconds``.

        Continuous values go along their knob's way, the others change half-way.
        """
        first, last = self._find(number), self._find(to)
        if not (0.0 <= share <= 1.0 and 0.0 <= seconds <= 3600.0):
            raise ControlError(f"share = {share}, seconds = {seconds}: must be 0..1 and 0..3600")
        self.stop()
        goal = self._between(first, last, share)
        if seconds > 0.0:
            self._stop.clear()
            self._way = threading.Thread(target=self._travel, args=(goal, seconds), name="morph", daemon=True)
            self._way.start()
        else:
            self._go(goal)
        return f"snapshot {number} to {to}: {share:g}"

    def stop(self) -> None:
        """End a morph that is on its way, where it is."""
        self._stop.set()
        if self._way is not None and self._way is not threading.current_thread():
            self._way.join()
            self._way = None

    def _find(self, number: int) -> dict[str, float]:
        if number not in self._stored:
            there = ", ".join(map(str, self.numbers)) or "none"
            raise ControlError(f"there is no snapshot {number}; stored are {there}")
        return self._stored[number]

    def _between(self, first: dict[str, float], last: dict[str, float], share: float) -> dict[str, float]:
        goal = {}
        for path in first.keys() & last.keys():
            declared = self._console.control(path).declared
            a, b = first[path], last[path]
            if isinstance(declared, Param) and 0.0 < share < 1.0:
                u, v = declared.to_unit(a), declared.to_unit(b)
                goal[path] = a if a == b else declared.check(declared.from_unit(u + share * (v - u)))
            else:
                goal[path] = a if share < 0.5 else b
        return goal

    def _travel(self, goal: dict[str, float], seconds: float) -> None:
        start = {path: self._console.stored(path) for path in goal}
        began = time.monotonic()
        while not self._stop.wait(1.0 / STEPS_A_SECOND):
            share = min(1.0, (time.monotonic() - began) / seconds)
            self._go(self._between(start, goal, share))
            if share >= 1.0:
                return

    def _go(self, goal: dict[str, float]) -> None:
        """Move what is not there yet, what changes other controls (the profile) first, and those then in any case."""
        anew = False
        for path in sorted(goal, key=lambda path: ("." in path, path)):
            if self._console.stored(path) != goal[path] or (anew and "." in path):
                self._console.set(path, goal[path], by=self)
                anew = anew or "." not in path
