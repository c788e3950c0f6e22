"""Following the transport of a sound system: the same frame of the track at the same time."""

from __future__ import annotations

from ..engine import segment as m
from ..engine.host import Engine
from ..engine.status import Status
from ..engine.tape import FADE_S
from .feeder import Feeder

LOOK_S = 0.02
"""A transport that is followed is looked at so often."""

AHEAD_S, TOGETHER_FRAMES = 0.08, 2
"""It is joined so far ahead, and lost beyond so many frames."""


class Following:
    """Has what ``feeder`` feeds to ``engine`` play where the sound system's transport is, or rest with it."""

    def __init__(self, engine: Engine, feeder: Feeder) -> None:
        self._engine, self._feeder = engine, feeder
        self._joined_at = 0

    def keep_up(self, status: Status) -> bool | None:
        """Look at ``status``; return whether it began to play (True), or to rest (False), None for no change."""
        if status.rolling < 0:
            if not status.playing:
                return None
            self._engine.command(m.PLAY, 0.0, 0.0)
            self._feeder.seek(-1 - status.rolling)
            return False
        there = status.rolling
        together = status.playing and abs(status.position - status.period - there) <= TOGETHER_FRAMES
        if together or status.frame < self._joined_at or there >= self._feeder.frames:
            return None
        ahead = int(AHEAD_S * self._engine.sample_rate)
        fade = int(FADE_S * self._engine.sample_rate) if status.playing else 0
        due = status.frame + ahead
        self._feeder.seek(there + ahead + fade, due)
        self._engine.command(m.PLAY, 0.0, 1.0, due)
        self._joined_at = due + ahead
        return True
