"""The driver with files: every layout comes through, analyses are reused or refused, and nothing is left half done."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import mutagen
import mutagen.id3
import numpy as np
import pytest
import soundfile
from masterchain.graph import (
    Analysis,
    AnalysisError,
    ArrayDestination,
    ArraySource,
    Cancelled,
    FileSource,
    MediaError,
    Monitor,
    Settings,
    SettingsError,
    analyse,
    master,
    plan,
    render,
)
from masterchain.nodes.base import Block
from masterchain.presets import PresetError
from masters import analysis, loudness, read
from songs import RATE, song, write


def test_silence_stays_silent_and_says_so(tmp_path: Path) -> None:
    source = write(tmp_path / "silence.wav", np.zeros((2, 2 * RATE)))
    result = master(source, tmp_path / "out.wav")
    assert not read(tmp_path / "out.wav").any()
    assert any("nothing to measure" in limit for limit in result.limits)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
@pytest.mark.parametrize("rate", [8000, 48000, 96000])
def test_every_layout_and_rate_comes_through(tmp_path: Path, channels: int, rate: int) -> None:
    audio = np.concatenate([song(2.0, rate)] * 4)[:channels] * 0.5
    source = write(tmp_path / "in.wav", audio, rate, "PCM_24")
    result = master(source, tmp_path / "out.wav", Settings(profile="h", loudness=-20.0, stereo_image=True))
    out = read(tmp_path / "out.wav")
    assert out.shape == audio.shape
    assert result.target_reached
    assert (channels == 2) or any("stereo image" in limit for limit in result.limits)


def test_a_frame_is_enough(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", np.full((2, 1), 0.25))
    master(source, tmp_path / "out.wav")
    assert read(tmp_path / "out.wav").shape == (2, 1)


def test_a_saved_analysis_gives_the_same_master(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(6.0))
    analysis = analyse(source)
    analysis.save(tmp_path / "a.json")
    master(source, tmp_path / "one.wav")
    master(source, tmp_path / "two.wav", analysis=Analysis.load(tmp_path / "a.json"))
    assert np.array_equal(read(tmp_path / "one.wav"), read(tmp_path / "two.wav"))


def test_an_analysis_serves_an_output_at_another_rate(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(6.0))
    result = master(source, tmp_path / "out.opus", analysis=analyse(source))
    assert result.sample_rate == 48000
    assert result.target_reached
    assert result.after_codec is not None


def test_mono_on_two_channels_stays_mono(tmp_path: Path) -> None:
    audio = song(5.0)
    audio[1] = audio[0]
    source = write(tmp_path / "in.wav", audio)
    for shaping in ("none", "weighted"):
        master(source, tmp_path / "out.wav", Settings(stereo_image=True, shaping=shaping))
        out = read(tmp_path / "out.wav")
        assert np.array_equal(out[0], out[1])


def test_an_analysis_of_something_else_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(2.0))
    with pytest.raises(MediaError, match="analyse this file"):
        master(source, tmp_path / "out.wav", analysis=analysis())
    assert not (tmp_path / "out.wav").exists()
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(AnalysisError, match=r"a\.json: not a saved analysis"):
        Analysis.load(tmp_path / "a.json")


def test_an_analysis_of_another_song_of_the_same_length_is_refused(tmp_path: Path) -> None:
    one, other = (write(tmp_path / f"{seed}.wav", song(2.0, seed=seed)) for seed in (1, 2))
    with pytest.raises(MediaError, match=r"2\.wav: the analysis given is of other audio \(.*1\.wav\); analyse"):
        master(other, tmp_path / "out.wav", analysis=analyse(one))
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("name", ["in.flac", "in.m4a", "in.mp3", "in.wav", "in.opus"])
def test_an_analysis_outlives_new_tags_and_another_name(tmp_path: Path, name: str) -> None:
    render(ArraySource(song(1.0), 48000), tmp_path / name, plan(analysis(), Settings(loudness=None)))
    fingerprint = FileSource(tmp_path / name).fingerprint()
    tagged: Any = mutagen.File(tmp_path / name, easy=True)
    if name != "in.wav":
        tagged["title"] = ["A long title " * 50]
    else:
        tagged.add_tags()
        title: Any = mutagen.id3.TIT2
        tagged.tags.add(title(text=["A long title " * 50]))
    tagged.save()
    renamed = (tmp_path / name).rename(tmp_path / "renamed")
    assert FileSource(renamed).fingerprint() == fingerprint


def test_the_three_steps_take_paths(tmp_path: Path) -> None:
    """The output is what ``master`` makes of the same; an output of another rate reads the source at that rate."""
    source = write(tmp_path / "in.wav", song(3.0))
    steps = plan(analyse(source), Settings(stereo_image=True))
    for name in ("out.flac", "out.opus"):
        render(source, tmp_path / name, steps)
        master(source, tmp_path / f"whole-{name}", Settings(stereo_image=True), analysis=analyse(source))
        assert (tmp_path / name).read_bytes()[4096:] == (tmp_path / f"whole-{name}").read_bytes()[4096:]
    with pytest.raises(MediaError, match="is the source itself"):
        render(source, source, steps)
    render(ArraySource(song(3.0), RATE), str(tmp_path / "memory.wav"), steps)
    assert soundfile.info(str(tmp_path / "memory.wav")).subtype == "PCM_24"
    with pytest.raises(MediaError, match="opus will hold 48000 Hz, the audio has 44100 Hz; resample it first"):
        render(ArraySource(song(3.0), RATE), tmp_path / "memory.opus", steps)


def test_cancelling_at_any_stage_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(3.0))
    for stage in ("analyse", "measure", "render"):
        seen: dict[str, float] = {}
        with pytest.raises(Cancelled, match=stage):
            master(
                source, tmp_path / "out.wav",
                progress=seen.__setitem__, cancelled=partial(seen.__contains__, stage),
            )  # fmt: skip
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.wav"]


def test_progress_goes_from_nothing_to_all_in_every_stage(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(3.0))
    seen: dict[str, list[float]] = {}
    master(source, tmp_path / "out.wav", progress=lambda stage, share: seen.setdefault(stage, []).append(share))
    assert list(seen) == ["analyse", "measure", "render"]
    assert all(shares[0] == 0.0 and shares[-1] == 1.0 for shares in seen.values())
    assert sorted(seen["analyse"]) == seen["analyse"]


def test_the_source_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(3.0))
    before = Path(source).read_bytes()
    with pytest.raises(MediaError, match="--overwrite"):
        master(source, source)
    assert Path(source).read_bytes() == before
    result = master(source, source, overwrite=True)
    assert result.target_reached
    assert loudness(read(source)) == pytest.approx(-14.0, abs=0.05)


def test_the_block_size_of_the_driver_does_not_change_the_master(monkeypatch: pytest.MonkeyPatch) -> None:
    from masterchain.graph.rendering import shaped_sound

    solved = plan(analysis(), Settings(profile="c", stereo_image=True)).with_gain(5.0, final=True)
    outputs = list[Block | None]()
    for block in (8192, 1000):
        monkeypatch.setattr(shaped_sound, "BLOCK", block)
        destination = ArrayDestination(bits=24)
        render(ArraySource(song(), RATE), destination, solved)
        outputs.append(destination.audio)
    assert outputs[0] is not None
    assert outputs[1] is not None
    assert np.array_equal(outputs[0], outputs[1])


def test_what_the_driver_writes_is_what_the_chain_of_its_plan_does() -> None:
    solved = render(ArraySource(song(), RATE), ArrayDestination(), plan(analysis(), Settings())).plan
    destination = ArrayDestination()
    render(ArraySource(song(), RATE), destination, solved)
    chain = solved.chain()
    assert np.array_equal(np.asarray(destination.audio, dtype=np.float32), chain(song(), RATE))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"intensity": 101.0}, "intensity = 101.0: must be 0..100 %"),
        ({"intensity": "50"}, "intensity = '50': must be 0..100 %"),
        ({"true_peak": False}, "true_peak = False: must be -20..0 dBTP"),
        ({"loudness": "-14"}, "loudness = '-14': must be -60..-5 LUFS, or None"),
        ({"loudness": 3.0}, "loudness = 3.0: must be -60..-5 LUFS"),
        ({"loudness": float("nan")}, "must be -60..-5 LUFS"),
        ({"true_peak": 1.0}, "true_peak = 1.0: must be -20..0 dBTP"),
        ({"stereo_image": "yes"}, "stereo_image = 'yes': must be true or false"),
        ({"shaping": "loud"}, "shaping = 'loud': must be one of none, weighted"),
    ],
)
def test_settings_say_what_would_be_right(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says.replace("..", r"\.\.")):
        Settings(**wrong)  # type: ignore[arg-type]


def test_settings_know_the_services() -> None:
    assert Settings.for_service("amazon-music").true_peak == -2.0
    settings = Settings.for_service("spotify", profile="a", loudness=-9.0)
    assert (settings.profile, settings.loudness, settings.true_peak) == (
        "a",
        -9.0,
        Settings.for_service("spotify").true_peak,
    )
    before = Settings(profile="c", intensity=50.0)
    settings = before.with_service("apple_music")
    assert (settings.profile, settings.intensity, settings.loudness, settings.true_peak) == ("c", 50.0, -16.0, -1.0)
    assert before == Settings(profile="c", intensity=50.0)
    with pytest.raises(PresetError, match="known are spotify"):
        Settings.for_service("napster")
    with pytest.raises(PresetError, match="known are spotify"):
        before.with_service("napster")


def test_a_watched_stream_hands_on_every_frame() -> None:
    blocks = Monitor().watch("x", ArraySource(song(1.0), RATE).blocks(777), None)
    assert sum(block.shape[1] for block in blocks) == RATE


def test_a_result_prints_and_serialises(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(4.0))
    result = master(source, tmp_path / "out.flac", Settings(profile="k", stereo_image=True))
    assert "profile     k (Full)" in str(result)
    document = json.loads(result.to_json())
    assert document["levels_after"]["loudness"] == pytest.approx(-14.0, abs=0.05)
    assert document["output_format"]["codec"] == "flac"
    assert set(document["width_mean_db"]) == {"low", "mid", "high"}


def test_a_name_that_contradicts_the_format_and_a_device_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(1.0))
    with pytest.raises(MediaError, match=r"flac was asked for, the name ends in \.mp3"):
        master(source, tmp_path / "out.mp3", format="flac")
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(MediaError, match="is a directory"):
        master(source, tmp_path / "folder.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(MediaError, match="not a regular file"):
        master(source, tmp_path / "pipe.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.wav", "in.wav", "pipe.wav"]
