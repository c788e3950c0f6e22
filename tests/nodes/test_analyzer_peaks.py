"""Peaks, clipping, offset and silence: EBU Tech 3341 cases 15-23, and the exact curve through the samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from masterchain.nodes.analyzer import Analyzer
from masterchain.nodes.base import Spec
from masterchain.nodes.kernels.true_peak import tables
from masterchain.nodes.measuring.report import Report
from signals import noise, random_cut, rng, stream

every_rate = pytest.mark.parametrize("rate", [44100, 48000, 88200, 96000, 176400, 192000])


def report(x: np.ndarray, rate: float = 48000.0) -> Report:
    """Return the report of ``x`` ``(channels, frames)``, streamed in blocks of 0 to 4096 frames."""
    analyzer = Analyzer()
    analyzer.prepare(Spec(rate, x.shape[0], 4096))
    stream(analyzer, np.asarray(x, dtype=np.float64), random_cut(x.shape[1], 4096, x.shape[1]))
    return analyzer.report()


def error_db(x: np.ndarray, rate: float = 48000.0) -> float:
    """Return how far our reading of the samples ``x`` is above the exact curve's peak."""
    return 20.0 * math.log10(report(x[None], rate).true_peak[0] / exact_peak(x))


def exact_peak(x: np.ndarray) -> float:
    """Return the peak of sinc times Kaiser(12) over +-400 samples through ``x``, on a grid of 1/32 sample."""
    k = np.arange(-400, 401)
    size = 1 << math.ceil(math.log2(x.size + 1600))
    spectrum, peak = np.fft.rfft(x, size), 0.0
    for phase in range(32):
        t = k + phase / 32.0
        inside = np.sqrt(np.maximum(0.0, 1.0 - (t / 400.0) ** 2))
        taps = np.where(np.abs(t) <= 400.0, np.sinc(t) * np.i0(12.0 * inside) / np.i0(12.0), 0.0)
        peak = max(peak, float(np.abs(np.fft.irfft(spectrum * np.fft.rfft(taps, size), size)).max()))
    return peak


def tone(rate: float, hz: float, amplitude: float, degrees: float, seconds: float = 0.5) -> np.ndarray:
    """A sine with fades of 10 ms."""
    n = np.arange(round(seconds * rate))
    fade = np.clip(np.minimum(n, n[::-1]) / (0.01 * rate), 0.0, 1.0)
    return np.asarray(amplitude * fade * np.sin(2.0 * np.pi * hz / rate * n + np.radians(degrees)))


@every_rate
@pytest.mark.parametrize(
    ("part", "amplitude", "degrees", "expected"),
    [
        pytest.param(4, 0.50, 0.0, -6.02, id="case 15"),
        pytest.param(4, 0.50, 45.0, -6.02, id="case 16"),
        pytest.param(6, 0.50, 60.0, -6.02, id="case 17"),
        pytest.param(8, 0.50, 67.5, -6.02, id="case 18"),
        pytest.param(4, 1.41, 45.0, 2.98, id="case 19"),
    ],
)
def test_cases_15_to_19_a_sine_reads_its_amplitude_between_the_samples(
    rate: float, part: float, amplitude: float, degrees: float, expected: float
) -> None:
    x = tone(rate, rate / part, amplitude, degrees)
    assert report(x[None], rate).true_peak_dbtp == pytest.approx(expected, abs=0.01)
    assert -0.01 < error_db(x, rate) < 0.001


@every_rate
@pytest.mark.parametrize("offset", range(4), ids=lambda offset: f"case {20 + offset}")
def test_cases_20_to_23_one_period_of_a_peak_is_found_wherever_the_samples_lie(rate: int, offset: int) -> None:
    hz = np.full(4 * rate // 4, rate / 6.0)
    level = np.full(hz.size, 0.5)
    middle = hz.size // 2 // 24 * 24
    hz[middle : middle + 16], level[middle : middle + 16] = rate / 4.0, 1.0
    phase = 2.0 * np.pi * np.concatenate([[0.0], np.cumsum(hz / (4.0 * rate))[:-1]])
    taps = 0.45 / 2.0 * np.sinc(0.45 / 2.0 * (np.arange(257) - 128)) * np.blackman(257)
    n = np.arange(hz.size)
    fade = np.clip(np.minimum(n, n[::-1]) / (0.04 * rate), 0.0, 1.0)
    x = np.convolve(fade * level * np.sin(phase), taps / taps.sum(), "same")[offset::4]
    assert report(x[None], rate).true_peak_dbtp == pytest.approx(0.0, abs=0.2)
    assert -0.01 < error_db(x, rate) < 0.001


SIGNALS = {
    "white noise": rng(1).standard_normal(30000) * 0.3,
    "random +-1": rng(2).choice([-1.0, 1.0], 8000),
    "tone near Nyquist": tone(48000, 23500.0, 0.7, 20.0),
    "two tones near Nyquist": tone(48000, 21000.0, 0.4, 0.0) + tone(48000, 22700.0, 0.4, 0.0),
    "bass": tone(48000, 55.0, 0.9, 0.0),
    "clipped noise": np.clip(rng(3).standard_normal(20000), -1.0, 1.0),
    "worst case": np.concatenate([(-1.0) ** np.arange(500), (-1.0) ** np.arange(1, 501)]),
    "starts at full scale": np.ones(300),
    "ends at full scale": np.concatenate([np.zeros(100), (-1.0) ** np.arange(51)]),
    "one frame": np.array([0.7]),
    "quiet bass with a click": tone(48000, 60.0, 0.3, 0.0) + np.eye(1, 24000, 9011)[0] * 0.8,
}


@pytest.mark.parametrize("name", SIGNALS)
def test_pruning_never_misses_the_exact_peak(name: str) -> None:
    assert -0.01 < error_db(SIGNALS[name]) < 0.001


def test_the_second_step_of_the_interpolator_is_the_exact_one_but_for_9_parts_in_a_million() -> None:
    taps, k = tables(), np.arange(-404, 406)
    middles = np.array([np.where(np.arange(-404, 406) == n, 1.0, 0.0) for n in range(-3, 5)])
    both = np.concatenate([taps.middle[::-1], taps.middle])
    halves = np.array([np.concatenate([np.zeros(n + 5), both, np.zeros(5 - n)]) for n in range(-4, 5)])
    for phase in range(33):
        taps_between = taps.between[phase, :8] @ middles + taps.between[phase, 8:] @ halves
        t = phase / 32.0 - k
        inside = np.sqrt(np.maximum(0.0, 1.0 - (t / 400.0) ** 2))
        exact = np.where(np.abs(t) <= 400.0, np.sinc(t) * np.i0(12.0 * inside) / np.i0(12.0), 0.0)
        assert np.abs(taps_between - exact).sum() < 1e-5


def test_the_peak_of_every_second_is_found_and_not_only_the_highest() -> None:
    rate = 8000
    parts = [noise(1, rate, level, salt=9)[0] * np.hanning(rate) for level in (0.9, 0.1, 0.4)]
    course = report(np.concatenate(parts)[None], rate).course
    np.testing.assert_allclose(course.true_peak, [exact_peak(part) for part in parts], rtol=0.002)


def test_every_channel_has_its_own_peaks_and_offset() -> None:
    x = np.stack([tone(48000, 1000.0, a, 0.0) + offset for a, offset in ((0.5, 0.0), (0.25, 0.125), (0.1, -0.5))])
    read = report(x)
    np.testing.assert_allclose(read.sample_peak, [0.5, 0.375, 0.6], atol=1e-3)
    np.testing.assert_allclose(read.dc_offset, x.mean(axis=1), atol=1e-15)
    assert (read.true_peak >= read.sample_peak).all()


def test_runs_at_full_scale_are_clipping_and_shorter_ones_are_not() -> None:
    x = 0.5 * noise(2, 5000, 1.0, salt=3)
    x[0, 1000:1003], x[0, 3000:3002], x[1, 700:710], x[1, 62:67] = 1.0, 1.0, -1.0, 1.0 - 2.0**-15
    read = report(x)
    assert (read.clipped_runs, read.clipped_samples, read.clipped_first_frame) == (3, 18, 62)


def test_clipping_that_was_turned_down_is_seen_by_its_flat_tops() -> None:
    x = np.clip(tone(48000, 997.0, 1.0, 0.0), -0.5, 0.6)[None]
    read = report(0.7 * x)
    assert 980 < 2 * read.clipped_runs < 1960
    assert read.clipped_runs > 900
    assert read.clipped_first_frame == pytest.approx(350, abs=200)


@pytest.mark.parametrize("hz", [30.0, 997.0])
def test_a_rounded_sine_and_silence_are_not_clipping(hz: float) -> None:
    x = np.round(tone(48000, hz, 0.5, 0.0) * 32768.0) / 32768.0
    assert report(np.stack([x, 0.0 * x])).clipped_runs == 0


def test_silence_is_counted_at_both_ends_over_all_channels_and_dither_is_silence() -> None:
    x = np.random.default_rng(6).uniform(-1.0, 1.0, (2, 9000)) * 2.0**-15
    x[0, 4000:5000], x[1, 3777:4500] = 0.1, -1e-3
    read = report(x)
    assert (read.silence_start_frames, read.silence_end_frames) == (3777, 4000)
    assert report(0.0 * x).silence_start_frames == report(0.0 * x).silence_end_frames == 9000
