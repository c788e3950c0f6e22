"""The driver, measured on what it writes with meters that are not its own: libebur128, and the exact true peak."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import mutagen
import mutagen.id3
import numpy as np
import pyebur128
import pytest
import soundfile
from exact import true_peak_db
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
    solve,
    trace,
)
from masterchain.graph.streams import BLOCK
from masterchain.nodes.base import Block
from masterchain.presets import PresetError, names
from songs import RATE, band_db, dull, song, write


def loudness(audio: Block, rate: int = RATE) -> float:
    """Integrated loudness by libebur128."""
    state = pyebur128.R128State(audio.shape[0], rate, pyebur128.MeasurementMode.MODE_I)
    state.add_frames(np.ascontiguousarray(audio.T).reshape(-1), audio.shape[1])
    return float(pyebur128.get_loudness_global(state))


@cache
def analysis() -> Analysis:
    return analyse(ArraySource(song(), RATE))


@cache
def mastered(profile: str = "i", target: float = -14.0, stereo: bool = False, intensity: float = 100.0) -> Block:
    settings = Settings(profile=profile, loudness=target, stereo_image=stereo, intensity=intensity)
    destination = ArrayDestination(bits=16)
    render(ArraySource(song(), RATE), destination, plan(analysis(), settings))
    assert destination.audio is not None
    return destination.audio


def read(path: object) -> Block:
    return np.ascontiguousarray(soundfile.read(str(path), dtype="float64", always_2d=True)[0].T)


@pytest.mark.parametrize("profile", names())
@pytest.mark.parametrize("target", [-23.0, -14.0, -9.0])
def test_loudness_and_true_peak_are_what_was_asked(profile: str, target: float) -> None:
    audio = mastered(profile, target)
    assert loudness(audio) == pytest.approx(target, abs=0.05)
    assert true_peak_db(audio) <= -1.0 + 0.02


@pytest.mark.parametrize("ceiling", [-0.1, -3.0, -9.0])
def test_the_ceiling_holds_in_the_written_16_bit_file(tmp_path: Path, ceiling: float) -> None:
    source = write(tmp_path / "in.wav", song())
    result = master(source, tmp_path / "out.wav", Settings(profile="a", loudness=-10.0, true_peak=ceiling))
    audio = read(tmp_path / "out.wav")
    assert soundfile.info(str(tmp_path / "out.wav")).subtype == "PCM_16"
    assert true_peak_db(audio) <= ceiling + 0.02
    assert audio.shape == song().shape
    assert result.target_reached or result.limits


def test_a_target_that_the_ceiling_forbids_is_said_in_the_result(tmp_path: Path) -> None:
    clicks = np.zeros((2, 8 * RATE))
    clicks[:, ::RATE] = 0.5
    source = write(tmp_path / "clicks.wav", clicks)
    result = master(source, tmp_path / "out.wav", Settings(loudness=-9.0, true_peak=-6.0))
    assert not result.target_reached
    assert any("ceiling" in limit for limit in result.limits)
    assert not json.loads(result.to_json())["target_reached"]


def test_drive_that_hardly_makes_it_louder_is_not_spent() -> None:
    """The last dB of drive brought 0.1 LU each; those that come after would not."""
    source = ArraySource(song(), RATE)
    asked = [Settings(loudness=target, true_peak=-3.0) for target in (-11.0, -6.0, -5.0)]
    found = {settings.loudness: solve(source, plan(analysis(), settings)) for settings in asked}
    assert found[-11.0].limits == ()
    assert found[-5.0].gain_db == found[-6.0].gain_db
    assert "out of reach under a ceiling of -3 dBTP" in found[-5.0].limits[0]
    loud = []
    for drive_db in (-3.0, 0.0, 6.0):
        destination = ArrayDestination()
        gain_db = (found[-5.0].gain_db or 0.0) + drive_db
        render(source, destination, found[-5.0].with_gain(gain_db, final=True))
        assert destination.audio is not None
        loud.append(loudness(destination.audio))
    # The solver counts on its model of the limiter, which is up to 0.1 LU off where drive is so deep.
    assert loud[1] - loud[0] >= 3.0 * 0.1 - 0.1
    assert loud[2] - loud[1] <= 6.0 * 0.1


def test_a_question_to_the_trace_ends_when_the_job_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of sound makes a trial long: it is polled part by part, not only when it is done."""
    monkeypatch.setattr(trace, "CHUNK", 1000)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > blocks + 3

    source = ArraySource(song(), RATE)
    blocks = -(-source.frames // BLOCK)
    with pytest.raises(Cancelled, match="measure"):
        solve(source, plan(analysis(), Settings(loudness=-9.0)), Monitor(cancelled=cancelled))
    assert asked == blocks + 4


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_asked_for_nothing_the_output_is_the_input(tmp_path: Path, subtype: str) -> None:
    quiet = 0.4 * song(4.0)
    source = write(tmp_path / "in.wav", quiet, subtype=subtype)
    before = analyse(source).report.integrated_lufs
    assert before is not None
    for target in (None, round(before, 2), round(before, 1)):
        master(source, tmp_path / "out.wav", Settings(intensity=0.0, loudness=target, true_peak=0.0))
        assert soundfile.info(str(tmp_path / "out.wav")).subtype == subtype
        assert np.array_equal(read(tmp_path / "out.wav"), read(source)), target


def test_the_fourteen_profiles_sound_different() -> None:
    audio = {name: mastered(name) for name in names()}
    for a in names():
        for b in names():
            if a < b:
                change = audio[a] - audio[b]
                assert 10 * np.log10((change**2).mean() / (audio[a] ** 2).mean()) > -40.0, (a, b)


def test_profiles_have_the_balance_that_they_promise() -> None:
    low = {name: band_db(mastered(name), 20, 120) for name in names()}
    high = {name: band_db(mastered(name), 8000, 20000) for name in names()}
    mid = {name: band_db(mastered(name), 1000, 4000) for name in names()}
    assert min(low["c"], low["d"], low["e"]) > low["i"] + 0.5
    assert min(high["a"], high["h"]) > high["i"] + 0.5
    assert mid["l"] > mid["i"] + 0.5


def plr(audio: Block) -> float:
    return true_peak_db(audio) - loudness(audio)


def test_the_wide_profiles_keep_more_dynamics_than_the_tight_ones() -> None:
    ratio = {name: plr(mastered(name, -18.0)) for name in "abhn"}
    assert min(ratio["h"], ratio["n"]) > max(ratio["a"], ratio["b"])


def test_intensity_moves_the_sound_in_proportion() -> None:
    change = [band_db(mastered("a", intensity=x), 6000, 16000) for x in (0.0, 25.0, 50.0, 75.0, 100.0)]
    assert (np.diff(change) > 0).all() or (np.diff(change) < 0).all()


def test_a_second_half_made_dull_comes_back_toward_the_first() -> None:
    whole = song(40.0)
    half = whole.shape[1] // 2
    source = np.concatenate([whole[:, :half], dull(whole[:, half:])], axis=1)
    destination = ArrayDestination()
    stream = ArraySource(source, RATE)
    render(stream, destination, plan(analyse(stream), Settings(profile="i")))
    assert destination.audio is not None

    def gap(audio: Block) -> float:
        bands = [(125, 500), (500, 2000), (2000, 8000)]
        edge = 6 * RATE
        halves = audio[:, :half], audio[:, half + edge :]
        levels = [np.array([band_db(part, *band) for band in bands]) for part in halves]
        tilt = levels[0] - levels[1]
        return float(np.sqrt(((tilt - tilt.mean()) ** 2).mean()))

    assert gap(destination.audio) < 0.6 * gap(source)


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
    found = analyse(source)
    found.save(tmp_path / "a.json")
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
    found = FileSource(tmp_path / name).fingerprint()
    tagged: Any = mutagen.File(tmp_path / name, easy=True)
    if name != "in.wav":
        tagged["title"] = ["A long title " * 50]
    else:
        tagged.add_tags()
        tagged.tags.add(mutagen.id3.TIT2(text=["A long title " * 50]))
    tagged.save()
    renamed = (tmp_path / name).rename(tmp_path / "renamed")
    assert FileSource(renamed).fingerprint() == found


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
        seen: list[str] = []
        with pytest.raises(Cancelled, match=stage):
            master(
                source, tmp_path / "out.wav",
                progress=lambda at, share, seen=seen: seen.append(at), cancelled=lambda s=stage, seen=seen: s in seen,
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
    import masterchain.graph.shaping as shaping

    found = plan(analysis(), Settings(profile="c", stereo_image=True)).with_gain(5.0, final=True)
    outputs = []
    for block in (8192, 1000):
        monkeypatch.setattr(shaping, "BLOCK", block)
        destination = ArrayDestination(bits=24)
        render(ArraySource(song(), RATE), destination, found)
        outputs.append(destination.audio)
    assert np.array_equal(*outputs)


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
    found = Settings(profile="c", intensity=50.0).for_service("apple_music")
    assert (found.profile, found.intensity, found.loudness, found.true_peak) == ("c", 50.0, -16.0, -1.0)
    with pytest.raises(PresetError, match="known are spotify"):
        Settings.for_service("napster")


def test_a_watched_stream_hands_on_every_frame() -> None:
    blocks = Monitor().watch("x", ArraySource(song(1.0), RATE).blocks(777), None)
    assert sum(block.shape[1] for block in blocks) == RATE


def test_a_result_prints_and_serialises(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", song(4.0))
    result = master(source, tmp_path / "out.flac", Settings(profile="k", stereo_image=True))
    assert "profile     k (Full)" in str(result)
    found = json.loads(result.to_json())
    assert found["levels_after"]["loudness"] == pytest.approx(-14.0, abs=0.05)
    assert found["output_format"]["codec"] == "flac"
    assert set(found["width_mean_db"]) == {"low", "mid", "high"}


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
