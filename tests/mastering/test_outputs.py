"""Several outputs of one render: each as its kind says, as it would be alone, and all of them or none."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from masterchain.graph import (
    KINDS,
    FileSink,
    FileSource,
    Format,
    MediaError,
    Output,
    Settings,
    analyse,
    master,
    master_all,
)
from masterchain.graph.media import format_of_kind
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from songs import RATE, song, write

HIGH = Format("wav", "pcm", 96000, 2, 24, "int")
LOSSY = Format("mp3", "mp3", 44100, 2, None, "float", 192_000)


@pytest.mark.parametrize(
    ("kind", "high", "lossy"),
    [
        ("wav", ("wav", "pcm", 96000, 24, None), ("wav", "pcm", 48000, 16, None)),
        ("aiff", ("aiff", "pcm", 96000, 24, None), ("aiff", "pcm", 48000, 16, None)),
        ("flac", ("flac", "flac", 96000, 24, None), ("flac", "flac", 48000, 16, None)),
        ("alac", ("m4a", "alac", 96000, 24, None), ("m4a", "alac", 48000, 16, None)),
        ("ogg", ("ogg", "vorbis", 48000, None, 256_000), ("ogg", "vorbis", 48000, None, 256_000)),
        ("mp3", ("mp3", "mp3", 48000, None, 320_000), ("mp3", "mp3", 48000, None, 320_000)),
        ("mp4", ("mp4", "aac", 48000, None, 256_000), ("mp4", "aac", 44100, None, 256_000)),
        ("m4a", ("m4a", "aac", 48000, None, 256_000), ("m4a", "aac", 44100, None, 256_000)),
        ("aac", ("aac", "aac", 48000, None, 256_000), ("aac", "aac", 44100, None, 256_000)),
        (None, ("wav", "pcm", 96000, 24, None), ("mp3", "mp3", 44100, None, 192_000)),
    ],
)
def test_a_kind_is_what_the_table_says(kind: str | None, high: object, lossy: object) -> None:
    for source, expected in ((HIGH, high), (LOSSY, lossy)):
        form = format_of_kind(source, kind, "out.xyz")
        assert (form.container, form.codec, form.sample_rate, form.bit_depth, form.bit_rate) == expected


def test_a_kind_does_not_keep_a_codec_that_it_does_not_mean() -> None:
    apple = Format("m4a", "alac", 44100, 2, 16, "int")
    opus = Format("ogg", "opus", 48000, 2, None, "float", 96_000)
    assert format_of_kind(apple, "m4a", "out").codec == "aac"
    assert format_of_kind(opus, "ogg", "out").codec == "vorbis"
    assert format_of_kind(opus, None, "out").codec == "opus"


def test_floats_stay_floats_where_the_kind_holds_them() -> None:
    floats = Format("wav", "pcm", 44100, 2, 32, "float")
    assert format_of_kind(floats, "wav", "out") == floats
    assert format_of_kind(floats, "flac", "out").bit_depth == 24


@pytest.mark.parametrize(
    ("kind", "source", "says"),
    [
        ("wma", HIGH, "unknown kind 'wma'; use one of wav, ogg"),
        (None, Format("matroska", "pcm_s16le", 44100, 2, 16, "int"), "ask for a kind: wav, ogg"),
    ],
)
def test_what_cannot_be_written_is_refused(kind: str | None, source: Format, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        format_of_kind(source, kind, "out")


def probed(path: Path) -> dict[str, str]:
    words = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels", "-of", "json"]
    told = subprocess.run([*words, str(path)], capture_output=True, check=True, text=True).stdout
    stream: dict[str, str] = json.loads(told)["streams"][0]
    return stream


CODECS = {
    "wav": "pcm_s16le", "ogg": "vorbis", "mp3": "mp3", "mp4": "aac", "aac": "aac", "flac": "flac",
    "aiff": "pcm_s16be", "m4a": "aac", "alac": "alac",
}  # fmt: skip


@pytest.fixture(scope="module")
def kinds_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a song and an output of each kind, of two renders; their names say nothing."""
    folder = tmp_path_factory.mktemp("kinds")
    source = write(folder / "mix.wav", song(6.0))
    settings = Settings(profile="c")
    for kinds in (KINDS[:5], KINDS[5:]):
        results = master_all(source, [Output(folder / f"{kind}.out", kind) for kind in kinds], settings)
        for result, kind in zip(results, kinds, strict=True):
            assert Path(result.output).stem == kind
            assert result.target_reached
            assert result.levels_after.true_peak is not None
            assert result.levels_after.true_peak <= -0.95
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_whole(kinds_folder: Path, kind: str) -> None:
    stream = probed(kinds_folder / f"{kind}.out")
    rate = 48000 if kind in ("ogg", "mp3") else RATE
    assert (stream["codec_name"], int(stream["sample_rate"])) == (CODECS[kind], rate)
    frames = sum(block.shape[1] for block in FileSource(kinds_folder / f"{kind}.out").blocks(8192))
    assert frames == 6 * rate


def test_lossless_outputs_hold_the_same_bits(kinds_folder: Path) -> None:
    sounds = [
        np.concatenate(list(FileSource(kinds_folder / f"{k}.out").blocks(8192)), axis=1) for k in CODECS if k != "ogg"
    ]
    wav, flac, aiff, alac = sounds[0], sounds[4], sounds[5], sounds[7]
    assert np.array_equal(wav, aiff)
    assert np.array_equal(flac, alac)
    assert np.array_equal(wav, flac)


@pytest.mark.parametrize("kind", ["wav", "ogg"])
def test_an_output_is_what_it_would_be_alone(kinds_folder: Path, tmp_path: Path, kind: str) -> None:
    alone = tmp_path / f"alone.{kind}"
    master_all(kinds_folder / "mix.wav", [Output(alone, kind)], Settings(profile="c"))
    one, other = (
        np.concatenate(list(FileSource(path).blocks(8192)), axis=1) for path in (alone, kinds_folder / f"{kind}.out")
    )
    assert np.array_equal(one, other)


def test_the_track_is_analysed_once_at_its_own_rate(tmp_path: Path) -> None:
    source = write(tmp_path / "mix.wav", song(3.0))
    stages: list[str] = []
    outputs = [Output(tmp_path / "a.wav", "wav"), Output(tmp_path / "a.ogg", "ogg")]
    results = master_all(source, outputs, progress=lambda stage, share: stages.append(stage) if share == 0.0 else None)
    assert stages.count("analyse") == 1
    assert {result.levels_before for result in results} == {results[0].levels_before}
    assert [result.sample_rate for result in results] == [RATE, 48000]
    assert json.loads(results.to_json())["outputs"][1]["sample_rate"] == 48000


def test_all_appear_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "mix.wav", song(2.0))
    old = tmp_path / "old.wav"
    old.write_bytes(b"what was there")
    commit, named = FileSink.commit, list[str]()

    def third_fails(sink: FileSink) -> None:
        if len(named) == 2:
            raise MediaError(sink.path, "cannot be written: no reason")
        commit(sink)
        named.append(sink.path)

    monkeypatch.setattr(FileSink, "commit", third_fails)
    outputs = [Output(old, "wav"), Output(tmp_path / "b.flac", "flac"), Output(tmp_path / "c.mp3", "mp3")]
    with pytest.raises(MediaError, match="no reason"):
        master_all(source, outputs, Settings(profile="c"))
    assert len(named) == 2
    assert old.read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mix.wav", "old.wav"]


def test_what_is_refused_writes_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "mix.wav", song(1.0))
    for paths, says in (
        ([], "0 outputs were asked for; must be 1 to 5"),
        ([f"{i}.wav" for i in range(6)], "6 outputs"),
        (["a.wav", "a.wav"], "asked for twice"),
        (["a.wav", "mix.wav"], "is the source itself"),
    ):
        with pytest.raises(MediaError, match=says):
            master_all(source, [Output(tmp_path / path) for path in paths])
    with pytest.raises(MediaError, match="unknown kind"):
        master_all(source, [Output(tmp_path / "a.wav", "wav"), Output(tmp_path / "b", "wma")])
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]


def test_the_command_line_takes_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = write(tmp_path / "mix.wav", song(2.0)), tmp_path / "out"
    out.mkdir()
    words = ["master", source, str(out / "a.wav"), "--also", str(out / "a.flac"), "--also", f"MP3:{out / 'a.mp3'}"]
    assert run([*words, "--report", str(out / "r.json")], Session()) == 0
    assert soundfile.info(out / "a.flac").samplerate == RATE
    assert soundfile.info(out / "a.mp3").samplerate == 48000
    assert len(json.loads((out / "r.json").read_text("utf-8"))["outputs"]) == 3
    assert capsys.readouterr().out.count("  loudness    ") == 3
    assert run(["master", source, str(out / "b.wav"), "--also", str(out / "b.xyz")], Session()) == 2
    capsys.readouterr()
    for also, says in (
        (f"mp3:{out / 'b.flac'}", "mp3 was asked for, the name ends in .flac; change one"),
        (f"ogg:{out / 'b.opus'}", "vorbis was asked for, the name ends in .opus; change one"),
        (f"wma:{out / 'b.wma'}", "the word before the colon must be one of wav, ogg"),
        ("mp3:", "the word before the colon must be one of wav, ogg"),
    ):
        assert run(["master", source, str(out / "b.wav"), "--also", also], Session()) == 2
        said = capsys.readouterr().err
        assert says in said
        assert said.count("\n") == 1
    assert sorted(path.name for path in out.iterdir()) == ["a.flac", "a.mp3", "a.wav", "r.json"]


def test_an_analysis_of_the_file_serves_every_rate(tmp_path: Path) -> None:
    source = write(tmp_path / "mix.wav", song(3.0))
    with_analysis = master(source, tmp_path / "a.ogg", analysis=analyse(source))
    without = master(source, tmp_path / "b.ogg")
    assert with_analysis.gain_db == without.gain_db
