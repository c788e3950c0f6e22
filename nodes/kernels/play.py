"""The one way from Python into the compiled blocks of nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from .blocks import clean
from .compiled import kernel
from .memory import CHANNELS, MAX_BLOCK
from .pointers import BLOCK, REALS, WHOLES, call_block

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_CODE = 0
"""The address of the block of a node that is not prepared."""


@kernel
def play(block: Array, code: int, values: Array, floats: Array, ints: Ints) -> bool:
    """Make ``block`` ``(channels, frames)`` finite and run the node's kernel, whose address is ``code``, on it.

    Returns False, and does nothing, where the block does not fit or there is no code.  Raises ``TypeError``, once
    ``load`` was called, for anything but C-contiguous float64 blocks.
    """
    if code == NO_CODE or block.shape[0] != ints[CHANNELS] or block.shape[1] > ints[MAX_BLOCK]:
        return False
    if block.shape[1] > 0:
        clean(block)
        call_block(code, block, values, floats, ints)
    return True


def load() -> None:
    """Compile ``play`` for what it is for, or take it from the cache, and for nothing else from then on."""
    dispatcher: Any = play
    if not dispatcher.overloads:
        dispatcher.compile((BLOCK, types.int64, REALS, REALS, WHOLES))
        dispatcher.disable_compile()
