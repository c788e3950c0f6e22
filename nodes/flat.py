"""A node whose whole block is one compiled function over flat memory: all of ours that stand in the audio path."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .base import Block, Node, Spec
from .kernels.memory import DIRECTORY, Memory, forget
from .kernels.play import NO_CODE, load, play
from .kernels.pointers import code_of


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
        self._code, self._floats, self._ints = NO_CODE, np.zeros(1), np.zeros(DIRECTORY, dtype=np.int64)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied: no memory, and no address of it or of code."""
        fresh = {"_code": NO_CODE, "_floats": np.zeros(1), "_ints": np.zeros(DIRECTORY, dtype=np.int64)}
        return super().__getstate__() | fresh

    @property
    def memory(self) -> Memory:
        """What the node remembers, from ``prepare`` on; raises ``RuntimeError`` before."""
        self._prepared()
        return self._memory

    @property
    def code(self) -> int:
        """The address of the compiled block."""
        return self._code

    def process_block(self, block: Block) -> None:
        """Process ``block`` ``(channels, 0..max_block)`` in place; what comes out is delayed by ``latency``.

        Raises ``ValueError`` for a block that does not fit the spec, ``RuntimeError`` before ``prepare``.
        """
        try:
            fits = play(block, self._code, self.values, self._floats, self._ints)
        except TypeError:
            fits = False
        if not fits:
            super().process_block(block)

    def _allocate(self, spec: Spec, latency: int = 0, **sizes: int) -> Any:
        """Make the memory, zeroed, and return its parts; the sizes that the layout leaves open are given by name."""
        self._memory: Memory = self.kernels.LAYOUT.allocate(
            channels=spec.channels, max_block=spec.max_block, latency=latency, **sizes
        )
        self._floats, self._ints = self._memory.floats, self._memory.ints
        load()
        self._code = code_of(self.kernels.block)
        self._memory.parts.fade_step[...] = self._fade_step(spec)
        return self._memory.parts

    def _surround(self, spec: Spec) -> None:
        """Allocate for blocks that lie in pieces: the kernel has all else in it."""
        self._joined = np.zeros(spec.channels * spec.max_block)

    def _rewind(self) -> None:
        forget(self._floats, self._ints)
        self.kernels.arrive(self.values, self._floats, self._ints)
        self._reset()

    def _run(self, block: Block) -> None:
        play(block, self._code, self.values, self._floats, self._ints)
