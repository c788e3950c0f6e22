"""Dither keeps what the theory of it promises."""

from typing import Any

import numpy as np
import pytest
from masterchain.nodes import Spec
from masterchain.nodes.dither import SHAPES, Dither, peak_margin
from scipy import signal

RATE = 44100.0
LSB = 2.0**-15


def dithered(x: np.ndarray, sizes: tuple[int, ...] = (4096,), rate: float = RATE, **params: Any) -> np.ndarray:
    node = Dither(**params)
    node.prepare(Spec(rate, x.shape[0], 8192))
    y, i, k = x.copy(), 0, 0
    while i < y.shape[1]:
        node.process_block(y[:, i : i + sizes[k % len(sizes)]])
        i, k = i + sizes[k % len(sizes)], k + 1
    return y


def noise(frames: int, channels: int = 2, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((channels, frames)) * level


@pytest.mark.parametrize("shaping", SHAPES)
def test_any_partition_into_blocks_gives_the_same_bits(shaping: str) -> None:
    x = noise(5000)
    whole = dithered(x, bits=16, shaping=shaping)
    assert np.array_equal(dithered(x, (1, 7, 512, 64), bits=16, shaping=shaping), whole)


@pytest.mark.parametrize("bits", [16, 20, 24])
def test_the_result_is_on_the_grid_and_within_the_legal_integers(bits: int) -> None:
    level = dithered(noise(5000, level=2.0), bits=bits) * 2.0 ** (int(bits) - 1)
    assert np.array_equal(level, np.round(level))
    assert level.min() == -(2.0 ** (int(bits) - 1))
    assert level.max() == 2.0 ** (int(bits) - 1) - 1


@pytest.mark.parametrize("shaping", SHAPES)
def test_what_is_on_the_grid_passes_untouched(shaping: str) -> None:
    x = np.round(noise(5000) / LSB) * LSB
    assert np.array_equal(dithered(x, bits=16, shaping=shaping), x)
    music_then_silence = noise(4000)
    music_then_silence[:, 2000:] = 0.0
    assert not dithered(music_then_silence, bits=16, shaping=shaping)[:, 2000:].any()


def test_off_is_bit_exact() -> None:
    x = noise(5000)
    assert np.array_equal(dithered(x), x)


def test_mean_and_variance_of_the_error_do_not_depend_on_the_signal() -> None:
    """Triangular dither: mean 0 and variance 1/4 LSB^2 between any two levels; 5 sigma of 200 000 draws."""
    frames = 200_000
    for offset in (0.03, 0.25, 0.5, 0.77):
        error = (dithered(np.full((1, frames), (100.0 + offset) * LSB), bits=16)[0] / LSB) - (100.0 + offset)
        assert abs(error.mean()) < 5.0 * 0.5 / np.sqrt(frames)
        assert abs(error.var() - 0.25) < 5.0 * 0.25 * np.sqrt(2.0 / frames)


def test_a_tone_below_one_step_comes_through_without_harmonics() -> None:
    """1 kHz at -100 dBFS, 0.33 LSB: the tone is there, and at its harmonics there is the noise floor, no more."""
    frames = 1 << 19
    k = round(1000.0 / RATE * frames)
    x = 1e-5 * np.sin(2.0 * np.pi * k * np.arange(frames) / frames)[None]
    power = np.abs(np.fft.rfft(dithered(x, bits=16)[0])) ** 2 / frames
    floor = 0.25 * LSB**2
    assert power[k] / frames * 4.0 == pytest.approx(1e-10, rel=0.05)
    assert max(power[n * k] for n in (2, 3, 4, 5, 7, 9)) < floor * np.log(1e4)
    assert power.mean() - power[k] / power.size == pytest.approx(floor, rel=0.01)


def test_noise_is_white_and_independent_between_channels() -> None:
    x = noise(1 << 17)
    error = (dithered(x, bits=16) - x) / LSB
    _, density = signal.welch(error[0], nperseg=256)
    assert np.ptp(10.0 * np.log10(density[2:-2])) < 2.0
    assert abs(np.asarray(np.corrcoef(error))[0, 1]) < 5.0 / np.sqrt(x.shape[1])


def test_shaped_noise_has_the_spectrum_of_its_filter() -> None:
    x = noise(1 << 18, 1)
    error = (dithered(x, bits=16, shaping="weighted")[0] - x[0]) / LSB
    f, density = signal.welch(error, RATE, nperseg=1024)
    shape = np.abs(signal.freqz([1.0, *(-c for c in SHAPES["weighted"])], worN=f, fs=RATE)[1]) ** 2
    expected = 0.25 / (RATE / 2.0) * shape
    inner = (f > 500.0) & (f < 20000.0)
    assert np.abs(10.0 * np.log10(density[inner] / expected[inner])).max() < 2.0
    assert 10.0 * np.log10(density[np.searchsorted(f, 4000.0)] * RATE / 2.0 / 0.25) < -20.0


def test_shaping_is_left_out_at_rates_it_was_not_made_for() -> None:
    x = noise(2000)
    shaped = dithered(x, rate=96000.0, bits=16, shaping="weighted")
    assert np.array_equal(shaped, dithered(x, rate=96000.0, bits=16))


@pytest.mark.parametrize("shaping", SHAPES)
def test_no_sample_moves_further_than_the_margin(shaping: str) -> None:
    x = noise(1 << 17)
    moved = np.abs(dithered(x, bits=16, shaping=shaping) - x).max()
    assert 0.1 * peak_margin(16, shaping) < moved <= peak_margin(16, shaping)
    assert peak_margin(0, shaping) == 0.0
