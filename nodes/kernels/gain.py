"""A gain that follows its target smoothly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bypass import arrive_bypass, enter, leave
from .compiled import inlined, kernel
from .maths import pow10
from .memory import Layout, reals
from .parameters import Parameters
from .smooth import glide, settled, stand

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = Parameters("bypass", "gain_db")
LAYOUT = Layout({"coefficient": reals()}, {"glide": reals(3)})
"""How fast the factor glides; the factor, gliding."""

parameters, memory = PARAMETERS.opener(), LAYOUT.opener()


@kernel
def block(block: Array, values: Array, floats: Array, ints: Ints) -> None:
    """Multiply ``block`` ``(channels, frames)`` in place."""
    m = memory(floats, ints)
    enter(block, values, m)
    process(block, values, m)
    leave(block, values, m)


@kernel
def arrive(values: Array, floats: Array, ints: Ints) -> None:
    """Let the factor be where the parameter is."""
    m = memory(floats, ints)
    arrive_bypass(values, m)
    stand(m.glide, from_db(parameters(values).gain_db))


@inlined
def process(block: Array, values: Array, m: Any) -> None:
    """Do what the parameters say."""
    apply_gain(block, m.glide, from_db(parameters(values).gain_db), m.coefficient)


@inlined
def from_db(db: float) -> float:
    """Return the factor of a gain of ``db``; 0 dB is exactly 1."""
    return pow10(db / 20.0)


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
