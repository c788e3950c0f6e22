"""The dynamic equaliser: filters as designed, tone brought to the target, dynamics moved, pauses left alone."""

from __future__ import annotations

import numpy as np
import pytest
from masterchain.nodes import DynamicEQ, Spec, ToneCourse
from masterchain.nodes.bands import (
    BANDS_HZ,
    HEARING,
    NEUTRAL_DB,
    THIRD_OCTAVES_HZ,
    THIRD_WEIGHTS,
    TOLERANCE_DB,
    band_levels_db,
    q_of,
    shape_of,
    target_levels_db,
)
from masterchain.nodes.base import Block
from masterchain.nodes.kernels.filters import Shape, analogue, gain_table, response_db, sections
from masters import loudness

RATE = 48000
SHAPES: list[Shape] = ["bell", "low_shelf", "high_shelf"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("hz", [63.0, 1000.0, 6300.0])
def test_sections_have_the_analogue_response_up_to_nyquist(shape: Shape, hz: float) -> None:
    f = np.geomspace(20.0, 0.49 * RATE, 300)
    gains = np.array([-9.0, -3.0, 3.0, 9.0])
    numerator, denominator = analogue(shape, gains, 0.9)
    s = np.stack([(1j * f / hz) ** 2, 1j * f / hz, np.ones_like(f)])
    expected = 20.0 * np.log10(np.abs(numerator.T @ s) / np.abs(denominator.T @ s))
    assert np.abs(response_db(sections(shape, hz, gains, 0.9, RATE), f, RATE) - expected).max() < 0.5


@pytest.mark.parametrize("rate", [8000.0, 44100.0, 192000.0, 384000.0])
def test_every_section_of_every_band_is_stable_and_0_db_is_exactly_nothing(rate: float) -> None:
    for band, hz in enumerate(BANDS_HZ):
        table = gain_table(shape_of(band), hz, q_of(band), rate)
        assert np.isfinite(table).all()
        assert (table[:, 0] > 0.0).all()
        assert ((table[:, 1] > 0.0) & (table[:, 1] < 1.0)).all()
        assert tuple(table[len(table) // 2, 2:]) == (1.0, 0.0, 0.0)


def run(eq: DynamicEQ, audio: Block) -> Block:
    out = audio.copy()
    eq.prepare(Spec(RATE, audio.shape[0], audio.shape[1]))
    eq.process_block(out)
    return out


def response_of(eq: DynamicEQ) -> tuple[Block, Block]:
    """Return frequencies and measured dB: the spectrum of an impulse after the smoothing has settled."""
    impulse = np.zeros((1, 3 * RATE))
    impulse[0, RATE] = 1e-3
    out = run(eq, impulse)[0, RATE : 2 * RATE]
    return np.fft.rfftfreq(RATE, 1.0 / RATE).astype(np.float64), 20.0 * np.log10(np.abs(np.fft.rfft(out)) / 1e-3 + 1e-9)


@pytest.mark.parametrize("band", range(len(BANDS_HZ)))
def test_a_trim_does_what_its_section_is_designed_to_do(band: int) -> None:
    hz = BANDS_HZ[band]
    f, measured = response_of(DynamicEQ(intensity=0.0, **{f"trim_{hz}_db": 6.0}))
    designed = response_db(sections(shape_of(band), hz, np.array([6.0]), q_of(band), RATE), f[20:20000], RATE)[0]
    assert np.abs(measured[20:20000] - designed).max() < 0.05


def test_a_course_brings_the_gains_that_it_holds() -> None:
    gains = np.zeros((4, len(BANDS_HZ)))
    gains[:, 5], gains[2:, 7] = 4.0, -3.0
    eq = DynamicEQ()
    eq.follow(ToneCourse(RATE, gains, np.full_like(gains, -20.0), np.zeros(len(gains))))
    run(eq, np.zeros((2, round(2.5 * RATE))))
    assert eq.gains_db() == pytest.approx(gains[2], abs=1e-9)
    eq.reset()
    half = np.zeros((2, round(1.5 * RATE)))
    eq.process_block(half)
    assert eq.gains_db()[7] == pytest.approx(-1.5, abs=0.01)


def test_the_fitted_gains_of_overlapping_bands_add_up_to_what_was_wanted() -> None:
    bump = 6.0 * np.exp(-(np.log2(THIRD_OCTAVES_HZ / 1000.0) ** 2) / 2.0)
    gains = DynamicEQ(range_db=12.0).tone_for(10.0 ** ((NEUTRAL_DB - 30.0 - bump)[None] / 10.0))[0]
    heard = slice(5, 27)  # 63 Hz to 8 kHz
    points = THIRD_OCTAVES_HZ[heard]
    total = sum(
        response_db(sections(shape_of(b), hz, gains[b : b + 1], q_of(b), 192000.0), points, 192000.0)[0]
        for b, hz in enumerate(BANDS_HZ)
    )
    offset = float(np.sum(THIRD_WEIGHTS * bump))  # the level at which records lie over such a spectrum
    lack = (bump - offset)[heard]
    wanted = np.sign(lack) * np.maximum(np.abs(lack) - TOLERANCE_DB[heard], 0.0)
    off = total - wanted
    assert np.abs(off - off.mean()).max() < 1.0


def shaped_noise(curve_db: Block, seconds: float = 14.0, level: float = 0.1) -> Block:
    """Noise whose third octaves follow ``curve_db``."""
    n = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal((2, n)))
    hz = np.maximum(np.fft.rfftfreq(n, 1.0 / RATE), 1.0)
    density = np.interp(np.log(hz), np.log(THIRD_OCTAVES_HZ), curve_db) - 10.0 * np.log10(hz)
    audio = np.fft.irfft(spectrum * 10.0 ** (density / 20.0), n)
    return np.asarray(audio * level / np.sqrt((audio**2).mean()))


def levels(audio: Block) -> Block:
    """Return the band levels of the last 5 s in dB, as the detectors hear them."""
    part = audio[:, -5 * RATE :]
    power = (np.abs(np.fft.rfft(part)) ** 2).sum(axis=0)
    hz = np.fft.rfftfreq(part.shape[1], 1.0 / RATE)
    edges = THIRD_OCTAVES_HZ * 10.0**-0.05, THIRD_OCTAVES_HZ * 10.0**0.05
    thirds = np.array([power[(hz >= a) & (hz < b)].sum() for a, b in zip(*edges, strict=True)])
    return band_levels_db(thirds / part.shape[1] ** 2)


def spread(audio: Block) -> float:
    """Return how far bands from 63 Hz to 11 kHz are off the neutral target, dB RMS."""
    off = (levels(audio) - target_levels_db(NEUTRAL_DB))[1:-1]
    return float(np.std(off))


@pytest.mark.parametrize("tilt", [-2.0, 2.0])
def test_live_it_brings_a_tilted_spectrum_toward_the_target(tilt: float) -> None:
    audio = shaped_noise(NEUTRAL_DB + tilt * np.log2(THIRD_OCTAVES_HZ / 1000.0))
    assert spread(audio) > 3.5
    assert spread(run(DynamicEQ(), audio)) < 0.6 * spread(audio)


def test_live_its_tone_moves_no_loudness() -> None:
    audio = shaped_noise(NEUTRAL_DB - 2.0 * np.log2(THIRD_OCTAVES_HZ / 1000.0))
    out = run(DynamicEQ(), audio)
    settled = slice(-5 * RATE, None)
    before, after = (loudness(x[:, settled], RATE) for x in (audio, out))
    assert np.abs(levels(out) - levels(audio)).max() > 3.0
    assert after == pytest.approx(before, abs=0.5)


def test_what_sits_at_the_target_is_left_alone() -> None:
    eq = DynamicEQ()
    run(eq, shaped_noise(NEUTRAL_DB))
    assert np.abs(eq.gains_db()[1:-1]).max() < 0.7


def test_intensity_scales_the_gains() -> None:
    audio = shaped_noise(NEUTRAL_DB + np.log2(THIRD_OCTAVES_HZ / 1000.0), 8.0)
    gains = []
    for intensity in (0.0, 50.0, 100.0):
        eq = DynamicEQ(intensity=intensity)
        run(eq, audio)
        gains.append(eq.gains_db())
    assert not gains[0].any()
    assert gains[1] == pytest.approx(0.5 * gains[2], abs=1e-6)


def test_a_noise_floor_is_not_lifted() -> None:
    eq = DynamicEQ()
    run(eq, shaped_noise(NEUTRAL_DB - 2.0 * np.log2(THIRD_OCTAVES_HZ / 1000.0), level=1e-5))
    assert np.abs(eq.gains_db()).max() < 0.1


@pytest.mark.parametrize(("ratio", "sign"), [(2.5, -1.0), (0.6, 1.0)])
def test_the_fast_part_lowers_or_raises_what_stands_out(ratio: float, sign: float) -> None:
    t = np.arange(4 * RATE) / RATE
    tone = 0.05 * np.sin(2 * np.pi * 630.0 * t) * np.where((t > 2.0) & (t < 2.5), 4.0, 1.0)
    eq = DynamicEQ(amount=0.0, ratio=ratio)
    flat = np.full((6, len(BANDS_HZ)), 20.0 * np.log10(0.05) - 3.0)
    eq.follow(ToneCourse(RATE, np.zeros_like(flat), flat, np.zeros(len(flat))))
    out = run(eq, tone[None])[0]
    loud = slice(round(2.3 * RATE), round(2.45 * RATE))
    change = 20.0 * np.log10(np.abs(out[loud]).max() / np.abs(tone[loud]).max())
    assert sign * change > 2.0
    calm = slice(round(1.5 * RATE), round(1.9 * RATE))
    assert np.abs(out[calm]).max() == pytest.approx(np.abs(tone[calm]).max(), rel=0.02)


def test_detectors_hear_their_own_band_loudest() -> None:
    for band in range(1, len(BANDS_HZ) - 1):
        loudest = THIRD_OCTAVES_HZ[HEARING[band].argmax()]
        assert loudest == pytest.approx(BANDS_HZ[band], rel=0.13)


@pytest.mark.parametrize("ratio", [0.6, 3.0])
def test_the_fast_part_moves_dynamics_and_leaves_the_mean_tone(ratio: float) -> None:
    t = np.arange(12 * RATE) / RATE
    beats = 0.05 * np.sin(2 * np.pi * 630.0 * t) * np.where(t % 0.5 < 0.12, 3.0, 0.7)
    eq = DynamicEQ(amount=0.0, ratio=ratio, dynamic_range_db=8.0)
    level = 10.0 * np.log10((beats**2).mean())
    flat = np.full((14, len(BANDS_HZ)), level)
    eq.follow(ToneCourse(RATE, np.zeros_like(flat), flat, np.zeros(len(flat))))
    out = run(eq, beats[None])[0]
    part = slice(4 * RATE, None)
    change = 10.0 * np.log10((out[part] ** 2).mean() / (beats[part] ** 2).mean())
    assert abs(change) < 0.6  # The detectors are 6 ms late; not made up for, it would be 2 dB.
    loud, soft = t[part] % 0.5 < 0.1, t[part] % 0.5 > 0.35
    contrast = [10.0 * np.log10((y[part][loud] ** 2).mean() / (y[part][soft] ** 2).mean()) for y in (beats, out)]
    assert (contrast[0] - contrast[1]) * np.sign(ratio - 1.0) > 1.0
