"""Plays versions of an excerpt in lockstep, round and round; one is heard, and the change from one to another fades."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ....graph.live.devices.base import Backend, Device, DeviceError
from ....graph.live.devices.opening import open_backend
from ....nodes import Block

Array = NDArray[np.float64]

FADE_S = 0.02
STEREO = 2


class Player:
    """Plays on ``device``, in this process; a context manager.  Entering raises ``DeviceError``."""

    def __init__(self, device: Device) -> None:
        self._device = replace(device, channels=STEREO)
        self._sounds: tuple[Array, ...] = ()
        self._weights = np.zeros(0)
        self._lock = threading.Lock()
        self.heard, self.playing, self.frame = 0, True, 0
        self._over, self._begun = threading.Event(), threading.Event()
        self._backend: Backend | None = None
        self.failure: str | None = None

    def __enter__(self) -> Self:
        self._backend = open_backend(self._device)
        self.sample_rate, self._step = self._backend.sample_rate, 1.0 / (FADE_S * self._backend.sample_rate)
        self._thread = threading.Thread(target=self._run, args=(self._backend,), name="listen", daemon=True)
        self._thread.start()
        self._begun.wait()
        if self.failure is not None:
            self.__exit__(None, None, None)
            raise DeviceError(self.failure)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._backend is not None:
            self._backend.close()

    def load(self, sounds: Sequence[Array]) -> None:
        """Take ``sounds`` ``(2, frames)``, equally long, at ``sample_rate``; the first one is heard, from its start."""
        with self._lock:
            self._sounds, self._weights, self.heard, self.frame = tuple(sounds), np.zeros(len(sounds)), 0, 0

    def hear(self, number: int) -> None:
        """Go over to another of the sounds, at the same place."""
        self.heard = number

    def _run(self, backend: Backend) -> None:
        try:
            reason = backend.run(self._render, _Unwatched(), 0, self._begun.set, self._over.wait)
            self.failure = reason or self.failure
        except DeviceError as error:
            self.failure = str(error)
        finally:
            self._begun.set()

    def _render(self, block: Block) -> None:
        """Fill ``block``; what is loaded meanwhile waits for its end."""
        with self._lock:
            block[:] = 0.0
            if not self._sounds or (not self.playing and not self._weights.any()):
                return
            length = self._sounds[0].shape[1]
            at = (self.frame + np.arange(block.shape[1])) % length
            steps = self._step * np.arange(1, block.shape[1] + 1)
            for number, sound in enumerate(self._sounds):
                target = float(self.playing and number == self.heard)
                before = self._weights[number]
                if target == before == 0.0:
                    continue
                weights = before + np.clip(target - before, -steps, steps)
                block += weights * sound[:, at]
                self._weights[number] = weights[-1]
            self.frame = int(at[-1] + 1) % length


class _Unwatched:
    """Nobody asks how long the callbacks take."""

    def begin(self, clocked: bool = False) -> None:
        """Nothing to note."""

    def finish(self, frames: int) -> None:
        """Nothing to note."""

    def xrun(self) -> None:
        """Nothing to note."""

    def hungry(self, frames: int) -> bool:
        """All the sound is there."""
        return False

    def roll(self, playing: bool, frame: int) -> None:
        """Another's transport is not followed."""
