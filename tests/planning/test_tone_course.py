"""The tone over a track: it moves no loudness, lifts no noise and no rest, and gives way where headroom counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from masterchain.graph import Analysis, ArrayDestination, ArraySource, Rendered, Settings, analyse, plan, render
from masterchain.graph.planning import dynamics
from masterchain.graph.planning.tone_course import ToneAsked, tone_course
from masterchain.nodes import DynamicEQ, ToneCourse
from masterchain.nodes.bands import THIRD_OCTAVES_HZ, band_responses, third_gains_db
from masterchain.nodes.base import Block
from masterchain.presets import load, names
from masters import loudness
from numpy.typing import NDArray
from songs import RATE, dull, pieces, song, toned

RESPONSES = band_responses()
TIGHT = [name for name in names() if load(name).density is not None]
WIDE = [name for name in names() if load(name).values["dynamic_eq"].get("ratio", 1.0) < 1.0]


def analysed(audio: Block) -> Analysis:
    return analyse(ArraySource(audio, RATE))


def mastered(audio: Block, **settings: object) -> tuple[Block, Rendered]:
    destination = ArrayDestination()
    result = render(ArraySource(audio, RATE), destination, plan(analysed(audio), Settings(**settings)))  # type: ignore[arg-type]
    assert destination.audio is not None
    return destination.audio, result


def rise(course: ToneCourse, first: float, last: float, thirds: NDArray[np.bool_]) -> float:
    """Return the most that ``thirds`` rise against the music between two seconds, dB."""
    net = third_gains_db(course.gains_db, RESPONSES) + course.makeup_db[:, None]
    rows = slice(int(np.ceil(first * RATE / course.hop_frames)), int(last * RATE / course.hop_frames) + 1)
    return float(net[rows][:, thirds].max())


def faded(audio: Block, start: float, stop: float) -> Block:
    """Return 1 outside of ``start`` to ``stop`` in seconds, 0 inside, ``(frames,)``."""
    seconds = np.arange(audio.shape[1]) / RATE
    return np.interp(seconds, [start, start + 0.05, stop - 0.05, stop], [1.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize("profile", ["i", "c", "h"])
def test_the_tone_moves_no_loudness_of_a_passage(profile: str) -> None:
    x = song(32.0)
    half = x.shape[1] // 2
    audio = np.concatenate([dull(x[:, :half]), toned(x[:, half:], lambda hz: 2.0 * np.log2(hz / 1000.0)) * 0.1], axis=1)
    eq = DynamicEQ(**load(profile).values["dynamic_eq"] | {"ratio": 1.0})
    course = tone_course(analysed(audio).report, eq, ToneAsked(), RATE)
    assert np.ptp(third_gains_db(course.gains_db, RESPONSES)) > 6.0
    eq.follow(course)
    out = np.asarray(eq(audio, RATE), dtype=np.float64)
    edge = 4 * RATE
    for part in (slice(edge, half - edge), slice(half + edge, -edge)):
        assert loudness(out[:, part]) == pytest.approx(loudness(audio[:, part]), abs=0.3)


def test_hiss_in_a_pause_is_no_louder_against_the_music() -> None:
    x = dull(song(24.0))
    hiss = 5e-4 * np.random.default_rng(1).standard_normal(x.shape)
    audio = x * faded(x, 9.0, 15.0) + hiss
    for profile in "iah":
        course = plan(analysed(audio), Settings(profile)).tone
        assert rise(course, 11.0, 13.0, THIRD_OCTAVES_HZ > 2000.0) < 1.0


def test_the_bass_of_a_breakdown_is_no_louder_against_the_music() -> None:
    x = song(40.0)
    hz = np.fft.rfftfreq(x.shape[1], 1.0 / RATE)
    high = np.fft.irfft(np.fft.rfft(x) / (1.0 + (250.0 / np.maximum(hz, 1.0)) ** 24) ** 0.5, x.shape[1])
    keep = faded(x, 14.0, 26.0)
    rumble = np.fft.irfft(np.fft.rfft(np.random.default_rng(2).standard_normal(x.shape)) * (hz < 120.0), x.shape[1])
    audio = x * keep + high * (1.0 - keep) + 3e-3 * rumble * (1.0 - keep)
    for profile in "ic":
        course = plan(analysed(audio), Settings(profile)).tone
        assert rise(course, 16.0, 24.0, (THIRD_OCTAVES_HZ > 30.0) & (THIRD_OCTAVES_HZ < 120.0)) < 1.0


def test_a_fade_out_ends_without_tone() -> None:
    x = dull(song(30.0))
    fade = np.interp(np.arange(x.shape[1]) / RATE, [0.0, 15.0, 30.0], [0.0, 0.0, -60.0])
    audio = x * 10.0 ** (fade / 20.0) + 3e-4 * np.random.default_rng(3).standard_normal(x.shape)
    course = plan(analysed(audio), Settings("a")).tone
    assert np.abs(course.gains_db[:12]).max() > 2.0
    assert np.abs(course.gains_db[-6:]).max() < 0.3


@pytest.mark.parametrize("profile", TIGHT)
def test_a_tight_profile_never_raises_the_peak_to_loudness_ratio(profile: str) -> None:
    for name, audio in pieces().items():
        _, result = mastered(0.1 * audio, profile=profile)
        before = result.plan.plr_before
        assert before is not None
        assert result.after.plr_db is not None
        assert result.after.plr_db < before + 0.05, name


@pytest.mark.parametrize("profile", WIDE)
def test_a_wide_profile_without_room_says_so_and_is_limited_about_as_deep_as_i(profile: str) -> None:
    audio = pieces()["song"]
    deepest = {}
    for name in (profile, "i"):
        _, result = mastered(audio, profile=name, loudness=-8.0)
        deepest[name] = float(result.stages.gain_reduction_db.max())
        assert any(limit.startswith("dynamics:") for limit in result.plan.limits) == (name == profile)
    assert deepest[profile] < deepest["i"] + 1.5  # 8 dB into the limiter, with other sounds


def test_at_loud_targets_bass_is_lifted_less() -> None:
    thin = toned(song(16.0), lambda hz: -7.0 / (1.0 + (hz / 150.0) ** 2))
    analysis = analysed(0.1 * thin)
    low = THIRD_OCTAVES_HZ < 110.0
    lifts = [
        float(third_gains_db(plan(analysis, Settings("c", loudness=target)).tone.gains_db, RESPONSES)[:, low].max())
        for target in (-14.0, -9.0)
    ]
    assert lifts[1] < 0.8 * lifts[0]


def test_a_dense_track_that_is_to_be_loud_is_left_more_alone() -> None:
    asked = (-14.0, 9.0), (-9.0, 14.0), (-9.0, 9.0), (None, None)
    shares = [dynamics.tone_share(load("i"), Settings("i"), *each) for each in asked]
    assert shares[:2] == [1.0, 1.0] == [shares[3]] * 2
    assert shares[2] < 0.5
    dense = replace(analysed(dull(song(8.0))), name="dense")
    squashed = np.tanh(20.0 * dull(song(8.0)))
    limits = plan(analysed(squashed), Settings("i", loudness=-9.0)).limits
    assert any(limit.startswith("tone:") for limit in limits)
    assert not plan(dense, Settings("i")).limits


def test_the_ride_spreads_passages_by_as_many_lu() -> None:
    x = song(40.0)
    levels = np.where(np.arange(x.shape[1]) % (10 * RATE) < 5 * RATE, 1.0, 0.5)
    report = analysed(x * levels).report
    eq = DynamicEQ(amount=0.0)
    spread = []
    for ride in (-10.0, 0.0, 10.0):
        makeup = tone_course(report, eq, ToneAsked(ride=ride), RATE).makeup_db
        spread.append(float(np.ptp(makeup)) * np.sign(ride))
    assert spread[1] == 0.0
    assert 0.3 < spread[2] < 0.7
    assert spread[0] == pytest.approx(-spread[2])
