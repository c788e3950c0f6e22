"""A bad file is refused with one line that names it and says what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from masterchain.graph.media import FileSource, MediaError
from media_fixtures import LOSSLESS, LOSSY, RATE, ffmpeg, make, music, raw_riff

PCM16 = bytes.fromhex("0100 0100 80bb0000 00770100 0200 1000")
FLOAT32 = bytes.fromhex("0300 0100 80bb0000 00ee0200 0400 2000")


def complaint(path: Path) -> str:
    """The error of reading the file to its end, in one line that begins with its name."""
    with pytest.raises(MediaError) as failure:
        for _ in FileSource(path).blocks(4096):
            pass
    text = str(failure.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


def test_what_is_no_audio_file_is_said(tmp_path: Path) -> None:
    empty, noise, text = tmp_path / "empty.wav", tmp_path / "noise.mp3", tmp_path / "words.wav"
    empty.touch()
    noise.write_bytes(np.random.default_rng(1).bytes(5000))
    text.write_text("This is not audio.\n" * 50)
    assert complaint(tmp_path / "missing.wav") == "no such file"
    assert "is a directory" in complaint(tmp_path)
    assert "0 bytes" in complaint(empty)
    assert "not audio" in complaint(noise)
    assert "not audio" in complaint(text)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert "not a regular file" in complaint(tmp_path / "pipe.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    path = make(tmp_path, "wav", music(frames=100))
    path.chmod(0)
    assert "Permission denied" in complaint(path)


def test_a_video_without_sound_is_said(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:s=32x32:r=10", "-c:v", "mpeg4", path := tmp_path / "silent.mp4")
    assert "no audio stream" in complaint(path)


def test_audio_of_no_length_is_said(tmp_path: Path) -> None:
    (path := tmp_path / "nothing.wav").write_bytes(raw_riff("RIFF", PCM16, b""))
    assert "its length is zero" in complaint(path)


def test_more_than_eight_channels_are_refused(tmp_path: Path) -> None:
    (path := tmp_path / "wide.wav").write_bytes(
        raw_riff("RIFF", bytes.fromhex("0100 0a00 80bb0000 00a60e00 1400 1000"), bytes(2000))
    )
    assert complaint(path) == "it has 10 channels; at most 8 can be mastered"


@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
@pytest.mark.parametrize("missing", [1, 3000, 0.5])
def test_a_truncated_file_is_found_before_the_work_begins(tmp_path: Path, name: str, missing: float) -> None:
    path = make(tmp_path, name, music(frames=2 * RATE))
    data = path.read_bytes()
    kept = int(len(data) * missing) if missing < 1 else len(data) - int(missing)
    path.write_bytes(data[:kept])
    with pytest.raises(MediaError, match="truncated"):
        FileSource(path)
    complaint(path)


def test_an_mp4_with_its_index_in_front_tells_that_it_is_truncated(tmp_path: Path) -> None:
    ffmpeg("-i", make(tmp_path, "wav", music()), "-movflags", "+faststart", path := tmp_path / "fast.m4a")
    path.write_bytes(path.read_bytes()[:-2000])
    assert "truncated" in complaint(path)


def test_a_header_that_promises_too_much_is_told_with_both_numbers(tmp_path: Path) -> None:
    (path := tmp_path / "short.wav").write_bytes(raw_riff("RIFF", PCM16, bytes(2000), promised=4000))
    assert complaint(path) == "truncated: it promises 2000 frames but holds 1000; get a whole copy of the file"


@pytest.mark.parametrize("name", ["flac", "alac", "m4a", "aac", "mp3", "ogg", "opus"])
def test_damage_in_the_middle_is_found(tmp_path: Path, name: str) -> None:
    path = make(tmp_path, name, music(frames=3 * RATE))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(byte ^ 0x5A for byte in data[middle : middle + 4000])
    path.write_bytes(data)
    assert "damaged" in complaint(path)


@pytest.mark.parametrize(
    ("value", "name"), [(np.nan, "NaN"), (np.inf, "an infinite sample"), (-np.inf, "an infinite sample")]
)
def test_a_sample_that_is_no_number_is_named_with_its_time(tmp_path: Path, value: float, name: str) -> None:
    samples = np.zeros(3 * RATE, "<f4")
    samples[[2 * RATE, 2 * RATE + 9]] = value
    (path := tmp_path / "bad.wav").write_bytes(raw_riff("RIFF", FLOAT32, samples.tobytes()))
    assert complaint(path).startswith(f"{name} at 2.000000 s")


def test_a_wav_that_was_cut_in_its_header_is_said(tmp_path: Path) -> None:
    path = make(tmp_path, "wav", music(frames=100))
    path.write_bytes(path.read_bytes()[:50])
    assert "no audio data" in complaint(path)
