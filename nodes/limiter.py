"""The look-ahead true-peak limiter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .base import Block, Spec
from .flat import FlatNode
from .kernels import limiter as kernels
from .kernels.interpolate import FOLDS, crest_taps, midpoint_taps
from .kernels.limiter_gain import stage_room, stage_sizes
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


class Limiter(FlatNode):
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
    kernels: ClassVar[Any] = kernels

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

    def _set_up(self) -> None:
        super()._set_up()
        self._course: CeilingCourse | None = None

    def follow(self, course: CeilingCourse | None) -> None:
        """Lower the ceiling by ``course``, from the next frame on; None goes back to the ceiling alone."""
        self._course = course
        if self.spec is not None:
            self._attach()

    def locate(self, frame: int) -> None:
        """Read the course from ``frame`` on."""
        clock = self.memory.parts.clock
        clock[kernels.OFFSET] = frame - clock[kernels.FRAME]

    def _prepare(self, spec: Spec) -> int:
        near, far, ahead1, ahead2 = plan(self, spec.sample_rate)
        latency = near + far + ahead1 + ahead2 + 2
        sizes = np.array([stage_sizes(ahead1, 1), stage_sizes(ahead2, 1)])
        far_taps = crest_taps(PAST_FAR, far, 12.0, min(5.0, 1.0 + far / 64.0))
        sizes_of_stages = stage_room(sizes.max(axis=0))
        m = self._allocate(
            spec, latency, far_taps=far_taps.shape[2], stages=2 * (spec.channels + 1),
            **ears(spec, near, latency + PAST_FAR + FOLDS), **sizes_of_stages,
        )  # fmt: skip
        fill_ears(m, near, latency + PAST_FAR + FOLDS)
        m.far[...], m.ahead1[...], m.ahead2[...] = far, ahead1, ahead2
        m.sample_rate[...], m.glide_rate[...] = spec.sample_rate, glide_coefficient(SMOOTH_MS, spec.sample_rate)
        m.sizes[:], m.far_taps[:] = sizes, far_taps
        self._attach()
        return latency

    def _attach(self) -> None:
        """Have the memory point at the course, as factors on the ceiling."""
        course = self._course
        self._memory.parts.course_hop[...] = course.hop_frames if course else 1.0
        factors = 10.0 ** (course.lowered_db.astype(np.float64) / -20.0) if course else np.zeros(0)
        self._memory.attach("course", factors)

    def gain_reduction_db(self) -> float:
        """Return the deepest gain reduction in dB, positive, of all that came out since this was last asked."""
        meter = self.memory.parts.meter
        least, meter[kernels.LEAST] = float(meter[kernels.LEAST]), 1.0
        return abs(20.0 * math.log10(least))

    @property
    def block_gain_reduction_db(self) -> float:
        """Deepest gain reduction in dB, positive, within the last block."""
        return abs(20.0 * math.log10(float(self.memory.parts.meter[kernels.LAST])))


def plan(limiter: Limiter, sample_rate: float) -> tuple[int, int, int, int]:
    """Share out the latency: frames of future of the first and the second look, frames of their look-aheads."""
    mode, per_ms = MODES[limiter.mode], sample_rate * 1e-3
    ahead1 = max(1, round(min(limiter.lookahead_ms, mode.lookahead_ms) * per_ms))
    ahead2 = max(1, round(mode.patch_ms * per_ms))
    left = int(mode.latency_ms * per_ms) - mode.near - ahead1 - ahead2 - 2
    return mode.near, min(256, max(mode.near, left)), ahead1, ahead2


def ears(spec: Spec, near: int, keep: int) -> dict[str, int]:
    """Return the sizes of the part of the memory that finds peaks.

    The last ``keep`` columns of the lanes move to the front every 2048 frames or more.
    """
    middle, crests = first_taps(near)
    return {
        "rows": kernels.ROWS + kernels.KINDS * spec.channels, "columns": keep + 2048 + kernels.CHUNK,
        "scratch": kernels.SCRATCH + spec.channels, "middle": middle.shape[0], "near_taps": crests.shape[2],
    }  # fmt: skip


def fill_ears(m: Any, near: int, keep: int) -> None:
    """Fill in what of a limiter's memory finds peaks."""
    m.near[...], m.keep[...] = near, keep
    m.middle_taps[:], m.near_taps[:] = first_taps(near)


def first_taps(near: int) -> tuple[Block, Block]:
    """Return the taps of the first look: the middles between frames, and the fine grid around a crest."""
    return midpoint_taps(min(near, 32), 6.0), crest_taps(PAST_NEAR, near, 8.0, 5.0 if near >= 64 else 3.0)
