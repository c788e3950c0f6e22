"""The block of a branch: a chain with a gain at its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bypass import arrive_bypass, enter, leave
from .compiled import kernel
from .container import CONSTANTS, STATE, give_back, next_part, part_of, run_steps
from .gain import apply_gain, from_db
from .memory import Layout, reals
from .parameters import Parameters
from .smooth import stand

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = Parameters("bypass", "gain_db")
LAYOUT = Layout(CONSTANTS | {"coefficient": reals()}, STATE | {"glide": reals(3)})

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Run ``block`` ``(channels, frames)`` through the nodes and the gain."""
    at, frames = 0, block.shape[1]
    while at < frames:
        m = memory(floats, ints)
        stop = next_part(at, frames, m)
        part = part_of(block, at, stop, m)
        enter(part, values, m)
        run_steps(part, m.steps)
        apply_gain(part, m.glide, from_db(parameters(values).gain_db), m.coefficient)
        leave(part, values, m)
        give_back(part, block, at)
        at = stop


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the gain be where the parameter is."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    stand(m.glide, from_db(parameters(values).gain_db))
