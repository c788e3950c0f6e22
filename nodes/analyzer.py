"""The analyzer: passes audio through untouched and measures what a mastering engineer's meters show."""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from .base import Block, Node, Spec
from .measuring import timeline as columns
from .measuring.loudness import LoudnessMeter
from .measuring.meters import Bands, PeakMeter, SpectrumMeter, hop_start
from .measuring.report import CourseReport, Report, levels_db
from .measuring.timeline import Timeline

Array = NDArray[np.float64]


class Analyzer(Node):
    """Measure loudness, peaks, spectrum and width while the audio passes through untouched.

    Loudness by BS.1770-5, EBU Tech 3341 and 3342; true peak from an exact interpolator (see ``kernels/true_peak``);
    spectra from Hann frames of 170 ms; all of it over the whole stream and in a course with a row a second.  All
    windows lie fixed in the stream, so blocks of any size give the same bits.  Memory is fixed: after 9.1 hours the
    course's rows merge in pairs.  Latency 0; 60 ns a stereo frame of music, half of it FFT, and up to 350 ns where
    every crest must be read (noise, tones near Nyquist).
    """

    id = "analyzer"

    def report(self) -> Report:
        """Return what is known of the stream up to now, as if it ended here; the measurement goes on.

        Raises ``RuntimeError`` before ``prepare``.  After ``flush`` the report stays until audio comes again.
        """
        spec = self._prepared()
        loudness, peaks, spectra = copy.deepcopy((self._loudness, self._peaks, self._spectra))
        course = self._course.copy()
        frames = peaks.frames
        peaks.finish()
        spectra.finish(frames, course)
        if frames > hop_start(self._hop, spec.sample_rate):
            _add_levels(course, self._hop, frames - hop_start(self._hop, spec.sample_rate), loudness, peaks)
        runs, samples, first = peaks.clipping()
        start, end = peaks.silence(frames)
        bands = spectra.long_term()
        return Report(
            sample_rate=spec.sample_rate,
            channels=spec.channels,
            frames=frames,
            integrated_lufs=_or_none(loudness.integrated),
            loudness_range_lu=loudness.range_lu,
            max_momentary_lufs=_or_none(loudness.momentary_max),
            max_short_term_lufs=_or_none(loudness.short_term_max),
            sample_peak=peaks.sample_peak,
            true_peak=peaks.true_peak,
            dc_offset=peaks.sum / max(1, frames),
            clipped_runs=runs,
            clipped_samples=samples,
            clipped_first_frame=first,
            silence_start_frames=start,
            silence_end_frames=end,
            thirds=bands.thirds,
            subsonic=bands.subsonic,
            eq_levels_db=levels_db(bands.eq),
            side_mid_db=_side_mid_db(bands),
            correlation=_correlation(bands),
            course=_course_report(course),
        )

    def _prepare(self, spec: Spec) -> int:
        self._loudness = LoudnessMeter(spec.sample_rate, spec.channels, spec.max_block)
        self._peaks = PeakMeter(spec.channels)
        self._spectra = SpectrumMeter(spec.sample_rate, spec.channels)
        self._course = Timeline()
        return 0

    def _reset(self) -> None:
        self._loudness.reset()
        self._peaks.reset()
        self._spectra.reset()
        self._course.reset()
        self._hop, self._left, self._ended = 0, hop_start(1, self._prepared().sample_rate), False

    def _drain(self) -> Block:
        """Return no frames, as none are held back; forget only when audio comes again, so that a report can be had."""
        self._ended = True
        return np.zeros((self._prepared().channels, 0))

    def _process(self, block: Block) -> None:
        if self._ended:
            self._reset()
        self._loudness.weigh(block)
        self._spectra.feed(block, self._course)
        done, frames = 0, block.shape[1]
        while done < frames:
            # Rows close at fixed frames of the stream, so the block is cut there.
            stop = min(frames, done + self._left)
            self._loudness.slide(done, stop)
            self._peaks.feed(block, done, stop)
            self._left -= stop - done
            done = stop
            if self._left == 0:
                self._close_row()

    def _close_row(self) -> None:
        rate = self._prepared().sample_rate
        start, stop = hop_start(self._hop, rate), hop_start(self._hop + 1, rate)
        _add_levels(self._course, self._hop, stop - start, self._loudness, self._peaks)
        self._hop += 1
        self._left = hop_start(self._hop + 1, rate) - stop


def _add_levels(course: Timeline, hop: int, frames: int, loudness: LoudnessMeter, peaks: PeakMeter) -> None:
    """Close the row of second ``hop``, of which there are ``frames`` frames."""
    energy, short_term, momentary = loudness.take()
    levels = np.full(6, np.nan)
    levels[columns.POWER] = energy / frames
    levels[columns.SHORT_TERM] = short_term if short_term >= 0.0 else np.nan
    levels[columns.MOMENTARY] = momentary if momentary >= 0.0 else np.nan
    levels[[columns.LOWEST, columns.HIGHEST, columns.TRUE_PEAK]] = peaks.take()
    course.add_levels(hop, levels, frames)


def _or_none(loudness: float) -> float | None:
    """Return ``loudness``, None for silence: what the filters' guard against denormal numbers leaves is no sound."""
    return loudness if loudness > -200.0 else None


def _side_mid_db(bands: Bands) -> Array:
    """Return the energy ratio of side to mid by band, within +-120 dB; NaN in silence."""
    both = bands.mid + bands.side
    heard = np.where(both > 0.0, both, np.nan)
    return levels_db(bands.side / heard) - levels_db(bands.mid / heard)


def _correlation(bands: Bands) -> Array:
    """Return the correlation coefficient of left and right by band; NaN where one is silent."""
    power = bands.left * bands.right
    return np.clip(bands.both / np.sqrt(np.where(power > 0.0, power, np.nan)), -1.0, 1.0)


def _course_report(course: Timeline) -> CourseReport:
    """Return the filled rows of ``course``, frozen."""
    rows = course.rows
    spectra, levels = course.spectra[:rows], course.levels[:rows]
    arrays = {
        "thirds": spectra[:, : columns.BANDS],
        "mid": spectra[:, columns.BANDS : columns.BANDS + columns.WIDTHS],
        "side": spectra[:, columns.BANDS + columns.WIDTHS : columns.BANDS + 2 * columns.WIDTHS],
        "side_thirds": spectra[:, columns.BANDS + 2 * columns.WIDTHS :],
        "k_power": levels[:, columns.POWER],
        "short_term": levels[:, columns.SHORT_TERM],
        "momentary_max": levels[:, columns.MOMENTARY],
        "lowest": levels[:, columns.LOWEST],
        "highest": levels[:, columns.HIGHEST],
        "true_peak": levels[:, columns.TRUE_PEAK],
    }
    return CourseReport(hop_seconds=float(course.factor), **{k: np.ascontiguousarray(v) for k, v in arrays.items()})
