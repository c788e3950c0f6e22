"""Loudness: EBU Tech 3341 and 3342, and meters that are not ours."""

from __future__ import annotations

import math
import re
import subprocess
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from masterchain.nodes.analyzer import Analyzer
from masterchain.nodes.base import Spec
from masterchain.nodes.kernels.loudness import WEIGHTS, k_coefficients
from masterchain.nodes.measuring.loudness import LoudnessMeter, block_powers, gated_loudness, lufs, power_of
from pyebur128 import MeasurementMode, R128State, get_loudness_global, get_loudness_range
from signals import noise, random_cut, rng, stream

RATES = [44100, 48000, 88200, 96000, 176400, 192000]
every_rate = pytest.mark.parametrize("rate", RATES)

NEAR = 0.01
"""LU.  A 1 kHz tone reads 0.0067 LU high by the standard's own 48 kHz filter; the standard allows 0.1.  Where the
signal of a case does not amount to -23.00 by the standard's own arithmetic, its exact value is expected."""

Steps = list[tuple[float, float]]


def feed(meter: LoudnessMeter, steps: Steps, balance: tuple[float, ...] = (0.0, 0.0)) -> list[tuple[float, float]]:
    """Feed 1 kHz tones ``(seconds, peak dBFS)`` in blocks of 0 to 100 ms; return the highest (momentary, short-term)
    loudness of each.
    """
    rate = round(meter.sample_rate)
    tone = np.sin(2.0 * np.pi * 1000.0 * np.arange(2 * rate) / rate)
    gains = 10.0 ** (np.array(balance) / 20.0)
    highest_values, frame, draw = [], 0, rng(rate, len(steps))
    for seconds, level in steps:
        stop, highest = frame + round(seconds * rate), (-math.inf, -math.inf)
        while frame < stop:
            # Blocks of 10 ms would be needed to see every value; the maxima of the meter do that.
            n = min(stop - frame, int(draw.integers(0, rate // 10 + 1)))
            meter.feed(np.ascontiguousarray(np.outer(gains * 10.0 ** (level / 20.0), tone[frame % rate :][:n])))
            highest = max(highest[0], meter.momentary), max(highest[1], meter.short_term)
            frame += n
        highest_values.append(highest)
    return highest_values


def measured(rate: int, steps: Steps, balance: tuple[float, ...] = (0.0, 0.0)) -> LoudnessMeter:
    meter = LoudnessMeter(rate, len(balance), rate)
    feed(meter, steps, balance)
    return meter


# BS.1770-5 Annex 1, tables 1 and 2: the filters at 48 kHz, as b0, b1, b2, a1, a2.
SHELF_48K = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
HIGH_PASS_48K = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)


def response_db(filters: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Return the level of biquads ``(n, 5)`` at frequencies in parts of the rate."""
    z, total = np.exp(-2j * np.pi * turns), 0.0
    for b0, b1, b2, a1, a2 in filters:
        total = total + 20.0 * np.log10(np.abs((b0 + b1 * z + b2 * z * z) / (1.0 + a1 * z + a2 * z * z)))
    return np.asarray(total)


@pytest.mark.parametrize(
    ("rate", "close"), [(8000, 0.03), (22050, 5e-4), (32000, 2e-4), *((r, 2e-4) for r in RATES), (384000, 2e-4)]
)
def test_the_weighting_at_every_rate_is_what_the_standard_has_at_48_khz(rate: int, close: float) -> None:
    hz = np.geomspace(20.0, min(20000.0, 0.45 * rate), 200)
    k = k_coefficients(rate)
    ours = np.array([[b0, d1 + a1 * b0, d2 + a2 * b0, a1, a2] for b0, d1, d2, a1, a2 in k])
    standard = response_db(np.array([SHELF_48K, HIGH_PASS_48K]), hz / 48000.0)
    assert response_db(ours, hz / rate) == pytest.approx(standard, abs=close)


@every_rate
def test_the_analyzer_reads_what_its_meter_does_in_blocks_of_any_size(rate: int) -> None:
    steps = [(1.5, -40.0), (3.5, -23.0)]
    meter = measured(rate, steps)
    tone = np.sin(2.0 * np.pi * 1000.0 * np.arange(round(3.5 * rate)) / rate)
    parts = [10.0 ** (level / 20.0) * tone[: round(seconds * rate)] for seconds, level in steps]
    # The meter's own steps go on in one tone: so does this one, after a whole number of periods.
    x, analyzer = np.repeat(np.concatenate(parts)[None], 2, axis=0), Analyzer()
    analyzer.prepare(Spec(rate, 2, rate // 10))
    stream(analyzer, x, random_cut(x.shape[1], rate // 10, rate))
    report = analyzer.report()
    assert report.integrated_lufs == pytest.approx(by_the_book(steps), abs=NEAR)
    readings = [report.integrated_lufs, report.max_momentary_lufs, report.max_short_term_lufs, report.loudness_range_lu]
    expected = [meter.integrated, meter.momentary_max, meter.short_term_max, meter.range_lu]
    assert readings == pytest.approx(expected, abs=1e-6)


def level_of(power: float) -> float:
    """Return the loudness of tones whose squared amplitudes sum to ``power``: 0 dBFS in one channel reads -3.01."""
    return 10.0 * math.log10(power / 2.0)


def by_the_book(steps: Steps) -> float:
    """Return the integrated loudness of ideal tones: BS.1770-5 on the powers themselves, for steps of 100 ms."""
    hops = np.concatenate([np.full(round(10.0 * seconds), power_of(level)) for seconds, level in steps])
    powers = [hops[i : i + 4].mean() for i in range(hops.size - 3)]
    gate = 0.1 * np.mean([p for p in powers if lufs(p) > -70.0])
    return lufs(float(np.mean([p for p in powers if lufs(p) > -70.0 and p > gate])))


@every_rate
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_cases_1_and_2_a_steady_tone_reads_its_level_in_every_window(rate: int, level: float) -> None:
    meter = measured(rate, [(20.0, level)])
    readings = [meter.momentary, meter.momentary_max, meter.short_term, meter.short_term_max, meter.integrated]
    assert readings == pytest.approx([level] * 5, abs=NEAR)


@every_rate
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)], id="case 3"),
        pytest.param([(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)], id="case 4"),
        pytest.param([(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)], id="case 5"),
    ],
)
def test_cases_3_to_5_the_gates_leave_out_what_they_should(rate: int, steps: Steps) -> None:
    integrated = measured(rate, steps).integrated
    # Blocks across a step pass the gate too: the algorithm itself does not read -23.00 here.
    assert integrated == pytest.approx(by_the_book(steps), abs=NEAR)
    assert integrated == pytest.approx(-23.0, abs=0.03)


@every_rate
def test_case_6_surrounds_weigh_more(rate: int) -> None:
    levels = np.array([-28.0, -28.0, -24.0, -30.0, -30.0])
    exact = level_of(np.dot([1.0, 1.0, 1.0, 1.41, 1.41], 10.0 ** (levels / 10.0)))
    assert exact == pytest.approx(-23.0, abs=0.03)
    assert measured(rate, [(20.0, 0.0)], tuple(levels)).integrated == pytest.approx(exact, abs=NEAR)


@every_rate
def test_case_9_a_pattern_of_3_s_reads_steady_in_the_short_term(rate: int) -> None:
    meter = LoudnessMeter(rate, 2, rate)
    feed(meter, [(1.34, -20.0), (1.66, -30.0)])
    heard = [short for _, short in feed(meter, [(1.34, -20.0), (1.66, -30.0)] * 4)]
    exact = level_of(2.0 * (1.34 * 10.0**-2.0 + 1.66 * 10.0**-3.0) / 3.0)
    assert exact == pytest.approx(-23.0, abs=0.03)
    assert [*heard, meter.short_term_max] == pytest.approx([exact] * 9, abs=NEAR)


@every_rate
def test_case_12_a_pattern_of_400_ms_reads_steady_in_the_momentary(rate: int) -> None:
    meter = LoudnessMeter(rate, 2, rate)
    feed(meter, [(0.18, -20.0), (0.22, -30.0)] * 3)
    heard = [highest for highest, _ in feed(meter, [(0.18, -20.0), (0.22, -30.0)] * 22)]
    exact = level_of(2.0 * (0.18 * 10.0**-2.0 + 0.22 * 10.0**-3.0) / 0.4)
    assert exact == pytest.approx(-23.0, abs=0.04)
    assert [*heard, meter.momentary_max] == pytest.approx([exact] * 45, abs=NEAR)


@every_rate
def test_cases_10_and_13_a_tone_as_long_as_the_window_is_read_wherever_it_starts(rate: int) -> None:
    meter, short, momentary = LoudnessMeter(rate, 2, rate), [], []
    for i in range(20):
        meter.reset()
        feed(meter, [(i * 0.15, -300.0), (3.0, -23.0), (1.0, -300.0)])
        short.append(meter.short_term_max)
        meter.reset()
        feed(meter, [(i * 0.02, -300.0), (0.4, -23.0), (1.0, -300.0)])
        momentary.append(meter.momentary_max)
    assert short == pytest.approx([-23.0] * 20, abs=NEAR)
    assert momentary == pytest.approx([-23.0] * 20, abs=NEAR)


@every_rate
def test_cases_11_and_14_the_maxima_follow_tones_that_grow(rate: int) -> None:
    short, momentary = [], []
    slow, quick = LoudnessMeter(rate, 2, rate), LoudnessMeter(rate, 2, rate)
    for i in range(20):
        feed(slow, [(i * 0.15, -300.0), (3.0, -38.0 + i), (3.0 - i * 0.15, -300.0)])
        short.append(slow.short_term_max)
        feed(quick, [(i * 0.02, -300.0), (0.4, -38.0 + i), (0.4 - i * 0.02, -300.0)])
        momentary.append(quick.momentary_max)
    assert short == pytest.approx(np.arange(-38.0, -18.0), abs=NEAR)
    assert momentary == pytest.approx(np.arange(-38.0, -18.0), abs=NEAR)


@every_rate
@pytest.mark.parametrize(
    ("levels", "expected"), [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)]
)
def test_tech_3342_the_loudness_range_of_steps(rate: int, levels: tuple[float, ...], expected: float) -> None:
    assert measured(rate, [(20.0, float(level)) for level in levels]).range_lu == pytest.approx(expected, abs=0.02)


def programme(rate: int, channels: int, seconds: float = 24.0) -> np.ndarray:
    """Pink-like noise and a bass whose level wanders over 40 dB, every channel different."""
    frames = round(seconds * rate)
    t = np.arange(frames) / rate
    wander = 10.0 ** ((-30.0 + 18.0 * np.sin(2 * np.pi * t / 11.0) + 6.0 * np.sin(2 * np.pi * t / 1.7)) / 20.0)
    bass = np.sin(2.0 * np.pi * np.outer(55.0 * np.arange(1, channels + 1), t))
    return wander * (noise(channels, frames, 0.7, salt=5) + 0.5 * bass)


def fed(x: np.ndarray, rate: int) -> LoudnessMeter:
    meter = LoudnessMeter(rate, x.shape[0])
    for start in range(0, x.shape[1], 8192):
        meter.feed(np.ascontiguousarray(x[:, start : start + 8192]))
    return meter


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize(("rate", "close"), [(44100, 0.005), (48000, 0.001), (96000, 0.025)])
def test_libebur128_reads_the_same_integrated_loudness(rate: int, close: float, channels: int) -> None:
    # It leaves its high-pass unnormalised, which takes 0.022 dB off at 96 kHz, and its shelf is bilinear: only at
    # 48 kHz is its weighting the standard's.
    x = programme(rate, channels)
    other = R128State(channels, rate, MeasurementMode.MODE_I)
    other.add_frames(np.ascontiguousarray(x.T).ravel(), x.shape[1])
    assert fed(x, rate).integrated == pytest.approx(get_loudness_global(other), abs=close)


def test_libebur128_reads_about_the_same_loudness_range() -> None:
    # It takes one value a second, not ten (Tech 3342 asks for an overlap of 2.9 s), so its percentiles scatter.
    x = programme(48000, 2, 60.0)
    other = R128State(2, 48000, MeasurementMode.MODE_LRA)
    other.add_frames(np.ascontiguousarray(x.T).ravel(), x.shape[1])
    assert fed(x, 48000).range_lu == pytest.approx(get_loudness_range(other), abs=0.5)


def test_pyloudnorm_reads_the_same_integrated_loudness() -> None:
    # Its high-pass lacks the 0.043 dB that the standard's coefficients have: our reading is that much higher.
    x = programme(48000, 2)
    assert fed(x, 48000).integrated - 0.043 == pytest.approx(pyloudnorm.Meter(48000).integrated_loudness(x.T), abs=0.01)


def test_ffmpeg_reads_the_same_loudness_and_range(tmp_path: Path) -> None:
    x = programme(48000, 2, 60.0)
    soundfile.write(tmp_path / "x.wav", x.T, 48000, "FLOAT")
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(tmp_path / "x.wav"), "-af", "ebur128", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rsplit("Summary:", 1)[1]
    integrated, spread = (float(re.findall(rf"{name}:\s+(-?[\d.]+)", told)[0]) for name in ("I", "LRA"))
    meter = fed(x, 48000)
    assert meter.integrated == pytest.approx(integrated, abs=0.06)
    assert meter.range_lu == pytest.approx(spread, abs=0.11)


def test_the_histograms_gate_as_exactly_as_the_blocks_themselves() -> None:
    meter, rate = LoudnessMeter(8000, 1, 800), 8000
    x, hops = programme(rate, 1, 60.0), []
    for start in range(0, x.shape[1], 800):
        meter.feed(np.ascontiguousarray(x[:, start : start + 800]))
        hops.append(meter.take()[0] / 800)
    assert meter.integrated == pytest.approx(gated_loudness(block_powers(np.array(hops))), abs=0.005)


def test_loudness_of_nothing_is_minus_infinity() -> None:
    meter = LoudnessMeter(48000, 2)
    assert [meter.integrated, meter.momentary, meter.short_term_max, meter.range_lu] == [-math.inf] * 3 + [0.0]
    meter.feed(np.zeros((2, 8192)))
    assert gated_loudness(np.zeros(9)) == gated_loudness(block_powers(np.zeros(3))) == meter.integrated == -math.inf


def test_silence_after_music_leaves_no_denormal_numbers_behind() -> None:
    meter = fed(np.concatenate([noise(2, 48000), np.zeros((2, 480000))], axis=1), 48000)
    states = np.abs(meter._filters[meter._filters != 0.0])
    assert (states > np.finfo(float).tiny).all()


def test_every_channel_count_of_the_contract_has_weights() -> None:
    assert [len(WEIGHTS[channels]) for channels in range(1, 9)] == list(range(1, 9))
    assert all(WEIGHTS[channels][3] == 0.0 for channels in (6, 7, 8))
