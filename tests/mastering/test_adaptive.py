"""What adapts: versions of one track come out alike, quietly and in proportion, and what is right is left alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from masterchain.graph import ArrayDestination, ArraySource, Plan, Settings, analyse, plan, render
from masterchain.nodes.bands import NEUTRAL_DB, THIRD_OCTAVES_HZ
from masterchain.nodes.base import Block
from scipy import signal
from songs import RATE, song

THIRDS_HZ = 1000.0 * 10.0 ** (np.arange(-12, 12) / 10.0)  # 63 Hz to 12.5 kHz
WIDTHS_HZ = [(20.0, 200.0), (200.0, 3000.0), (3000.0, 20000.0)]

Change = Callable[[Block], Block]


def filtered(audio: Block, gain_db: Callable[[Block], Block]) -> Block:
    """Return ``audio`` with a linear-phase gain over frequency."""
    hz = np.maximum(np.fft.rfftfreq(audio.shape[1], 1.0 / RATE), 20.0)
    return np.fft.irfft(np.fft.rfft(audio) * 10.0 ** (gain_db(hz) / 20.0), audio.shape[1])


def sides(audio: Block, factor: float) -> Block:
    middle, side = audio.mean(axis=0), factor * 0.5 * (audio[0] - audio[1])
    return np.stack([middle + side, middle - side])


def bell(hz: Block, centre: float, gain_db: float) -> Block:
    return gain_db * np.exp(-((np.log2(hz / centre) / 0.8) ** 2))


VERSIONS: dict[str, Change] = {
    "as it is": lambda x: x,
    "bright": lambda x: filtered(x, lambda hz: np.log2(hz / 1000.0)),
    "warm": lambda x: filtered(x, lambda hz: -np.log2(hz / 1000.0)),
    "dull": lambda x: filtered(x, lambda hz: -6.0 / (1.0 + (3000.0 / hz) ** 2)),
    "boomy": lambda x: filtered(x, lambda hz: bell(hz, 120.0, 6.0)),
    "harsh": lambda x: filtered(x, lambda hz: bell(hz, 3500.0, 5.0)),
    "narrow": lambda x: sides(x, 0.5),
    "wide": lambda x: sides(x, 1.6),
}


@cache
def recorded(seed: int, seconds: float) -> Block:
    """A song over a bed of noise, within 3 dB of the spectrum of records: its versions lie within reach."""
    noise = np.random.default_rng(seed).standard_normal((2, round(seconds * RATE)))
    bed = filtered(noise, lambda hz: -4.5 * np.log2(hz / 100.0) * (hz > 100.0))
    pulse = 0.5 + 0.5 * (np.arange(noise.shape[1]) % round(0.5 * RATE) < 0.2 * RATE)
    x = 0.5 * song(seconds, seed=seed) + 0.12 * pulse * sides(bed / np.abs(bed).max(), 0.6)
    target = np.interp(np.log(THIRDS_HZ), np.log(THIRD_OCTAVES_HZ), NEUTRAL_DB)
    lack = target - target.mean() - thirds_db(x)
    own = 3.0 * np.sin(1.2 * np.log2(THIRDS_HZ / 80.0))
    return filtered(x, lambda hz: np.interp(np.log(hz), np.log(THIRDS_HZ), lack + own))


def piece(seed: int = 1, seconds: float = 16.0) -> Block:
    return recorded(seed, seconds).copy()


def thirds_db(audio: Block) -> Block:
    hz, power = signal.welch(audio, RATE, nperseg=16384)
    edges = [(hz >= f * 10.0**-0.05) & (hz < f * 10.0**0.05) for f in THIRDS_HZ]
    levels = np.array([10.0 * np.log10(power.sum(axis=0)[edge].sum()) for edge in edges])
    return np.asarray(levels - levels.mean())


def widths_db(audio: Block) -> Block:
    middle, side = audio.mean(axis=0), 0.5 * (audio[0] - audio[1])
    hz, m = signal.welch(middle, RATE, nperseg=16384)
    _, s = signal.welch(side, RATE, nperseg=16384)
    bands = [(hz >= low) & (hz < high) for low, high in WIDTHS_HZ]
    return np.array([10.0 * np.log10(s[b].sum() / m[b].sum()) for b in bands])


def planned(audio: Block, **settings: object) -> Plan:
    return plan(analyse(ArraySource(audio, RATE)), Settings(**settings))  # type: ignore[arg-type]


def mastered(audio: Block, **settings: object) -> Block:
    destination = ArrayDestination()
    render(ArraySource(audio, RATE), destination, planned(audio, **settings))
    assert destination.audio is not None
    return destination.audio


@cache
def versions() -> tuple[list[Block], list[Block]]:
    """Return all versions of the piece, and their masters."""
    raw = [change(piece()) for change in VERSIONS.values()]
    return raw, [mastered(x, loudness=-16.0, stereo_image=True) for x in raw]


def rms_spread(rows: list[Block]) -> float:
    values = np.array(rows)
    return float(np.sqrt(((values - values.mean(axis=0)) ** 2).mean()))


def test_spectra_of_versions_come_out_within_half_of_their_spread() -> None:
    """No nearer: what half of all records do is left alone, and these versions lie about its edges."""
    raw, masters = versions()
    before, after = rms_spread([thirds_db(x) for x in raw]), rms_spread([thirds_db(x) for x in masters])
    assert before > 1.0
    assert after <= 0.5 * before


def test_widths_of_versions_come_out_within_a_third_of_their_spread() -> None:
    raw, masters = versions()
    before, after = (np.array([widths_db(x) for x in audio]).std(axis=0) for audio in (raw, masters))
    assert (after <= before / 3.0).all()


def test_a_track_that_changes_half_way_comes_out_in_more_nearly_one_tone() -> None:
    x = piece(seconds=40.0)
    tilted = filtered(x, lambda hz: -3.0 * np.log2(hz / 1000.0))
    y = np.where(np.arange(x.shape[1]) < 20 * RATE, x, tilted)
    z = mastered(y, loudness=-16.0)
    window = 10 * RATE
    before, after = (rms_spread([thirds_db(a[:, k * window : (k + 1) * window]) for k in range(4)]) for a in (y, z))
    assert after < 0.65 * before


def test_what_profile_i_made_it_moves_little() -> None:
    x = piece(seconds=24.0)
    first = mastered(x, loudness=-16.0)
    again = mastered(first, loudness=None)
    changes = [float(np.sqrt(((thirds_db(after) - thirds_db(before)) ** 2).mean()))
               for before, after in ((x, first), (first, again))]  # fmt: skip
    assert changes[0] > 0.8
    assert changes[1] < 0.35 * changes[0]


def test_intensity_moves_the_spectrum_in_proportion() -> None:
    x = VERSIONS["dull"](piece())
    moved = [thirds_db(mastered(x, loudness=-18.0, intensity=i)) - thirds_db(x) for i in (0.0, 25.0, 50.0, 75.0, 100.0)]
    size = [float(np.sqrt((m**2).mean())) for m in moved]
    assert size[0] < 0.05
    assert size[4] > 1.0
    for share, change in zip((0.25, 0.5, 0.75), size[1:4], strict=True):
        assert change == pytest.approx(share * size[4], rel=0.15)


def test_bands_come_out_within_their_dead_band_and_a_second_pass_finds_no_width_to_set() -> None:
    noise = np.random.default_rng(3).standard_normal((2, 16 * RATE))  # without peaks, which dynamics would move
    x = filtered(sides(0.02 * noise, 0.5), lambda hz: np.interp(np.log(hz), np.log(THIRD_OCTAVES_HZ), NEUTRAL_DB))
    for change in ("bright", "narrow", "wide"):
        y = filtered(VERSIONS[change](x), lambda hz: -10.0 * np.log10(hz / 1000.0))
        first = mastered(y, loudness=-30.0, stereo_image=True)
        widths = widths_db(first)
        assert (widths > np.array([-19.2, -10.0, -9.9]) - 0.3).all(), change
        assert (widths < np.array([-16.8, -7.6, -7.5]) + 0.3).all(), change
        again = planned(first, loudness=None, stereo_image=True).width
        assert again is not None
        assert np.abs(again.gains_db).max() < 0.5, change


def test_the_slow_part_moves_by_less_than_half_a_db_in_100_ms() -> None:
    x = piece(seconds=24.0)
    first, second = VERSIONS["narrow"](VERSIONS["bright"](x)), VERSIONS["wide"](VERSIONS["warm"](x))
    plan = planned(np.where(np.arange(x.shape[1]) < 12 * RATE, first, second), stereo_image=True)
    assert plan.width is not None
    for course in (plan.tone, plan.width):
        steps = np.abs(np.diff(course.gains_db, axis=0)) * 0.1 * RATE / course.hop_frames
        assert 0.01 < steps.max() < 0.5


def test_hiss_in_a_pause_and_in_a_fade_out_is_not_lifted() -> None:
    x = VERSIONS["dull"](piece(seconds=24.0))
    gain = np.ones(x.shape[1])
    gain[10 * RATE : 14 * RATE] = 0.0
    gain[20 * RATE :] = 10.0 ** (-np.linspace(0.0, 4.0, 4 * RATE))
    hiss = filtered(np.random.default_rng(5).standard_normal(x.shape), lambda hz: np.where(hz > 3000.0, 0.0, -60.0))
    y = x * gain + 2e-4 * hiss
    z = mastered(y, loudness=None)
    for quiet in (slice(11 * RATE, 13 * RATE), slice(round(23.5 * RATE), None)):
        lifted = 10.0 * np.log10((z[:, quiet] ** 2).mean() / (y[:, quiet] ** 2).mean())
        made_up = 10.0 * np.log10((z**2).mean() / (y**2).mean())
        assert lifted < made_up + 1.0


def test_silence_within_a_track_stays_silent() -> None:
    x = piece(seconds=16.0)
    x[:, 6 * RATE : 12 * RATE] = 0.0
    assert np.abs(mastered(x, stereo_image=True)[:, 8 * RATE : 12 * RATE - 1000]).max() < 1e-8


def test_a_mono_track_stays_mono() -> None:
    x = np.repeat(piece().mean(axis=0)[None], 2, axis=0)
    y = mastered(x, stereo_image=True)
    assert np.abs(y[0] - y[1]).max() < 1e-9


@pytest.mark.parametrize("version", ["narrow", "wide"])
def test_width_leaves_the_mono_sum_as_it_was(version: str) -> None:
    x = VERSIONS[version](piece())
    with_width, without = (mastered(x, loudness=-18.0, stereo_image=on).mean(axis=0)[None] for on in (True, False))
    assert np.abs(thirds_db(with_width) - thirds_db(without)).max() < 0.5
