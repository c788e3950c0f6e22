"""The music of the benchmark: the middle of each track of a folder, or the demo's mix; and masters made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...graph import (
    Analysis,
    ArrayDestination,
    ArraySource,
    FileSource,
    MediaError,
    Rendered,
    Settings,
    analyse,
    plan,
    render,
)
from ..demo.instruments import RATE
from ..demo.song import demo_mix
from ..shell.outcome import Refused

Array = NDArray[np.float64]

BLOCK = 1 << 16


@dataclass(frozen=True)
class Excerpt:
    """Stereo audio ``(2, frames)`` at ``rate``."""

    name: str
    rate: int
    audio: Array


@dataclass(frozen=True)
class Master:
    """What a render made of an excerpt: audio ``(2, frames)``, and what was measured."""

    audio: Array
    rendered: Rendered


def excerpts(folder: Path | None, seconds: float) -> list[Excerpt]:
    """Return ``seconds`` from the middle of each stereo file of ``folder``, by name; of the demo's mix without one.

    Raises ``Refused`` where there is nothing to read.
    """
    if folder is None:
        return [_middle("demo mix", RATE, demo_mix(), seconds)]
    if not folder.is_dir():
        raise Refused(f"--music {folder}: is no directory; name a folder of stereo tracks")
    excerpts = []
    for path in sorted(folder.iterdir()):
        try:
            excerpts.append(_read(path, seconds))
        except MediaError:
            continue  # what stands beside the music: notes, covers, mono or surround tracks
    if not excerpts:
        raise Refused(f"--music {folder}: holds no stereo track that can be read")
    return excerpts


def master(excerpt: Excerpt, settings: Settings, analysis: Analysis | None = None) -> Master:
    """Return the master of ``excerpt`` in memory; its ``analysis`` spares a pass."""
    source, destination = ArraySource(excerpt.audio, excerpt.rate), ArrayDestination()
    rendered = render(source, destination, plan(analysis or analyse(source), settings))
    assert destination.audio is not None
    return Master(destination.audio, rendered)


def _read(path: Path, seconds: float) -> Excerpt:
    """Return the middle of a file, reading no more into memory than that; raises ``MediaError``."""
    stream = FileSource(path)
    if stream.channels != 2:
        raise MediaError(path, "is not stereo")
    rate, total = stream.sample_rate, stream.frames
    if total is None:
        total = sum(block.shape[1] for block in stream.blocks(BLOCK))
    frames = min(round(seconds * rate), total)
    first, at, parts = (total - frames) // 2, 0, []
    for block in stream.blocks(BLOCK):
        parts.append(block[:, max(0, first - at) : max(0, first + frames - at)].copy())
        at += block.shape[1]
        if at >= first + frames:
            break
    return Excerpt(path.stem, rate, np.concatenate(parts, axis=1))


def _middle(name: str, rate: int, audio: Array, seconds: float) -> Excerpt:
    frames = min(round(seconds * rate), audio.shape[1])
    first = (audio.shape[1] - frames) // 2
    return Excerpt(name, rate, np.ascontiguousarray(audio[:, first : first + frames]))
