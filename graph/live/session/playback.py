"""The transport of an audition: where in the track it plays, on whatever engine there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..engine import segment as m
from ..engine.host import Engine
from ..engine.status import Status
from ..engine.tape import FADE_S
from .feeder import Feeder
from .state import Session
from .track import Track

LOOK_S = 0.02
"""A transport that is followed is looked at so often."""

AHEAD_S, TOGETHER_FRAMES = 0.08, 2
"""It is joined so far ahead, and lost beyond so many frames."""


class Playback:
    """Plays, seeks and loops as ``session`` wishes, or with ``follows`` as the sound system's transport does.

    What is wished is kept in ``session`` and ``resume_s`` first and handed to the feeder or the engine then: an engine
    that begins meanwhile begins with it.  Nothing here waits.
    """

    def __init__(self, session: Session, follows: bool, say: Callable[[str], None]) -> None:
        self._session, self._follows, self._say = session, follows, say
        self._engine: Engine | None = None
        self._feeder: Feeder | None = None
        self._following: Following | None = None
        self._void_loop = False
        self.resume_s = session.start_s
        """Where in the track it plays, and would go on, should the engine go."""

    def begin(self, engine: Engine, track: Track) -> None:
        """Play ``track`` on ``engine``, which is built, from where it was."""
        self._engine, self._feeder = engine, Feeder(engine, track)
        self._following = Following(engine, self._feeder) if self._follows else None
        rate = engine.sample_rate
        self._feeder.start(round(self.resume_s * rate), self._session.region(rate))
        engine.command(m.PLAY, 0.0, float(self._session.play), 0)

    def close(self) -> None:
        """End what feeds the engine."""
        if self._feeder is not None:
            self._feeder.close()

    def seek(self, seconds: float, frame: int | None = None) -> None:
        """Go on at ``seconds`` of the track."""
        self.resume_s = seconds
        if self._feeder is not None and self._engine is not None:
            self._feeder.seek(round(seconds * self._engine.sample_rate), frame)

    def play(self, on: bool, frame: int | None = None) -> None:
        """Play or pause; at the end of the track play from its start."""
        with self._session.wishing("play", on):
            if self._feeder is None or self._engine is None:
                return
            if on and self._engine.status().ended and self._feeder.ended:
                self.resume_s = 0.0
                self._feeder.seek(0, frame, play=True)
            else:
                self._engine.command(m.PLAY, 0.0, float(on), frame)

    def loop(self) -> None:
        """Take over the loop of the session."""
        void, self._void_loop = self._void_loop, self._session.loop_is_void
        if self._void_loop and not void:  # once: a fader that is drawn across passes here many times
            self._say("loop_end is not behind loop_start: it plays on without a loop until it is")
        if self._feeder is not None and self._engine is not None:
            self._feeder.loop(self._session.region(self._engine.sample_rate))

    def look(self, status: Status) -> Iterator[str]:
        """Take over where it plays by ``status``; yield the paths of the controls that this moves."""
        if self._feeder is None or self._engine is None:
            return
        before = self.resume_s
        if not self._feeder.seeking:
            self.resume_s = status.position / self._engine.sample_rate
        if self.resume_s != before:
            yield "position"
        if self._session.play and status.ended and self._feeder.ended:
            self._session.play = False
            yield "play"
        began = None if self._following is None else self._following.keep_up(status)
        if began is not None:
            self._session.play = began
            yield "play"


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
            self._feeder.seek(-1 - status.rolling, play=False)
            return False
        there = status.rolling
        together = status.playing and abs(status.position - status.period - there) <= TOGETHER_FRAMES
        if together or status.frame < self._joined_at or there >= self._feeder.frames:
            return None
        ahead = int(AHEAD_S * self._engine.sample_rate)
        fade = int(FADE_S * self._engine.sample_rate) if status.playing else 0
        due = status.frame + ahead
        self._feeder.seek(there + ahead + fade, due, play=True)
        self._joined_at = due + ahead
        return True
