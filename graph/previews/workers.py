"""Several previews at a time: threads, their common progress, and the end of all when one fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack

from ..streams.progress import Cancelled, Monitor, Progress
from .maker import Unpublished

MOST_WORKERS = 3
"""Previews that are made at a time: each has a few threads already, and each keeps its sound in a file."""

SPANS = {"measure": (0.0, 0.6), "render": (0.6, 0.95), "decode": (0.95, 1.0)}
"""Where in the work on one preview its stages lie."""


class Workers:
    """Makes previews in threads of their own, a few at a time; the first failure ends all."""

    def __init__(self, tasks: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress = progress or (lambda stage, share: None)
        self._cancelled = cancelled or (lambda: False)
        self._done, self._lock, self._stop = [0.0] * tasks, threading.Lock(), threading.Event()

    def run(self, tasks: Sequence[Callable[[Monitor], Unpublished]], stack: ExitStack) -> list[Unpublished]:
        """Return what ``tasks`` return, in their order; ``stack`` is to abort it unless it is committed."""
        with ThreadPoolExecutor(MOST_WORKERS, "preview") as pool:
            work = [pool.submit(task, self._monitor(i)) for i, task in enumerate(tasks)]
            try:
                wait(work, return_when=FIRST_EXCEPTION)
            finally:
                failed = any(one.done() and one.exception() is not None for one in work)
                if failed or not all(one.done() for one in work):
                    self._stop.set()
                wait(work)
                for one in work:
                    if one.exception() is None:
                        stack.callback(one.result().passage.sound.forget)
                        stack.callback(one.result().sink.abort)
        errors = [error for one in work if (error := one.exception()) is not None]
        if errors:
            raise next((error for error in errors if not isinstance(error, Cancelled)), errors[0])
        return [one.result() for one in work]

    def _monitor(self, task: int) -> Monitor:
        def note(stage: str, share: float) -> None:
            first, last = SPANS.get(stage, (0.0, 0.0))
            with self._lock:
                self._done[task] = max(self._done[task], first + (last - first) * share)
                self._progress("preview", sum(self._done) / len(self._done))

        return Monitor(note, lambda: self._stop.is_set() or self._cancelled())
