"""The compiled path: which kernels there are, and whether they allocate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba.core import runtime
from numba.core.dispatcher import Dispatcher

from ..base import Node
from .contract import hold
from .signals import music, prepared

_runtime: Any = runtime


def kernels() -> dict[str, Dispatcher]:
    """Return every compiled function of the nodes that is imported so far, by its full name."""
    dispatchers: dict[str, Dispatcher] = {}
    for module in [m for name, m in sys.modules.items() if name.startswith("masterchain.")]:
        for value in vars(module).values():
            if isinstance(value, Dispatcher):
                dispatchers[f"{value.py_func.__module__}.{value.py_func.__name__}"] = value
    return dispatchers


def arrays_in(value: Any) -> int:
    """Return how many arrays an argument holds."""
    if isinstance(value, tuple):
        return sum(arrays_in(one) for one in value)
    return int(isinstance(value, np.ndarray))


@contextmanager
def counted(node: Node) -> Iterator[list[int]]:
    """Count the arrays handed to kernels, ours and those of the node's modules: numba counts each as one of its own."""
    own = {cls.__module__ for cls in type(node).__mro__}
    passed = [0]

    def counting(dispatcher: Dispatcher) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            passed[0] += arrays_in(args)
            return dispatcher(*args)

        return call

    replaced = []
    for name, module in list(sys.modules.items()):
        # What is compiled by now does not look at these names any more; only Python does.
        if name.startswith("masterchain.") or name in own:
            for key, value in list(vars(module).items()):
                if isinstance(value, Dispatcher):
                    replaced.append((module, key, value))
                    setattr(module, key, counting(value))
    try:
        yield passed
    finally:
        for module, key, value in replaced:
            setattr(module, key, value)


def allocations(make: Callable[[], Node]) -> None:
    """No kernel makes an array of its own: what is allocated once in prepare is all there is."""
    _runtime._nrt_python.memsys_enable_stats()  # what numba counts of the arrays that its code makes; off by itself
    node = prepared(make())
    for _ in range(2):
        node.process_block(music(2, 512, salt=31))
    x = music(2, 512, salt=32)
    with counted(node) as passed:
        before = _runtime.rtsys.get_allocation_stats().mi_alloc
        node.process_block(x)
        arrays = _runtime.rtsys.get_allocation_stats().mi_alloc - before - passed[0]
    hold(arrays == 0, f"the kernels allocate {arrays} arrays in one block")
