"""Every profile sounds as its description says: at equal loudness, against profile i, on music of four characters."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from masterchain.graph import Analysis, ArrayDestination, ArraySource, Rendered, Settings, analyse, plan, render
from masterchain.nodes.base import Block
from masterchain.presets import names
from masterchain.scripts.bench_profiles import EDGES_HZ, FIGURES, sound_figures
from scipy import signal
from songs import RATE, pieces

PIECES = ("song", "acoustic", "wall", "boomy")
LOUDNESS = -14.0
ENOUGH_DB = 0.2
"""Less than this is no difference: a band's level is told apart from 0.5 dB on at best, a mean of many from less."""


@cache
def music() -> dict[str, tuple[Block, Analysis]]:
    return {name: (audio, analyse(ArraySource(audio, RATE))) for name, audio in pieces().items()}


def rendered(audio: Block, analysis: Analysis, settings: Settings) -> tuple[Block, Rendered]:
    destination = ArrayDestination()
    made = render(ArraySource(audio, RATE), destination, plan(analysis, settings))
    assert destination.audio is not None
    return destination.audio, made


@cache
def sound(profile: str, piece: str) -> dict[str, float]:
    """Return the figures of a master by name."""
    source, analysis = music()[piece]
    audio, made = rendered(source, analysis, Settings(profile, loudness=LOUDNESS))
    figures = sound_figures(audio, RATE, made.after, analysis.report)
    return dict(zip(FIGURES, figures.tolist(), strict=True))


def against(profile: str, figure: str, other: str = "i") -> Block:
    """Return by how much a figure of ``profile`` exceeds that of ``other``, ``(pieces,)``, dB or LU."""
    return np.array([sound(profile, piece)[figure] - sound(other, piece)[figure] for piece in PIECES])


def joint(profile: str, *bands: str, other: str = "i") -> Block:
    """Return the same for some bands together, each of them counting alike."""
    return np.mean([against(profile, band, other) for band in bands], axis=0)


@pytest.mark.parametrize("profile", "abcj")
def test_tight_profiles_leave_less_between_peak_loud_and_soft(profile: str) -> None:
    assert against(profile, "PLR").max() < -0.5
    assert against(profile, "PSR").max() < -0.5
    assert against(profile, "LRA").mean() < -0.1
    assert against(profile, "LRA").max() < 0.05


@pytest.mark.parametrize("profile", "fghkn")
def test_wide_profiles_leave_more_between_peak_loud_and_soft(profile: str) -> None:
    assert against(profile, "PLR").min() > 1.0
    assert against(profile, "PSR").min() > 0.2
    assert against(profile, "LRA").mean() > 0.1
    assert against(profile, "LRA").min() > 0.05


def test_a_is_bright_above() -> None:
    assert against("a", "4-8k").min() > ENOUGH_DB
    assert against("a", "> 8 kHz").min() > 1.0


def test_b_has_a_solid_low_end_and_clear_mids() -> None:
    assert joint("b", "< 60", "60-120").min() > 2.0 * ENOUGH_DB
    assert against("b", "1-4k").mean() > 2.0 * ENOUGH_DB
    assert (against("b", "1-4k") - joint("b", "120-400", "400-1k")).min() > 2.0 * ENOUGH_DB


def test_c_has_bass() -> None:
    assert against("c", "60-120").min() > 0.8


def test_d_has_more_sub_bass_than_c() -> None:
    assert against("d", "< 60", other="c").min() > 2.0 * ENOUGH_DB
    assert against("d", "< 60").min() > 1.5


def test_e_has_sub_bass_and_open_mids_and_highs() -> None:
    assert against("e", "< 60").min() > 1.0
    assert against("e", "1-4k").mean() > ENOUGH_DB
    assert joint("e", "1-4k", "4-8k", "> 8 kHz").min() > 2.0 * ENOUGH_DB


@pytest.mark.parametrize("profile", "fg")
def test_the_low_end_of_f_and_g_swings_further_and_is_wider(profile: str) -> None:
    assert against(profile, "Low swing").min() > 0.1
    assert joint(profile, "< 60", "60-120").min() > 2.0 * ENOUGH_DB
    assert low_width(profile) > low_width("i") + 1.0


def low_width(profile: str) -> float:
    """Return side to middle below 200 Hz in dB of a piece's master with its width set."""
    audio, _ = rendered(*music()["wall"], Settings(profile, loudness=LOUDNESS, stereo_image=True))
    low = signal.sosfilt(signal.butter(4, 200.0, fs=RATE, output="sos"), audio, axis=1)
    return float(10.0 * np.log10(((low[0] - low[1]) ** 2).sum() / ((low[0] + low[1]) ** 2).sum()))


def test_f_is_light_above_and_g_dark() -> None:
    assert joint("f", "4-8k", "> 8 kHz").min() > 0.8
    assert joint("g", "4-8k", "> 8 kHz").max() < -1.5


def test_h_is_open_in_mids_and_highs() -> None:
    assert against("h", "1-4k").min() > 2.0 * ENOUGH_DB
    assert joint("h", "4-8k", "> 8 kHz").min() > 1.0


def test_j_is_smooth_with_a_slight_lift_above() -> None:
    lift = against("j", "> 8 kHz")
    assert lift.min() > 2.0 * ENOUGH_DB
    assert (lift < against("a", "> 8 kHz") - 2.0 * ENOUGH_DB).all()
    assert against("j", "1-4k").max() < -ENOUGH_DB


def test_k_is_boosted_in_lows_and_mids() -> None:
    assert joint("k", "< 60", "60-120").min() > ENOUGH_DB
    assert against("k", "1-4k").min() > 2.0 * ENOUGH_DB
    assert joint("k", "400-1k", "1-4k").min() > ENOUGH_DB


def test_l_puts_the_mids_in_front() -> None:
    mids = against("l", "1-4k")
    assert mids.min() > 1.0
    for band in ("< 60", "60-120", "120-400", "4-8k", "> 8 kHz"):
        assert (mids - against("l", band)).mean() > 2.0 * ENOUGH_DB


def test_m_touches_the_sound_lightest_but_for_n_and_clears_its_mids() -> None:
    change = {name: np.mean([sound(name, piece)["Change"] for piece in PIECES]) for name in names()}
    others = [change[name] for name in names() if name not in "mn"]
    assert change["m"] < 0.75 * min(others)
    assert against("m", "1-4k").min() > 0.1


def test_n_has_warm_lows() -> None:
    assert joint("n", "60-120", "120-400").min() > 0.0
    assert joint("n", "60-120", "120-400").mean() > 2.0 * ENOUGH_DB
    assert (joint("n", "60-120", "120-400") - joint("n", "4-8k", "> 8 kHz")).min() > ENOUGH_DB


@pytest.mark.parametrize("profile", names())
def test_no_profile_is_harsh_or_boomy(profile: str) -> None:
    audible = [against(profile, name) for name in FIGURES[: EDGES_HZ.size - 1]]
    assert profile in "mn" or np.abs(audible).max() < 4.0
