"""The block of what a chain changes: its output minus its delayed input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blocks import remember
from .bypass import arrive_bypass, enter, leave
from .compiled import kernel
from .container import CONSTANTS, STATE, give_back, next_part, part_of, room_for, run_steps
from .dry_wet import BESIDE
from .memory import Layout
from .mix import subtract
from .parameters import Parameters

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = Parameters("bypass")
LAYOUT = Layout(CONSTANTS, STATE | BESIDE)

memory = LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Make ``block`` ``(channels, frames)`` what the chain changed of it."""
    at, frames = 0, block.shape[1]
    while at < frames:
        m = memory(floats, ints)
        stop = next_part(at, frames, m)
        part = part_of(block, at, stop, m)
        enter(part, values, m)
        dry = room_for(m.input, part)
        remember(m.line, part, m.line.shape[1], dry)
        run_steps(part, m.steps)
        subtract(part, dry)
        leave(part, values, m)
        give_back(part, block, at)
        at = stop


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the fade of the bypass be at its end."""
    arrive_bypass(values, memory(floats, ints))
