"""``masterchain bench sound``, the sections on the mastering hand: each measures what its tables say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bench_tables import rows
from masterchain.graph import ArraySource, Settings, analyse, plan
from masterchain.nodes.bands import THIRD_OCTAVES_HZ, band_responses, third_gains_db
from masterchain.presets import names
from masterchain.scripts.bench.hand.claims import CLAIMS, Claim
from masterchain.scripts.bench.hand.dynamics import bench_dynamics, shaped
from masterchain.scripts.bench.hand.harm import bench_harm, louder_db
from masterchain.scripts.bench.hand.planted import planted
from masterchain.scripts.bench.hand.restoration import bench_restoration, removed
from masterchain.scripts.bench.hand.restraint import bench_restraint, contrast_db
from masterchain.scripts.bench.hand.sentences import bench_sentences, margin
from masterchain.scripts.bench.hand.slow_tone import k_weight_db, movement, response_db, slow_part
from masterchain.scripts.bench.hand.trade import bench_trade
from masterchain.scripts.bench.music import Excerpt, excerpts
from masterchain.scripts.bench.tables import Bench
from masterchain.scripts.shell.outcome import Session
from signals import rng


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "out", Session(), {"music": "a test"})


@pytest.fixture(scope="module")
def mix() -> Excerpt:
    return excerpts(None, 6.0)[0]


def test_restraint_tells_of_each_track_and_of_all(bench: Bench, mix: Excerpt) -> None:
    bench_restraint(bench, [mix], "in")
    moved = rows(bench, "restraint")
    assert list(moved) == ["demo mix", "all, median", "all, most"]
    assert 0.0 < moved["demo mix"]["median"] <= moved["demo mix"]["95 %"] <= moved["demo mix"]["most"]
    assert rows(bench, "restraint_profiles")["i Balanced"]["most"] == moved["demo mix"]["most"]
    assert list(rows(bench, "restraint_range")["demo mix"]) == ["Track", "LRA", "i", "n"]


def test_restoration_and_the_trade_tell_the_same_of_intensity_100(bench: Bench, mix: Excerpt) -> None:
    bench_restoration(bench, [mix], ["dull"])
    bench_trade(bench, [mix], (0.0, 100.0), (6.0, 12.0), ["dull"])
    trade = rows(bench, "trade")
    assert rows(bench, "restoration_master")["demo mix"]["dull"] == trade["intensity 100 %"]["restored"]
    assert rows(bench, "restoration_original")["demo mix"]["dull"] == trade["intensity 100 %"]["original"]
    assert trade["intensity 0 %"]["moved"] == 0.0 < trade["intensity 100 %"]["moved"]
    assert trade["range 6 dB"]["95 %"] <= trade["range 12 dB"]["95 %"]
    # The limiter lowers 6 dB of highs and the original by other parts of a percent.
    assert trade["intensity 0 %"]["restored"] == pytest.approx(0.0, abs=3.0)
    assert "worst" in rows(bench, "restoration_over_time")["demo mix"]
    assert (bench.folder / "trade.png").read_bytes().startswith(b"\x89PNG")


def test_harm_has_four_cases(bench: Bench, mix: Excerpt) -> None:
    bench_harm(bench, [mix], ["n"])
    assert list(rows(bench, "harm")) == ["hiss", "rumble", "breakdown", "fade-out"]
    for case in rows(bench, "harm"):
        assert list(rows(bench, f"harm_{case}")["demo mix"]) == ["Track", "level only", "n"]


def test_dynamics_count_what_rises_and_falls(bench: Bench, mix: Excerpt) -> None:
    bench_dynamics(bench, [mix], "c", "h")
    assert rows(bench, "dynamics_tight_14")["PLR up"]["c"] in (0, 1)
    assert {"demo mix", "LRA down", "PSR below the track's", "deeper"} < set(rows(bench, "dynamics_wide_9"))
    residual = rows(bench, "dynamics_residual")["demo mix"]
    assert residual["i - off"] == pytest.approx(residual["i"] - residual["off"])
    assert residual["again"] < 0.0


def test_sentences_name_the_track_where_they_hold_least(bench: Bench, mix: Excerpt) -> None:
    bench_sentences(bench, [mix], "df")
    sentences = rows(bench, "sentences")
    assert list(sentences) == ["d Sub", "f Light", "all"]
    assert sentences["all"]["least on"] == "demo mix"
    assert sentences["all"]["margin"] == min(sentences["d Sub"]["margin"], sentences["f Light"]["margin"])
    margins = {name: row["least"] for name, row in rows(bench, "sentences_claims").items() if name.startswith("d")}
    assert min(margins.values()) == sentences["d Sub"]["margin"]


def test_every_profile_has_a_sentence_of_claims() -> None:
    assert list(CLAIMS) == list(names())


def test_a_margin_is_what_one_group_has_over_the_other() -> None:
    sounds = {"i": {"x": 1.0, "y": 1.0, "Change": 2.0}, "m": {"x": 4.0, "y": 2.0, "Change": 0.5}}
    assert margin(Claim("", more=("x",), less=("y",)), "m", sounds) == 2.0
    assert margin(Claim("", less=("x",), slack=0.2), "m", sounds) == pytest.approx(-2.8)
    assert margin(Claim("", lighter=True), "m", sounds | {"a": {"Change": 2.0}}) == 1.5


def test_the_response_is_that_of_the_course(mix: Excerpt) -> None:
    analysis = analyse(ArraySource(mix.audio, mix.rate))
    half = plan(analysis, Settings("i", intensity=50.0))
    expected = third_gains_db(0.5 * half.tone.gains_db, band_responses())
    np.testing.assert_allclose(response_db(half), expected, atol=1e-9)
    off = plan(analysis, Settings("i", intensity=0.0))
    assert movement(off, analysis.report).cells() == [0.0] * 6
    np.testing.assert_array_equal(slow_part(mix, off), mix.audio)
    np.testing.assert_array_equal(shaped(mix, off), mix.audio)


def test_k_weighting_is_that_of_the_standard() -> None:
    weight = dict(zip(np.round(THIRD_OCTAVES_HZ), k_weight_db(), strict=True))
    # The standard's filter has +0.69 dB at 997 Hz, which its constant takes back, and 4 dB more than 0 far above.
    assert weight[1000.0] == pytest.approx(0.69, abs=0.03)
    assert weight[10000.0] == pytest.approx(4.0, abs=0.1)
    assert weight[20.0] < -10.0


def test_contrast_is_what_the_shape_does_over_time_whatever_the_level() -> None:
    noise = rng(12).standard_normal((2, 12 * 48000))
    steady = contrast_db(noise, 48000)
    swelling = contrast_db(noise * np.linspace(0.3, 1.0, noise.shape[1]), 48000)
    assert swelling == pytest.approx(steady, abs=0.2)
    brighter = np.diff(noise, axis=1) / np.sqrt(2.0)
    changing = np.concatenate([noise[:, : 6 * 48000], brighter[:, 6 * 48000 :]], axis=1)
    # From 63 Hz to 12.5 kHz it tilts by 6 dB an octave: 12 dB off at the mean third, half of it the deviation.
    assert contrast_db(changing, 48000) == pytest.approx(5.5, abs=1.0)


def test_planted_noise_is_as_loud_as_it_is_said_to_be_and_alone() -> None:
    silence = Excerpt("silence", 48000, np.zeros((2, 24 * 48000)))
    music = Excerpt("music", 48000, 0.1 * rng(13).standard_normal((2, 24 * 48000)))
    for name, dbfs in (("hiss", -66.0), ("rumble", -60.0), ("fade-out", -70.0)):
        noise = planted(silence)[name].excerpt.audio
        assert 10.0 * np.log10(np.mean(noise * noise)) == pytest.approx(dbfs, abs=0.1)
    hiss = planted(music)["hiss"]
    alone = hiss.excerpt.audio[:, hiss.start : hiss.stop]
    assert 10.0 * np.log10(np.mean(alone * alone)) == pytest.approx(-66.0, abs=0.1)
    assert removed(1.0, 4.0) == 75.0


def test_a_level_alone_makes_no_noise_louder_against_the_music(mix: Excerpt) -> None:
    soft = Excerpt("soft", mix.rate, 0.1 * mix.audio)
    for noisy in planted(soft).values():
        analysis = analyse(ArraySource(noisy.excerpt.audio, noisy.excerpt.rate))
        louder = louder_db(noisy, Settings("i", intensity=0.0, loudness=-40.0), analysis)
        assert louder == pytest.approx(0.0, abs=0.01)
