"""How the engine's process is started: with libraries that let it alone, no script of the user's, no interrupts."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import types
from collections.abc import Callable, Iterator

from ...chains.chain import Chain


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Have a process that starts meanwhile load its numeric libraries without threads: it needs to be let alone."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def main_for(factory: Callable[[], Chain]) -> Iterator[None]:
    """Have a process that starts meanwhile run the user's script only where ``factory`` is defined in it.

    Scripts without ``if __name__ == "__main__"`` would start an engine in the engine.
    """
    function = factory.func if isinstance(factory, functools.partial) else factory
    script = sys.modules["__main__"]
    if getattr(function, "__module__", "") != "__main__":
        sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Have a process that starts meanwhile not hear the terminal's interrupt: this one decides when it ends."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
