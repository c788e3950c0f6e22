"""What every node made of nodes does in a block: changes at their frames, and calls of the nodes inside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import clean, copy_block
from .compiled import inlined
from .memory import Part, reals, reals_elsewhere, wholes, wholes_elsewhere
from .pointers import call_block, call_python, data_of, grid, reals_at, wholes_at

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Places in a row of ``steps``: whether the node is compiled or Python's, the address of its code, and where its arrays
# lie and how long they are.
KIND, CODE, VALUES, VALUES_LENGTH, FLOATS, FLOATS_LENGTH, INTS, INTS_LENGTH, STEP = 0, 1, 2, 3, 4, 5, 6, 7, 8
COMPILED, PYTHON = 0, 1

# Places in a row of ``events``: the frame from which on, the address of the parameter, its value.
DUE, WHERE, VALUE, EVENT = 0, 1, 2, 3
# Places in ``waiting``: the first event that is still to come, and the end of all.
NEXT, END, WAITING = 0, 1, 2

CONSTANTS: dict[str, Part] = {
    "steps": wholes("members", STEP), "events": reals_elsewhere("events", EVENT),
    "waiting": wholes_elsewhere(WAITING),
}  # fmt: skip
STATE: dict[str, Part] = {"clock": wholes(1), "room": reals("room")}
"""Of every container: the nodes inside, the changes to come; frames that have gone in, room for a part of a block."""


@inlined
def next_part(at: int, frames: int, m: Any) -> int:
    """Make the changes that are due, and return where the part of a block of ``frames`` that begins ``at`` ends."""
    events, waiting = m.events, m.waiting
    while waiting[NEXT] < waiting[END] and events[waiting[NEXT], DUE] <= m.clock[0]:
        reals_at(np.int64(events[waiting[NEXT], WHERE]), 1)[0] = events[waiting[NEXT], VALUE]
        waiting[NEXT] += 1
    stop = frames
    if waiting[NEXT] < waiting[END]:
        stop = min(frames, at + np.int64(events[waiting[NEXT], DUE]) - m.clock[0])
    m.clock[0] += stop - at
    return stop


@inlined
def part_of(block: Array, at: int, stop: int, m: Any) -> Array:
    """Return frames ``at`` to ``stop`` of ``block`` in one piece: itself, or a copy."""
    channels, frames = block.shape
    if stop - at == frames:
        return block
    part = grid(m.room, 0, channels, stop - at)
    copy_block(block[:, at:stop], part)
    return part


@inlined
def give_back(part: Array, block: Array, at: int) -> None:
    """Copy what became of a ``part`` back into ``block``, unless it is the block itself."""
    if part.shape[1] != block.shape[1]:
        copy_block(part, block[:, at : at + part.shape[1]])


@inlined
def run_step(block: Array, steps: Ints, k: int) -> None:
    """Run the node of row ``k`` of ``steps`` on ``block``."""
    step = steps[k]
    if step[KIND] == PYTHON:
        call_python(step[CODE], data_of(block), block.shape[1])
        clean(block)
    else:
        run_compiled(block, step)


@inlined
def run_compiled(block: Array, step: Ints) -> None:
    """Run the compiled node of a row of ``steps`` on ``block``."""
    call_block(
        step[CODE], block, reals_at(step[VALUES], step[VALUES_LENGTH]), reals_at(step[FLOATS], step[FLOATS_LENGTH]),
        wholes_at(step[INTS], step[INTS_LENGTH]),
    )  # fmt: skip


@inlined
def run_steps(block: Array, steps: Ints) -> None:
    """Run all nodes of ``steps`` in their order: the walk over a chain."""
    for k in range(steps.shape[0]):
        run_step(block, steps, k)


@inlined
def room_for(memory: Array, block: Array) -> Array:
    """Return ``memory`` ``(channels * max_block,)`` as an array of the shape of ``block``; its content is stale."""
    return grid(memory, 0, block.shape[0], block.shape[1])
