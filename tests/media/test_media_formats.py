"""The format of an output follows from the source, the name of the file and what was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from masterchain.graph.media import Format, MediaError, output_format
from media_fixtures import STUDIO

FLOAT = Format("wav", "pcm", 96_000, 2, 32, "float", None, "stereo")
AAC = Format("m4a", "aac", 44_100, 2, None, "float", 96_000, "stereo")
ALAC = Format("m4a", "alac", 96_000, 2, 24, "int", None, "stereo")
OPUS = Format("ogg", "opus", 48_000, 2, None, "float", 128_000, "stereo")
SURROUND = Format("wav", "pcm", 48_000, 6, 24, "int", None, "5.1(side)")


@pytest.mark.parametrize("source", [STUDIO, FLOAT, AAC, ALAC, OPUS, SURROUND])
def test_without_a_word_it_stays_the_same(source: Format) -> None:
    assert output_format(source, "master") == source


@pytest.mark.parametrize(
    ("source", "path", "expected"),
    [
        (STUDIO, "x.flac", ("flac", "flac", 48_000, 24, None)),
        (FLOAT, "x.flac", ("flac", "flac", 96_000, 24, None)),
        (FLOAT, "x.aifc", ("aifc", "pcm", 96_000, 32, None)),
        (AAC, "x.wav", ("wav", "pcm", 44_100, 24, None)),
        (AAC, "x.mp4", ("mp4", "aac", 44_100, None, 96_000)),
        (ALAC, "x.m4a", ("m4a", "alac", 96_000, 24, None)),
        (ALAC, "x.3gp", ("3gp", "aac", 96_000, None, 256_000)),
        (STUDIO, "x.M4A", ("m4a", "aac", 48_000, None, 256_000)),
        (FLOAT, "x.mp3", ("mp3", "mp3", 48_000, None, 320_000)),
        (AAC, "x.opus", ("ogg", "opus", 48_000, None, 192_000)),
        (OPUS, "x.ogg", ("ogg", "opus", 48_000, None, 128_000)),
        (STUDIO, "x.ogg", ("ogg", "vorbis", 48_000, None, 256_000)),
        (replace(STUDIO, channels=1, layout="mono"), "x.mp3", ("mp3", "mp3", 48_000, None, 160_000)),
        (replace(STUDIO, bit_depth=8), "x.wav", ("wav", "pcm", 48_000, 16, None)),
        (replace(STUDIO, sample_rate=192_000), "x.aac", ("aac", "aac", 96_000, None, 256_000)),
        (SURROUND, "x.aac", ("aac", "aac", 48_000, None, 768_000)),
    ],
)
def test_the_extension_chooses(source: Format, path: str, expected: tuple[object, ...]) -> None:
    form = output_format(source, path)
    assert (form.container, form.codec, form.sample_rate, form.bit_depth, form.bit_rate) == expected


def test_a_format_by_name_beats_the_extension() -> None:
    assert output_format(STUDIO, "preview.wav", "m4a").codec == "aac"
    assert output_format(STUDIO, "x.m4a", "alac").codec == "alac"
    assert output_format(OPUS, "x.bin", "FLAC").codec == "flac"


def test_wishes_are_granted_where_the_format_can() -> None:
    form = output_format(STUDIO, "x.wav", sample_rate=44_100, bit_depth=16)
    assert (form.sample_rate, form.bit_depth) == (44_100, 16)
    assert output_format(AAC, "x.mp3", bit_rate=200_000).bit_rate == 224_000


@pytest.mark.parametrize(
    ("source", "path", "name", "words"),
    [
        (STUDIO, "x.xyz", None, ["x.xyz", "'xyz'", "flac", "opus"]),
        (STUDIO, "x.wav", "wma", ["'wma'", "flac"]),
        (SURROUND, "x.mp3", None, ["mp3", "1 to 2 channels", "has 6", "aac"]),
        (replace(STUDIO, container="matroska", codec="ac3"), "x", None, ["ac3", "matroska", "flac"]),
        (replace(SURROUND, channels=3, layout="2.1"), "x.ogg", None, ["vorbis", "2.1", "3.0"]),
    ],
)
def test_what_cannot_be_is_said_in_one_line(source: Format, path: str, name: str | None, words: list[str]) -> None:
    with pytest.raises(MediaError) as failure:
        output_format(source, path, name)
    text = str(failure.value)
    assert "\n" not in text
    assert [word for word in words if word not in text] == []


def test_a_depth_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MediaError, match="holds 16 bit int, 24 bit int"):
        output_format(STUDIO, "x.flac", bit_depth=32)
