"""The pulse of the engine: what is noted before and after every block, for the other process to read."""

from __future__ import annotations

import time

from ....nodes import Block
from . import rings as ring
from . import segment as m
from .player import Player
from .realtime import Urgency
from .shared_memory import Shared

LOAD_S = 0.4
PATIENCE_S, BEHIND_S = 1.0, 1.0
"""Who works so long without catching up lets others have their turn again; further behind than that is not counted."""


class EnginePulse:
    """Runs ``player`` for a backend, keeps the books in ``shared``, and taps what comes out.

    With ``whole`` nothing of the tap may be lost: a device that can wait does.
    """

    def __init__(self, player: Player, shared: Shared, sample_rate: int, whole: bool) -> None:
        self._player, self._status, self._turn = player, shared["status"], shared["turn"]
        self._histogram = shared["histogram"]
        self._tap, self._tap_ends = shared["tap"], shared["tap_ends"]
        self._gains = self._status[m.GAINS :]
        self._rate, self._whole = sample_rate, whole
        self._began, self._load, self._load_until = 0, 0.0, 0
        self._urgency, self._behind_s, self._busy_s = Urgency(), 0.0, 0.0

    def render(self, block: Block) -> None:
        """Make the next block."""
        self._player.process(block)
        ring.put_frames(self._tap, self._tap_ends, block)

    def begin(self, clocked: bool = False) -> None:
        """Note that a callback begins; ``clocked``: that a sound system waits for its end."""
        self._urgency.want(clocked and self._busy_s < PATIENCE_S)
        self._began = time.monotonic_ns()
        self._turn[0] += 1
        self._status[m.FRAME] = self._player.frame
        self._status[m.STAMP_NS] = self._began

    def finish(self, frames: int) -> None:
        """Note that it ends: how long it took, where everything stands."""
        player, status = self._player, self._status
        status[m.REDUCTION_DB] = player.read(self._gains)
        status[m.ACTIVE], status[m.SWITCHING] = player.active, player.switching
        status[m.LATE], status[m.PERIOD], status[m.URGENCY] = player.late, frames, self._urgency.state
        tape = player.tape
        if tape is not None:
            status[m.POSITION], status[m.PLAYING] = tape.position, tape.playing
            status[m.ENDED], status[m.STARVED] = tape.ended, tape.starved
        self._count(time.monotonic_ns(), frames)
        self._turn[0] += 1

    def xrun(self) -> None:
        """Note a gap that the sound system reports."""
        self._status[m.XRUNS] += 1

    def hungry(self, frames: int) -> bool:
        """Say whether ``frames`` cannot be had or taken yet."""
        tape = self._player.tape
        full = self._whole and ring.room(self._tap_ends, self._tap.shape[1]) < frames
        return full or (tape is not None and tape.hungry(frames))

    def roll(self, playing: bool, frame: int) -> None:
        """Note what the transport of the sound system does: -1 at rest, else the frame it is at."""
        self._status[m.ROLLING] = frame if playing else -1 - frame

    def _count(self, now: int, frames: int) -> None:
        took, status = now - self._began, self._status
        share = took * 1e-9 * self._rate / frames
        status[m.CALLBACKS] += 1
        status[m.OVER] += share > 1.0
        self._behind_s = min(max(0.0, self._behind_s + took * 1e-9 - frames / self._rate), BEHIND_S)
        self._busy_s = self._busy_s + took * 1e-9 if self._behind_s > 0.0 else 0.0
        self._histogram[min(int(took * 1e-3 / m.HISTOGRAM_STEP_US), m.HISTOGRAM - 1)] += 1
        if now > self._load_until:
            status[m.LOAD], self._load = self._load, 0.0
            self._load_until = now + int(LOAD_S * 1e9)
        self._load = max(self._load, share)
