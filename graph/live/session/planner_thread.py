"""Planning beside the music: plans are solved in a thread of their own, the one asked for last comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from ...analysis.analysis import Analysis
from ...planning.plan import Plan, plan
from ...planning.settings import Settings
from ...rendering.solve import solve
from ...streams.progress import Cancelled, Monitor
from .track import Track

MOST = 32
"""So many solved plans are kept."""

Then = Callable[[Plan], None]


class Planning:
    """Solved plans of ``track`` by settings; what was solved once is there at once.

    ``ask`` is for what somebody waits for: a newer wish takes the place of one that is not begun.  ``prepare`` is for
    what somebody may ask for next, and gives way.
    """

    def __init__(self, track: Track, analysis: Analysis, failed: Callable[[str], None]) -> None:
        self._track, self._analysis, self._failed = track, analysis, failed
        self._solved: dict[Settings, Plan] = {}
        self._wish: tuple[Settings, Then] | None = None
        self._next: list[Settings] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="planning", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def solved(self, settings: Settings, monitor: Monitor | None = None) -> Plan:
        """Return the solved plan for ``settings``, made here and now if need be."""
        solution = self._solved.get(settings)
        if solution is None:
            draft = plan(self._analysis, settings, self._track.sample_rate)
            solution = self._solved[settings] = solve(self._track, draft, monitor)
            while len(self._solved) > MOST:
                del self._solved[next(iter(self._solved))]
        return solution

    def ask(self, settings: Settings, then: Then) -> None:
        """Call ``then`` with the solved plan, in the thread of the planning."""
        with self._changed:
            self._wish = settings, then
            self._changed.notify()

    def prepare(self, candidates: Sequence[Settings]) -> None:
        """Solve ``candidates`` when there is nothing else to do, instead of what was wanted so before."""
        with self._changed:
            self._next = [settings for settings in candidates if settings not in self._solved]
            self._changed.notify()

    @property
    def closing(self) -> bool:
        """Whether somebody waits for the end."""
        return self._closed

    def close(self) -> None:
        """End, in the middle of a plan if need be."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._closed or self._wish or self._next):
                    self._changed.wait()
                if self._closed:
                    return
                wish, self._wish = self._wish, None
                settings = wish[0] if wish else self._next.pop(0)
            try:
                solution = self.solved(settings, Monitor(cancelled=self._gives_way))
                if wish:
                    wish[1](solution)
            except Cancelled:
                if wish is None and not self._closed:
                    self._next.insert(0, settings)
            except Exception as failure:
                self._failed(f"{settings.profile}: {failure}")

    def _gives_way(self) -> bool:
        return self._closed or self._wish is not None
