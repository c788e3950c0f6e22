"""What is written is what is read: to the bit where the format can, to the frame where it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from masterchain.graph.media import FileSource, Format, output_format
from media_fixtures import (
    FRAMES,
    LAYOUTS,
    LOSSLESS,
    LOSSY,
    RATE,
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

EXACT = [
    *((name, "int", bits) for name in ("wav", "rf64", "aiff", "aifc") for bits in (16, 24, 32)),
    *((name, "float", bits) for name in ("wav", "rf64", "aifc") for bits in (32, 64)),
    *((name, "int", bits) for name in ("flac", "alac") for bits in (16, 24)),
]


@pytest.mark.parametrize(("name", "kind", "bits"), EXACT)
def test_lossless_formats_keep_every_bit(tmp_path: Path, name: str, kind: str, bits: int) -> None:
    audio = music() if kind == "float" else grid(music(), bits)
    if (kind, bits) == ("float", 32):
        audio = audio.astype(np.float32).astype(np.float64)
    if kind == "float":
        audio[:, 5] = 1.75  # floats go beyond full scale
    source = replace(STUDIO, bit_depth=bits, sample_type="int" if kind == "int" else "float")
    path = file_for(tmp_path, name)
    sink = save(path, output_format(source, path, name), audio)
    assert sink.clipped == 0
    assert np.array_equal(read(path), audio)
    assert FileSource(path).format == sink.format
    # FFmpeg's command line reads the same numbers (through float32 where it mixes formats: alac and flac are exact).
    assert np.array_equal(ffmpeg_decode(path, 2), audio)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("name", LOSSLESS)
def test_ffprobe_agrees_on_depth_and_rate(tmp_path: Path, name: str, bits: int) -> None:
    path = make(tmp_path, name, music(frames=3000), replace(STUDIO, sample_rate=88_200), bit_depth=bits)
    seen = ffprobe(path)
    assert int(seen["sample_rate"]) == 88_200
    assert int(seen.get("bits_per_raw_sample") or seen["bits_per_sample"]) == bits
    assert int(seen["duration_ts"]) == 3000


ALIGNED = [
    *((name, 2) for name in LOSSY),
    *((name, channels) for name in ("m4a", "aac", "ogg", "opus") for channels in (1, 6)),
    ("mp3", 1),
]


@pytest.mark.parametrize(("name", "channels"), ALIGNED)
def test_lossy_formats_line_up_to_the_frame(tmp_path: Path, name: str, channels: int) -> None:
    audio = music(channels)
    path = make(tmp_path, name, audio)
    source = FileSource(path)
    ours, theirs = read(path), ffmpeg_decode(path, channels)
    assert source.frames == ours.shape[1] == FRAMES
    before = 0
    if name == "aac":
        # ADTS cannot tell that a packet of nothing comes first: only who knows our note leaves that out.
        before = 1024
        assert np.std(theirs[:, :before]) < 0.1 * np.std(audio)  # the codec's own pre-echo
        theirs = theirs[:, before:]
    assert lag(audio, ours) == lag(audio, theirs) == 0
    for channel in range(channels):
        # The lowest 200 Hz hold the tones of the channels, also of an LFE that the codec limits.
        low = [np.fft.rfft(each[channel, :FRAMES])[: 200 * FRAMES // RATE] for each in (audio, ours, theirs)]
        for decoded in low[1:]:
            match = abs(np.vdot(low[0], decoded)) / np.linalg.norm(low[0]) / np.linalg.norm(decoded)
            assert match > 0.99, f"channel {channel} of {LAYOUTS[channels]} is not where it belongs"
    if name == "aac":
        # ADTS cannot tell where it ends: a player that does not know our note plays the padding of the last packet.
        assert theirs.shape[1] == -(-FRAMES // 1024) * 1024
    else:
        assert theirs.shape[1] == FRAMES


@pytest.mark.parametrize("name", ["aac", "m4a"])
def test_aac_begins_as_well_as_it_goes_on(tmp_path: Path, name: str) -> None:
    """A first packet without the one before it is folded upon itself: half of what it holds would be wrong."""
    audio = music()
    wrong = read(make(tmp_path, name, audio)) - audio
    first, later = (10 * np.log10((part**2).mean()) for part in (wrong[:, :1024], wrong[:, 1024:-1024]))
    assert first < later + 6.0


def test_adts_that_begins_with_silence_is_aligned_in_every_player(tmp_path: Path) -> None:
    audio = music()
    audio[:, :1024] *= 1e-4
    path = make(tmp_path, "aac", audio)
    assert lag(audio, read(path)) == lag(audio, ffmpeg_decode(path, 2)) == 0
    assert read(path).shape == audio.shape


@pytest.mark.parametrize("channels", [3, 4, 5, 7, 8])
@pytest.mark.parametrize("name", ["flac", "ogg", "opus", "m4a"])
def test_surround_channels_stay_in_their_places(tmp_path: Path, name: str, channels: int) -> None:
    audio = music(channels, 20_000)
    path = make(tmp_path, name, audio)
    for decoded in (read(path), ffmpeg_decode(path, channels)):
        for channel in range(channels):
            spectra = [np.fft.rfft(each[channel, :20_000])[:84] for each in (audio, decoded)]
            match = abs(np.vdot(*spectra)) / np.linalg.norm(spectra[0]) / np.linalg.norm(spectra[1])
            assert match > 0.99, f"channel {channel} of {channels}"


@pytest.mark.parametrize("frames", [1, 47, 500, 1023, 1024, 1025, 2049])
@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_the_shortest_files_keep_their_length(tmp_path: Path, name: str, frames: int) -> None:
    path = make(tmp_path, name, music(frames=frames))
    # LAME's delay leaves an MP3 no way to say that it is shorter than 47 frames.
    expected = max(47, frames) if name == "mp3" else frames
    assert FileSource(path).frames == read(path).shape[1] == expected


@pytest.mark.parametrize("name", ["m4a", "aac"])
def test_the_length_is_kept_where_it_was_not_known_beforehand(tmp_path: Path, name: str) -> None:
    audio = music()
    path = make(tmp_path, name, audio, told=False)
    ours, theirs = read(path), ffmpeg_decode(path, 2)
    assert ours.shape[1] == FRAMES
    assert 0 <= theirs.shape[1] - FRAMES < (2048 if name == "aac" else 1024)
    before = 0
    if name == "aac":
        # ADTS cannot tell that a packet of nothing comes first: only who knows our note leaves that out.
        before = 1024
        assert np.std(theirs[:, :before]) < 0.1 * np.std(audio)  # the codec's own pre-echo
        theirs = theirs[:, before:]
    assert lag(audio, ours) == lag(audio, theirs) == 0


@pytest.mark.parametrize(("name", "wish"), [("m4a", 192_000), ("aac", 128_000), ("mp3", 256_000), ("opus", 128_000)])
def test_the_wished_bit_rate_is_what_comes_out(tmp_path: Path, name: str, wish: int) -> None:
    path = make(tmp_path, name, music(frames=4 * RATE), bit_rate=wish)
    size = path.stat().st_size * 8 / 4
    assert size == pytest.approx(wish, rel=0.08)
    assert FileSource(path).format.bit_rate == pytest.approx(wish, rel=0.08)


def test_vorbis_aims_at_the_wished_bit_rate_and_says_so(tmp_path: Path) -> None:
    path = make(tmp_path, "ogg", music(), bit_rate=192_000)
    assert int(ffprobe(path)["bit_rate"]) == pytest.approx(192_000, rel=0.002)
    again = output_format(FileSource(path).format, path)
    assert again.bit_rate == pytest.approx(192_000, rel=0.002)


@pytest.mark.parametrize("name", [*LOSSLESS, "m4a", "3gp", "aac", "mp3", "ogg", "opus"])
def test_a_master_of_any_file_has_the_format_of_that_file(tmp_path: Path, name: str) -> None:
    first = make(tmp_path, name, music(frames=RATE if name in LOSSLESS else 4 * RATE))
    second = first.with_stem("again")
    source = FileSource(first)
    save(second, output_format(source.format, second), read(first))
    old, new = ffprobe(first), ffprobe(second)
    for key in ("codec_name", "sample_rate", "channels", "channel_layout", "sample_fmt", "bits_per_raw_sample"):
        assert old.get(key) == new.get(key), key
    assert old["format"]["format_name"] == new["format"]["format_name"]
    # FFmpeg guesses the bit rate of ADTS from its first packets; and Opus takes less for what it has coded before.
    if "bit_rate" in old and name != "aac":
        assert int(new["bit_rate"]) == pytest.approx(int(old["bit_rate"]), rel=0.06)
    assert second.stat().st_size == pytest.approx(first.stat().st_size, rel=0.08)


def test_the_start_of_the_music_is_not_starved_of_bits(tmp_path: Path) -> None:
    """FFmpeg's AAC encoder gives its first packets too few bits; the silence put before the music takes that."""
    audio = music()
    error = read(make(tmp_path, "m4a", audio)) - audio
    start, rest = (np.sqrt(np.mean(part**2)) for part in (error[:, :1024], error[:, 10_000:]))
    assert start < 2 * rest


@pytest.mark.parametrize("depth", [16, 24, 32])
def test_wav_of_several_speakers_tells_their_layout(tmp_path: Path, depth: int) -> None:
    for layout, channels in (("5.1", 6), ("5.1(side)", 6), ("7.1", 8), ("2.1", 3)):
        format = Format("wav", "pcm", RATE, channels, depth, "int", None, layout)
        path = tmp_path / "surround.wav"
        audio = grid(music(channels, 2000), depth)
        save(path, format, audio)
        assert FileSource(path).format == format
        assert ffprobe(path)["channel_layout"] == layout
        assert np.array_equal(read(path), audio)
