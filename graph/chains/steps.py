"""How compiled code gets at the nodes inside a container: the addresses of a compiled node, a call for Python's."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np

from ...nodes.base import Node
from ...nodes.flat import FlatNode
from ...nodes.kernels.container import COMPILED, PYTHON
from ...nodes.kernels.pointers import CALLBACK, address_of

failures: dict[int, BaseException] = {}
"""What a node written in Python raised inside compiled code, by thread, until ``raise_failure`` raises it again."""


class Steps:
    """The rows that a container's kernel walks over, for ``nodes`` as they are prepared now.

    Whoever holds this keeps alive what the rows point to.
    """

    def __init__(self, nodes: list[Node]) -> None:
        self._kept: list[Any] = []
        self.rows = [self._compiled(node) if isinstance(node, FlatNode) else self._python(node) for node in nodes]

    def _compiled(self, node: FlatNode) -> list[int]:
        row = [COMPILED, node.code]
        for array in (node.values, node.memory.floats, node.memory.ints):
            self._kept.append(array)
            row += [address_of(array), array.size]
        return row

    def _python(self, node: Node) -> list[int]:
        call = python_call(node)
        self._kept.append(call)
        return [PYTHON, int(ctypes.cast(call, ctypes.c_void_p).value or 0), 0, 0, 0, 0, 0, 0]


def python_call(node: Node) -> Any:
    """Return the function, for compiled code, that runs a block through a prepared ``node`` in Python.

    The block is copied to memory of its own and back, so that a node may keep what it was given.
    """
    assert node.spec is not None
    channels = node.spec.channels
    memory = np.zeros(channels * node.spec.max_block)
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
