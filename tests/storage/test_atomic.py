"""Small files and media alike: whole and on the disk before they have their name."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from masterchain.graph import FileSink, Format, MediaError
from masterchain.graph.storage.atomic import write_text

Write = Callable[[Path], None]


def small(path: Path) -> None:
    write_text(path, "new")


def media(path: Path) -> None:
    with FileSink(path, Format("wav", "pcm", 44100, 1, 16, "int")) as sink:
        sink.write(np.zeros((1, 9)))


@pytest.mark.parametrize("write", [small, media])
def test_a_file_is_on_the_disk_before_it_has_its_name(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noted_replace(old: str, new: str) -> None:
        steps.append("name")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write(tmp_path / "out.wav")
    assert steps == ["file", "name", "folder"]
    assert os.listdir(tmp_path) == ["out.wav"]


@pytest.mark.parametrize(("write", "error"), [(small, OSError), (media, MediaError)])
def test_what_the_disk_does_not_take_leaves_what_was_there(
    write: Write, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "out.wav"
    place.write_text("of last week")

    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(error, match="Input/output error"):
        write(place)
    assert place.read_text() == "of last week"
    assert os.listdir(tmp_path) == ["out.wav"]
