"""All promises that a node by itself is held to."""

from __future__ import annotations

from collections.abc import Callable

from .contract import CHECKS, Make
from .kernels import allocations
from .zipper import zipper

PROMISES: dict[str, Callable[[Make], None]] = CHECKS | {"zipper": zipper, "allocations": allocations}
"""The checks by name; the docstring of each is the promise in a sentence."""
