"""The look-ahead true-peak limiter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .base import Block, Node, Spec
from .kernels import limiter as k
from .kernels.interpolate import FOLDS, crest_taps, midpoint_taps
from .kernels.limiter_gain import BUILD, stage_rates, stage_sizes, stage_state
from .kernels.smooth import glide_coefficient
from .params import Choice, Param

SMOOTH_MS = 20.0
PAST_NEAR, PAST_FAR = 128, 400
"""Frames that the kernels of the first and the second look reach back, which costs no latency."""


class Mode(NamedTuple):
    """What a mode grants: whole latency and longest look-aheads in ms, the first look's half-length in frames."""

    latency_ms: float
    lookahead_ms: float
    patch_ms: float
    near: int


MODES = {"master": Mode(9.95, 5.0, 1.25, 64), "live": Mode(2.97, 0.65, 0.2, 16)}


@dataclass(frozen=True, slots=True)
class CeilingCourse:
    """How far the ceiling is lowered over time, in dB, ``(points,)``, a point every ``hop_frames`` from frame 0."""

    hop_frames: float
    lowered_db: NDArray[np.float32]


class Limiter(Node):
    """Hold the true peak under a ceiling, and change as little else as can be.

    Audio stays at its own rate.  Peaks between the samples are read by windowed sincs, one common gain meets them
    within the look-ahead (see ``kernels/limiter_gain.py``), the result is read once more by a kernel as long as the
    latency allows, and a second gain patches what the first one left.  Below the ceiling the output is the delayed
    input, bit for bit; what is limited ends 0.16 dB below the ceiling, and up to 0.34 dB more where it has content
    near Nyquist, because meters that roll off there would read it as higher.

    A lone peak is a dip of a millisecond, let go within ``release_ms``; limiting that lasts a second leaves a slow
    level behind, so that dense music is turned down evenly; peaks of one height that repeat at the same interval, up
    to ``hold_ms``, hold the gain still, so that a bass stays clean.

    As ``master`` the true peak stays below the ceiling whatever comes.  As ``live`` it does with music; the last
    crests of noise that is full up to Nyquist can't be known 3 ms ahead, and pass the ceiling by up to 0.15 dB.

    Latency: within 10 ms as ``master``, 3 ms as ``live``, at 44.1 kHz and above.  What the look-aheads leave of it
    is the future of the second look's kernel.
    """

    id = "limiter"

    ceiling_db: Param = Param(
        -1.0, -20.0, 0.0, unit="dBTP", smooth_ms=SMOOTH_MS, doc="True peak that is never exceeded."
    )
    release_ms: Param = Param(
        2.0, 2.0, 500.0, unit="ms", taper="log", doc="90 % of the way back after one loud moment."
    )
    hold_ms: Param = Param(26.0, 0.0, 100.0, unit="ms", doc="Longest repeating interval between peaks held through.")
    link: Param = Param(100.0, 0.0, 100.0, unit="%", smooth_ms=SMOOTH_MS, doc="How far all channels share one gain.")
    lookahead_ms: Param = Param(
        1.25, 0.5, 5.0, unit="ms", live=False, doc="How early a peak is known; live: 0.65 at most."
    )
    mode: Choice = Choice(
        "master", tuple(MODES), live=False, doc="Latency and precision: 10 ms, or 3 ms to play through."
    )

    def follow(self, course: CeilingCourse | None) -> None:
        """Lower the ceiling by ``course``, from the next frame on; None goes back to the ceiling alone."""
        self._hop = course.hop_frames if course else 1.0
        self._course = 10.0 ** (course.lowered_db.astype(np.float64) / -20.0) if course else np.zeros(0)
        self._followed = b""

    def locate(self, frame: int) -> None:
        """Read the course from ``frame`` on."""
        self._clock[k.OFFSET] = frame - self._clock[k.FRAME]

    def _prepare(self, spec: Spec) -> int:
        if not hasattr(self, "_hop"):
            self.follow(None)
        stages = spec.channels + 1
        near, far, ahead1, ahead2 = plan(self, spec.sample_rate)
        latency = near + far + ahead1 + ahead2 + 2
        self._plan = np.array([near, far, ahead1, ahead2, latency + PAST_FAR + FOLDS])
        self._lanes, self._scratch = buffers(spec, latency + PAST_FAR + FOLDS)
        self._taps = *first_taps(near), crest_taps(PAST_FAR, far, 12.0, min(5.0, 1.0 + far / 64.0))
        self._sizes = np.array([stage_sizes(ahead1, 1), stage_sizes(ahead2, 1)])
        floats, ints = stage_state(self._sizes.max(axis=0), 2 * stages)
        self._floats, self._ints = floats, ints
        self._clock = np.zeros(k.CLOCK, dtype=np.int64)
        self._glides = np.zeros((2, 3))
        self._meter = np.ones(k.METER)
        return latency

    def _reset(self) -> None:
        for state in (self._lanes, self._floats, self._ints, self._clock):
            state[...] = 0
        self._clock[k.AT] = self._plan[k.KEEP]
        self._follow()
        self._glides[:] = self._targets[:2, None]
        self._lanes[:2] = self._targets[:2, None]
        self._lanes[k.GAIN] = 1.0
        self._meter[:] = 1.0

    def _process(self, block: Block) -> None:
        if self.values.tobytes() != self._followed:
            self._follow()
        k.limit(
            block, self._lanes, self._scratch, self._plan, self._clock, *self._taps, self._sizes, self._rates,
            self._floats, self._ints, self._targets, self._glides, self._course,
            self._meter,
        )  # fmt: skip

    def _follow(self) -> None:
        """Turn the parameters into what the kernel reads."""
        rate = self._prepared().sample_rate
        self._followed = self.values.tobytes()
        self._targets = np.array(
            [10.0 ** (self.ceiling_db / 20.0), self.link / 100.0, glide_coefficient(SMOOTH_MS, rate), self._hop]
        )
        self._rates = np.array([stage_rates(s, rate * 1e-3, self.release_ms, self.hold_ms) for s in self._sizes])
        self._rates[1, BUILD] = 0.0  # A patch leaves nothing behind, and mostly the second stage sleeps.

    def gain_reduction_db(self) -> float:
        """Return the deepest gain reduction in dB, positive, of all that came out since this was last asked."""
        least, self._meter[k.LEAST] = float(self._meter[k.LEAST]), 1.0
        return abs(20.0 * math.log10(least))

    @property
    def block_gain_reduction_db(self) -> float:
        """Deepest gain reduction in dB, positive, within the last block."""
        return abs(20.0 * math.log10(float(self._meter[k.LAST])))


def plan(limiter: Limiter, sample_rate: float) -> tuple[int, int, int, int]:
    """Share out the latency: frames of future of the first and the second look, frames of their look-aheads."""
    mode, per_ms = MODES[limiter.mode], sample_rate * 1e-3
    ahead1 = max(1, round(min(limiter.lookahead_ms, mode.lookahead_ms) * per_ms))
    ahead2 = max(1, round(mode.patch_ms * per_ms))
    left = int(mode.latency_ms * per_ms) - mode.near - ahead1 - ahead2 - 2
    return mode.near, min(256, max(mode.near, left)), ahead1, ahead2


def first_taps(near: int) -> tuple[Block, Block]:
    """Return the taps of the first look: the middles between frames, and the fine grid around a crest."""
    return midpoint_taps(min(near, 32), 6.0), crest_taps(PAST_NEAR, near, 8.0, 5.0 if near >= 64 else 3.0)


def buffers(spec: Spec, keep: int) -> tuple[Block, Block]:
    """Return lanes whose last ``keep`` columns move to the front every 2048 frames or more, and scratch rows."""
    columns = keep + 2048 + k.CHUNK
    return np.zeros((k.ROWS + k.KINDS * spec.channels, columns)), np.zeros((k.SCRATCH + spec.channels, k.CHUNK))
