"""An output appears when it is whole, or not at all; what it holds is counted and exact."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from masterchain.graph.media import FileSink, FileSource, Format, MediaError, output_format
from masterchain.graph.media.writing import aiff, wav
from media_fixtures import (
    LOSSLESS,
    LOSSY,
    MP4,
    STUDIO,
    ffmpeg_decode,
    ffprobe,
    file_for,
    grid,
    lag,
    make,
    music,
    read,
    save,
)
from mutagen.flac import FLAC


def format_for(path: Path, name: str) -> Format:
    return output_format(STUDIO, path, name)


@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_an_abort_leaves_nothing_and_the_old_file_alone(tmp_path: Path, name: str) -> None:
    path = file_for(tmp_path, name)
    path.write_bytes(b"what was there")

    def fail() -> None:
        with FileSink(path, format_for(path, name)) as sink:
            sink.write(music())
            assert len(os.listdir(tmp_path)) == 2
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == b"what was there"


def test_a_file_appears_at_commit_with_the_usual_permissions(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    sink = FileSink(path, STUDIO)
    sink.write(music())
    assert not path.exists()
    assert all(name.startswith(".") for name in os.listdir(tmp_path))
    sink.commit()
    sink.commit()
    sink.abort()
    assert os.listdir(tmp_path) == ["x.wav"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    with pytest.raises(MediaError, match="is closed"):
        sink.write(music())


def test_a_file_can_be_mastered_onto_itself(tmp_path: Path) -> None:
    audio = grid(music(), 24)
    path = make(tmp_path, "flac", audio)
    source = FileSource(path)
    with FileSink(path, source.format, tags_from=path) as sink:
        for block in source.blocks(1000):
            sink.write(-block)
    assert read(path)[0, 2:].tolist() == (-audio[0, 2:]).tolist()


FILL_THE_DISK = """
import resource, sys
import numpy as np
from masterchain.graph.media import FileSink, Format, MediaError, output_format

resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
studio = Format("wav", "pcm", 48_000, 2, 24, "int", None, "stereo")
noise = np.random.default_rng(1).standard_normal((2, 4096)) * 0.1
for name, path in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        with FileSink(path, output_format(studio, path, name)) as sink:
            for _ in range(60):
                sink.write(noise)
    except MediaError as error:
        print(error)
"""


def test_a_full_disk_is_one_line_and_nothing_is_left(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the system refuses the write in the same way.

    In a process of its own, so that what the libraries print by themselves is seen too.
    """
    names = [*LOSSLESS, *LOSSY]
    paths = [file_for(tmp_path, name) for name in names]
    arguments = [word for name, path in zip(names, paths, strict=True) for word in (name, str(path))]
    command = [sys.executable, "-W", "error", "-c", FILL_THE_DISK, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    expected = [f"{path}: cannot be written: File too large; nothing was left behind" for path in paths]
    assert run.stdout.splitlines() == expected
    assert run.stderr == ""
    assert os.listdir(tmp_path) == []


def test_a_disk_that_fills_while_tags_are_written_is_told(tmp_path: Path) -> None:
    """Only the tags are over the limit, and they are written last."""
    path = tmp_path / "x.flac"
    sink = FileSink(path, output_format(STUDIO, path))
    sink.write(music(frames=2000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(sink._output.path), hard))

    sink._output.close = fill  # type: ignore[method-assign]
    try:
        with pytest.raises(MediaError, match="cannot be written"):
            sink.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "is a directory"),
        (tmp_path / "no" / "x.wav", "does not exist"),
        (tmp_path / "x.wav" / "y.wav", "is not a directory"),
    ):
        (tmp_path / "x.wav").touch()
        with pytest.raises(MediaError, match=words):
            FileSink(path, STUDIO)


def test_an_output_without_audio_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="nothing was written"), FileSink(tmp_path / "x.m4a", STUDIO):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"container": "mp3"}, "cannot write pcm in a mp3 file"),
        ({"bit_depth": 20}, "cannot hold 20 bit int; it holds 16 bit int"),
        ({"channels": 9}, "holds 1 to 8 channels"),
        ({"container": "ogg", "codec": "opus", "bit_rate": 96_000, "sample_rate": 44_100}, "legal sample rates: 48000"),
        ({"container": "mp3", "codec": "mp3", "bit_depth": None}, "needs a bit rate"),
    ],
)
def test_a_format_that_cannot_be_is_refused_at_once(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(MediaError, match=words):
        FileSink(tmp_path / "x", replace(STUDIO, **change))  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["wav", "flac", "m4a"])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, name: str) -> None:
    path = file_for(tmp_path, name)
    bad = music(frames=100)
    bad[1, 7] = np.nan
    with pytest.raises(MediaError, match="NaN"), FileSink(path, format_for(path, name)) as sink:
        sink.write(bad)
    assert os.listdir(tmp_path) == []


def test_a_block_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be \(2, n\)"), FileSink(tmp_path / "x.wav", STUDIO) as sink:
        sink.write(music(3, 10))


@pytest.mark.parametrize("bits", [16, 24, 32])
@pytest.mark.parametrize("name", ["wav", "aiff", "flac", "alac"])
def test_integers_are_rounded_clipped_and_counted(tmp_path: Path, name: str, bits: int) -> None:
    if name in ("flac", "alac") and bits == 32:
        return
    step = 2.0 ** (1 - bits)
    audio = np.array([[0.4, 0.6, -0.6, 1.5, 2.5, -0.4]]) * step
    audio = np.concatenate([audio, [[1.0, 1.0 - step, -1.0, -1.0 - step, 7.0, -7.0, 1.0 - 0.4 * step]]], axis=1)
    path = file_for(tmp_path, name)
    mono = replace(STUDIO, bit_depth=bits, channels=1, layout="mono")
    sink = save(path, output_format(mono, path, name), audio)
    top = 1.0 - step
    assert read(path)[0].tolist() == [0, step, -step, 2 * step, 2 * step, 0, top, top, -1, -1, top, -1, top]
    assert sink.clipped == 5
    assert sink.frames == 13


def test_silence_of_blocks_without_frames_changes_nothing(tmp_path: Path) -> None:
    audio = music()
    for name in ("wav", "flac", "m4a", "ogg"):
        path = file_for(tmp_path, name)
        with FileSink(path, format_for(path, name)) as sink:
            for part in (audio[:, :0], audio[:, :1], audio[:, 1:1], audio[:, 1:]):
                sink.write(part)
        assert read(path).shape[1] == audio.shape[1]


def test_wav_turns_into_rf64_where_its_sizes_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = grid(music(), 24)
    small = make(tmp_path, "wav", audio)
    assert small.read_bytes()[:4] == b"RIFF"
    monkeypatch.setattr(wav, "RIFF_LIMIT", 100_000)
    large = tmp_path / "large.wav"
    save(large, STUDIO, audio)
    data = large.read_bytes()
    assert (data[:8], data[12:16]) == (b"RF64\xff\xff\xff\xff", b"ds64")
    assert np.array_equal(read(large), audio)
    assert np.array_equal(ffmpeg_decode(large, 2), audio)
    assert soundfile.info(large).frames == audio.shape[1]
    assert len(data) == small.stat().st_size


def test_aiff_says_where_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiff, "AIFF_LIMIT", 100_000)
    with pytest.raises(MediaError, match="ends at 4 GB; use wav"):
        make(tmp_path, "aiff", music())
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["wav", "aiff", "flac", "alac", "m4a", "aac", "mp3", "opus"])
def test_the_same_audio_makes_the_same_bytes(tmp_path: Path, name: str) -> None:
    first = make(tmp_path, name, music()).read_bytes()
    assert make(tmp_path, name, music()).read_bytes() == first


@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_the_partition_into_blocks_does_not_change_the_file(tmp_path: Path, name: str) -> None:
    audio = music(frames=10_000)
    paths = [file_for(tmp_path, name).with_stem(stem) for stem in ("a", "b")]
    for path, step in zip(paths, (10_000, 333), strict=True):
        with FileSink(path, format_for(path, name), frames_expected=10_000) as sink:
            for start in range(0, 10_000, step):
                sink.write(audio[:, start : start + step])
    assert np.array_equal(read(paths[0]), read(paths[1]))


def test_many_threads_write_at_once(tmp_path: Path) -> None:
    names = ["m4a", "mp3", "opus", "ogg", "flac", "wav"]
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            make(tmp_path, name, music())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for name in names:
        assert read(tmp_path / f"{name}.{name}").shape[1] == music().shape[1]


def test_24_bits_of_alac_are_told_as_24(tmp_path: Path) -> None:
    assert ffprobe(make(tmp_path, "alac", music(frames=5000)))["bits_per_raw_sample"] == "24"


@pytest.mark.parametrize("name", [*MP4, "alac"])
def test_the_index_of_mp4_stands_before_the_sound_also_with_tags(tmp_path: Path, name: str) -> None:
    """A player on the web begins before it has all of the file; what tags move, the index knows."""
    plain = make(tmp_path, name, music())
    source = make(tmp_path, "flac", music(frames=1000))
    tags: Any = FLAC(source)  # type: ignore[no-untyped-call]
    tags["title"] = ["A title " * 1000]
    tags.save()
    tagged = plain.with_stem("tagged")
    with FileSink(tagged, format_for(plain, name), tags_from=source, frames_expected=music().shape[1]) as sink:
        sink.write(music())
    assert b"A title A title" in tagged.read_bytes()
    for path in (plain, tagged):
        data = path.read_bytes()
        assert 0 < data.index(b"moov") < data.index(b"mdat")
        assert np.array_equal(ffmpeg_decode(path, 2), ffmpeg_decode(plain, 2))
    assert lag(music(), read(tagged)) == 0
