"""Spectra and width: what known signals must read."""

from __future__ import annotations

import numpy as np
import pytest
from masterchain.nodes.analyzer import Analyzer
from masterchain.nodes.base import Spec
from masterchain.nodes.kernels.spectrum import EQ_EDGES_HZ, THIRD_OCTAVE_EDGES_HZ, THIRD_OCTAVES_HZ
from masterchain.nodes.measuring.meters import SpectrumMeter
from masterchain.nodes.measuring.report import Report
from masterchain.nodes.measuring.timeline import Timeline
from signals import noise


def report(x: np.ndarray, rate: float = 48000.0) -> Report:
    analyzer = Analyzer()
    analyzer.prepare(Spec(rate, x.shape[0], x.shape[1]))
    analyzer.process_block(np.array(x, order="C"))
    return analyzer.report()


def sine(hz: float, seconds: float = 2.0, rate: float = 48000.0) -> np.ndarray:
    return np.asarray(np.sin(2.0 * np.pi * hz * np.arange(round(seconds * rate)) / rate))


def test_the_bands_have_their_nominal_names() -> None:
    nominal = "20 25 31.5 40 50 63 80 100 125 160 200 250 315 400 500 630 800 1000 1250 1600 2000 2500 3150 4000 5000"
    names = np.array([*map(float, nominal.split()), 6300, 8000, 10000, 12500, 16000, 20000])
    np.testing.assert_allclose(THIRD_OCTAVES_HZ, names, rtol=0.02)
    np.testing.assert_allclose(EQ_EDGES_HZ[[0, -1]], [20.0, 20000.0])


@pytest.mark.parametrize("rate", [8000.0, 44100.0, 96000.0])
def test_white_noise_reads_its_density_times_the_width_of_every_band(rate: float) -> None:
    meter, seconds = SpectrumMeter(rate, 1), 60
    for second in range(seconds):
        meter.feed(noise(1, round(rate), 1.0, salt=second), Timeline())
    spectrum, edges = meter.long_term(), np.minimum(THIRD_OCTAVE_EDGES_HZ, rate / 2.0)
    measured = rate / 2.0 > THIRD_OCTAVES_HZ
    expected = np.diff(edges) / (rate / 2.0) / 3.0
    assert np.isnan(spectrum.thirds[~measured]).all()
    # The seconds times a bandwidth are as many independent values: 4.6 Hz make 270, 0.27 dB of standard deviation.
    tolerance = 5.0 * 4.34 / np.sqrt(seconds * np.diff(THIRD_OCTAVE_EDGES_HZ))[measured] + 0.01
    assert (np.abs(10.0 * np.log10(spectrum.thirds[measured] / expected[measured])) < tolerance).all()
    eq = np.diff(EQ_EDGES_HZ) / (rate / 2.0) / 3.0
    inside = EQ_EDGES_HZ[1:] < rate / 2.0
    np.testing.assert_allclose(10.0 * np.log10(spectrum.eq[inside] / eq[inside]), 0.0, atol=1.0)


@pytest.mark.parametrize("band", [5, 10, 17, 25, 30])
def test_a_sine_reads_its_mean_square_in_its_band(band: int) -> None:
    x = 0.5 * sine(THIRD_OCTAVES_HZ[band])
    read = report(np.stack([x, x]))
    assert read.thirds[band] == pytest.approx(2.0 * 0.125, rel=0.1 if band < 8 else 0.01)
    assert read.thirds.sum() == pytest.approx(0.25, rel=0.01)


def test_the_lfe_is_not_in_the_spectrum() -> None:
    x = np.zeros((6, 48000))
    x[3] = sine(50.0, 1.0)
    assert report(x).thirds.sum() == 0.0


def test_one_frame_reads_its_mean_square() -> None:
    assert report(np.full((1, 1), 0.5)).thirds.sum() == pytest.approx(0.25 * (22387.2 - 17.8) / 24000.0, rel=0.01)


def test_width_and_correlation_by_band() -> None:
    low, mid, high = sine(60.0), sine(1000.0), sine(8000.0)
    read = report(np.stack([low + mid + high, low + 0.5 * mid - high]))
    # The tones start and end at once, which spreads a little of each over all bands.
    assert read.side_mid_db[0] < -50.0
    assert read.side_mid_db[1] == pytest.approx(20.0 * np.log10(1.0 / 3.0), abs=0.05)
    assert read.side_mid_db[2] > 50.0
    np.testing.assert_allclose(read.correlation, [1.0, 1.0, -1.0], atol=1e-4)
    np.testing.assert_allclose(read.course.mid[1], [0.5, 0.5 * 0.75**2, 0.0], atol=1e-3)
    np.testing.assert_allclose(read.course.side[1], [0.0, 0.5 * 0.25**2, 0.5], atol=1e-3)


def test_the_third_octaves_of_the_side_are_those_of_half_the_difference() -> None:
    left, right = noise(2, 96000, 0.5)
    course = report(np.stack([left, right])).course
    side = report(((left - right) / 2.0)[None]).course.thirds
    middle = report(((left + right) / 2.0)[None]).course.thirds
    np.testing.assert_allclose(course.side_thirds, side, rtol=1e-5)
    np.testing.assert_allclose(course.thirds / 2.0 - course.side_thirds, middle, rtol=1e-4)
    assert not report(np.stack([left, left])).course.side_thirds.any()


def test_independent_channels_are_uncorrelated_and_as_wide_as_high() -> None:
    read = report(noise(2, 480000, 0.5))
    np.testing.assert_allclose(read.correlation, 0.0, atol=0.1)
    np.testing.assert_allclose(read.side_mid_db, 0.0, atol=0.7)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_only_stereo_has_a_width(channels: int) -> None:
    read = report(noise(channels, 9600))
    assert np.isnan(read.side_mid_db).all()
    assert np.isnan(read.correlation).all()
    assert np.isnan(read.course.mid).all()
    assert np.isnan(read.course.side_thirds).all()


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
def test_what_lies_below_all_bands_is_the_subsonic(rate: float) -> None:
    fade = np.minimum(1.0, np.hanning(round(4.0 * rate)) * 2.0)  # what starts at once is not only a tone
    low, bass = 0.5 * sine(10.0, 4.0, rate) * fade, sine(30.0, 4.0, rate) * fade
    # With bins of 5.9 Hz a Hann frame spreads 3 % of a tone at 10 Hz past 17.8 Hz, and 0.03 % of 30 Hz below it.
    assert report(np.stack([low, low]), rate).subsonic == pytest.approx(2.0 * np.mean(low**2), rel=0.05)
    assert report(np.stack([bass, bass]), rate).subsonic < 4e-4 * 2.0 * np.mean(bass**2)
    both = report((low + bass)[None], rate)
    assert both.subsonic + both.thirds.sum() == pytest.approx(np.mean((low + bass) ** 2), rel=0.01)


def test_a_constant_offset_is_subsonic_and_the_lfe_is_not() -> None:
    x = np.full((6, 48000), 0.0)
    x[3], x[0] = sine(10.0, 1.0), 0.25
    assert report(x).subsonic == pytest.approx(0.0625, rel=0.03)  # what rests: the steps at its ends
    assert report(np.zeros((2, 9000))).subsonic == 0.0


def test_an_offset_is_in_no_band() -> None:
    assert report(np.full((1, 96000), 0.5)).course.thirds[0].max() < 0.01
    assert report(0.5 + 0.0 * sine(1.0, 4.0)[None]).thirds.sum() < 1e-2
