"""Memory that two processes share: one segment, cut into named arrays."""

from __future__ import annotations

from collections.abc import Mapping
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
from numpy.typing import NDArray

Layout = Mapping[str, tuple[tuple[int, ...], str]]
"""Shape and dtype (``f8``, ``i8``) of each array, by name; every element has 8 bytes."""


class Shared:
    """The arrays of a ``layout``, zero at first; the process that creates them is the one to ``unlink`` them."""

    def __init__(self, layout: Layout, name: str | None = None) -> None:
        """Create a segment, or attach to the one called ``name``."""
        self.layout = dict(layout)
        sizes = {key: 8 * int(np.prod(shape)) for key, (shape, _) in self.layout.items()}
        self._memory = SharedMemory(name, create=name is None, size=max(8, sum(sizes.values())))
        self._arrays: dict[str, NDArray[Any]] = {}
        at = 0
        for key, (shape, kind) in self.layout.items():
            self._arrays[key] = np.ndarray(shape, kind, buffer=self._memory.buf, offset=at)
            at += sizes[key]

    @property
    def name(self) -> str:
        """What another process attaches to."""
        return self._memory.name

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self._arrays[key]

    def close(self) -> None:
        """Let go of the memory; arrays that are still held elsewhere keep it mapped until they go."""
        self._arrays.clear()
        try:
            self._memory.close()
        except BufferError:  # somebody still holds an array: the map ends with the process
            self._memory._buf = self._memory._mmap = None  # type: ignore[attr-defined]

    def unlink(self) -> None:
        """Let go of the memory, and give it back once nobody has it."""
        self.close()
        self._memory.unlink()
