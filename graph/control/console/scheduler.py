"""What is to be done at a time: one thread, in the order of the times."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from itertools import count

MOST = 65536
"""So much may wait; what comes on top is refused, so that a flood of far-off times does not eat the memory."""

log = logging.getLogger(__name__)


class Scheduler:
    """Runs functions at Unix times in seconds; those of one time in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def at(self, seconds: float, function: Callable[[], object]) -> None:
        """Run ``function`` at the time ``seconds``; raise ``OverflowError`` when too much waits already."""
        with self._changed:
            if len(self._waiting) >= MOST:
                raise OverflowError(f"{MOST} changes wait for their time already")
            heapq.heappush(self._waiting, (seconds, next(self._order), function))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="later", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Forget what waits, and end the thread."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (not self._waiting or self._waiting[0][0] > time.time()):
                    self._changed.wait(min(1.0, self._waiting[0][0] - time.time()) if self._waiting else None)
                if self._closed:
                    return
                function = heapq.heappop(self._waiting)[2]
            try:
                function()
            except Exception:
                log.exception("what was to be done at its time failed")
