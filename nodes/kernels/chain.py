"""The block of a chain: a walk over the nodes inside, in one compiled function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bypass import arrive_bypass, enter, leave
from .compiled import kernel
from .container import CONSTANTS, STATE, give_back, next_part, part_of, run_steps
from .memory import Layout
from .parameters import Parameters

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = Parameters("bypass")
LAYOUT = Layout(CONSTANTS, STATE)

memory = LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Run ``block`` ``(channels, frames)`` through the nodes, in parts that end where a change is due."""
    at, frames = 0, block.shape[1]
    while at < frames:
        m = memory(floats, ints)
        stop = next_part(at, frames, m)
        part = part_of(block, at, stop, m)
        enter(part, values, m)
        run_steps(part, m.steps)
        leave(part, values, m)
        give_back(part, block, at)
        at = stop


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the fade of the bypass be at its end."""
    arrive_bypass(values, memory(floats, ints))
