"""The slow part of the equaliser as a rule: restrained, monotone, at rest where records are, and silent about noise."""

from __future__ import annotations

import numpy as np
import pytest
from masterchain.nodes import DynamicEQ
from masterchain.nodes.bands import (
    EMPTY_DB,
    NEUTRAL_DB,
    THIRD_OCTAVES_HZ,
    TOLERANCE_DB,
    band_responses,
    k_weighting,
    third_gains_db,
)
from masterchain.nodes.base import Block
from masterchain.presets import load, names

RESPONSES = band_responses()
SOUGHT = slice(1, 30)
"""The thirds from 25 Hz to 16 kHz, in which anything is asked for."""


def equaliser(profile: str = "i", **values: float) -> DynamicEQ:
    return DynamicEQ(**load(profile).values["dynamic_eq"] | values)


def spectra(seed: int, points: int, spread_db: float = 7.0) -> Block:
    """Return random spectra ``(points, 31)`` in dB: around that of records, smooth or rough, loud or soft."""
    draw = np.random.default_rng(seed)
    knots = draw.normal(0.0, spread_db, (points, 8))
    smooth = np.stack([np.interp(np.arange(31), np.linspace(0, 30, 8), row) for row in knots])
    rough = draw.normal(0.0, 2.5, (points, 31)) * draw.integers(0, 2, (points, 1))
    return np.asarray(NEUTRAL_DB + smooth + rough + draw.uniform(-50.0, 0.0, (points, 1)))


def gains(eq: DynamicEQ, levels_db: Block) -> Block:
    return eq.tone_for(10.0 ** (0.1 * levels_db))


def moved(eq: DynamicEQ, levels_db: Block) -> Block:
    """Return what the slow part does to each third, ``(points, 31)`` dB, before its loudness is made up for."""
    return third_gains_db(gains(eq, levels_db), RESPONSES)


@pytest.mark.parametrize("profile", names())
def test_of_two_spectra_the_one_with_more_in_a_third_has_more_there_at_the_end(profile: str) -> None:
    """10,000 pairs for profile i, a thousand for each other one, the loudness made up for or not."""
    pairs = 10000 if profile == "i" else 1000
    eq, draw, less = equaliser(profile), np.random.default_rng(7), spectra(11, pairs)
    more = less.copy()
    at = np.arange(pairs), draw.integers(0, 31, pairs)
    more[at] += draw.uniform(0.05, 20.0, pairs)
    ends, levels = [], []
    for spectrum in (less, more):
        own = gains(eq, spectrum)
        ends.append(spectrum + third_gains_db(own, RESPONSES))
        levels.append(eq.loudness_change_db(10.0 ** (0.1 * spectrum), own))
    assert (ends[1][at] > ends[0][at]).all()
    assert (ends[1][at] - levels[1] > ends[0][at] - levels[0]).all()


@pytest.mark.parametrize("profile", names())
def test_the_response_stays_within_its_range_and_6_db_an_octave_and_no_bands_are_opposed(profile: str) -> None:
    eq = equaliser(profile)
    own = gains(eq, spectra(3, 2000, spread_db=12.0))
    response = third_gains_db(own, RESPONSES)[:, SOUGHT]
    assert np.abs(response).max() <= eq.range_db + 1e-3
    assert np.abs(np.diff(response, axis=1)).max() <= 2.01
    opposed = np.minimum(own[:, 1:] * np.sign(own[:, :-1]), 0.0)
    assert (np.minimum(np.abs(own[:, :-1]), -opposed) < 4.001).all()


@pytest.mark.parametrize("profile", "mn")
def test_light_profiles_move_nothing_by_more_than_3_db(profile: str) -> None:
    assert np.abs(moved(equaliser(profile), spectra(5, 2000, spread_db=12.0))[:, SOUGHT]).max() < 3.001


def test_a_range_turned_up_is_a_range_used() -> None:
    tilted = NEUTRAL_DB + 3.0 * np.log2(THIRD_OCTAVES_HZ / 1000.0) - 20.0
    most = [np.abs(moved(equaliser(range_db=most), tilted[None])[:, SOUGHT]).max() for most in (6.0, 12.0)]
    assert most[0] < 6.001
    assert most[1] > 7.0


def test_what_is_as_half_of_all_records_are_is_left_alone() -> None:
    draw = np.random.default_rng(1)
    shares = np.stack([np.interp(np.arange(31), np.linspace(0, 30, 9), row) for row in draw.uniform(-1, 1, (300, 9))])
    inside = NEUTRAL_DB + 0.6 * shares * TOLERANCE_DB - 30.0  # the level at which they lie is to be found, too
    assert np.abs(gains(equaliser(), inside)).max() < 0.05


def test_the_farther_off_the_nearer_to_all_of_it_is_taken_back() -> None:
    bump = np.exp(-(np.log2(THIRD_OCTAVES_HZ / 1000.0) ** 2) / 2.0)
    third = int(np.abs(THIRD_OCTAVES_HZ - 1000.0).argmin())
    eq = equaliser(range_db=12.0)
    shares = [-float(moved(eq, (NEUTRAL_DB - 30.0 + db * bump)[None])[0, third]) / db for db in (1.0, 2.0, 4.0, 8.0)]
    assert shares[0] == pytest.approx(0.0, abs=0.02)
    assert shares == sorted(shares)
    assert shares[-1] > 0.5


def test_what_was_moved_once_rests_there() -> None:
    """Wherever the range sufficed, which a wide one here does."""
    eq, levels = equaliser(range_db=12.0), spectra(9, 200, spread_db=2.5)
    first = moved(eq, levels)
    again = moved(eq, levels + first)
    assert np.sqrt((first[:, SOUGHT] ** 2).mean()) > 0.9
    assert np.sqrt((again[:, SOUGHT] ** 2).mean()) < 0.25


def test_the_amount_caps_correction_and_colour() -> None:
    draw = spectra(2, 300, spread_db=4.0)
    for profile in "ci":
        whole, half, none = (moved(equaliser(profile, amount=amount), draw) for amount in (100.0, 50.0, 0.0))
        assert np.abs(none).max() == 0.0
        assert np.sqrt((half**2).mean()) < 0.7 * np.sqrt((whole**2).mean())


@pytest.mark.parametrize("profile", "icaen")
def test_where_nothing_is_nothing_is_lifted(profile: str) -> None:
    """Far under the level of records, at the low and at the high end; only the tails of sections reach there."""
    for gone in (THIRD_OCTAVES_HZ < 180.0, THIRD_OCTAVES_HZ > 6000.0):
        levels = np.where(gone, NEUTRAL_DB - EMPTY_DB[1] - 15.0, NEUTRAL_DB) - 20.0
        eq = equaliser(profile)
        own = gains(eq, levels[None])
        made_up = -eq.loudness_change_db(10.0 ** (0.1 * levels[None]), own)
        inside = np.convolve(np.pad(gone, 2, mode="edge"), np.ones(5), mode="valid") == 5.0
        assert (third_gains_db(own, RESPONSES) + made_up[:, None])[0, inside].max() < 1.0


def test_noise_is_not_lifted_against_the_music() -> None:
    eq, levels = equaliser("a"), spectra(4, 300, spread_db=5.0)
    music = np.ones_like(levels)
    music[:, THIRD_OCTAVES_HZ > 4000.0] = 0.0
    own = eq.tone_for(10.0 ** (0.1 * levels), music)
    made_up = -eq.loudness_change_db(10.0 ** (0.1 * levels), own)
    inside = THIRD_OCTAVES_HZ > 6000.0
    rises = (third_gains_db(own, RESPONSES) + made_up[:, None])[:, inside].max(axis=1)
    assert np.percentile(rises, 90.0) < 1.0  # the rest are spectra whose loudness lies where the noise begins
    assert rises.max() < 3.5


def test_the_change_of_loudness_is_that_of_the_k_weighted_power() -> None:
    levels = spectra(6, 20)
    eq = equaliser("c")
    own = gains(eq, levels)
    power = 10.0 ** (0.1 * levels) * k_weighting()
    after = power * 10.0 ** (0.1 * third_gains_db(own, RESPONSES))
    expected = 10.0 * np.log10(after.sum(axis=1) / power.sum(axis=1))
    assert eq.loudness_change_db(10.0 ** (0.1 * levels), own) == pytest.approx(expected, abs=1e-9)


def test_the_k_weighting_is_the_standards_own() -> None:
    """BS.1770-5 Annex 1: 0 dB near 500 Hz but for 0.69 that calibrates it, 4 dB above, falling below 60 Hz."""
    gain_db = 10.0 * np.log10(k_weighting())
    at = {hz: float(np.interp(np.log(hz), np.log(THIRD_OCTAVES_HZ), gain_db)) for hz in (40, 100, 1000, 10000)}
    assert at[1000] == pytest.approx(0.691, abs=0.05)
    assert at[10000] == pytest.approx(4.0, abs=0.15)
    assert at[100] == pytest.approx(-1.1, abs=0.2)
    assert at[40] == pytest.approx(-5.9, abs=0.5)
