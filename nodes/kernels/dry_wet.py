"""The block of a chain beside its delayed input: mixed with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blocks import remember
from .bypass import arrive_bypass, enter, leave
from .compiled import kernel
from .container import CONSTANTS, STATE, give_back, next_part, part_of, room_for, run_steps
from .memory import Layout, reals
from .mix import blend
from .parameters import Parameters
from .smooth import stand

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = Parameters("bypass", "mix")
BESIDE = {"line": reals("channels", "latency"), "input": reals("room")}
"""The input on its way beside the chain."""

LAYOUT = Layout(CONSTANTS | {"coefficient": reals()}, STATE | BESIDE | {"glide": reals(3)})

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Make ``block`` ``(channels, frames)`` the mix of the chain's sound and its own."""
    at, frames = 0, block.shape[1]
    while at < frames:
        m = memory(floats, ints)
        stop = next_part(at, frames, m)
        part = part_of(block, at, stop, m)
        enter(part, values, m)
        dry = room_for(m.input, part)
        remember(m.line, part, m.line.shape[1], dry)
        run_steps(part, m.steps)
        blend(part, dry, m.glide, parameters(values).mix, m.coefficient)
        leave(part, values, m)
        give_back(part, block, at)
        at = stop


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the mix be where the parameter is."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    stand(m.glide, parameters(values).mix)
