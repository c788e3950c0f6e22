"""How compiled code gets at the nodes inside a container: the addresses of a compiled node, a call for Python's."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np

from ...nodes.base import Node, Spec
from ...nodes.flat import FlatNode
from ...nodes.kernels.container import CODE, PYTHON
from ...nodes.kernels.memory import CHANNELS, MAX_BLOCK, Memory
from ...nodes.kernels.play import NO_CODE
from ...nodes.kernels.pointers import CALLBACK, address_of

failures: dict[int, BaseException] = {}
"""What a node written in Python raised inside compiled code, by thread, until ``raise_failure`` raises it again."""


class Steps:
    """The rows that a container's kernel walks over, for ``nodes`` as they are prepared now: for ``spec``.

    Whoever holds this keeps alive what the rows point to, and what that points to.
    """

    def __init__(self, nodes: list[Node], spec: Spec) -> None:
        self._kept: list[Any] = []
        self._spec = spec
        self.rows = [self._compiled(node) if isinstance(node, FlatNode) else self._python(node) for node in nodes]

    def _compiled(self, node: FlatNode) -> list[int]:
        compiled = node.compiled
        if compiled.row[CODE] == NO_CODE or not self._fits(compiled.kept[0]):
            raise RuntimeError(f"{node.id}: another thread prepares it, while a chain runs it")
        self._kept.append(compiled)
        return [int(number) for number in compiled.row]

    def _fits(self, memory: Memory) -> bool:
        ints = memory.ints
        return (ints[CHANNELS], ints[MAX_BLOCK]) == (self._spec.channels, self._spec.max_block)

    def _python(self, node: Node) -> list[int]:
        call = python_call(node, self._spec)
        self._kept.append(call)
        return [PYTHON, int(ctypes.cast(call, ctypes.c_void_p).value or 0), 0, 0, 0, 0, 0, 0]


def python_call(node: Node, spec: Spec) -> Any:
    """Return the function, for compiled code, that runs a block of ``spec`` through a prepared ``node`` in Python.

    The block is copied to memory of its own and back, so that a node may keep what it was given.
    """
    channels = spec.channels
    memory = np.zeros(channels * spec.max_block)
    place = address_of(memory)

    def call(address: int, frames: int) -> None:
        try:
            size = channels * frames
            ctypes.memmove(place, address, 8 * size)
            node.process_block(memory[:size].reshape(channels, frames))
            ctypes.memmove(address, place, 8 * size)
        except BaseException as error:  # it can't pass through compiled code: ``raise_failure`` hands it on
            failures.setdefault(threading.get_ident(), error)

    return CALLBACK(call)


def raise_failure() -> None:
    """Raise what a node written in Python raised, in this thread, since this was last asked."""
    if failures:
        error = failures.pop(threading.get_ident(), None)
        if error is not None:
            raise error
