"""The array layouts that pedalboard takes: read into blocks, written back the way they came."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", np.float32, np.float64)


class ArrayLayout:
    """How the audio of one caller lies in memory, remembered while a stream goes on."""

    def __init__(self) -> None:
        self._mono = False
        self._rows_are_frames = False
        self._channels = 0

    def read(self, audio: NDArray[Any], keep: bool) -> NDArray[np.float64]:
        """Return a copy of ``audio`` as a ``(channels, frames)`` block; ``keep`` goes on with the last layout.

        The smaller side is the channels, as in pedalboard; of two equal sides, and of ``(2, 1)``, it is the rows.
        Raises ``TypeError`` unless it is an array of float32 or float64, ``ValueError`` for other shapes.
        """
        if not isinstance(audio, np.ndarray):
            raise TypeError(f"audio is a {type(audio).__name__}: must be a numpy array of float32 or float64")
        if audio.dtype.kind != "f" or audio.dtype.itemsize not in (4, 8):
            raise TypeError(f"audio is {audio.dtype}: must be float32 or float64 (divide integers by full scale)")
        if audio.ndim not in (1, 2):
            shapes = "(channels, frames), (frames, channels) or (frames,)"
            raise ValueError(f"audio has shape {audio.shape}: must be {shapes}")
        self._mono = audio.ndim == 1
        self._rows_are_frames = audio.ndim == 2 and self._frames_first(audio.shape, keep)
        block = audio.T if self._rows_are_frames else np.atleast_2d(audio)
        self._channels = block.shape[0]
        return np.array(block, dtype=np.float64, order="C")

    def write(self, block: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return ``block`` as float32 in the layout that was read last."""
        return self.arranged(block.astype(np.float32))

    def arranged(self, block: NDArray[F]) -> NDArray[F]:
        """Return ``block`` in the layout that was read last."""
        if self._mono:
            return block.reshape(-1)
        return np.ascontiguousarray(block.T) if self._rows_are_frames else block

    def _frames_first(self, shape: tuple[int, ...], keep: bool) -> bool:
        rows, columns = shape
        if keep and self._channels in shape and not self._mono:
            return self._rows_are_frames if rows == columns else columns == self._channels
        return rows > columns and shape != (2, 1) and columns > 0
