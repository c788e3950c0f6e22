"""Previews: the passage of the master, bit for bit, several at a time, and all of them or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyebur128
import pytest
from masterchain.graph import (
    Cancelled,
    Chain,
    FileSource,
    MediaError,
    Output,
    Preview,
    Previews,
    Settings,
    SettingsError,
    master_all,
    preview,
)
from masterchain.graph.previews.window import Window
from masterchain.graph.rendering.level_trace import LevelTrace
from masterchain.nodes import DynamicEQ, Limiter
from masterchain.nodes.base import Block
from masterchain.scripts.cli.app import run
from masterchain.scripts.sheets.preview_sheet import preview_sheet
from masterchain.scripts.shell.outcome import Session
from media_fixtures import ffmpeg_decode
from songs import RATE, song, write

SECONDS, START, LENGTH = 30.0, 24.0, 4.0
LOUD = Settings(profile="h", loudness=-9.0)
WIDE = Settings(profile="c", stereo_image=True, intensity=60.0, shaping="weighted")


def swelling(seconds: float) -> Block:
    """A song that is quiet at first: a passage has another loudness than the whole."""
    audio = song(seconds)
    return audio * np.linspace(0.3, 1.0, audio.shape[1])


def sound(path: object) -> Block:
    return np.concatenate(list(FileSource(str(path)).blocks(8192)), axis=1)


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write(tmp_path_factory.mktemp("mix") / "mix.wav", swelling(SECONDS)))


@pytest.fixture(scope="module")
def cuts(mix: Path) -> Previews:
    """Previews beside the mix: two masters as WAV, one as FLAC at the loudness of a service, a plain cut, an AAC."""
    asked = [
        Preview(mix.with_name("loud.out"), LOUD, "wav"),
        Preview(mix.with_name("wide.wav"), WIDE, "wav"),
        Preview(mix.with_name("plain.wav"), None, "wav"),
        Preview(mix.with_name("aac.wav"), Settings(profile="a")),
        Preview(mix.with_name("kept.flac"), Settings(profile="n", loudness=None), "flac"),
    ]
    return preview(mix, asked, start=START, duration=LENGTH, matched=True)


@pytest.mark.parametrize(("name", "settings"), [("loud.out", LOUD), ("wide.wav", WIDE)])
def test_a_preview_is_that_passage_of_the_master(
    mix: Path, cuts: Previews, tmp_path: Path, name: str, settings: Settings
) -> None:
    result = master_all(mix, [Output(tmp_path / "whole.wav", "wav")], settings)[0]
    whole = sound(tmp_path / "whole.wav")[:, round(START * RATE) : round((START + LENGTH) * RATE)]
    passage = sound(mix.with_name(name))
    assert passage.shape == whole.shape
    assert 20.0 * np.log10(np.abs(passage - whole).max() + 1e-9) < -80.0
    one_preview = next(one for one in cuts.previews if one.output.endswith(name))
    assert one_preview.track_loudness == pytest.approx(result.levels_after.loudness, abs=0.03)
    assert one_preview.gain_db == result.gain_db


@pytest.mark.parametrize(("loudness", "whole"), [(-20.0, False), (-9.0, True)])
def test_the_limiter_hears_no_more_of_the_track_than_its_level_hangs_on(
    mix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loudness: float, whole: bool
) -> None:
    """The track is shaped and traced once; it is limited to its end only where that could move the gain."""
    heard: dict[type, int] = dict.fromkeys((Limiter, DynamicEQ, LevelTrace), 0)
    through, trace = Chain.process_block, LevelTrace.add

    def counted_run(chain: Chain, block: Block) -> None:
        for node in chain:
            if type(node) in heard:
                heard[type(node)] += block.shape[1]
        through(chain, block)

    def counted_trace(self: LevelTrace, block: Block) -> None:
        heard[LevelTrace] += block.shape[1]
        trace(self, block)

    monkeypatch.setattr(Chain, "process_block", counted_run)
    monkeypatch.setattr(LevelTrace, "add", counted_trace)
    settings = Settings(profile="m", loudness=loudness)
    passage = preview(mix, [Preview(tmp_path / "p.wav", settings, "wav")], start=2.0, duration=2.0).previews[0]
    total = round(SECONDS * RATE)
    assert (heard[DynamicEQ], heard[LevelTrace]) == (total, total)
    assert (heard[Limiter] >= total) == whole
    assert whole or heard[Limiter] <= 4.1 * RATE
    result = master_all(mix, [Output(tmp_path / "whole.wav", "wav")], settings)[0]
    assert passage.gain_db == result.gain_db
    assert passage.track_loudness == pytest.approx(result.levels_after.loudness, abs=0.011)
    if not whole:
        part = sound(tmp_path / "whole.wav")[:, 2 * RATE : 4 * RATE]
        assert np.array_equal(sound(tmp_path / "p.wav"), part)


def test_a_plain_cut_is_the_original(mix: Path, cuts: Previews) -> None:
    cut = sound(mix)[:, round(START * RATE) : round((START + LENGTH) * RATE)]
    assert np.array_equal(sound(mix.with_name("plain.wav")), cut)
    assert cuts.previews[2].levels.loudness == pytest.approx(cuts.original.integrated_lufs, abs=0.006)


def test_aac_in_mp4_is_the_default_whatever_the_name(mix: Path, cuts: Previews) -> None:
    source = FileSource(mix.with_name("aac.wav"))
    assert (source.format.container, source.format.codec) == ("mp4", "aac")
    assert source.frames == round(LENGTH * RATE)
    peak = cuts.previews[3].levels.true_peak
    assert peak is not None
    assert peak <= -0.95  # decoded


def test_matched_copies_have_one_loudness(cuts: Previews) -> None:
    paths = [cuts.original_matched, *(one.matched for one in cuts.previews)]
    assert len(paths) == 6
    heard = []
    for path in paths:
        assert path is not None
        assert Path(path).stem.endswith("-matched")
        heard.append(loudness_of(Path(path)))
    assert cuts.matched_loudness is not None
    assert heard == pytest.approx([cuts.matched_loudness] * 6, abs=0.05)
    gains = [one.matched_db for one in cuts.previews]
    assert max(gain for gain in gains if gain is not None) <= 0.0


def loudness_of(path: Path) -> float:
    from masterchain.graph import analyse

    loudness = analyse(path).report.integrated_lufs
    assert loudness is not None
    return loudness


def test_it_prints_serialises_and_is_drawn(cuts: Previews) -> None:
    assert f"{LENGTH:.2f} s from {START:.2f} s" in str(cuts)
    assert "plain cut" in str(cuts)
    document = json.loads(cuts.to_json())
    assert [one["settings"] and one["settings"]["profile"] for one in document["previews"]] == [
        "h",
        "c",
        None,
        "a",
        "n",
    ]
    assert preview_sheet(cuts, "svg").startswith(b"<?xml")


@pytest.mark.parametrize(
    ("start", "duration", "window"),
    [(45.0, 30.0, (45, 30)), (90.0, 30.0, (70, 30)), (5.0, 200.0, (0, 100)), (500.0, 1.5, (98.5, 1.5))],
)
def test_the_window_moves_back_to_fit(start: float, duration: float, window: tuple[float, float]) -> None:
    placed = Window.of(100 * RATE, RATE, start, duration)
    assert (placed.first / RATE, placed.frames / RATE) == window


def test_a_short_track_is_previewed_whole(tmp_path: Path) -> None:
    source = write(tmp_path / "short.wav", song(3.0))
    result = preview(source, [Preview(tmp_path / "p.m4a")])
    assert (result.start, result.duration) == (0.0, 3.0)
    assert FileSource(tmp_path / "p.m4a").frames == 3 * RATE


def test_another_rate_is_resampled_before_the_limiter(tmp_path: Path) -> None:
    source = write(tmp_path / "mix.wav", song(4.0))
    preview(source, [Preview(tmp_path / "p.ogg", LOUD, "ogg"), Preview(tmp_path / "p.wav", LOUD, "wav")], start=1.0)
    assert [FileSource(tmp_path / name).frames for name in ("p.ogg", "p.wav")] == [4 * 48000, 4 * RATE]


def test_what_is_refused_writes_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "mix.wav", song(1.0))
    one = Preview(tmp_path / "p.m4a")
    cases: tuple[tuple[list[Preview], dict[str, Any], str], ...] = (
        ([one] * 2, {}, "asked for twice"),
        ([Preview(tmp_path / f"{i}.m4a") for i in range(6)], {}, "6 outputs were asked for; must be 1 to 5"),
        ([one], {"duration": 0.0}, "duration = 0.0: must be more than 0 s"),
        ([one], {"start": -1.0}, "start = -1.0: must be 0 s or later"),
        ([one, Preview(tmp_path / "q", kind="wma")], {}, "unknown kind 'wma'"),
        ([Preview(tmp_path / "mix.wav")], {}, "is the source itself"),
    )
    for previews, window, says in cases:
        with pytest.raises((MediaError, SettingsError), match=says):
            preview(source, previews, **window)
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]


def test_silence_has_previews_but_no_matched_copies(tmp_path: Path) -> None:
    source = write(tmp_path / "mix.wav", np.zeros((2, 2 * RATE)))
    with pytest.raises(MediaError, match="no loudness that could be matched"):
        preview(source, [Preview(tmp_path / "p.wav", kind="wav")], matched=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]
    assert preview(source, [Preview(tmp_path / "p.wav", kind="wav")]).previews[0].levels.loudness is None


def test_one_that_fails_or_is_cancelled_leaves_nothing(mix: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    asked = [Preview(tmp_path / f"{letter}.m4a", Settings(profile=letter)) for letter in "ace"]
    with pytest.raises(Cancelled):
        preview(
            mix, asked, start=2.0, duration=2.0,
            progress=lambda stage, share: seen.append(share) if stage == "preview" else None,
            cancelled=lambda: bool(seen) and seen[-1] > 0.3,
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_the_command_line_names_them_by_profile(mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["preview", str(mix), str(out), "--start", "3", "--duration", "2"]
    assert run([*words, "--profiles", "a,i", "--plot", str(tmp_path / "s.png"), "--matched"], Session()) == 0
    names = ["mix-a-matched.m4a", "mix-a.m4a", "mix-i-matched.m4a", "mix-i.m4a", "mix-original-matched.m4a"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert "2.00 s from 3.00 s" in capsys.readouterr().out
    for bad in (["--profiles", "a,zz"], ["--profiles", ","], ["--format", "wma"], ["--profiles", "a,b,c,d,e,f"]):
        assert run(["preview", str(mix), str(tmp_path / "no"), *bad], Session()) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "no").exists()


def test_matched_copies_behind_a_codec_are_alike_and_under_their_ceilings(tmp_path: Path) -> None:
    """Judged by FFmpeg's decoder and libebur128; the original, the quietest, has peaks above full scale."""
    hot = song(6.0)
    source = write(tmp_path / "hot.wav", 1.1 * hot / np.abs(hot).max(), subtype="FLOAT")
    asked = [Preview(tmp_path / f"{letter}.m4a", Settings(profile=letter, loudness=-6.0)) for letter in "ac"]
    result = preview(source, asked, matched=True)
    for path, ceiling in ((result.original_matched, 0.0), *((one.matched, -1.0) for one in result.previews)):
        loudness, peak = judged(Path(path or ""))
        assert loudness == pytest.approx(result.matched_loudness, abs=0.05)
        assert peak <= ceiling + 0.05


def judged(path: Path) -> tuple[float, float]:
    audio = ffmpeg_decode(path, 2)
    meter = pyebur128.R128State(2, RATE, pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    meter.add_frames(np.ascontiguousarray(audio.T).reshape(-1), audio.shape[1])
    peak = max(pyebur128.get_true_peak(meter, channel) for channel in range(2))
    return pyebur128.get_loudness_global(meter), 20.0 * float(np.log10(peak))
