"""The one way from Python into the compiled blocks of nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from .blocks import clean
from .compiled import kernel
from .container import CODE, INTS, INTS_LENGTH, STEP, run_compiled
from .memory import CHANNELS, MAX_BLOCK
from .pointers import BLOCK, wholes_at

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_CODE = 0
"""The address of the block of a node that is not prepared."""


@kernel
def play(block: Array, place: int) -> bool:
    """Make ``block`` ``(channels, frames)`` finite and run on it the node whose ``container.STEP`` is at ``place``.

    Returns False, and does nothing, where the block does not fit or there is no code.  Raises ``TypeError``, once
    ``load`` was called, for anything but C-contiguous float64 blocks.
    """
    step = wholes_at(place, STEP)
    if step[CODE] == NO_CODE:
        return False
    ints = wholes_at(step[INTS], step[INTS_LENGTH])
    if block.shape[0] != ints[CHANNELS] or block.shape[1] > ints[MAX_BLOCK]:
        return False
    if block.shape[1] > 0:
        clean(block)
        run_compiled(block, step)
    return True


def load() -> None:
    """Compile ``play`` for what it is for, or take it from the cache, and for nothing else from then on."""
    dispatcher: Any = play
    if not dispatcher.overloads:
        dispatcher.compile((BLOCK, types.int64))
        dispatcher.disable_compile()
