"""Benchmark of the hand, part three: what is put right against what is moved, over the intensity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....graph import ArraySource, Settings, analyse, plan
from ...sheets.palette import AFTER, ASKED_DARK
from ..music import Excerpt
from ..tables import Bench, Figures
from .restoration import PROFILE, SPOILT, restored
from .slow_tone import HEARD, response_db

Array = NDArray[np.float64]

INTENSITIES = (0.0, 25.0, 50.0, 75.0, 100.0)


def bench_trade(
    bench: Bench,
    music: Sequence[Excerpt],
    intensities: Sequence[float] = INTENSITIES,
    versions: Sequence[str] = SPOILT,
) -> None:
    """Put the curve of restoration of spoilt versions against movement of the finished records, and draw it."""
    figures = Figures(
        "trade",
        "The trade: what is put right against what is moved",
        f"Profile i over its intensity (%), {len(music)} track(s), {len(versions)} spoilt versions of each: share of "
        "the error removed (median and worst, %) against the master of the original, and against the original; |net "
        "response| of the slow part on the originals over time and third octaves (median, 95th percentile, dB).",
        ("Intensity", "restored", "worst", "original", "its worst", "moved", "95 %"),
    )
    for intensity in intensities:
        shares = np.array([_shares(excerpt, intensity, versions) for excerpt in music]).reshape(-1, 2)
        moved = np.concatenate([_moved(excerpt, intensity) for excerpt in music])
        restoration = np.stack([np.median(shares, axis=0), shares.min(axis=0)]).T.ravel()
        figures.add(f"{intensity:g}", *restoration.tolist(), float(np.median(moved)), float(np.percentile(moved, 95.0)))
    bench.put(figures)
    _plot(bench, figures)


def _shares(excerpt: Excerpt, intensity: float, versions: Sequence[str]) -> list[tuple[float, float]]:
    return [(share.master, share.original) for share in restored(excerpt, intensity, versions).values()]


def _moved(excerpt: Excerpt, intensity: float) -> Array:
    analysis = analyse(ArraySource(excerpt.audio, excerpt.rate))
    return np.asarray(np.abs(response_db(plan(analysis, Settings(PROFILE, intensity=intensity)))[:, HEARD]).ravel())


def _plot(bench: Bench, figures: Figures) -> None:
    cells = np.array([row[1:] for row in figures.rows], dtype=np.float64)
    with bench.figure("trade.png", 7.0, 4.0) as page:
        axes = page.add_subplot()
        for column, colour, name in ((0, AFTER, "against the master of the original"),
                                     (2, ASKED_DARK, "against the original")):  # fmt: skip
            axes.plot(cells[:, 4], cells[:, column], "o-", color=colour, label=f"{name}, median moved")
            axes.plot(cells[:, 5], cells[:, column], "o--", color=colour, label=f"{name}, 95th percentile moved")
        for row, (median, high) in zip(figures.rows, cells[:, 4:], strict=True):
            for moved in (median, high):
                axes.annotate(str(row[0]), (moved, float(row[1] or 0.0)), xytext=(0, 5), textcoords="offset points",
                              fontsize=6.5)  # fmt: skip
        axes.set_xlabel("movement of finished records, dB")
        axes.set_ylabel("share of the error removed, %")
        axes.set_title("Profile i over its intensity: restoration against movement")
        axes.legend()
