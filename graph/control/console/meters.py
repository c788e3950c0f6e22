"""The meters that OSC tells: address, range and unit of each, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .readings import Readings

BANDS = len(Readings().band_gains_db)


@dataclass(frozen=True)
class Meter:
    """One reading: ``path`` below ``/masterchain/meter``, from ``lo`` to ``hi`` where that is known."""

    path: str
    unit: str
    lo: float | None
    hi: float | None
    doc: str
    read: Callable[[Readings], float | int] = field(repr=False)


def meters() -> Iterable[Meter]:
    """Yield every meter, in the order in which they are sent."""
    yield Meter("momentary", "LUFS", -70.0, 0.0, "Loudness of the last 400 ms.", lambda r: r.momentary_lufs)
    yield Meter("short_term", "LUFS", -70.0, 0.0, "Loudness of the last 3 s.", lambda r: r.short_term_lufs)
    yield Meter("integrated", "LUFS", -70.0, 0.0, "Loudness since the start.", lambda r: r.integrated_lufs)
    yield Meter("true_peak", "dBTP", -60.0, 3.0, "Highest of the last 400 ms.", lambda r: r.true_peak_dbtp)
    yield Meter("gain_reduction", "dB", 0.0, 24.0, "What the limiter takes off.", lambda r: r.gain_reduction_db)
    for i in range(BANDS):
        yield Meter(f"band/{i + 1}", "dB", -12.0, 12.0, f"Gain of band {i + 1} of the equaliser.", _band(i))
    for i, name in enumerate(("low", "mid", "high")):
        yield Meter(f"width/{name}", "dB", -60.0, 6.0, f"Side to mid of the {name} band.", _width(i))
    yield Meter("correlation", "", -1.0, 1.0, "Of left and right.", lambda r: r.correlation)
    yield Meter("position", "s", 0.0, None, "Place in the track.", lambda r: r.position_s)
    yield Meter("load", "", 0.0, 1.0, "Share of its time that a block takes, the highest of 400 ms.", lambda r: r.load)
    yield Meter("over", "", 0.0, None, "Blocks that took too long.", lambda r: r.over)
    yield Meter("xruns", "", 0.0, None, "Gaps in the sound.", lambda r: r.xruns)
    yield Meter("refused", "", 0.0, None, "Commands that there was no room for.", lambda r: r.refused)


def _band(i: int) -> Callable[[Readings], float]:
    return lambda r: r.band_gains_db[i] if i < len(r.band_gains_db) else 0.0


def _width(i: int) -> Callable[[Readings], float]:
    return lambda r: r.width[i]
