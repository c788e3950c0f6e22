"""The block of parallel branches: each gets the input, the shorter ones are delayed, all are added up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import copy_block, remember
from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .container import CONSTANTS, STATE, give_back, next_part, part_of, room_for, run_step
from .memory import Layout, reals, wholes
from .mix import add
from .parameters import Parameters

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = Parameters("bypass")
LAYOUT = Layout(
    CONSTANTS | {"delays": wholes("members")},
    STATE | {"lines": reals("members", "channels", "latency"), "input": reals("room"), "branch": reals("room"),
             "late": reals("room")},
)  # fmt: skip
"""By how many frames each branch is delayed, and the delay lines."""

memory = LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Make ``block`` ``(channels, frames)`` the sum of the branches; without any it stays the input."""
    at, frames = 0, block.shape[1]
    while at < frames:
        m = memory(floats, ints)
        stop = next_part(at, frames, m)
        part = part_of(block, at, stop, m)
        enter(part, values, m)
        process(part, m)
        leave(part, values, m)
        give_back(part, block, at)
        at = stop


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the fade of the bypass be at its end."""
    arrive_bypass(values, memory(floats, ints))


@inlined
def process(block: Array, m: Any) -> None:
    """Sum up the branches."""
    dry, branch, late = room_for(m.input, block), room_for(m.branch, block), room_for(m.late, block)
    copy_block(block, dry)
    for k in range(m.steps.shape[0]):
        copy_block(dry, branch)
        run_step(branch, m.steps, k)
        remember(m.lines[k], branch, m.delays[k], late)
        if k == 0:
            copy_block(late, block)
        else:
            add(block, late)
