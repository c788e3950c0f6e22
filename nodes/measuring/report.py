"""What the Analyzer found out about a stream: frozen, and to and from JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..kernels import spectrum as sp
from ..kernels.loudness import OFFSET
from .plain_json import jsonable

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

FLOOR_DB = -120.0
"""Levels of bands stop here, so that silence stays a number."""


def decibels(power: float) -> float | None:
    """Return the level of a mean square, None for none."""
    return 10.0 * math.log10(power) if power > 0.0 else None


def levels_db(powers: NDArray[Any]) -> Array:
    """Return the levels of mean squares, not below -120 dB; NaN stays NaN."""
    floored: Array = np.maximum(np.asarray(powers, dtype=np.float64), 10.0 ** (FLOOR_DB / 10.0))
    return np.asarray(10.0 * np.log10(floored), dtype=np.float64)


class Jsonable:
    """Fields to and from plain JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as numbers, None, lists and dicts."""
        plain: dict[str, Any] = jsonable(self)
        return plain

    def to_json(self) -> str:
        """Return the fields as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False, separators=(",", ":"))


def _array(values: Any, dtype: type, shape: tuple[int, ...]) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=np.float64).astype(dtype).reshape(shape)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class CourseReport(Jsonable):
    """The course over time: ``n`` rows on a fixed grid, row ``i`` from frame ``round(i hop_seconds sample_rate)``.

    The last row may be shorter.  ``thirds`` ``(n, 31)``: mean square of the third-octave bands, channels but the
    LFE summed; ``mid`` and ``side`` ``(n, 3)``: of (L + R) / 2 and (L - R) / 2 in the width's bands, NaN unless
    stereo; ``side_thirds`` ``(n, 31)``: of (L - R) / 2 in the third-octave bands, likewise, which leaves ``thirds / 2
    - side_thirds`` to (L + R) / 2 (all four from FFT frames of 170 ms whose middle lies in the row); ``k_power``
    ``(n,)``: K-weighted mean square; ``short_term`` ``(n,)``: that of the 3 s up to the row's end; ``momentary_max``
    ``(n,)``: the highest of 400 ms that ends in the row (both NaN before there is one); ``lowest``, ``highest``
    ``(n,)``: the samples' reach; ``true_peak`` ``(n,)``: linear, all channels.  Peaks near the end of a row may be in
    the next (580 frames at most).
    """

    hop_seconds: float
    thirds: Floats
    mid: Floats
    side: Floats
    side_thirds: Floats
    k_power: Floats
    short_term: Floats
    momentary_max: Floats
    lowest: Floats
    highest: Floats
    true_peak: Floats

    WIDE: ClassVar[dict[str, int]] = {"thirds": 31, "mid": 3, "side": 3, "side_thirds": 31}

    @property
    def times_s(self) -> Array:
        """Where the rows start, in seconds."""
        return np.asarray(self.hop_seconds * np.arange(self.k_power.size), dtype=np.float64)

    @property
    def short_term_lufs(self) -> Array:
        """Short-term loudness at the end of each row, LUFS, not below -120; NaN before there are 3 s."""
        return levels_db(self.short_term) + OFFSET

    @property
    def psr_db(self) -> Array:
        """True peak of the last 3 s minus the short-term loudness, dB; NaN before there are 3 s, or in silence."""
        rows = max(1, math.ceil(3.0 / self.hop_seconds))
        if not self.true_peak.size:
            return np.zeros(0)
        padded = np.concatenate([np.zeros(rows - 1), self.true_peak.astype(np.float64)])
        peak = np.lib.stride_tricks.sliding_window_view(padded, rows).max(axis=1)
        heard = np.where(self.short_term > 0.0, self.short_term, np.nan)
        return levels_db(peak**2) - levels_db(heard) - OFFSET

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> CourseReport:
        """Return the report that ``to_dict`` turned into ``plain``."""
        rows = len(plain["k_power"])
        arrays = {
            f.name: _array(plain[f.name], np.float32, (rows, cls.WIDE[f.name]) if f.name in cls.WIDE else (rows,))
            for f in dataclasses.fields(cls)
            if f.name != "hop_seconds"
        }
        return cls(hop_seconds=float(plain["hop_seconds"]), **arrays)


@dataclass(frozen=True, eq=False)
class Report(Jsonable):
    """All measures of a stream of ``frames`` frames.  A level that does not exist (silence, too short) is None.

    Loudness by BS.1770-5 and EBU Tech 3341 (LUFS), range by Tech 3342 (LU).  Peaks are linear and per channel
    ``(channels,)``, as is ``dc_offset``.  ``clipped_runs``: runs of at least 3 samples at full scale or at a
    channel's extreme, ``clipped_samples`` in them, ``clipped_first_frame`` of the first.  ``silence_*_frames``:
    what stays below -70 dBFS at the start and the end.  ``thirds`` ``(31,)``: long-term mean square of the third-octave
    bands, channels but the LFE summed (a full-scale sine in one channel is 0.5), NaN above Nyquist; ``subsonic``: the
    same of all below them (17.8 Hz, constant offset included).
    ``eq_levels_db`` ``(16,)``: the same in the 16 bands of ``EQ_EDGES_HZ``, in dB, not below -120, NaN above Nyquist.
    ``side_mid_db`` and ``correlation`` ``(3,)``: below 200 Hz, to 3 kHz, above; NaN unless stereo, or in silence.
    """

    sample_rate: float
    channels: int
    frames: int
    integrated_lufs: float | None
    loudness_range_lu: float
    max_momentary_lufs: float | None
    max_short_term_lufs: float | None
    sample_peak: Array
    true_peak: Array
    dc_offset: Array
    clipped_runs: int
    clipped_samples: int
    clipped_first_frame: int | None
    silence_start_frames: int
    silence_end_frames: int
    thirds: Array
    subsonic: float
    eq_levels_db: Array
    side_mid_db: Array
    correlation: Array
    course: CourseReport

    THIRDS_HZ: ClassVar[Array] = sp.THIRD_OCTAVES_HZ
    EQ_EDGES_HZ: ClassVar[Array] = sp.EQ_EDGES_HZ
    WIDTH_EDGES_HZ: ClassVar[Array] = sp.WIDTH_EDGES_HZ

    @property
    def duration_s(self) -> float:
        """The stream's length in seconds."""
        return self.frames / self.sample_rate

    @property
    def sample_peak_dbfs(self) -> float | None:
        """The highest sample of any channel, dBFS."""
        return decibels(float(self.sample_peak.max()) ** 2)

    @property
    def true_peak_dbtp(self) -> float | None:
        """The highest true peak of any channel, dBTP."""
        return decibels(float(self.true_peak.max()) ** 2)

    @property
    def plr_db(self) -> float | None:
        """True peak minus integrated loudness, dB."""
        peak, loudness = self.true_peak_dbtp, self.integrated_lufs
        return None if peak is None or loudness is None else peak - loudness

    @property
    def psr_db(self) -> float | None:
        """True peak minus the highest short-term loudness, dB; its course is ``course.psr_db``."""
        peak, loudness = self.true_peak_dbtp, self.max_short_term_lufs
        return None if peak is None or loudness is None else peak - loudness

    @property
    def thirds_db(self) -> Array:
        """The long-term third-octave levels, dB, not below -120; NaN above Nyquist."""
        return levels_db(self.thirds)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Report:
        """Return the report that ``to_dict`` turned into ``plain``."""
        values: dict[str, Any] = {
            name: _array(value, np.float64, (len(value),)) if isinstance(value, list) else value
            for name, value in plain.items()
        }
        values["course"] = CourseReport.from_dict(plain["course"])
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Return the report that ``to_json`` wrote."""
        return cls.from_dict(json.loads(text))
