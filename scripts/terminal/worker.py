"""Does what keys ask for, one after the other, beside the screen: a slow answer does not stop the meters."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Worker:
    """A thread that runs functions in the order in which they are given; they have to catch what they raise."""

    def __init__(self) -> None:
        self._given: queue.Queue[Callable[[], object] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Say whether something is being done, or waits."""
        return self._given.unfinished_tasks > 0

    def do(self, function: Callable[[], object]) -> None:
        """Run ``function`` when all that was given before is done."""
        self._given.put(function)

    def wait(self) -> None:
        """Return when all that was given is done."""
        self._given.join()

    def close(self) -> None:
        """End after what is being done; do not wait for it."""
        self._given.put(None)

    def _run(self) -> None:
        while (function := self._given.get()) is not None:
            try:
                function()
            finally:
                self._given.task_done()
        self._given.task_done()
