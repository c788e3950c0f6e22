"""The block of a chain for the mid and one for the side of a stereo signal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import remember
from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .container import CONSTANTS, STATE, give_back, next_part, part_of, room_for, run_step
from .memory import Layout, reals, wholes
from .mix import add_mid_side, to_mid_side
from .parameters import Parameters
from .pointers import grid

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MID, SIDE = 0, 1

PARAMETERS = Parameters("bypass")
LAYOUT = Layout(
    CONSTANTS | {"delays": wholes(2)},
    STATE | {
        "line": reals("channels", "latency"), "input": reals("room"), "lines": reals(2, 1, "latency"),
        "voices": reals(2, "max_block"), "late": reals(2, "max_block"),
    },
)  # fmt: skip
"""By how many frames mid and side are delayed behind their chains, and the delay lines, the input's beside them."""

memory = LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Process mid and side of a stereo ``block`` ``(2, frames)``; other layouts pass."""
    at, frames = 0, block.shape[1]
    while at < frames:
        m = memory(floats, ints)
        stop = next_part(at, frames, m)
        part = part_of(block, at, stop, m)
        enter(part, values, m)
        if block.shape[0] == 2:
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
    """Take mid and side apart, run their chains, and put together what they changed."""
    frames, dry = block.shape[1], room_for(m.input, block)
    mid, side = grid(m.voices[MID], 0, 1, frames), grid(m.voices[SIDE], 0, 1, frames)
    late_mid, late_side = grid(m.late[MID], 0, 1, frames), grid(m.late[SIDE], 0, 1, frames)
    to_mid_side(block, mid, side)
    remember(m.line, block, m.line.shape[1], dry)
    run_step(mid, m.steps, MID)
    run_step(side, m.steps, SIDE)
    remember(m.lines[MID], mid, m.delays[MID], late_mid)
    remember(m.lines[SIDE], side, m.delays[SIDE], late_side)
    add_mid_side(block, late_mid, late_side, dry)
