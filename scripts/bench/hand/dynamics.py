"""Benchmark of the hand, part five: tight and wide profiles, the limiter at loud targets, and a second pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....graph import Analysis, ArraySource, Chain, Plan, Settings, analyse
from ....nodes import Report, Spec
from ..music import BLOCK, Excerpt, master
from ..references import residual_db
from ..tables import Bench, Figures
from .restraint import MOST_LU, range_lu

Array = NDArray[np.float64]

TIGHT, WIDE = "abcdeijl", "fghkn"
BASE = "i"
TARGETS_LUFS = (-14.0, -9.0)
LOUD_LUFS = -9.0
MOST_PSR_DB = 0.5
ENOUGH_DB = 0.05
"""So much may a ratio that is not to rise seem to, by what its two measurements miss."""


@dataclass(frozen=True)
class Dynamics:
    """What dynamics a sound has: LRA (LU), PLR, mean PSR, and the deepest gain reduction that was taken (dB)."""

    range: float
    plr: float
    psr: float
    reduction: float = 0.0

    def less(self, other: Dynamics) -> Array:
        """Return range, PLR and PSR less those of ``other``, ``(3,)``."""
        return np.array([self.range - other.range, self.plr - other.plr, self.psr - other.psr])


def bench_dynamics(
    bench: Bench, music: Sequence[Excerpt], tight: Sequence[str] = tuple(TIGHT), wide: Sequence[str] = tuple(WIDE)
) -> None:
    """Put what tight and wide profiles do to the dynamics, what loud targets cost, and what a second pass changes."""
    analyses = [analyse(ArraySource(excerpt.audio, excerpt.rate)) for excerpt in music]
    before = [_dynamics(excerpt.audio, excerpt.rate, a.report) for excerpt, a in zip(music, analyses, strict=True)]
    names = (*dict.fromkeys((BASE, *tight, *wide)),)
    for loudness in TARGETS_LUFS:
        after = {name: [_mastered(excerpt, Settings(name, loudness=loudness), a)
                        for excerpt, a in zip(music, analyses, strict=True)] for name in names}  # fmt: skip
        _put_tight(bench, music, before, {name: after[name] for name in tight}, loudness)
        _put_wide(bench, music, before, {name: after[name] for name in wide}, after[BASE], loudness)
    _put_residuals(bench, music, analyses)


def _mastered(excerpt: Excerpt, settings: Settings, analysis: Analysis) -> Dynamics:
    output = master(excerpt, settings, analysis)
    reduction = output.rendered.stages.gain_reduction_db
    found = _dynamics(output.audio, excerpt.rate, output.rendered.after)
    return replace(found, reduction=float(np.abs(reduction).max()) if reduction.size else 0.0)


def _dynamics(audio: Array, rate: int, report: Report) -> Dynamics:
    psr = report.course.psr_db
    psr = psr[np.isfinite(psr)]
    return Dynamics(
        range=range_lu(audio, rate),
        plr=report.plr_db if report.plr_db is not None else float("nan"),
        psr=float(psr.mean()) if psr.size else float("nan"),
    )


def _put_tight(
    bench: Bench,
    music: Sequence[Excerpt],
    before: Sequence[Dynamics],
    after: dict[str, list[Dynamics]],
    loudness: float,
) -> None:
    figures = Figures(
        f"dynamics_tight_{-loudness:g}",
        f"Tight profiles at {loudness:g} LUFS, against the track",
        "Change of LRA (LU) / of PLR (dB) by the master. Up: tracks on which one of the two rises by more than "
        f"{ENOUGH_DB:g}.",
        ("Track", *after),
    )
    changes = {name: np.array([d.less(was) for d, was in zip(row, before, strict=True)]) for name, row in after.items()}
    for i, excerpt in enumerate(music):
        figures.add(excerpt.name, *(f"{change[i, 0]:+.1f} / {change[i, 1]:+.1f}" for change in changes.values()))
    for row, column in (("LRA up", 0), ("PLR up", 1)):
        figures.add(row, *(int((change[:, column] > ENOUGH_DB).sum()) for change in changes.values()))
    bench.put(figures)


def _put_wide(
    bench: Bench,
    music: Sequence[Excerpt],
    before: Sequence[Dynamics],
    after: dict[str, list[Dynamics]],
    base: Sequence[Dynamics],
    loudness: float,
) -> None:
    figures = Figures(
        f"dynamics_wide_{-loudness:g}",
        f"Wide profiles at {loudness:g} LUFS, against the track",
        "Change of LRA (LU) / of mean PSR (dB) by the master / deepest gain reduction less profile i's (dB). LRA down: "
        f"tracks on which it falls by more than {MOST_LU:g}; PSR down: by more than {MOST_PSR_DB:g}; deeper: reduction "
        "beyond profile i's.",
        ("Track", *after),
    )
    cells = {}
    for name, row in after.items():
        changes = np.array([d.less(was) for d, was in zip(row, before, strict=True)])
        deeper = np.array([d.reduction - other.reduction for d, other in zip(row, base, strict=True)])
        cells[name] = np.column_stack([changes[:, 0], changes[:, 2], deeper])
    for i, excerpt in enumerate(music):
        figures.add(excerpt.name, *("{:+.1f} / {:+.1f} / {:+.1f}".format(*cell[i]) for cell in cells.values()))
    figures.add("LRA down", *(int((cell[:, 0] < -MOST_LU).sum()) for cell in cells.values()))
    figures.add("PSR down", *(int((cell[:, 1] < -MOST_PSR_DB).sum()) for cell in cells.values()))
    figures.add("deeper", *(int((cell[:, 2] > ENOUGH_DB).sum()) for cell in cells.values()))
    bench.put(figures)


def _put_residuals(bench: Bench, music: Sequence[Excerpt], analyses: Sequence[Analysis]) -> None:
    figures = Figures(
        "dynamics_residual",
        "What loudness costs, and what a second pass changes",
        f"Limiter at {LOUD_LUFS:g} LUFS: what it changes of what it gets, at the best gain, dB of the music: with the "
        "equaliser off (intensity 0), with profile i, and the difference. Again: the master of profile i at -14 LUFS "
        "through profile i once more, level left alone, no stereo image: what changes, dB of the first.",
        ("Track", "off", "i", "i - off", "again"),
        digits=1,
    )
    for excerpt, analysis in zip(music, analyses, strict=True):
        off, on = (_limited_db(excerpt, Settings(BASE, intensity, LOUD_LUFS), analysis) for intensity in (0.0, 100.0))
        figures.add(excerpt.name, off, on, on - off, _again_db(excerpt, analysis))
    cells = np.array([row[1:] for row in figures.rows], dtype=np.float64)
    figures.add("median", *np.median(cells, axis=0).tolist())
    figures.add("most", *cells.max(axis=0).tolist())
    bench.put(figures)


def _limited_db(excerpt: Excerpt, settings: Settings, analysis: Analysis) -> float:
    """Return what the limiter changes of what it gets, dB of the music at the best gain."""
    output = master(excerpt, settings, analysis)
    return residual_db(output.audio, shaped(excerpt, output.rendered.plan))


def shaped(excerpt: Excerpt, plan: Plan) -> Array:
    """Return what the shaping nodes of ``plan`` make of ``excerpt``, ``(2, frames)``: none of them is late."""
    chain = Chain(plan.shaping_chain())
    chain.prepare(Spec(excerpt.rate, excerpt.audio.shape[0], BLOCK))
    assert chain.latency == 0
    parts = []
    for block in ArraySource(excerpt.audio, excerpt.rate).blocks(BLOCK):
        chain.process_block(block)
        parts.append(block)
    return np.concatenate(parts, axis=1)


def _again_db(excerpt: Excerpt, analysis: Analysis) -> float:
    first = Excerpt(excerpt.name, excerpt.rate, master(excerpt, Settings(BASE), analysis).audio)
    return residual_db(master(first, Settings(BASE, loudness=None)).audio, first.audio)
