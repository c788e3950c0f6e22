"""Waiting for what another thread or process does, as long as a slow machine may need."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SLOW_S = 20.0


def until(true: Callable[[], Any], what: str) -> None:
    """Wait until ``true()``, which is ``what``; an assertion fails after ``SLOW_S``."""
    end = time.monotonic() + SLOW_S
    while not true():
        assert time.monotonic() < end, f"{what}: not within {SLOW_S} s"
        time.sleep(0.005)
