"""The thread that reads ahead: the only one of the driver."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Self

from ...nodes import Block


class ReadAhead:
    """Runs an iterator of blocks in a thread of its own, a few blocks ahead; use as a context manager.

    Decoding and kernels hold no GIL, so two stages of a pass fill two cores.  An exception of the iterator is raised
    where the blocks are taken; leaving the context stops the thread, and closes the iterator where it is a generator,
    which ends the threads that it reads ahead with itself.
    """

    def __init__(self, blocks: Iterator[Block], depth: int = 6) -> None:
        self._blocks = blocks
        self._ready: queue.Queue[Block | BaseException | None] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(0.01)

    def __iter__(self) -> Iterator[Block]:
        while True:
            item = self._ready.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def _run(self) -> None:
        last: BaseException | None = None
        try:
            for block in self._blocks:
                self._ready.put(block)
                if self._stop.is_set():
                    break
            if isinstance(self._blocks, Generator):
                self._blocks.close()
        except BaseException as failed:  # whatever it is, it belongs to the thread that takes the blocks
            last = failed
        self._ready.put(last)

    def _drain(self) -> None:
        try:
            while True:
                self._ready.get_nowait()
        except queue.Empty:
            pass
