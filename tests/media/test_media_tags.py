"""Tags and cover art travel into every format; what mastering made untrue does not."""

# mypy: disable-error-code="no-untyped-call, index"

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import mutagen
import pytest
from masterchain.graph.media import FileSink, FileSource, output_format
from media_fixtures import MP4, ffprobe, file_for, make, music, raw_riff, read
from mediafile import Image, ImageType, MediaFile
from mutagen import id3
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4 as MP4File

FORMATS = ("wav", "aiff", "mp3", "aac", "m4a", "flac", "ogg", "opus")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fccfc0f01f000503"
    "0201c5b3b7b60000000049454e44ae426082"
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
WORDS = {
    "title": "Über den Wolken",
    "artist": "A Singer",
    "album": "An Album",
    "albumartist": "Various Artists",
    "genre": "Folk",
    "composer": "C. Omposer",
    "comments": "Recorded live,\nin one take",
    "copyright": "2024 A Label",
    "isrc": "DEA123456789",
    "lyrics": "First line\nSecond line",
    "mb_trackid": "01234567-89ab-cdef-0123-456789abcdef",
    "mb_albumid": "fedcba98-89ab-cdef-0123-456789abcdef",
    "label": "A Label",
    "artist_sort": "Singer, A",
}
NUMBERS = {"track": 3, "tracktotal": 12, "disc": 1, "disctotal": 2, "bpm": 121, "year": 2024, "month": 5}


def tag(path: Path) -> None:
    """Tag a file as other programs do, with things in it that must not travel."""
    if path.suffix == ".aac":
        tagged = make(path.parent, "mp3", music(frames=3000))
        tag(tagged)
        tags = id3.ID3(path)
        for frame in id3.ID3(tagged).values():
            tags.add(frame)
        tags.save(path)
        return
    file = MediaFile(path)
    file.update({**WORDS, **NUMBERS})
    file.rg_track_gain, file.rg_track_peak, file.encoder = -7.5, 0.98, "Some Encoder 1.0"
    if path.suffix == ".opus":
        file.r128_track_gain = -1000
    file.images = [Image(PNG, "", ImageType.front), Image(JPEG, "back", ImageType.back)]
    file.save()
    add_sound_check(path)


def add_sound_check(path: Path) -> None:
    file = mutagen.File(path)
    if isinstance(file.tags, id3.ID3):
        file.tags.add(id3.COMM(encoding=3, lang="eng", desc="iTunNORM", text=[" 00000A2A"]))
        file.tags.add(id3.COMM(encoding=3, lang="eng", desc="iTunSMPB", text=[" 00000000 00000840 00000001 0000000F"]))
        file.tags.add(id3.TSSE(encoding=3, text=["LAME"]))
    elif isinstance(file, MP4File):
        file.tags["----:com.apple.iTunes:iTunNORM"] = [b" 00000A2A"]
        file.tags["\xa9too"] = ["iTunes"]
    else:
        file.tags["ITUNNORM"] = [" 00000A2A"]
    file.save()


def remaster(source: Path, name: str) -> tuple[Path, list[str]]:
    path = file_for(source.parent, name).with_stem("master")
    with FileSink(path, output_format(FileSource(source).format, path, name), tags_from=source) as sink:
        sink.write(music(sink.format.channels, 3000))
    return path, sink.tag_losses


def seen_by_mediafile(path: Path) -> MediaFile:
    if path.suffix != ".aac":
        return MediaFile(path)
    # MediaFile does not know tags before ADTS; the same tags before an MP3 are the same tags.
    (twin := path.with_suffix(".mp3")).write_bytes(make(path.parent.parent, "mp3", music(frames=3000)).read_bytes())
    id3.ID3(path).save(twin)
    return MediaFile(twin)


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tagged")
    paths = {}
    for name in FORMATS:
        (folder / name).mkdir()
        paths[name] = make(folder / name, name, music(frames=3000))
        tag(paths[name])
    return paths


@pytest.mark.parametrize("target", [*FORMATS, "mp4", "3gp", "rf64"])
@pytest.mark.parametrize("name", FORMATS)
def test_tags_and_pictures_travel_and_what_is_untrue_now_does_not(
    tagged: dict[str, Path], name: str, target: str
) -> None:
    path, losses = remaster(tagged[name], target)
    assert losses == []
    assert read(path).shape[1] == 3000
    if target == "rf64":
        assert ffprobe(path)["format"]["tags"]["title"] == WORDS["title"]
        return
    file = seen_by_mediafile(path)
    assert {key: getattr(file, key) for key in WORDS} == WORDS
    assert {key: getattr(file, key) for key in NUMBERS} == NUMBERS
    assert [image.data for image in file.images] == [PNG, JPEG]
    if not {name, target} & {*MP4}:
        assert [image.type for image in file.images] == [ImageType.front, ImageType.back]
    # Loudness and encoder are no longer what they were.
    assert (file.rg_track_gain, file.rg_track_peak, file.r128_track_gain, file.encoder) == (None,) * 4
    everything = str(dict(id3.ID3(path) if target == "aac" else mutagen.File(path).tags)).lower()
    for word in ("norm", "replaygain", "r128", "lame", "00000a2a", "some encoder", "00000840"):
        assert word not in everything, word
    assert ("itunsmpb" in everything) == (target == "aac")


def test_ffmpeg_reads_our_adts_with_its_tags(tagged: dict[str, Path]) -> None:
    path, _ = remaster(tagged["flac"], "aac")
    seen = ffprobe(path)
    assert (seen["codec_name"], seen["format"]["tags"]["title"]) == ("aac", WORDS["title"])


@pytest.mark.parametrize("version", [3, 4])
def test_id3_keeps_its_version_and_its_private_frames(tmp_path: Path, version: int) -> None:
    source = make(tmp_path, "mp3", music(frames=3000))
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=1, text=["A title"]))
    tags.add(id3.PRIV(owner="someone", data=b"\x01\x02"))
    tags.save(source, v2_version=version)
    path, losses = remaster(source, "aiff")
    written = mutagen.File(path).tags
    assert written.version[:2] == (2, version)
    assert written.getall("PRIV")[0].data == b"\x01\x02"
    assert losses == []
    assert remaster(source, "flac")[1] == ["the ID3 frame PRIV"]


def test_a_picture_that_mp4_cannot_hold_is_reported(tmp_path: Path) -> None:
    source = make(tmp_path, "flac", music(frames=3000))
    file = FLAC(source)
    for mime, data in (("image/webp", b"RIFF....WEBP"), ("image/png", PNG)):
        picture: Any = Picture()
        picture.mime, picture.data, picture.type = mime, data, 3
        file.add_picture(picture)
    file.save()
    path, losses = remaster(source, "m4a")
    assert losses == ["a picture of type image/webp: MP4 holds JPEG and PNG"]
    assert [bytes(cover) for cover in MP4File(path).tags["covr"]] == [PNG]


def test_several_values_stay_several(tmp_path: Path) -> None:
    source = make(tmp_path, "flac", music(frames=3000))
    file = FLAC(source)
    file["artist"], file["my own tag"] = ["One", "Two"], ["x", "y"]
    file.save()
    assert id3.ID3(remaster(source, "mp3")[0])["TPE1"].text == ["One", "Two"]
    atoms = MP4File(remaster(source, "m4a")[0]).tags
    assert atoms["\xa9ART"] == ["One", "Two"]
    assert atoms["----:com.apple.iTunes:MY OWN TAG"] == [b"x", b"y"]
    back = remaster(remaster(source, "m4a")[0], "ogg")[0]
    assert mutagen.File(back)["my own tag"] == ["x", "y"]


def test_damaged_tags_never_stop_a_master(tmp_path: Path) -> None:
    ogg = make(tmp_path, "ogg", music(frames=3000))
    file = mutagen.File(ogg)
    file["title"], file["metadata_block_picture"] = ["Kept"], ["not base64 of a picture!"]
    file["tracknumber"] = ["A3/two"]
    file.save()
    path, losses = remaster(ogg, "m4a")
    assert MP4File(path).tags["\xa9nam"] == ["Kept"]
    assert losses == ["a picture that is damaged", "the track number 'A3/two', which MP4 cannot hold"]
    wav = make(tmp_path, "wav", music(frames=3000))
    data = wav.read_bytes() + b"id3 " + struct.pack("<I", 20) + b"ID3\x09\x00\x00\x7f\x7f\x7f\x7fgarbage..."
    wav.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    path, losses = remaster(wav, "flac")
    assert len(losses) == 1
    assert losses[0].startswith("the tags, which cannot be read")
    assert read(path).shape[1] == 3000


def chunk(name: bytes, contents: bytes) -> bytes:
    return name + struct.pack("<I", len(contents)) + contents + b"\0" * (len(contents) % 2)


def studio_wav(folder: Path) -> Path:
    bext = b"A broadcast".ljust(602, b"\0")
    bext = bext[:412] + struct.pack("<5h", -2300, 500, -100, -2000, -2200) + bext[422:]
    info = b"INFO" + chunk(b"INAM", b"From the list\0") + chunk(b"IART", b"An artist\0")
    extra = chunk(b"bext", bext) + chunk(b"LIST", info) + chunk(b"cue ", struct.pack("<I", 0)) + chunk(b"iXML", b"<x/>")
    data = bytearray(raw_riff("RIFF", bytes.fromhex("0100 0100 80bb0000 00770100 0200 1000"), bytes(6000)) + extra)
    data[4:8] = struct.pack("<I", len(data) - 8)
    (path := folder / "studio.wav").write_bytes(data)
    return path


def test_studio_chunks_travel_between_wav_files(tmp_path: Path) -> None:
    source = studio_wav(tmp_path)
    path = tmp_path / "master.wav"
    with FileSink(path, FileSource(source).format, tags_from=source) as sink:
        sink.write(music(1, 3000))
    data = path.read_bytes()
    assert b"From the list" in data
    assert b"<x/>" in data
    assert b"cue " in data
    start = data.index(b"bext") + 8
    assert data[start : start + 11] == b"A broadcast"
    assert struct.unpack_from("<5h", data, start + 412) == (0x7FFF,) * 5
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert read(path).shape[1] == 3000
    assert ffprobe(path)["format"]["tags"]["title"] == "From the list"


def test_marks_for_another_sample_rate_stay_behind(tmp_path: Path) -> None:
    source = studio_wav(tmp_path)
    path = tmp_path / "master.wav"
    with FileSink(path, output_format(FileSource(source).format, path, sample_rate=44_100), tags_from=source) as sink:
        sink.write(music(1, 3000))
    assert sink.tag_losses == ["the chunk 'cue': its marks are for another sample rate"]
    assert b"cue " not in path.read_bytes()


def test_the_list_of_a_wav_becomes_tags_elsewhere(tmp_path: Path) -> None:
    source = studio_wav(tmp_path)
    assert FLAC(remaster(source, "flac")[0])["title"] == ["From the list"]
    assert id3.ID3(remaster(source, "mp3")[0])["TPE1"].text == ["An artist"]


def test_tags_of_a_container_that_only_ffmpeg_knows_travel(tmp_path: Path) -> None:
    from media_fixtures import ffmpeg

    wav = make(tmp_path, "wav", music(frames=3000))
    ffmpeg("-i", wav, "-metadata", "title=In Matroska", "-metadata", "artist=Someone", path := tmp_path / "x.mka")
    master, _ = remaster(path, "flac")
    assert (FLAC(master)["title"], FLAC(master)["artist"]) == (["In Matroska"], ["Someone"])
