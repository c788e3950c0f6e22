"""``masterchain bench listen`` and ``bench blind``: equally loud files, a model that hears, trials that are fair."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from masterchain.graph import ArraySource, analyse
from masterchain.graph.live.devices.base import DeviceError, NullDevice
from masterchain.scripts.bench.listening.blind import BlindJob, hold
from masterchain.scripts.bench.listening.folder import ROOM_DBTP, place, read
from masterchain.scripts.bench.listening.listener import Blind
from masterchain.scripts.bench.listening.perception import change
from masterchain.scripts.bench.listening.player import FADE_S, Player
from masterchain.scripts.bench.listening.screen import BlindScreen
from masterchain.scripts.bench.listening.trials import Pair, Trials, by_chance
from masterchain.scripts.bench.references import residual_db
from masterchain.scripts.bench.signals import music_like
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from scipy.signal import sosfilt
from signals import rng

RATE, SECONDS = 24000, 5.0
FRAMES = round(RATE * SECONDS)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for name, level in (("loud", 0.9), ("soft", 0.05)):
        sound = level * music_like(RATE, SECONDS) + 0.01 * level * rng(4).standard_normal((2, FRAMES))
        soundfile.write(folder / f"{name}.wav", sound.T, RATE, subtype="FLOAT")
    return folder


@pytest.fixture(scope="module")
def written(music: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listen") / "out"
    assert run(["bench", "listen", str(folder), "--music", str(music), "--profiles", "i,n"], Session()) == 0
    return folder


def tables(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "listen.json").read_text())["tables"]
    return loaded


def test_all_versions_of_a_track_are_equally_loud_and_none_is_too_high(written: Path) -> None:
    for track in ("loud", "soft"):
        sounds = [read(place(written, track, version)) for version in ("original", "i", "n")]
        reports = [analyse(ArraySource(sound.audio, sound.rate)).report for sound in sounds]
        loudness = [report.integrated_lufs for report in reports]
        assert None not in loudness
        # 24 bits are far finer than the meter's own 0.01 LU.
        assert np.ptp(np.array(loudness, float)) < 0.01
        assert all((report.true_peak_dbtp or 0.0) < ROOM_DBTP + 0.02 for report in reports)
        assert {soundfile.info(place(written, track, version)).subtype for version in ("original", "i")} == {"PCM_24"}
        assert tables(written)["change"]["rows"][track == "soft"][1] == pytest.approx(loudness[0], abs=0.01)


def test_the_original_is_the_excerpt_but_for_its_level(written: Path, music: Path) -> None:
    source, _ = soundfile.read(music / "soft.wav", always_2d=True)
    assert residual_db(read(place(written, "soft", "original")).audio, source.T) < -90.0


def test_the_change_stands_in_the_tables(written: Path) -> None:
    pytest.importorskip("zimtohrli")
    by_track = {row[0]: row[2:] for row in tables(written)["change"]["rows"]}
    assert by_track.keys() == {"loud", "soft"}
    assert all(value > 0.1 for row in by_track.values() for value in row)
    profiles = {row[0]: row[1:] for row in tables(written)["change_by_profile"]["rows"]}
    assert profiles["i"][0] == pytest.approx(np.median([row[0] for row in by_track.values()]))
    assert profiles["n"][1] == max(row[1] for row in by_track.values())
    assert by_track[profiles["n"][2]][1] == profiles["n"][1]
    assert "| soft |" in (written / "listen.md").read_text()


def test_files_come_without_the_model_and_it_is_said(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("masterchain.scripts.bench.listening.listen.model_version", lambda: None)
    assert run(["bench", "listen", str(tmp_path), "--music", str(music)], Session()) == 0
    assert "pip install 'masterchain[bench]'" in capsys.readouterr().out
    assert place(tmp_path, "soft", "i").exists()
    assert [row[2] for row in tables(tmp_path)["change"]["rows"]] == [None, None]


def test_an_earlier_version_stands_beside_this_one(written: Path, music: Path, tmp_path: Path) -> None:
    pytest.importorskip("zimtohrli")
    out = str(tmp_path / "now")
    assert run(["bench", "listen", out, "--music", str(music), "--against", str(written)], Session()) == 0
    table = tables(tmp_path / "now")["change"]
    assert table["columns"] == ["Track", "LUFS", "i before", "i now"]
    # The level, and so the rounding to 24 bits, is that of the quietest of the profiles that were asked for.
    assert all(now == pytest.approx(before, rel=0.001) for _, _, before, now in table["rows"])


def bell(x: np.ndarray, db: float) -> np.ndarray:
    """A bell at 2.5 kHz of Q 1, by the cookbook's formulas at 48 kHz."""
    a, w = 10.0 ** (db / 40.0), 2.0 * np.pi * 2500.0 / 48000.0
    alpha, c = np.sin(w) / 2.0, np.cos(w)
    sections = np.array([[1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a]])
    return np.asarray(sosfilt(sections / sections[0, 3], x, axis=1))


def test_the_model_hears_what_was_planted_and_nothing_else() -> None:
    pytest.importorskip("zimtohrli")
    x = 0.3 * music_like(48000, 2.0) + 0.003 * rng(5).standard_normal((2, 96000))
    noise = 0.3 * rng(6).standard_normal(x.shape)
    assert change(x, x, 48000) == 0.0
    one, three, six = (change(x, bell(x, db), 48000) for db in (1.0, 3.0, 6.0))
    # The distance grows with the square of a small change, so its root with dB.
    assert three == pytest.approx(3.0 * one, rel=0.1)
    assert six == pytest.approx(6.0 * one, rel=0.15)
    hiss = [change(x, x + 10.0 ** (db / 20.0) * noise, 48000) for db in (-60.0, -50.0, -40.0, -30.0)]
    assert hiss == sorted(hiss)
    assert hiss[-1] > 10.0 * one
    assert change(x, np.pad(x, ((0, 0), (1, 0)))[:, :-1], 48000) < one
    assert change(x[:, ::2], x[:, ::2], 24000) == 0.0


def test_what_would_be_compared_wrongly_is_refused() -> None:
    with pytest.raises(ValueError, match="the shapes must be the same"):
        change(np.zeros((2, 48000)), np.zeros((2, 48001)), 48000)
    with pytest.raises(ValueError, match=r"at least 0\.5 s"):
        change(np.zeros((2, 4000)), np.zeros((2, 4000)), 48000)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["listen", "out", "--seconds", "1"], "--seconds 1: must be at least 4"),
        (["listen", "out", "--profiles", ","], "--profiles names none"),
        (["listen", "out", "--profiles", "i,i"], "'i' is taken already"),
        (["listen", "out", "--profiles", "zz"], "profile 'zz': must be one of a..n"),
        (["listen", "out", "--loudness", "5"], "must be -60..-5 LUFS"),
        (["listen", "out", "--music", "nowhere"], "nowhere: is no directory"),
        (["listen", "out", "--music", "silent"], "quiet is silent there"),
        (["listen", "file", "--music", "other"], "cannot be made a directory"),
        (["listen", "out", "--against", "out"], "is the folder that is to be written"),
        (["listen", "out", "--against", "nowhere"], "--against nowhere: is no directory"),
        (["listen", "out", "--against", "WRITTEN", "--profiles", "a", "--music", "other"], "has no loud--a.flac"),
        (["listen", "out", "--against", "WRITTEN", "--music", "other"], "is another excerpt"),
        (["blind", "nowhere"], "DIR nowhere: is no directory"),
        (["blind", "silent"], "holds no TRACK--original.flac beside a master of it"),
        (["blind", "WRITTEN", "--trials", "0"], "--trials 0: must be 1..1000"),
        (["blind", "WRITTEN", "--profile", "a"], "no master a is there"),
        (["blind", "WRITTEN", "--backend", "magic"], "--backend magic: must be one of"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    options: list[str], told: str, written: Path, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("silent").mkdir()
    soundfile.write("silent/quiet.wav", np.zeros((FRAMES, 2)), RATE)
    Path("other").mkdir()
    for name in ("loud", "soft"):
        soundfile.write(f"other/{name}.wav", 0.1 * rng(7).standard_normal((FRAMES, 2)), RATE)
    assert run(["bench", *(word.replace("WRITTEN", str(written)) for word in options)], Session()) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("out/*"))


def test_guessing_is_a_fair_coin() -> None:
    assert by_chance(12, 12) == 2.0**-12
    assert by_chance(0, 7) == 1.0
    assert by_chance(9, 12) == pytest.approx(299 / 4096)


def test_trials_take_every_pair_as_often_and_x_is_either() -> None:
    pairs = [Pair(name, "i and the original", Path("a"), Path("b")) for name in "kmn"]
    trials, xs, names = Trials(pairs, 600, seed=3), [], []
    while trials.current is not None:
        xs.append(trials.current.x_is_b)
        names.append(trials.current.pair.track)
        trials.answer(True)
    assert {name: names.count(name) for name in "kmn"} == dict.fromkeys("kmn", 200)
    assert sum(trials.answers) == sum(xs)
    # 600 tosses lie within five deviations of 12.2 of their half.
    assert abs(sum(xs) - 300) < 61
    assert xs != [trial.x_is_b for trial in _all(Trials(pairs, 600, seed=4))]


def _all(trials: Trials) -> list[Any]:
    found = []
    while trials.current is not None:
        found.append(trials.current)
        trials.answer(True)
    return found


class Played:
    """A backend that plays when it is told to, and keeps what came."""

    sample_rate, period, channels = RATE, 256, 2

    def __init__(self) -> None:
        self.render: Callable[[np.ndarray], None]

    def run(self, render: Any, pulse: Any, latency: int, started: Any, ended: Any) -> str | None:
        self.render = render
        started()
        while not ended(0.05):
            pass
        return None

    def close(self) -> None:
        """Nothing to let go of."""

    def play(self, frames: int) -> np.ndarray:
        block = np.empty((2, frames))
        self.render(block)
        return block


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    backend = Played()
    monkeypatch.setattr("masterchain.scripts.bench.listening.player.open_backend", lambda device: backend)
    return backend


def test_versions_play_in_step_and_bit_for_bit_but_for_the_fades(played: Played) -> None:
    one, other = rng(8).standard_normal((2, 2, 5000))
    fade = round(FADE_S * RATE)
    with Player(NullDevice()) as player:
        assert not played.play(100).any()
        player.load([one, other])
        np.testing.assert_array_equal(played.play(2000)[:, fade:], one[:, fade:2000])
        player.hear(1)
        changing = played.play(1000)
        np.testing.assert_array_equal(changing[:, fade:], other[:, 2000 + fade : 3000])
        weights = np.arange(1, fade) / fade
        mixed = one[:, 2000 : 1999 + fade] * (1.0 - weights) + other[:, 2000 : 1999 + fade] * weights
        np.testing.assert_allclose(changing[:, : fade - 1], mixed, atol=1e-12)
        np.testing.assert_array_equal(played.play(3000), np.concatenate([other[:, 3000:], other[:, :1000]], axis=1))
        player.playing = False
        assert not played.play(1000)[:, fade:].any()


def test_a_device_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Played()
    monkeypatch.setattr(backend, "run", lambda *given: "the sound card is gone")
    monkeypatch.setattr("masterchain.scripts.bench.listening.player.open_backend", lambda device: backend)
    with pytest.raises(DeviceError, match="the sound card is gone"):
        Player(NullDevice()).__enter__()


def test_who_hears_the_difference_is_right_in_every_trial(written: Path, played: Played) -> None:
    trials = Trials(BlindJob(written, profile="i").pairs(), 6, seed=5)
    with Player(NullDevice()) as player:
        blind = Blind(trials, player)
        while not blind.done:
            heard = []
            for key in "abx":
                blind.press(key)
                player.frame = 0
                heard.append(played.play(4096)[:, 1024:])
            assert not np.array_equal(heard[0], heard[1])
            blind.press("1" if np.array_equal(heard[2], heard[0]) else "2")
    assert trials.result() == "6 of 6 right; guessing alone gives that or more with a probability of 0.016"
    assert [answers for _, _, answers in trials.by_pair()] == [3, 3]


def test_trials_are_held_without_a_screen_on_the_null_device(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("abx?1\n x2q1"))
    options = ["--backend", "null", "--headless", "--trials", "5", "--against", str(written), "--profile", "n"]
    assert run(["bench", "blind", str(written), *options], Session()) == 0
    out = capsys.readouterr().out
    assert "trial 1 of 5" in out
    assert "you hear nothing" in out
    assert "n before and now" in out
    assert "of 2 right; guessing alone" in out


def test_nothing_answered_is_no_result(written: Path, played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    trials = Trials(BlindJob(written).pairs(), 2)
    with Player(NullDevice()) as player:
        hold(Blind(trials, player), "q")
    assert trials.result() == "no trial was answered"


def test_the_screen_shows_the_trial_and_takes_the_keys(written: Path, played: Played) -> None:
    async def perform(blind: Blind) -> None:
        app = BlindScreen(blind)
        async with app.run_test() as pilot:
            await pilot.press("b")
            assert "you hear B" in str(app.query_one("#trial").render())
            await pilot.press("1", "space")
            assert "trial 2 of 2" in str(app.query_one("#trial").render())
            await pilot.press("2")
        assert blind.done

    trials = Trials(BlindJob(written).pairs(), 2, seed=1)
    with Player(NullDevice()) as player:
        asyncio.run(perform(Blind(trials, player)))
    assert len(trials.answers) == 2
