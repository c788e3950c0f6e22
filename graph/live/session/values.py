"""Where every parameter of a chain that plays stands, in one place.

The way of a value, from a datagram to the kernel: the *wire* (32 bits at ``/masterchain/limiter/ceiling_db``) becomes
the *stored* float64 of ``limiter.ceiling_db`` where it comes in (``control.osc.values``), and goes on as that number:
through the console, ``LiveValues``, a record of the command ring and a deck to the node's ``values``; *linear* it is
inside the kernel alone.  Three forms of the value, two of the name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from ...chains.container import Container
from ...control import Control, chain_controls

Send = Callable[[Sequence[tuple[int, float]], int | None], None]
"""Has the engine set parameters, by index, from a frame of the stream on or at once: all of them, or it raises."""


def chain_values(chain: Container) -> dict[str, float]:
    """Return the stored value of every parameter of ``chain``, by path."""
    return {path: float(node.values[node.slots[declared.name]]) for path, node, declared in chain.paths()}


class LiveValues(Mapping[str, float]):
    """The stored value of every parameter of ``chain``, by path: its base, which a plan sets, under what a hand moved.

    A snapshot that is recalled is a hand too.  Who moves one asks here, and ``send`` tells the engine in the order in
    which it came to be so here: what the engine refuses (``ControlError``) is not so here either.  Any thread may call;
    nothing is waited for.
    """

    def __init__(self, chain: Container, send: Send) -> None:
        self._base = chain_values(chain)
        self.paths = tuple(self._base)
        self._index = {path: i for i, path in enumerate(self.paths)}
        self._controls = chain_controls(chain, lambda index, stored, frame: self.move(self.paths[index], stored, frame))
        self._hand: dict[str, float] = {}
        self._send, self._lock = send, threading.Lock()

    def __getitem__(self, path: str) -> float:
        return self._hand.get(path, self._base[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def hand(self) -> Mapping[str, float]:
        """What was moved by hand."""
        return dict(self._hand)

    def controls(self) -> list[Control]:
        """Return a control for every parameter of the chain's nodes; its own bypass stands for the session's."""

        def reader(path: str) -> Callable[[], float]:
            return lambda: self[path]

        return [
            Control(one.path, one.declared, one.apply, one.timed, reader(one.path))
            for one, _ in self._controls
            if "." in one.path
        ]

    def move(self, path: str, stored: float, frame: int | None = None) -> None:
        """Move ``path`` by hand."""
        with self._lock:
            self._send([(self._index[path], stored)], frame)
            self._hand[path] = stored

    def lead(self, path: str, stored: float) -> None:
        """Move the base of ``path``, ahead of the plan that will; it is by hand no more."""
        with self._lock:
            self._send([(self._index[path], stored)], None)
            self._base[path] = stored
            self._hand.pop(path, None)

    def give_back(self, *paths: str) -> None:
        """Leave what stands at ``paths``, without any all of it, to the next base: it is by hand no more."""
        with self._lock:
            for path in paths or tuple(self._hand):
                if path in self._hand:
                    self._base[path] = self._hand.pop(path)

    def follow(self, base: Mapping[str, float], frame: int | None = None) -> list[str]:
        """Move to another ``base``, all at one frame; return the paths that moved."""
        with self._lock:
            moved = self._moved(base)
            self._send([(self._index[path], base[path]) for path in moved], frame)
            self._base = dict(base)
        return moved

    def load(self, base: Mapping[str, float], hand_over: Callable[[list[float]], None]) -> list[str]:
        """Take another ``base`` and ``hand_over`` all values in the order of the indices; return what moved."""
        with self._lock:
            moved = self._moved(base)
            hand_over([self._hand.get(path, base[path]) for path in self.paths])
            self._base = dict(base)
        return moved

    def _moved(self, base: Mapping[str, float]) -> list[str]:
        return [path for path in self.paths if path not in self._hand and self._base[path] != base[path]]
