"""One thread at a time: a plugin may stand in several chains, which may run at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

_locks: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()
_locks_lock = threading.Lock()


@contextmanager
def locked(plugins: Sequence[Any]) -> Iterator[None]:
    """Hold ``plugins`` for this thread alone, as pedalboard does while a signal is processed.

    They are taken in one order everywhere, so that two threads with the same plugins never wait for each other.
    """
    with ExitStack() as held:
        for plugin in sorted(plugins, key=id):
            with _locks_lock:
                lock = _locks.setdefault(plugin, threading.RLock())
            held.enter_context(lock)
        yield
