"""Signals and ways to stream them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from ..base import Block, Node, Spec

SEED = int(os.environ.get("MASTERCHAIN_SEED") or random.SystemRandom().randrange(2**31))
"""Repeat a failing run with ``MASTERCHAIN_SEED=<the number it printed>``."""

N = TypeVar("N", bound=Node)

Changes = Mapping[int, Mapping[str, Any]]
"""Parameter values by the absolute frame from which they hold."""


def rng(*salt: int) -> np.random.Generator:
    """Return random numbers that follow the seed of the run and ``salt``."""
    return np.random.default_rng([SEED, *salt])


def noise(channels: int, frames: int, level: float = 0.1, salt: int = 0) -> Block:
    """Uniform noise within +-``level``: full-precision samples, none of them 0."""
    return level * rng(salt).uniform(-1.0, 1.0, (channels, frames))


def music(channels: int, frames: int, rate: float = 48000.0, salt: int = 0) -> Block:
    """Tones, and noise that swells to +6 dBFS and falls to -60: it moves every detector and crosses every threshold."""
    t = np.arange(frames) / rate
    swell = 10.0 ** ((-27.0 + 33.0 * np.sin(2.0 * np.pi * t * 23.0)) / 20.0)
    own = noise(channels, frames, 1.0, salt) * swell
    tones = 0.3 * np.sin(2.0 * np.pi * np.outer(100.0 * np.arange(1, channels + 1), t))
    return own + tones


def sizes_of(cut: Iterable[int], frames: int) -> list[int]:
    """Repeat ``cut`` until it covers ``frames``."""
    pattern, total = list(cut), 0
    sizes: list[int] = []
    while total < frames:
        n = min(pattern[len(sizes) % len(pattern)], frames - total)
        sizes.append(n)
        total += n
    return sizes


def random_cut(frames: int, largest: int, salt: int) -> list[int]:
    """Blocks of 0..``largest`` frames, small ones as often as large ones."""
    draw = rng(salt, 77)
    cut: list[int] = []
    while sum(cut) < frames:
        cut.append(min(int(largest ** draw.uniform()) - int(draw.integers(0, 2)), frames - sum(cut)))
    return cut


def stream(node: Node, x: Block, cut: Sequence[int], changes: Changes | None = None) -> Block:
    """Return ``x`` streamed through the prepared ``node`` in blocks of ``cut``, split further at ``changes``."""
    y, at = x.copy(), 0
    changes = changes or {}
    for size in sizes_of(cut, x.shape[1]):
        end = at + size
        stops = sorted({frame for frame in changes if at < frame < end} | {end})
        for stop in stops:
            if at in changes and stop > at:
                node.set(**changes[at])
            node.process_block(y[:, at:stop])
            at = stop
    return y


def same_bits(a: Block, b: Block) -> bool:
    """Say whether two float64 arrays are equal in every bit, the sign of zero too."""
    return a.shape == b.shape and bool(
        np.array_equal(np.ascontiguousarray(a).view("i8"), np.ascontiguousarray(b).view("i8"))
    )


def first_difference(a: Block, b: Block) -> str:
    """Say where two blocks part, for a message."""
    if a.shape != b.shape:
        return f"shapes {a.shape} and {b.shape}"
    where = np.argwhere(np.ascontiguousarray(a).view("i8") != np.ascontiguousarray(b).view("i8"))
    if not len(where):
        return "no difference"
    channel, frame = where[np.argmin(where[:, 1])]
    gap = float(np.nanmax(np.abs(a - b)))
    return f"{len(where)} samples differ, the first in channel {channel} at frame {frame}, the most by {gap:.3g}"


def prepared(node: N, channels: int = 2, rate: float = 48000.0, max_block: int = 512) -> N:
    """Return ``node``, prepared."""
    node.prepare(Spec(rate, channels, max_block))
    return node


def rewound(node: Node, values: Sequence[float] | np.ndarray[Any, Any]) -> Node:
    """Return ``node`` at rest with ``values`` for its parameters: preparing a new one may take a tenth of a second."""
    node.values[:] = values
    node.reset()
    return node


def delayed(x: Block, frames: int) -> Block:
    """Return ``x`` behind ``frames`` of silence, as long as it was."""
    return np.concatenate([np.zeros((x.shape[0], frames)), x], axis=1)[:, : x.shape[1]]
