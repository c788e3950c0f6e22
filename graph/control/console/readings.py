"""What the meters of a running stream say at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field

SILENT_DB = -150.0


@dataclass(frozen=True)
class Readings:
    """The newest readings of what comes out.

    Loudness in LUFS, ``true_peak_dbtp`` the highest of the last 400 ms, ``gain_reduction_db`` of the limiter, positive,
    ``band_gains_db`` of the equaliser's bands, low to high, ``width`` the side-to-mid ratio in dB of lows, mids and
    highs, ``correlation`` of left and right, -1..1.  ``position_s`` of the track in s, ``frame`` of the stream.
    ``load`` is the share of its time that a block takes, the highest of the last 400 ms; ``over`` counts the callbacks
    that took too long, ``xruns`` the gaps that the sound system or the file reader left, ``refused`` the commands that
    the engine had no room for.
    """

    momentary_lufs: float = SILENT_DB
    short_term_lufs: float = SILENT_DB
    integrated_lufs: float = SILENT_DB
    true_peak_dbtp: float = SILENT_DB
    gain_reduction_db: float = 0.0
    band_gains_db: tuple[float, ...] = field(default=(0.0,) * 12)
    width: tuple[float, float, float] = (SILENT_DB, SILENT_DB, SILENT_DB)
    correlation: float = 0.0
    position_s: float = 0.0
    frame: int = 0
    load: float = 0.0
    over: int = 0
    xruns: int = 0
    refused: int = 0
