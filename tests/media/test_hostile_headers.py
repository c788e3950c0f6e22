"""Whatever stands in a file, the readers of headers answer with a header or with ``MediaError``."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile import damaged, limits
from hypothesis import given
from hypothesis import strategies as st
from masterchain.graph.media import MediaError
from masterchain.graph.media.headers.mp4 import read_mp4
from masterchain.graph.media.headers.mpeg import (
    Gapless,
    check_mp3,
    format_gapless_note,
    parse_gapless_note,
    read_adts,
)
from masterchain.graph.media.headers.ogg import read_ogg
from masterchain.graph.media.headers.riff_aiff import PcmHeader, read_aiff_header, read_wav_header
from media_fixtures import make, music

Read = Callable[[Path], Any]

READERS: dict[str, Read] = {
    "wav": read_wav_header, "rf64": read_wav_header, "aiff": read_aiff_header, "aifc": read_aiff_header,
    "m4a": read_mp4, "aac": read_adts, "mp3": check_mp3, "ogg": read_ogg, "opus": read_ogg,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def whole(folder: Path) -> dict[str, bytes]:
    """A short whole file of every format."""
    sound = music(frames=3000)
    return {name: make(folder, name, sound).read_bytes() for name in READERS}


def check(value: Any) -> None:
    """Hold what was read to what the rest of the program takes for granted."""
    if isinstance(value, PcmHeader):
        assert value.sample_rate > 0
        assert value.frames is None or value.frames >= 0
        assert not value.plain or value.channels > 0
    elif isinstance(value, Gapless):
        assert value.skip >= 0
        assert value.frames is None or value.frames >= 0
    elif value is not None:
        assert math.isfinite(value)
        assert value >= 0


@pytest.mark.parametrize("name", READERS)
def test_a_whole_file_is_read(name: str, folder: Path, whole: dict[str, bytes]) -> None:
    path = folder / "whole"
    path.write_bytes(whole[name])
    check(READERS[name](path))


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(
    name: str, folder: Path, whole: dict[str, bytes], data: st.DataObject
) -> None:
    survives(READERS[name], folder, data.draw(damaged(whole[name])))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("wav", b"RIFF\0\0\0\0WAVE"), ("wav", b"RF64\0\0\0\0WAVEds64"), ("aiff", b"FORM\0\0\0\0AIFFCOMM"),
        ("m4a", b"\0\0\0\x10ftypM4A \0\0\0\0"), ("aac", b"\xff\xf1"), ("aac", b"ID3\4"), ("mp3", b"\xff\xfb"),
        ("mp3", b"ID3\4\0\x10"), ("ogg", b"OggS\0"),
    ],
)  # fmt: skip
@given(rest=st.binary(max_size=200))
def test_anything_behind_a_magic_word_is_read_or_refused(name: str, start: bytes, folder: Path, rest: bytes) -> None:
    survives(READERS[name], folder, start + rest)


def survives(read: Read, folder: Path, content: bytes) -> None:
    path = folder / "damaged"
    path.write_bytes(content)
    with limits():
        try:
            value = read(path)
        except MediaError:
            return
        check(value)


@given(common=st.binary(min_size=16, max_size=24), sound=st.binary(max_size=24), compressed=st.booleans())
def test_any_figures_of_an_aiff_are_read_or_refused(
    folder: Path, common: bytes, sound: bytes, compressed: bool
) -> None:
    chunks = b"".join(
        name + len(part).to_bytes(4, "big") + part for name, part in ((b"COMM", common), (b"SSND", sound))
    )
    survives(read_aiff_header, folder, b"FORM\0\0\0\0AIF" + (b"C" if compressed else b"F") + chunks)


@given(fmt=st.binary(min_size=14, max_size=42), data=st.binary(max_size=24), size=st.integers(0, 2**64 - 1))
def test_any_figures_of_a_wav_are_read_or_refused(folder: Path, fmt: bytes, data: bytes, size: int) -> None:
    long = b"ds64" + struct.pack("<IQQ", 16, 0, size)
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", size % 2**32) + data
    survives(read_wav_header, folder, b"RIFF\0\0\0\0WAVE" + chunks)
    survives(read_wav_header, folder, b"RF64\0\0\0\0WAVE" + long + chunks)


def atom(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if size is None else size, name) + content


@given(
    inner=st.lists(
        st.tuples(st.sampled_from([b"mvhd", b"trak", b"mdia", b"hdlr", b"mdhd", b"edts", b"elst", b"udta"]),
                  st.binary(max_size=40), st.none() | st.integers(0, 2**32 - 1)),
        max_size=6,
    )
)  # fmt: skip
def test_atoms_that_lie_about_their_size_are_read_or_refused(
    folder: Path, inner: list[tuple[bytes, bytes, int | None]]
) -> None:
    content = b"".join(atom(*one) for one in inner)
    for nested in (content, atom(b"trak", content), atom(b"trak", atom(b"mdia", content))):
        survives(read_mp4, folder, atom(b"ftyp", b"M4A ") + atom(b"moov", nested))


@given(delay=st.integers(0, 0xFFFFFFFF), frames=st.integers(1, 2**63), padding=st.integers(0, 0xFFFFFFFF))
def test_a_gapless_note_is_read_as_it_was_written(delay: int, frames: int, padding: int) -> None:
    assert parse_gapless_note(format_gapless_note(delay, frames, padding)) == Gapless(delay, frames)


@given(text=st.text(max_size=80) | st.lists(st.text("09aF-_+x", min_size=1, max_size=9), max_size=6).map(" ".join))
def test_any_text_is_a_gapless_note_or_none(text: str) -> None:
    note = parse_gapless_note(text)
    assert note is None or (note.skip >= 0 and note.frames is not None and note.frames > 0)
