"""The bypass, around every node's own work in a block: it keeps the latency, and fades."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import crossfade, remember, shift
from .compiled import inlined

Array = NDArray[np.float64]

BYPASS = 0
"""Place in every node's values."""


@inlined
def enter(block: Array, values: Array, m: Any) -> None:
    """Take note of the input of a node whose memory is ``m``; ``leave`` then fades to it as far as the bypass says.

    ``history`` ``(channels, latency)``, ``dry`` ``(channels, max_block)`` the delayed input, ``mix[0]`` how far the
    fade has come (1: all dry).
    """
    if values[BYPASS] == 0.0 and m.mix[0] == 0.0:
        shift(m.history, block, m.history.shape[1])
    else:
        remember(m.history, block, m.history.shape[1], m.dry)


@inlined
def leave(block: Array, values: Array, m: Any) -> None:
    """Fade to the delayed input, or back, by ``fade_step`` a frame."""
    if values[BYPASS] != 0.0 or m.mix[0] != 0.0:
        crossfade(block, m.dry, m.mix, m.fade_step, values[BYPASS])


@inlined
def arrive_bypass(values: Array, m: Any) -> None:
    """Let the fade be at its end."""
    m.mix[0] = values[BYPASS]
