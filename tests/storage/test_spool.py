"""Sound on a spool: any part of it, the same bits, or a word of why not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from masterchain.graph import FileSource, MediaError
from masterchain.graph.live.session.track import Resampled, Track
from masterchain.graph.media.reading.resample import resampled, resampled_length
from masterchain.graph.storage.spool import Spool

RNG = np.random.default_rng(7)
SPOOLS: list[Spool] = []


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    while SPOOLS:
        SPOOLS.pop().forget()


def spooled(sound: np.ndarray, block: int, most_bytes: int | None = None) -> Spool:
    spool = Spool(len(sound), most_bytes)
    SPOOLS.append(spool)
    spool.begin(None)
    for start in range(0, sound.shape[1], block):
        spool.add(sound[:, start : start + block])
    spool.finish()
    return spool


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_spool_gives_back_any_part_bit_for_bit(channels: int) -> None:
    sound = RNG.standard_normal((channels, 5000))
    spool = spooled(sound, 777)
    assert np.array_equal(np.concatenate(list(spool.blocks(512)), axis=1), sound)
    for start, frames in ((0, 1), (4990, 100), (5000, 10), (123, 4000), (10, -5)):
        part = spool.read(start, frames)
        assert np.array_equal(part, sound[:, start : start + max(frames, 0)])
        assert part.flags.c_contiguous
        part[:] = 0.0  # it is the caller's
    assert np.array_equal(spool.read(0, 5000), sound)


def test_what_outgrows_a_spool_is_not_on_it() -> None:
    sound = RNG.standard_normal((2, 1000))
    assert spooled(sound, 100, 16_000).whole
    assert not spooled(sound, 100, 15_999).whole
    with pytest.raises(ValueError, match="nothing is on this spool"):
        spooled(sound, 100, 15_999).read(0, 1)


def test_a_disk_that_takes_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    spool = spooled(RNG.standard_normal((2, 1000)), 100)
    assert not spool.whole
    assert "No space left" in str(spool.failure)


def test_a_track_without_room_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(str(tmp_path / "a.wav"), np.zeros((1000, 2)), 44100)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(MediaError, match=r"no room for the decoded sound in .*No space left"):
        Track(FileSource(tmp_path / "a.wav"))


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44100, 48000), (48000, 44100), (44100, 22050), (96000, 44100)])
def test_resampling_does_not_depend_on_the_chunks(rate_in: int, rate_out: int) -> None:
    sound = 0.1 * RNG.standard_normal((2, 60_001))

    def at(size: int) -> np.ndarray:
        chunks = (sound[:, start : start + size] for start in range(0, sound.shape[1], size))
        return np.concatenate(list(resampled(chunks, 2, rate_in, rate_out)), axis=1)

    whole = at(16384)
    assert whole.shape[1] == resampled_length(60_001, rate_in, rate_out)
    for size in (1152, 4096, 60_001):
        assert np.array_equal(at(size), whole)


def test_a_track_at_another_rate_is_as_long_and_as_good_as_the_file_at_that_rate(tmp_path: Path) -> None:
    soundfile.write(str(tmp_path / "a.wav"), 0.1 * RNG.standard_normal((30_001, 2)), 44100, "DOUBLE")
    track = Track(FileSource(tmp_path / "a.wav"))
    other, expected = Track(Resampled(track, 48000)), FileSource(tmp_path / "a.wav", 48000)
    assert other.frames == expected.frames
    assert np.array_equal(other.read(0, other.frames), np.concatenate(list(expected.blocks(8192)), axis=1))
    track.close()
    other.close()
