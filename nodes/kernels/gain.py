"""A gain that follows its target smoothly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .smooth import glide, settled

Array = NDArray[np.float64]


@kernel
def apply_gain(block: Array, state: Array, target: float, coefficient: float) -> None:
    """Multiply ``block`` ``(channels, frames)`` in place; ``state`` ``(3,)`` glides toward the factor ``target``."""
    still = settled(state, target)
    if still and target == 1.0:
        return
    for i in range(block.shape[1]):
        factor = target if still else glide(state, target, coefficient)
        for c in range(block.shape[0]):
            block[c, i] *= factor
