"""The stereo imager: widths as set, the mono sum untouched, mono left mono, over-wide lows tightened."""

from __future__ import annotations

import numpy as np
import pytest
from masterchain.nodes import Spec, StereoImager, WidthCourse
from masterchain.nodes.bands import THIRD_OCTAVES_HZ, third_gains_db
from masterchain.nodes.base import Block
from masterchain.nodes.stereo_imager import RESPONSES, SHARES

RATE = 48000
BANDS = {"low": (30.0, 120.0), "mid": (400.0, 1500.0), "high": (6000.0, 16000.0)}


def noise(side_db: float, seconds: float = 6.0) -> Block:
    """White noise whose side lies ``side_db`` over its middle."""
    middle, side = 0.1 * np.random.default_rng(5).standard_normal((2, round(seconds * RATE)))
    side *= 10.0 ** (side_db / 20.0)
    return np.stack([middle + side, middle - side])


def run(imager: StereoImager, audio: Block) -> Block:
    out = audio.copy()
    imager.prepare(Spec(RATE, audio.shape[0], audio.shape[1]))
    imager.process_block(out)
    return out


def side_to_mid_db(audio: Block, band: str) -> float:
    """Return side over middle of the last two seconds in a band."""
    part = audio[:, -2 * RATE :]
    hz = np.fft.rfftfreq(part.shape[1], 1.0 / RATE)
    inside = (hz > BANDS[band][0]) & (hz < BANDS[band][1])
    middle, side = (np.abs(np.fft.rfft(x)) ** 2 for x in (part[0] + part[1], part[0] - part[1]))
    return float(10.0 * np.log10(side[inside].sum() / middle[inside].sum()))


@pytest.mark.parametrize("band", list(BANDS))
@pytest.mark.parametrize("width", [0.25, 0.5, 1.5, 2.0])
def test_a_width_moves_its_band_and_leaves_the_others(band: str, width: float) -> None:
    audio = noise(-6.0, 3.0)
    out = run(StereoImager(**{f"{band}_width": width}), audio)
    for other in BANDS:
        moved = side_to_mid_db(out, other) - side_to_mid_db(audio, other)
        expected = 20.0 * np.log10(width) if other == band else 0.0
        assert moved == pytest.approx(expected, abs=1.5), other


@pytest.mark.parametrize("settings", [{"low_width": 0.0, "high_width": 2.0}, {"amount": 100.0, "mid_width": 1.7}])
def test_the_mono_sum_is_never_touched(settings: dict[str, float]) -> None:
    audio = noise(3.0)
    assert np.abs(run(StereoImager(**settings), audio).sum(axis=0) - audio.sum(axis=0)).max() < 1e-15


def test_mono_stays_mono() -> None:
    audio = noise(-6.0)
    audio[1] = audio[0]
    assert np.array_equal(run(StereoImager(amount=100.0, mid_width=2.0), audio), audio)


def test_live_it_tightens_what_is_too_wide_and_opens_what_is_narrow() -> None:
    wide = run(StereoImager(amount=100.0), noise(0.0))
    assert side_to_mid_db(wide, "low") < -7.0
    assert side_to_mid_db(wide, "mid") < -3.0
    narrow = run(StereoImager(amount=100.0), noise(-16.0))
    assert side_to_mid_db(narrow, "mid") > -13.5
    assert side_to_mid_db(narrow, "high") > -13.5
    assert side_to_mid_db(narrow, "low") < -15.0


def test_what_lies_within_the_dead_band_is_left_alone() -> None:
    audio = noise(-9.0)
    out = run(StereoImager(amount=100.0), audio)
    assert side_to_mid_db(out, "mid") == pytest.approx(-9.0, abs=0.3)
    assert side_to_mid_db(out, "high") == pytest.approx(-9.0, abs=0.3)


def test_a_course_sets_the_widths() -> None:
    imager = StereoImager(amount=100.0)
    imager.follow(WidthCourse(RATE, np.full((7, 3), [-9.0, 3.0, -6.0])))
    audio = noise(-6.0)
    out = run(imager, audio)
    moved = [side_to_mid_db(out, band) - side_to_mid_db(audio, band) for band in BANDS]
    assert moved == pytest.approx([-9.0, 3.0, -6.0], abs=1.5)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_layouts_without_a_width_pass_bit_for_bit(channels: int) -> None:
    audio = np.random.default_rng(0).standard_normal((channels, 2000))
    assert np.array_equal(run(StereoImager(mid_width=2.0), audio), audio)


@pytest.mark.parametrize("low_hz", [40.0, 100.0, 160.0])
@pytest.mark.parametrize("has_db", [(-8.0, -8.0, -8.0), (-14.0, -4.0, -14.0), (-24.0, -13.0, -2.0)])
def test_bands_come_out_where_they_aim_wherever_in_the_band_the_side_lies(
    low_hz: float, has_db: tuple[float, float, float]
) -> None:
    imager = StereoImager()
    nearest = [abs(np.log2(THIRD_OCTAVES_HZ / hz)) for hz in (low_hz, 900.0, 4000.0)]
    side = np.sum([10.0 ** (-0.6 * far) for far in nearest], axis=0)[None]
    gains = imager.width_for(np.array([has_db]), side)
    low, mid, high = gains[0]
    moved = mid + third_gains_db(np.array([[low - mid, high - mid]]), RESPONSES)
    after = (side * 10.0 ** (0.1 * moved)) @ SHARES.T
    lands = np.array(has_db) + 10.0 * np.log10(after / (side @ SHARES.T))[0]
    edges = [(-19.2, -16.8), (-10.0, -7.6), (-9.9, -7.5)]
    aims = [np.clip(has, *edge) for has, edge in zip(has_db, edges, strict=True)]
    # What bends into a limit stays short of its aim: 4.8 dB of 8 by 0.01 dB.
    assert lands == pytest.approx(aims, abs=0.1)


def test_bands_at_rest_are_not_moved_at_all_and_mono_bands_not_opened() -> None:
    side = np.ones((2, 31))
    gains = StereoImager().width_for(np.array([[-18.0, -9.0, -8.0], [-60.0, -150.0, -45.0]]), side)
    assert not gains.any()
