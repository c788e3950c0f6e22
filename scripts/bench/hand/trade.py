"""Benchmark of the hand, part three: what is put right against what is moved, over the intensity and the strength."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....graph import ArraySource, Settings, analyse, plan
from ....presets import load
from ....presets.profile_text import profile_text
from ...sheets.palette import AFTER, ASKED_DARK, MUTED
from ..music import Excerpt
from ..tables import Bench, Figures
from .restoration import SPOILT, restored
from .slow_tone import HEARD, response_db

if TYPE_CHECKING:
    from matplotlib.axes import Axes  # it takes a second to load

Array = NDArray[np.float64]
Tracks = list[tuple[Array, Array]]

PROFILE = "i"
INTENSITIES = (25.0, 50.0, 75.0, 100.0)
RANGES_DB = (2.0, 4.0, 6.0, 9.0, 12.0)
COLUMNS = ("restored", "worst", "original", "its worst", "moved", "95 %")
RESTORED, HIGH = COLUMNS.index("restored"), COLUMNS.index("95 %")


def bench_trade(
    bench: Bench,
    music: Sequence[Excerpt],
    intensities: Sequence[float] = INTENSITIES,
    ranges_db: Sequence[float] = RANGES_DB,
    versions: Sequence[str] = SPOILT,
) -> None:
    """Put the curves of restoration of spoilt versions against movement of the finished records, and draw them."""
    by_intensity = {f"intensity {x:g} %": Settings(PROFILE, intensity=x) for x in intensities}
    with _stronger(ranges_db) as by_range:
        cells = {name: _measured(music, settings, versions) for name, settings in (by_intensity | by_range).items()}
    figures = Figures(
        "trade",
        "The trade: what is put right against what is moved",
        f"Profile {PROFILE} over its intensity and over its range_db, {len(music)} track(s), {len(versions)} spoilt "
        "versions of each: share of the error removed (median and worst, %) against the master of the original, and "
        "against the original; |net response| of the slow part on the originals over time and third octaves (median, "
        "95th percentile, dB).",
        ("Profile at", *COLUMNS),
    )
    for name, tracks in cells.items():
        figures.add(name, *_all(tracks))
    bench.put(figures)
    _plot(bench, music, *({name: cells[name] for name in part} for part in (by_intensity, by_range)))


@contextmanager
def _stronger(ranges_db: Sequence[float]) -> Iterator[dict[str, Settings]]:
    """Yield settings by name of the profile with other ranges, as files that are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {}
        for most in ranges_db:
            path = Path(folder) / f"{most:g}.toml"
            path.write_text(profile_text(load(PROFILE), f"{most:g} dB", {"dynamic_eq": {"range_db": most}}), "utf-8")
            settings[f"range {most:g} dB"] = Settings(path)
        yield settings


def _measured(music: Sequence[Excerpt], settings: Settings, versions: Sequence[str]) -> Tracks:
    """Return by track the shares of every version, ``(versions, 2)``, and the movement of the original."""
    tracks = []
    for excerpt in music:
        shares = [(share.master, share.original) for share in restored(excerpt, settings, versions).values()]
        response = response_db(plan(analyse(ArraySource(excerpt.audio, excerpt.rate)), settings))
        tracks.append((np.array(shares), np.abs(response[:, HEARD]).ravel()))
    return tracks


def _all(tracks: Tracks) -> list[float]:
    """Return the ``COLUMNS`` of some tracks together."""
    shares, moved = (np.concatenate(parts) for parts in zip(*tracks, strict=True))
    restoration = np.stack([np.median(shares, axis=0), shares.min(axis=0)]).T.ravel()
    return [*restoration.tolist(), float(np.median(moved)), float(np.percentile(moved, 95.0))]


def _plot(
    bench: Bench,
    music: Sequence[Excerpt],
    by_intensity: dict[str, Tracks],
    by_range: dict[str, Tracks],
) -> None:
    with bench.figure("trade.png", 10.0, 4.2) as page:
        left, right = page.subplots(1, 2, sharey=True)
        for excerpt, *tracks in zip(music, *by_range.values(), strict=True):
            curve = np.array([_all([track]) for track in tracks])
            left.plot(curve[:, HIGH], curve[:, RESTORED], "-", color=MUTED, linewidth=0.8)
            left.annotate(excerpt.name[:10], (curve[-1, HIGH], curve[-1, RESTORED]), fontsize=6)
        _curve(left, by_range, AFTER)
        left.set_title(f"Profile {PROFILE} over its range, by track and all together")
        _curve(right, by_intensity, ASKED_DARK)
        right.set_title(f"Profile {PROFILE} over its intensity")
        left.set_ylabel("share of the error removed, median, %")


def _curve(axes: Axes, curve: dict[str, Tracks], colour: str) -> None:
    cells = np.array([_all(tracks) for tracks in curve.values()])
    axes.plot(cells[:, HIGH], cells[:, RESTORED], "o-", color=colour)
    for name, moved, share in zip(curve, cells[:, HIGH], cells[:, RESTORED], strict=True):
        axes.annotate(name, (moved, share), xytext=(0, 6), textcoords="offset points", fontsize=7)
    axes.set_xlabel("movement of finished records, 95th percentile, dB")
