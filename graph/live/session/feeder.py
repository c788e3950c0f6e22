"""The feeder: keeps the tape of the engine filled with what is to be heard next; seeks and loops."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass

import numpy as np

from ....nodes import Block
from ...control import ControlError
from ..engine import segment as m
from ..engine.host import Engine
from .track import Track

AHEAD_S, PIECE, REST_S = 0.4, 4096, 0.004
SEAM_S = 0.005
"""So long before its end a loop fades over to what comes before its start, so that there is no seam to be heard."""
LEAST_LOOP_S = 0.05


@dataclass(frozen=True)
class Seek:
    """A wish to go on at ``frame`` of the track, from ``due`` of the stream on; ``play`` or pause there, or neither."""

    frame: int
    due: int | None
    play: bool | None


class Feeder:
    """Feeds ``track`` to ``engine`` in a thread of its own; frames are those of the track.

    Seeks and loops are only asked for, and that thread does them: it reads the disk, and nobody waits for it.
    """

    def __init__(self, engine: Engine, track: Track) -> None:
        self._engine, self._track = engine, track
        self._at, self._ended = 0, False
        self._came, self._since = 0, 0  # where the last seek went, in the track and on the tape
        self._loop: tuple[int, int] | None = None
        self._seek_wish: Seek | None = None
        self._loop_wish: tuple[tuple[int, int] | None] | None = None
        self._skip: tuple[list[tuple[float, float, float]], int | None] | None = None
        self._lock = threading.Lock()
        self._asked, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
        self._ahead = int(AHEAD_S * track.sample_rate)

    @property
    def ended(self) -> bool:
        """Whether all of the track was fed, and nobody asked for another place of it."""
        return self._ended and self._seek_wish is None

    @property
    def seeking(self) -> bool:
        """Whether the engine has not come to where the last seek goes."""
        return self._seek_wish is not None or self._engine.tape_at - self._engine.tape_left < self._since

    @property
    def frames(self) -> int:
        """How long the track is."""
        return self._track.frames

    def start(self, frame: int, region: tuple[int, int] | None = None) -> None:
        """Fill the tape from ``frame`` on, playing the loop ``region`` if there is one, and keep it filled."""
        self._at = self._came = self._within(frame)
        self._loop, self._since = self._long_enough(region), self._engine.tape_at + 1
        self._engine.mark(self._at)
        self.work()
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def seek(self, frame: int, due: int | None = None, play: bool | None = None) -> None:
        """Go on at ``frame`` of the track, from frame ``due`` of the stream on or at once; ``play`` or pause there.

        Of several seeks that come faster than they are done the last one counts.
        """
        with self._lock:
            before = self._seek_wish
            playing = before.play if before is not None and play is None else play
            self._seek_wish = Seek(self._within(frame), due, playing)
        self._asked.set()

    def loop(self, region: tuple[int, int] | None) -> None:
        """Play ``region``, from its first frame to before its last, again and again; None: go on to the end."""
        with self._lock:
            self._loop_wish = (self._long_enough(region),)
        self._asked.set()

    def work(self) -> None:
        """Do what was asked for, and put as much on the tape as it should hold; called by one thread at a time."""
        with self._lock:
            looped, self._loop_wish = self._loop_wish, None
        if looped is not None:
            self._take_loop(*looped)
        wish = self._seek_wish
        if wish is not None and self._go(wish):
            with self._lock:
                self._seek_wish = None if self._seek_wish is wish else self._seek_wish
        self._fill()
        if self._skip is not None:
            with contextlib.suppress(ControlError):  # as soon as there is room for it
                self._engine.commands(*self._skip)
                self._skip = None

    def _run(self) -> None:
        while not self._closed.is_set():
            self._asked.wait(REST_S)
            self._asked.clear()
            self.work()

    def _go(self, wish: Seek) -> bool:
        """Turn to where ``wish`` goes; say whether there was room to mark it on the tape."""
        place = self._engine.tape_at
        if not self._engine.mark(wish.frame):
            return False
        self._at, self._ended = wish.frame, False
        self._came, self._since = wish.frame, place
        rows: list[tuple[float, float, float]] = [(m.SKIP, 0.0, float(place))]
        if wish.play is not None:
            rows.append((m.PLAY, 0.0, float(wish.play)))
        self._skip = rows, wish.due
        return True

    def _take_loop(self, region: tuple[int, int] | None) -> None:
        """Play ``region`` from now on; what is on the tape already may be another one's."""
        before, self._loop = self._loop, region
        if self._loop == before or self._seek_wish is not None:
            return
        position = self._came if self.seeking else self._engine.status().position
        fed_beyond = self._loop is not None and position < self._loop[1] < self._at
        if fed_beyond or self._at < position or self._ended:
            self.seek(position if position < self._track.frames else 0)

    def _fill(self) -> None:
        """Put as much on the tape as it should hold."""
        while not self._ended and self._engine.ended is None:
            if self._engine.tape_at - self._since >= self._ahead and self._engine.tape_left >= self._ahead:
                return
            if self._engine.tape_room < PIECE:
                return
            block = self._next(PIECE)
            self._engine.feed(block)
            self._turn()

    def _next(self, frames: int) -> Block:
        """Return what comes next, up to the loop's end, and go on behind it."""
        start = self._at
        end = self._loop[1] if self._loop and start < self._loop[1] else self._track.frames
        block = self._track.read(start, min(frames, end - start))
        self._at = start + block.shape[1]
        if self._loop and end == self._loop[1]:
            self._sew(block, start, self._loop)
        return block

    def _turn(self) -> None:
        """Mark what comes at the end of the loop, or of the track."""
        if self._loop and self._at == self._loop[1]:
            self._at = self._loop[0]
            self._engine.mark(self._at)
        elif self._at >= self._track.frames:
            self._ended = self._engine.mark(self._track.frames, end=True)

    def _sew(self, block: Block, start: int, loop: tuple[int, int]) -> None:
        """Fade the part of ``block`` that lies in the seam of ``loop`` over to what comes before the loop's start."""
        seam = min(int(SEAM_S * self._track.sample_rate), loop[1] - loop[0])
        first = loop[1] - seam
        here = max(start, first)
        stop = start + block.shape[1]
        if here >= stop:
            return
        share = 0.5 - 0.5 * np.cos(np.pi * (np.arange(here, stop) - first + 1) / (seam + 1))
        before = loop[0] - seam + here - first
        other = self._track.read(max(0, before), max(0, stop - here + min(0, before)))
        other = np.pad(other, ((0, 0), (stop - here - other.shape[1], 0)))  # before the track there is silence
        block[:, here - start :] += share * (other - block[:, here - start :])

    def _within(self, frame: int) -> int:
        return min(max(0, frame), max(0, self._track.frames - 1))

    def _long_enough(self, region: tuple[int, int] | None) -> tuple[int, int] | None:
        if region is None:
            return None
        least = int(LEAST_LOOP_S * self._track.sample_rate)
        start = min(max(0, region[0]), max(0, self._track.frames - least))
        return start, min(max(region[1], start + least), self._track.frames)
