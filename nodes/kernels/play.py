"""The one way from Python into the compiled blocks of nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blocks import clean
from .compiled import kernel
from .pointers import call_block

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def play(block: Array, code: int, values: Array, floats: Array, ints: Ints) -> None:
    """Make ``block`` ``(channels, frames)`` finite and run the node's kernel, whose address is ``code``, on it."""
    clean(block)
    call_block(code, block, values, floats, ints)
