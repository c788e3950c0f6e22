"""Sound that is shaped once and read again: the same bits, whatever was kept of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
import pytest
from masterchain.graph import ArraySource, Settings, analyse, plan
from masterchain.graph.rendering.shaped_sound import Shaping
from masterchain.nodes.base import Block
from songs import RATE, song

AUDIO = song(4.0)
SOURCE = ArraySource(AUDIO, RATE)
PLAN = plan(analyse(SOURCE), Settings(profile="c", stereo_image=True))
BYTES = AUDIO.size * 8


def heard(shaping: Shaping) -> Block:
    return np.concatenate([block.copy() for block in shaping.blocks()], axis=1)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count how often the source is read."""
    read, blocks = list[int](), ArraySource.blocks

    def counting(source: ArraySource, frames: int) -> Iterator[Block]:
        read.append(frames)
        return blocks(source, frames)

    monkeypatch.setattr(ArraySource, "blocks", counting)
    yield read


@pytest.mark.parametrize(("most_bytes", "reads"), [(BYTES, 1), (BYTES - 1, 3), (0, 3)])
def test_every_pass_hears_the_same_bits(most_bytes: int, reads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as read, Shaping(SOURCE, PLAN, most_bytes) as shaping:
        first = heard(shaping)
        gains = shaping.recorder.points()
        assert np.abs(first - AUDIO).max() > 0.01
        assert np.array_equal(heard(shaping), first)
        assert np.array_equal(heard(shaping), first)
        assert np.array_equal(shaping.recorder.points(), gains)
        assert len(read) == reads


def test_a_pass_that_was_broken_off_is_not_taken_for_the_whole() -> None:
    with Shaping(SOURCE, PLAN) as shaping:
        next(shaping.blocks())
        broken = shaping.blocks()
        next(broken)
        assert heard(shaping).shape == AUDIO.shape
        assert heard(shaping).shape == AUDIO.shape


class Full:
    """A file on a disk that is full."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, 2

    def write(self, data: Any) -> int:
        self._left -= 1
        if self._left < 0:
            raise OSError(28, "No space left on device")
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_full_disk_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with Shaping(SOURCE, PLAN, 0) as shaping:
        expected = heard(shaping)
    temporary_file = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Full(temporary_file()))
    with Shaping(SOURCE, PLAN) as shaping:
        assert np.array_equal(heard(shaping), expected)
        assert np.array_equal(heard(shaping), expected)
