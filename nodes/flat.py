"""A node whose whole block is one compiled function over flat memory: all of ours that stand in the audio path."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .base import Block, Node, Spec
from .hosting.locks import locked
from .kernels.container import COMPILED
from .kernels.memory import Memory, forget
from .kernels.play import NO_CODE, load, play
from .kernels.pointers import address_of, code_of


class Compiled(NamedTuple):
    """What runs a node's block: its row, as a chain's kernel reads it, where that lies, and what has to stay alive."""

    row: NDArray[np.int64]
    place: int
    kept: tuple[Any, ...]


def _compiled(code: int, arrays: tuple[NDArray[Any], ...], kept: tuple[Any, ...] = ()) -> Compiled:
    addresses = [number for array in arrays for number in (address_of(array), array.size)]
    row = np.array([COMPILED, code, *addresses], dtype=np.int64)
    return Compiled(row, address_of(row), kept)


def _unprepared() -> Compiled:
    nothing = np.zeros(1)
    return _compiled(NO_CODE, (nothing, nothing, nothing), (nothing,))


class FlatNode(Node):
    """A node that runs ``kernels.block`` over three flat arrays: its values, its floats and its integers.

    ``kernels`` is its module in ``nodes/kernels``, with ``PARAMETERS`` (the order of the values), ``LAYOUT`` (what the
    memory holds, by name and shape), ``block(block, values, floats, ints)``, which does everything that belongs to a
    block, and ``arrive(values, floats, ints)``, which lets what glides stand at its target.  A subclass writes
    ``_prepare``, which makes the memory by ``_allocate`` and fills in what is constant; nothing is reassigned after it.
    """

    kernels: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        if "_process" in cls.__dict__:
            raise TypeError(f"{cls.__name__}: its block is compiled, _process would never be called: subclass Node")
        if "kernels" in cls.__dict__:
            try:
                cls.kernels.PARAMETERS.check(list(cls.params()))
            except TypeError as error:
                raise TypeError(f"{cls.__name__}: {error}") from None
        super().__init_subclass__()

    def _set_up(self) -> None:
        super()._set_up()
        self._compiled = _unprepared()

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied: no memory, and no address of it or of code."""
        return super().__getstate__() | {"_compiled": _unprepared()}

    @property
    def memory(self) -> Memory:
        """What the node remembers, from ``prepare`` on; raises ``RuntimeError`` before."""
        self._prepared()
        return self._memory

    @property
    def compiled(self) -> Compiled:
        """What runs its block as it is prepared now."""
        return self._compiled

    def prepare(self, spec: Spec) -> None:
        """Allocate for ``spec``, fix ``latency``, then ``reset``; where that fails the node is not prepared."""
        try:
            super().prepare(spec)
        except BaseException:
            self._compiled = _unprepared()
            raise

    def process_block(self, block: Block) -> None:
        """Process ``block`` ``(channels, 0..max_block)`` in place; what comes out is delayed by ``latency``.

        Raises ``ValueError`` for a block that does not fit the spec, ``RuntimeError`` before ``prepare``.
        """
        running = self._compiled  # kept for the block, whatever a node in Python inside does to this one meanwhile
        try:
            fits = play(block, running.place)
        except TypeError:
            fits = False
        if not fits:
            super().process_block(block)

    def _allocate(self, spec: Spec, latency: int = 0, **sizes: int) -> Any:
        """Make the memory, zeroed, and return its parts; the sizes that the layout leaves open are given by name."""
        self._memory: Memory = self.kernels.LAYOUT.allocate(
            channels=spec.channels, max_block=spec.max_block, latency=latency, **sizes
        )
        self._memory.parts.fade_step[...] = self._fade_step(spec)
        return self._memory.parts

    def _surround(self, spec: Spec) -> None:
        """Allocate for blocks that lie in pieces, the kernel has all else in it; then have it run, on whole memory."""
        self._joined = np.zeros(spec.channels * spec.max_block)
        self._use(self._memory)

    def _use(self, memory: Memory, *kept: Any) -> None:
        """Have the kernel run on ``memory`` from the next block on, and keep what the memory points to."""
        with locked([load]):
            load()
        arrays = self.values, memory.floats, memory.ints
        self._compiled = _compiled(code_of(self.kernels.block), arrays, (memory, self.values, *kept))

    def _rewind(self) -> None:
        forget(self._memory.floats, self._memory.ints)
        self.kernels.arrive(self.values, self._memory.floats, self._memory.ints)
        self._reset()

    def _run(self, block: Block) -> None:
        running = self._compiled
        play(block, running.place)
