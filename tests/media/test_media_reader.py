"""A file is a source that can be read again and again, at any rate, whoever made it."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from masterchain.graph.media import FileSource
from media_fixtures import FRAMES, LOSSY, RATE, ffmpeg, ffmpeg_decode, ffprobe, grid, lag, make, music, raw_riff, read


@pytest.mark.parametrize("name", ["wav", "flac", "aiff", "alac", "m4a", "aac", "mp3", "ogg", "opus"])
def test_a_source_can_be_read_again_and_in_any_blocks(tmp_path: Path, name: str) -> None:
    source = FileSource(make(tmp_path, name, music()))
    whole = np.concatenate(list(source.blocks(FRAMES)), axis=1)
    for size in (1000, 4096, 44_100):
        blocks = list(source.blocks(size))
        assert all(block.flags.c_contiguous and block.dtype == np.float64 for block in blocks)
        assert {block.shape[1] for block in blocks[:-1]} <= {size}
        assert np.array_equal(np.concatenate(blocks, axis=1), whole)


def test_two_readings_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    source = FileSource(make(tmp_path, "m4a", music()))
    for one, other in zip(source.blocks(4096), source.blocks(4096), strict=True):
        assert np.array_equal(one, other)
        one[:] = 0.0  # a block belongs to who got it


@pytest.mark.parametrize("rate", [8000, 44_100, 47_999, 96_000])
@pytest.mark.parametrize("name", ["wav", "opus"])
def test_resampling_gives_the_exact_length_in_place(tmp_path: Path, name: str, rate: int) -> None:
    path = make(tmp_path, name, music())
    source = FileSource(path, sample_rate=rate)
    blocks = np.concatenate(list(source.blocks(3000)), axis=1)
    assert source.sample_rate == rate
    assert source.frames == blocks.shape[1] == round(FRAMES * rate / RATE)
    # A 50 Hz tone is known at any rate: its phase tells a misplacement of far less than a frame.
    tones = [np.exp(-2j * np.pi * 50 * np.arange(n) / r) for n, r in ((FRAMES, RATE), (blocks.shape[1], rate))]
    original = read(path)[0] @ tones[0]
    turned = np.angle((blocks[0] @ tones[1]) / original)
    assert abs(turned) / (2 * np.pi * 50) < 0.05 / rate
    assert np.array_equal(blocks, np.concatenate(list(source.blocks(999)), axis=1))


def test_resampling_does_not_alias(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 23_000 * np.arange(FRAMES) / RATE)[None]
    folded = read(make(tmp_path, "wav", tone), sample_rate=44_100)[0, 2000:-2000]
    assert 20 * np.log10(np.abs(folded).max()) < -120


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    peaks = []
    for seconds in (5, 40):
        path = make(tmp_path, "wav", np.zeros((2, seconds * RATE)))
        tracemalloc.start()
        for _ in FileSource(path, sample_rate=44_100).blocks(4096):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2
    assert peaks[1] < 8 << 20


@pytest.mark.parametrize("name", ["wav", "aiff", "flac", "alac", *LOSSY])
def test_info_is_what_ffprobe_says(tmp_path: Path, name: str) -> None:
    path = make(tmp_path, name, music(frames=2 * RATE + 7))
    info, seen = FileSource(path).info.to_dict(), ffprobe(path)
    container, audio = info["container"], info["audio"]
    assert container["kind"] in seen["format"]["format_name"] + (",mp4" if name == "alac" else "")
    assert container["size"] == int(seen["format"]["size"])
    assert container["bitrate"] == round(container["size"] * 8 / (2 + 7 / RATE))
    assert container["duration"] == audio["duration"] == 2.0
    codec = seen["codec_name"]
    assert audio["codec"] == ("pcm" if codec.startswith("pcm") else codec)
    assert (audio["channels"], audio["sample_rate"]) == (seen["channels"], int(seen["sample_rate"]))
    assert audio.get("bit_depth") == (24 if name in ("wav", "aiff", "flac", "alac") else None)
    assert "channel_order" not in audio
    if "bit_rate" in seen and name != "aac":
        assert audio["bitrate"] == int(seen["bit_rate"])


def test_info_of_surround_tells_the_order_of_the_channels(tmp_path: Path) -> None:
    info = FileSource(make(tmp_path, "wav", music(6, 500))).info.to_dict()
    assert info["audio"]["channel_order"] == "FL FR FC LFE BL BR"
    assert info["audio"]["bitrate"] == RATE * 6 * 24


FOREIGN = {
    "a.m4a": [],
    "faststart.m4a": ["-movflags", "+faststart"],
    "a.mp3": ["-q:a", "3"],
    "a.ogg": ["-c:a", "libvorbis"],
    "a.opus": ["-c:a", "libopus", "-b:a", "96k"],
    "a.flac": [],
    "flac.oga": ["-c:a", "flac"],
    "a.mkv": ["-c:a", "flac"],
    "a.webm": ["-c:a", "libopus"],
    "alac.mov": ["-c:a", "alac"],
    "a.caf": ["-c:a", "pcm_s24le"],
    "a.wv": [],
    "u8.wav": ["-c:a", "pcm_u8"],
    "mulaw.wav": ["-c:a", "pcm_mulaw"],
    "little.aifc": ["-f", "aiff", "-c:a", "pcm_s16le"],
    "no-xing.mp3": ["-write_xing", "0"],
    "fragments.mp4": ["-movflags", "frag_keyframe+empty_moov", "-c:a", "aac"],
    "a.aac": [],
}
#: Where the file itself does not tell how many frames are music: the delay and the padding are played.
PADDED = ("no-xing.mp3", "fragments.mp4", "a.aac")


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_others_are_read_to_the_frame(tmp_path: Path, name: str) -> None:
    audio = grid(music(), 16)
    ffmpeg("-i", make(tmp_path, "wav", audio), *FOREIGN[name], path := tmp_path / name)
    decoded = read(path)
    if name in PADDED:
        assert np.allclose(decoded, ffmpeg_decode(path, 2), atol=1e-5)
        return
    assert decoded.shape[1] == FRAMES
    assert FileSource(path).frames in (FRAMES, None)
    assert lag(audio, decoded) == 0
    if any(codec in "".join(FOREIGN[name]) + name for codec in ("flac", "alac", "s24le", "s16le", ".wv")):
        assert np.array_equal(decoded, audio)


def test_audio_that_was_streamed_into_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    audio = grid(music(), 24)
    source = make(tmp_path, "wav", audio)
    for name in ("wav", "flac"):
        path = tmp_path / f"piped.{name}"
        codec = "pcm_s24le" if name == "wav" else "flac"
        path.write_bytes(ffmpeg("-i", source, "-c:a", codec, "-f", name, "-"))
        assert np.array_equal(read(path), audio)


def test_the_sound_of_a_video_is_read(tmp_path: Path) -> None:
    audio = music(frames=RATE)
    picture = ["-f", "lavfi", "-i", "testsrc=d=1:s=32x32:r=10"]
    ffmpeg(*picture, "-i", make(tmp_path, "wav", audio), "-c:v", "mpeg4", "-c:a", "aac", path := tmp_path / "film.mp4")
    assert FileSource(path).format.codec == "aac"
    assert lag(audio, read(path)) == 0
    assert read(path).shape[1] == RATE


def test_an_mp3_between_foreign_tags_is_read_to_the_frame(tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", music())
    before = read(path)
    id3v2 = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    ape = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
    path.write_bytes(id3v2 + path.read_bytes() + ape + b"TAG" + bytes(125))
    assert np.array_equal(read(path), before)


def test_a_wav_of_eight_bits_is_scaled_about_its_middle(tmp_path: Path) -> None:
    fmt = bytes.fromhex("0100 0100 401f0000 401f0000 0100 0800")
    path = tmp_path / "old.wav"
    path.write_bytes(raw_riff("RIFF", fmt, bytes([0, 64, 128, 255])))
    assert read(path).tolist() == [[-1.0, -0.5, 0.0, 127 / 128]]
    assert FileSource(path).format.bit_depth == 8


def test_a_path_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "Ünïcode % 日本"
    folder.mkdir()
    path = make(folder, "m4a", music(frames=3000))
    odd = path.with_name("file:with, odd?name#.m4a")
    path.rename(odd)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert read(Path(odd.name)).shape[1] == 3000
    finally:
        os.chdir(before)


def test_a_block_of_no_frames_is_refused(tmp_path: Path) -> None:
    source = FileSource(make(tmp_path, "wav", music(frames=10)))
    with pytest.raises(ValueError, match="at least 1"):
        source.blocks(0)
