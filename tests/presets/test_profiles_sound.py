"""Every profile sounds as its description says: at equal loudness, against profile i, on music of four characters."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from masterchain.graph import Analysis, ArrayDestination, ArraySource, Rendered, Settings, analyse, plan, render
from masterchain.nodes.base import Block
from masterchain.presets import names
from masterchain.scripts.bench.profiles import EDGES_HZ, FIGURES, sound_figures
from scipy import signal
from songs import RATE, pieces

PIECES = ("song", "acoustic", "wall", "boomy")
LOUDNESS = -14.0
ENOUGH_DB, CLEAR_DB = 0.1, 0.4
"""So much at least in every piece, ten times what loudness may miss by; so much on the mean of all, to be heard."""


@cache
def music() -> dict[str, tuple[Block, Analysis]]:
    return {name: (audio, analyse(ArraySource(audio, RATE))) for name, audio in pieces().items()}


def rendered(audio: Block, analysis: Analysis, settings: Settings) -> tuple[Block, Rendered]:
    destination = ArrayDestination()
    result = render(ArraySource(audio, RATE), destination, plan(analysis, settings))
    assert destination.audio is not None
    return destination.audio, result


@cache
def sound(profile: str, piece: str) -> dict[str, float]:
    """Return the figures of a master by name."""
    source, analysis = music()[piece]
    audio, result = rendered(source, analysis, Settings(profile, loudness=LOUDNESS))
    figures = sound_figures(audio, RATE, result.after, analysis.report)
    return dict(zip(FIGURES, figures.tolist(), strict=True))


def against(profile: str, figure: str, other: str = "i") -> Block:
    """Return by how much a figure of ``profile`` exceeds that of ``other``, ``(pieces,)``, dB or LU."""
    return np.array([sound(profile, piece)[figure] - sound(other, piece)[figure] for piece in PIECES])


def joint(profile: str, *bands: str, other: str = "i") -> Block:
    """Return the same for some bands together, each of them counting alike."""
    return np.asarray(np.mean([against(profile, band, other) for band in bands], axis=0))


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


def assert_clear(more: Block, least: float = CLEAR_DB) -> None:
    """Hold that ``more`` ``(pieces,)`` is positive in every piece, and ``least`` dB on the mean."""
    assert more.min() > ENOUGH_DB
    assert more.mean() > least


def test_a_is_bright_above() -> None:
    assert_clear(against("a", "4-8k"))
    assert_clear(against("a", "> 8 kHz"), 1.0)


def test_b_has_a_solid_low_end_and_clear_mids() -> None:
    assert_clear(joint("b", "< 60", "60-120"))
    assert_clear(against("b", "1-4k") - joint("b", "120-400", "400-1k"))
    assert_clear(against("b", "1-4k"))


def test_c_has_bass() -> None:
    assert_clear(against("c", "60-120"), 1.0)


def test_d_has_more_sub_bass_than_c() -> None:
    assert_clear(against("d", "< 60", other="c"))
    assert_clear(against("d", "< 60"), 1.0)


def test_e_has_sub_bass_and_open_mids_and_highs() -> None:
    assert_clear(against("e", "< 60"), 1.0)
    assert_clear(against("e", "1-4k"))
    assert_clear(joint("e", "4-8k", "> 8 kHz"), 1.0)


@pytest.mark.parametrize("profile", "fg")
def test_the_low_end_of_f_and_g_swings_further_and_is_wider(profile: str) -> None:
    assert against(profile, "Low swing").min() > ENOUGH_DB
    assert_clear(joint(profile, "< 60", "60-120"))
    assert low_width(profile) > low_width("i") + 1.0


def low_width(profile: str) -> float:
    """Return side to middle below 200 Hz in dB of a piece's master with its width set."""
    audio, _ = rendered(*music()["wall"], Settings(profile, loudness=LOUDNESS, stereo_image=True))
    low = signal.sosfilt(signal.butter(4, 200.0, fs=RATE, output="sos"), audio, axis=1)
    return float(10.0 * np.log10(((low[0] - low[1]) ** 2).sum() / ((low[0] + low[1]) ** 2).sum()))


def test_f_is_light_above_and_g_dark() -> None:
    assert_clear(joint("f", "4-8k", "> 8 kHz"), 1.0)
    assert_clear(-joint("g", "4-8k", "> 8 kHz"), 1.0)


def test_h_is_open_in_mids_and_highs() -> None:
    assert_clear(against("h", "1-4k"))
    assert_clear(joint("h", "4-8k", "> 8 kHz"), 1.0)


def test_j_is_smooth_with_a_slight_lift_above() -> None:
    assert_clear(against("j", "> 8 kHz"))
    assert_clear(against("a", "> 8 kHz", other="j"))
    assert_clear(against("j", "> 8 kHz") - against("j", "1-4k"))


def test_k_is_boosted_in_lows_and_mids() -> None:
    assert_clear(joint("k", "< 60", "60-120"))
    assert_clear(against("k", "1-4k"))
    assert_clear(joint("k", "< 60", "60-120", "1-4k") - against("k", "> 8 kHz"))


def test_l_puts_the_mids_in_front() -> None:
    assert_clear(against("l", "1-4k"), 1.0)
    for band in ("< 60", "60-120", "120-400", "4-8k", "> 8 kHz"):
        assert_clear(against("l", "1-4k") - against("l", band))


def test_m_touches_the_sound_more_lightly_than_most_and_clears_its_mids() -> None:
    for piece in PIECES:
        others = [sound(name, piece)["Change"] for name in names() if name not in "imn"]
        assert sound("m", piece)["Change"] < np.median(others)
    assert_clear(against("m", "1-4k"))


def test_n_has_warm_lows() -> None:
    assert_clear(joint("n", "60-120", "120-400"))
    assert_clear(joint("n", "60-120", "120-400") - joint("n", "4-8k", "> 8 kHz"), 1.0)


@pytest.mark.parametrize("profile", [name for name in names() if name not in "mn"])  # these leave a track its own tone
def test_no_profile_moves_a_band_by_more_than_5_db(profile: str) -> None:
    for band in FIGURES[: EDGES_HZ.size - 1]:
        assert np.abs(against(profile, band)).max() < 5.0


def test_what_a_profile_made_it_moves_far_less_the_second_time() -> None:
    for profile in "dhm":
        first, result = rendered(*music()["wall"], Settings(profile, loudness=LOUDNESS))
        analysis = analyse(ArraySource(first, RATE))
        second, report = rendered(first, analysis, Settings(profile, loudness=LOUDNESS))
        change = sound_figures(second, RATE, report.after, result.after)[-1]
        assert change < 0.7
        assert change < 0.7 * sound(profile, "wall")["Change"]
