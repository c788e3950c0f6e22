"""Lossy outputs, judged as they are heard: decoded by FFmpeg, and read by meters that are not the driver's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from exact import true_peak_db
from masterchain.graph import (
    Analysis,
    Cancelled,
    FileSink,
    FileSource,
    MediaError,
    Result,
    Settings,
    SettingsError,
    analyse,
    master,
    output_format,
)
from masterchain.graph.rendering import codec_judge
from masterchain.graph.rendering.codec_judge import SLOPE_DB, sloped
from masterchain.graph.rendering.decoded_peaks import CELL, PeakCells, cell_frames
from masterchain.graph.streams.arrays import ArraySource
from masterchain.nodes import CeilingCourse, Limiter, Spec
from masterchain.nodes.base import Block
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from masters import loudness
from media_fixtures import STUDIO, ffmpeg_decode, music
from signals import noise, random_cut, same_bits, stream
from songs import RATE, song, write

SECONDS = 4.0
DENSE = Settings(profile="a", loudness=-9.0)


@cache
def analysis() -> Analysis:
    return analyse(ArraySource(song(SECONDS), RATE))


def heard(path: Path) -> tuple[Block, int]:
    """What FFmpeg decodes, and its sample rate."""
    return np.ascontiguousarray(ffmpeg_decode(path, 2)), FileSource(path).sample_rate


def mastered(folder: Path, name: str, settings: Settings = DENSE) -> tuple[Result, Path]:
    source = write(folder / "in.wav", song(SECONDS), subtype="FLOAT")
    result = master(source, folder / f"out.{name}", settings, analysis=analysis())
    return result, folder / f"out.{name}"


@pytest.mark.parametrize("name", ["m4a", "mp3", "ogg", "opus"])
def test_what_is_heard_of_a_lossy_output_keeps_ceiling_and_loudness(tmp_path: Path, name: str) -> None:
    plain, path = mastered(tmp_path, name, Settings(profile="a", loudness=-9.0, codec_safe=False))
    if name != "mp3":  # At 320 kb/s the limiter's own margin is enough for this signal.
        assert true_peak_db(heard(path)[0]) > -1.0 + 0.05, "the signal does not show what this is about"
    result, path = mastered(tmp_path, name)
    audio, rate = heard(path)
    assert true_peak_db(audio) <= -1.0 + 0.05
    assert loudness(audio, rate) == pytest.approx(-9.0, abs=0.1)
    assert result.levels_after.true_peak == pytest.approx(true_peak_db(audio), abs=0.02)
    assert result.target_reached
    assert not result.limits
    assert plain.after_codec is None
    assert "codec_safe was turned off" in str(plain)


def test_the_result_says_what_holding_the_ceiling_took(tmp_path: Path) -> None:
    result, _ = mastered(tmp_path, "ogg")
    took = result.after_codec
    assert took is not None
    assert took.places > 0
    assert 0.0 < took.deepest_db <= codec_judge.DEEPEST_DB
    assert 0.0 < took.share_percent < 100.0
    assert f"decoded true peak {result.levels_after.true_peak:.2f} dBTP after {result.renders} renders" in str(result)
    assert result.to_dict()["after_codec"]["places"] == took.places
    assert "turned off" not in str(result)


def test_a_level_left_alone_costs_little_loudness(tmp_path: Path) -> None:
    hot = song(SECONDS)
    source = write(tmp_path / "in.wav", hot / np.abs(hot).max(), subtype="FLOAT")
    settings = Settings(profile="a", loudness=None, intensity=0.0)
    result = master(source, tmp_path / "out.opus", settings)
    off = master(source, tmp_path / "off.opus", Settings(profile="a", loudness=None, intensity=0.0, codec_safe=False))
    audio, rate = heard(tmp_path / "out.opus")
    before = loudness(heard(tmp_path / "off.opus")[0], rate)
    assert off.after_codec is None
    assert true_peak_db(audio) <= -1.0 + 0.05 < true_peak_db(heard(tmp_path / "off.opus")[0])
    assert before - loudness(audio, rate) <= 0.3
    assert result.after_codec is not None
    assert result.after_codec.loudness_cost == pytest.approx(before - loudness(audio, rate), abs=0.02)


def test_only_what_comes_out_above_the_ceiling_is_lowered(tmp_path: Path) -> None:
    quiet = song(SECONDS)
    quiet[:, quiet.shape[1] // 2 :] *= 0.05
    source = write(tmp_path / "in.wav", quiet, subtype="FLOAT")
    result = master(source, tmp_path / "out.ogg", Settings(profile="a", loudness=-9.0))
    course = result.plan.ceiling
    assert course is not None
    points = course.lowered_db
    ramp = int(codec_judge.DEEPEST_DB / SLOPE_DB) + 1
    assert points[: points.size // 2].max() > 0.0
    assert points[points.size // 2 + ramp :].max() == 0.0


def test_what_could_not_be_held_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec_judge, "MOST_RENDERS", 1)
    result, _ = mastered(tmp_path, "opus")
    assert result.renders == 1
    assert any("true peak" in limit and "as 1 render" in limit for limit in result.limits), result.limits


def test_cancelling_while_decoding_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(2.0))
    seen: list[str] = []
    with pytest.raises(Cancelled, match="decode"):
        master(
            source, tmp_path / "out.mp3", DENSE,
            progress=lambda stage, share: seen.append(stage), cancelled=lambda: "decode" in seen,
        )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


def test_the_command_turns_it_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in.wav", song(2.0))
    for options, says in ((), "decoded true peak"), (("--no-codec-safe",), "codec_safe was turned off"):
        assert run(("master", source, str(tmp_path / "out.mp3"), *options), Session()) == 0
        assert says in capsys.readouterr().out
    with pytest.raises(SettingsError, match="codec_safe = 1: must be true or false"):
        Settings(codec_safe=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["m4a", "aac", "mp3", "ogg", "opus"])
def test_a_finished_file_is_heard_before_it_has_its_name(tmp_path: Path, name: str) -> None:
    audio, path = music(), tmp_path / f"out.{name}"
    with FileSink(path, output_format(STUDIO, path), frames_expected=audio.shape[1]) as sink:
        sink.write(audio)
        before = np.concatenate(list(sink.decoded().blocks(4096)), axis=1)
        assert not path.exists()
        with pytest.raises(MediaError, match="nothing more can be written"):
            sink.write(audio)
    assert same_bits(before, np.concatenate(list(FileSource(path).blocks(4096)), axis=1))


def test_the_peaks_of_cells_are_those_between_the_samples() -> None:
    audio = song(1.0)[:, : 9 * CELL + 77] * np.hanning(9 * CELL + 77)  # a step at an end would ring outside
    cells = PeakCells(2, CELL, -60.0)
    for start in range(0, audio.shape[1], 1000):
        cells.add(np.ascontiguousarray(audio[:, start : start + 1000]))
    levels = cells.finish()
    assert levels.size == 10
    assert levels.max() == pytest.approx(true_peak_db(audio), abs=0.01)
    whole = PeakCells(2, CELL, -60.0)
    whole.add(audio)
    assert np.array_equal(levels, whole.finish())
    samples = np.abs(audio[:, : 9 * CELL]).max(axis=0).reshape(9, CELL).max(axis=1)
    assert np.all(levels[:9] >= 20.0 * np.log10(samples) - 0.01)
    click = np.zeros((1, 20 * CELL))
    click[0, 7 * CELL + 3] = 0.5
    one = PeakCells(1, CELL, -20.0)
    one.add(click)
    peaks = one.finish()
    assert np.flatnonzero(peaks > -7.0).tolist() == [7]
    assert peaks.size == 20


def test_cells_are_of_10_ms_until_a_track_is_very_long() -> None:
    assert [cell_frames(rate, None) for rate in (44100, 48000, 96000, 192000)] == [512, 512, 1024, 2048]
    assert cell_frames(44100, 10 * 3600 * 44100) == 2048


def test_points_are_as_low_as_both_cells_beside_them_and_slope() -> None:
    cells = np.array([0.0, 0.0, 0.0, 2.5, 0.0, 0.0, 0.0], dtype=np.float32)
    assert sloped(cells).tolist() == [0.0, 0.5, 1.5, 2.5, 2.5, 1.5, 0.5, 0.0]


def test_a_limiter_follows_its_course_whatever_the_blocks() -> None:
    draw = np.random.default_rng(3)
    course = CeilingCourse(300.0, draw.uniform(0.0, 4.0, 12).astype(np.float32))
    audio = noise(2, 5000, 1.0)

    def limited(cut: list[int], follow: CeilingCourse | None) -> Block:
        node = Limiter(ceiling_db=-3.0)
        node.follow(follow)
        node.prepare(Spec(48000.0, 2, 512))
        return stream(node, np.pad(audio, ((0, 0), (0, node.latency))), cut)[:, node.latency :]

    expected = limited([512], course)
    for cut in ([1], [64, 1, 511, 0, 7], random_cut(5500, 512, 3)):
        assert same_bits(limited(cut, course), expected)
    shallow = np.repeat(np.minimum(course.lowered_db, np.roll(course.lowered_db, -1))[:-1], 300)
    assert np.all(np.abs(expected[:, : shallow.size]) <= 10.0 ** ((-3.0 - shallow) / 20.0))
    assert same_bits(limited([512], None), limited([100], CeilingCourse(300.0, np.zeros(2, dtype=np.float32))))
