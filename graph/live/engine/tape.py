"""The tape: a track that another process reads ahead, played, paused, skipped and looped without a click."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ....nodes import Block
from ....nodes.kernels.compiled import kernel
from . import rings as ring
from .shared_memory import Shared

FADE_S = 0.01
REST_S = 0.5
"""After so long a silence the chain has nothing left to say, and begins anew, as an offline render does."""

JUMP, END = 0.0, 1.0
"""What a mark says: from here on the sound is that of another place of the track, or there is no more."""


class Tape:
    """The reading end of the tape in ``shared``.

    A mark stands at a position of the ring and holds the frame of the track that comes there.  Fades lie where sound
    would break off or begin in the middle; a track that plays from its first frame, and a loop, whose seam the other
    process has made smooth, pass bit for bit.
    """

    def __init__(self, shared: Shared, sample_rate: float, jumped: Callable[[int, bool], None]) -> None:
        """``jumped`` is told the frame of the track that comes next, and whether the chain may begin anew."""
        self._ring, self._ends = shared["tape"], shared["tape_ends"]
        self._marks, self._mark_ends = shared["marks"], shared["mark_ends"]
        self._jumped = jumped
        self._step, self._rest = 1.0 / (FADE_S * sample_rate), int(REST_S * sample_rate)
        self._gate = np.zeros(1)
        self._skip_to, self._silent = -1, self._rest
        self.playing, self.ended = False, False
        self.position, self.starved = 0, 0

    def play(self, on: bool) -> None:
        """Play from where it stands, or pause."""
        if on and not self.playing and self._gate[0] == 0.0:
            self._begin()
        self.playing = on

    def skip(self, to: int) -> None:
        """Go on at the ring position ``to``, where a mark stands."""
        self._skip_to = to

    def hungry(self, frames: int) -> bool:
        """Say whether ``frames`` are wanted that are not there yet."""
        if not (self.playing or self._gate[0] > 0.0):
            return False
        end = self._mark_ends[ring.PUT] - 1
        finished = end >= self._mark_ends[ring.TAKEN] and self._marks[end % len(self._marks), ring.KIND] == END
        return bool(ring.ready(self._ends) < frames and not finished)

    def read(self, block: Block) -> int:
        """Fill the beginning of ``block`` ``(channels, frames)`` and return how many frames that are, at least 1."""
        self._settle()
        frames: int = block.shape[1]
        if not self.playing and self._gate[0] == 0.0:
            block[:] = 0.0
            self._silent += frames
            return frames
        closing = not self.playing or self._skip_to >= 0
        if closing:
            frames = min(frames, max(1, int(np.ceil(self._gate[0] / self._step))))
        frames = min(frames, self._until_mark())
        part = block[:, :frames]
        got = ring.take_frames(self._ring, self._ends, part)
        if got < frames:
            part[:, got:] = 0.0
            self.starved += 1
        fade(part, self._gate, self._step, 0.0 if closing else 1.0)
        self.position += got
        self._silent = 0
        return frames

    def _settle(self) -> None:
        """Do what is to be done between two frames: skips whose fade is over, marks that are reached."""
        if self._skip_to >= 0 and self._gate[0] == 0.0:
            self._ends[ring.TAKEN] = self._skip_to
            while (mark := self._mark()) is not None and (mark[ring.DUE], mark[ring.KIND]) < (self._skip_to, JUMP):
                self._mark_ends[ring.TAKEN] += 1
            mark = self._mark()
            if mark is not None and mark[ring.DUE] == self._skip_to and mark[ring.KIND] == END:
                self._mark_ends[ring.TAKEN] += 1  # the end of what is left, not of what begins here
            self._skip_to = -1
            self.ended = False
            if not self._take_mark():
                self._tell()
            if self.playing:
                self._gate[0] = 1.0 if self.position == 0 else self._gate[0]
        while self._skip_to < 0 and self._mark() is not None and self._mark_place() <= self._ends[ring.TAKEN]:
            self._take_mark()

    def _begin(self) -> None:
        self._settle()
        if self._skip_to < 0:
            self._tell()
        if self.position == 0:
            self._gate[0] = 1.0

    def _take_mark(self) -> bool:
        """Do what the next mark says, if it stands here."""
        mark = self._mark()
        if mark is None or self._mark_place() > self._ends[ring.TAKEN]:
            return False
        kind, place = mark[ring.KIND], int(mark[ring.INDEX])
        self._mark_ends[ring.TAKEN] += 1
        if kind == END:
            self.playing, self.ended = False, True
            self._gate[0] = 0.0
        else:
            self.position = place
            self._tell()
        return True

    def _tell(self) -> None:
        self._jumped(self.position, self._silent >= self._rest)
        self._silent = 0

    def _mark(self) -> NDArray[np.float64] | None:
        if ring.ready(self._mark_ends) == 0:
            return None
        mark: NDArray[np.float64] = self._marks[self._mark_ends[ring.TAKEN] % len(self._marks)]
        return mark

    def _mark_place(self) -> int:
        mark = self._mark()
        return -1 if mark is None else int(mark[ring.DUE])

    def _until_mark(self) -> int:
        if self._mark() is None:
            return 1 << 30
        return max(1, self._mark_place() - int(self._ends[ring.TAKEN]))


@kernel
def fade(block: Block, gate: NDArray[np.float64], step: float, target: float) -> None:
    """Open or close ``block`` ``(channels, frames)`` along a smooth step; ``gate`` ``(1,)`` is how far open it is."""
    at = gate[0]
    if at == 1.0 and target == 1.0:
        return
    for i in range(block.shape[1]):
        at = min(at + step, target) if at < target else max(at - step, target)
        share = at * at * at * (at * (at * 6.0 - 15.0) + 10.0)
        for c in range(block.shape[0]):
            block[c, i] *= share
    gate[0] = at
