"""The check that no parameter clicks.

A tone of 100 Hz and one of 1 kHz play while a parameter jumps.  All that a smooth gain does to them lies near them;
what a step or a corner makes reaches to the top of the spectrum.  So the measure is the energy above 5 kHz, in windows
of 10 ms, and what is allowed is what the node makes there anyway (distortion, noise) when the parameter moves through
the same values slowly, or stands still on one.  Below -100 dBFS nothing counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base import Block, Node
from ..params import Declared, Param
from .contract import hold
from .signals import prepared, rewound, stream

RATE = 48000.0
EDGE_HZ = 5000.0
WINDOW = 480
FLOOR = 10.0 ** (-100.0 / 20.0)
LEAD_IN = 9600 + 132
"""Where the first jump comes: both tones are near a peak there, not at a zero, where a step would hide."""

PERIOD = 480
"""Frames after which both tones repeat."""

RAMP = 12000
STEP = 30


@cache
def high_pass() -> NDArray[np.float64]:
    """Linear phase, 150 dB down below 4 kHz."""
    from scipy.signal import firwin  # who checks no node should not wait for scipy

    taps: NDArray[np.float64] = firwin(901, EDGE_HZ, window=("kaiser", 15.0), pass_zero=False, fs=RATE)
    return taps


def tones(frames: int) -> Block:
    """100 Hz on the left, 1 kHz on the right, half of full scale, faded in without a corner."""
    t = np.arange(frames)
    rise = np.clip(t / 4800.0, 0.0, 1.0)
    fade = rise**4 * (35.0 - 84.0 * rise + 70.0 * rise**2 - 20.0 * rise**3)
    return 0.5 * fade * np.sin(2.0 * np.pi * np.array([[100.0], [1000.0]]) * t / RATE)


def high_energy(node: Node, y: Block) -> float:
    """Return the loudest 10 ms above the edge, behind the lead-in, relative to full scale or the output's peak."""
    from scipy.signal import oaconvolve

    taps = high_pass()
    begin = LEAD_IN + node.latency - WINDOW
    high = oaconvolve(y, taps[None, :], mode="same", axes=1)[:, begin : y.shape[1] - len(taps) // 2]
    squares = high[:, : high.shape[1] // WINDOW * WINDOW].reshape(y.shape[0], -1, WINDOW) ** 2
    rms = float(np.sqrt(squares.mean(axis=2).max()))
    return rms / max(1.0, float(np.abs(y).max()))


def jump(node: Node, name: str, p: Declared[Any]) -> tuple[float, float]:
    """Return the energy when ``name`` of the prepared ``node`` jumps through its range, and when it moves slowly."""
    values = node.values.copy()
    own = p.to_unit(float(values[node.slots[name]]))
    places = [u for u, _ in groupby([own, 0.0, 1.0, 0.5])]
    leg = -(-int(max(4800, 6 * p.smooth_ms * 1e-3 * RATE) + node.latency) // PERIOD) * PERIOD

    def energy(course: Sequence[float], step: int, rest: int) -> float:
        """Play ``course``, one place in ``step`` frames, then ``rest`` frames more."""
        changes = {LEAD_IN + step * k: {name: p.plain(p.from_unit(u))} for k, u in enumerate(course)}
        y = stream(rewound(node, values), tones(LEAD_IN + step * len(course) + rest), [512], changes)
        return high_energy(node, y)

    jumping = energy(places[1:], leg, 0)
    if not isinstance(p, Param):
        return jumping, max(still(node, values, name, p.plain(p.from_unit(u)), leg) for u in places)
    steps = RAMP // STEP
    ramp = [a + (b - a) * k / steps for a, b in pairwise(places) for k in range(1, steps + 1)]
    return jumping, energy(ramp, STEP, leg)


def still(node: Node, values: NDArray[np.float64], name: str, value: object, frames: int) -> float:
    """Return the energy while ``name`` stands at ``value``."""
    rewound(node, values).set(**{name: value})
    node.reset()
    return high_energy(node, stream(node, tones(LEAD_IN + frames), [512]))


def representatives(params: dict[str, Declared[Any]]) -> dict[str, Declared[Any]]:
    """Return ``params``; of those whose names differ in a number only (bands) the first, the middle and the last."""
    families: dict[str, list[str]] = {}
    for name in params:
        families.setdefault(re.sub(r"\d+", "#", name), []).append(name)
    chosen = {names[k] for names in families.values() for k in (0, len(names) // 2, -1)}
    return {name: p for name, p in params.items() if name in chosen}


def zipper(make: Callable[[], Node]) -> None:
    """Any parameter can jump while sound plays, and nothing is heard but its smooth way to the new value."""
    loud = []
    node = prepared(make(), rate=RATE)
    values = node.values.copy()
    for name, p in representatives(node.params()).items():
        if p.live:
            jumping, slow = jump(rewound(node, values), name, p)
            # Twice: noise of equal strength differs by less from one window to the next.
            if jumping > max(FLOOR, 2.0 * slow):
                levels = f"{20 * np.log10(jumping):.1f} dBFS (moved slowly {20 * np.log10(slow + 1e-12):.1f})"
                loud.append(f"{name} {levels}")
    hold(not loud, f"clicks above {EDGE_HZ:g} Hz: " + ", ".join(loud))
