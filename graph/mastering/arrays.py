"""Audio in memory goes in, a master in memory comes out."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...nodes.base import MAX_CHANNELS
from ...nodes.hosting.array_layout import ArrayLayout
from ..analysis.analysis import analyse
from ..media import MediaError
from ..planning.plan import plan
from ..planning.settings import Settings
from ..rendering.render import render
from ..streams.arrays import ArrayDestination, ArraySource
from ..streams.progress import Monitor, Progress
from .result import Result, result_of

LOWEST_HZ, HIGHEST_HZ = 8000, 384000
WHAT = "audio in memory"
F = TypeVar("F", np.float32, np.float64)


def master_array(
    audio: NDArray[F],
    sample_rate: float,
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[NDArray[F], Result]:
    """Master ``audio`` at ``sample_rate`` in Hz; return the master, and what came of it as ``master`` does.

    ``audio`` is ``(channels, frames)``, ``(frames, channels)`` or mono ``(frames,)``, float32 or float64, full scale at
    1.0; the smaller side is the channels, 1 to 8.  The master has the same layout, length and type, and is not
    dithered; ``levels_after`` are its levels before it is rounded to float32.  Raises ``TypeError`` for what is no
    array of floats, ``ValueError`` for one of three or more dimensions, ``MediaError`` for audio that cannot be
    mastered (empty, NaN, more than 8 channels, a rate out of 8 to 384 kHz), ``Cancelled``.
    """
    layout, monitor = ArrayLayout(), Monitor(progress, cancelled)
    block = layout.read(audio, keep=False)
    rate = _rate(sample_rate)
    _check(block)
    source, destination = ArraySource(block, rate), ArrayDestination()
    analysis = analyse(source, monitor)
    rendered = render(source, destination, plan(analysis, settings or Settings()), monitor)
    assert destination.audio is not None
    stored = {"sample_rate": rate, "channels": source.channels, "dtype": str(audio.dtype)}
    result = result_of(rendered, analysis.report, (WHAT, WHAT), stored, 0, ())
    return layout.arranged(destination.audio.astype(audio.dtype)), result


def _rate(sample_rate: Any) -> int:
    """Return ``sample_rate`` as a whole number of Hz, or raise ``MediaError``."""
    known = isinstance(sample_rate, (Real, np.number)) and not isinstance(sample_rate, bool)
    rate: Any = sample_rate
    if not known or not LOWEST_HZ <= rate <= HIGHEST_HZ or rate != int(rate):
        raise MediaError(
            WHAT, f"sample_rate = {sample_rate!r}: must be {LOWEST_HZ}..{HIGHEST_HZ} Hz, and a whole number"
        )
    return int(rate)


def _check(block: NDArray[np.float64]) -> None:
    """Raise ``MediaError`` for audio that is empty, has too many channels, or holds NaN or infinity."""
    channels, frames = block.shape
    if not channels or not frames:
        raise MediaError(WHAT, f"is empty, {channels} channel(s) of {frames} frames; give at least one frame")
    if channels > MAX_CHANNELS:
        raise MediaError(WHAT, f"has {channels} channels; must be 1..{MAX_CHANNELS}, such as (2, frames)")
    bad = ~np.isfinite(block)
    if bad.any():
        channel, frame = np.argwhere(bad)[0]
        raise MediaError(
            WHAT, f"holds {int(bad.sum())} samples of NaN or infinity, the first in channel {channel} at frame {frame}"
        )
