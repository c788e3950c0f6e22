"""An audition: a track plays through the chain of its master, and everything can be moved while it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Self

from ....nodes.gain import from_db
from ...analysis.cache import known_analysis
from ...control import Console, Control
from ...media import FileSource, MediaError
from ...planning.plan import Plan
from ...planning.settings import Settings
from ...streams.paths import PathLike
from ...streams.progress import Monitor, Progress
from ..devices.base import Device, JackDevice, NullDevice
from ..engine import segment as m
from .controls import session_actions, session_controls
from .feeder import Feeder
from .jack_transport import LOOK_S, Following
from .metering import Hear
from .plan_values import MOVABLE, PATHS, audition_chain, fixed_values, stored_values
from .planner_thread import Planning
from .running import Running
from .save_and_render import Keeping
from .state import Session
from .track import Resampled, Track

SWITCHED_S = 1.0


class Audition(Running):
    """Plays the file at ``path``, mastered by ``settings``, on ``device``; a context manager.

    What is heard is the master: the same plan, the same chain, the same bits.  ``console`` moves everything;
    ``recorder`` gets every block that comes out.  ``folder`` is where ``render`` and ``save`` put relative paths.
    Raises ``MediaError``, ``SettingsError`` and ``PresetError``; see ``Running`` for the rest.
    """

    def __init__(
        self, path: PathLike, settings: Settings | None = None, device: Device | None = None, *,
        start_s: float = 0.0, loop_s: float | None = None, playing: bool = True, folder: PathLike = ".",
        recorder: Hear | None = None, progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:  # fmt: skip
        self._source = FileSource(path)
        self.path, self.settings = self._source.path, settings or Settings()
        played_on = replace(device or NullDevice(), channels=self._source.channels)
        super().__init__(played_on, audition_chain, audition=True, recorder=recorder)
        self._monitor = Monitor(progress, cancelled)
        self._session = Session(start_s=start_s, loop_s=loop_s, play=playing)
        self._slot, self._resume, self._void_loop = 0, start_s, False
        self._track: Track | None = None
        self._feeder: Feeder | None = None
        self._by_hand: dict[str, float] = {}
        self._keeping = Keeping(self._source, folder, lambda text: self.console.say(text))
        self._following: Following | None = None
        self._follows = isinstance(played_on, JackDevice) and played_on.transport
        if self._follows:
            self._pace_s = LOOK_S

    def __enter__(self) -> Self:
        """Analyse, plan, open the sound system, play."""
        self._analysis = known_analysis(self._source, self._monitor)
        self.length_s = self._analysis.report.duration_s
        self.before_lufs = self._analysis.report.integrated_lufs
        try:
            super().__enter__()
        except BaseException:
            self._put_track_away()
            raise
        self._monitor = Monitor(cancelled=self._closed.is_set)  # of what is solved again when the engine begins anew
        return self

    def __exit__(self, *failure: object) -> None:
        super().__exit__(*failure)
        self._keeping.close()
        self._put_track_away()

    def _begin(self) -> None:
        rate = self.engine.sample_rate
        track = self._take_track(rate)
        self.plan = self._planning.solved(self.settings, self._monitor)
        self._fixed = fixed_values(self.plan)
        self._factory = self.engine.factory = partial(audition_chain, self._fixed)
        self.engine.build(points=len(self.plan.tone.gains_db))
        self._feeder = Feeder(self.engine, track)
        self._following = Following(self.engine, self._feeder) if self._follows else None
        self._slot = 0
        if not hasattr(self, "console"):
            self.console = self._make_console()
        self._load(self.plan, 0)
        self.listen()
        self._session.apply_loop(self._feeder, rate)
        self._feeder.start(round(self._resume * rate))
        self.engine.command(m.PLAY, 0.0, float(self._session.play), 0)

    def _close_parts(self) -> None:
        if self._feeder is not None:
            self._feeder.close()

    def _take_track(self, rate: int) -> Track:
        """Return the track at ``rate`` in Hz, decoded anew when the sound system has changed its own."""
        if self._track is not None and self._track.sample_rate == rate:
            return self._track
        before = self._track
        try:
            track = Track(FileSource(self.path, rate))
        except MediaError:
            if before is None:
                raise
            track = Track(Resampled(before, rate))  # the file is gone, what was decoded is not
        self._put_track_away()
        self._track = track
        self._planning = Planning(self._track, self._analysis, lambda text: self.console.say(text))
        self._planning.start()
        return self._track

    def _put_track_away(self) -> None:
        if self._track is not None:
            self._planning.close()
            self._track.close()
            self._track = None

    def _make_console(self) -> Console:
        console = Console(clock=lambda seconds: self.engine.frame_at(seconds), meter=self.readings)
        for control, stored in session_controls(self, self._session, self.length_s):
            console.add(control, stored)
        self._add_chain(console)
        for action in session_actions(self):
            console.actions[action.path] = action
        console.listen(self._note_hand)
        return console

    def _note_hand(self, control: Control, stored: float, by: object) -> None:
        if by is not self and control.path in MOVABLE:
            self._by_hand[control.path] = stored

    # What the controls do.

    def change(self, **wished: object) -> None:
        """Plan anew with the settings ``wished``; what is heard follows when the plan is solved.

        Another profile takes back what was moved by hand; what is moved from then on stays.
        """
        if "profile" in wished:
            self._by_hand.clear()
        self.settings = replace(self.settings, **wished)  # type: ignore[arg-type]
        self._planning.ask(self.settings, self._planned)

    def nudge(self, path: str, by_db: float) -> None:
        """Move the level at ``path`` at once, ahead of the plan that will set it; it is by hand no more."""
        self._by_hand.pop(path, None)
        control = self.console.control(path)
        wanted = min(max(self.console.stored(path) + by_db, control.declared.lo), control.declared.hi)
        self.console.set(path, wanted, by=self)

    def seek(self, seconds: float, frame: int | None = None) -> None:
        """Go on at ``seconds`` of the track."""
        with self._moving:
            self._resume = seconds  # that is where it comes back, should the engine go
            if self.ended is None:
                self._reel().seek(round(seconds * self.engine.sample_rate), frame)

    def play(self, on: bool, frame: int | None = None) -> None:
        """Play or pause; at the end of the track play from its start."""
        with self._moving:
            if on and self.ended is None and self.engine.status().ended and self._reel().ended:
                self._reel().seek(0)
            self.engine.command(m.PLAY, 0.0, float(on), frame)

    def stop(self) -> None:
        """Pause, and go to where it began."""
        self.console.set("play", False, by=self)
        self.seek(self._session.loop_start if self._session.loop else 0.0)

    def loop(self, frame: int | None = None) -> None:
        """Take over the loop of the session."""
        void, self._void_loop = self._void_loop, self._session.loop_is_void
        if self._void_loop and not void:  # once: a fader that is drawn across passes here many times
            self.console.say("loop_end is not behind loop_start: it plays on without a loop until it is")
        with self._moving:
            if self.ended is None:
                self._session.apply_loop(self._reel(), self.engine.sample_rate)

    def listen(self, frame: int | None = None) -> None:
        """Take over what the session wants to hear: master, original, difference, matched or not."""
        session = self._session
        wet_db, dry_db = session.matched_db(self.before_lufs, _foreseen(self.plan))
        wet, dry = session.weights(from_db(dry_db))
        for place, weight in ((m.LEVEL, from_db(wet_db)), (m.WET, wet), (m.DRY, dry)):
            self.engine.command(m.LISTEN, float(place), weight, frame)

    def save(self, path: str) -> str:
        """Write what is heard as a profile file; return a word."""
        return self._keeping.save(self.plan, self._stored(), path)

    def render(self, path: str | None = None) -> str:
        """Write the whole master as it is heard, in a thread of its own; return a word."""
        return self._keeping.render(self.plan, self._stored(), path)

    # Plans on decks.

    def _planned(self, plan: Plan) -> None:
        """Bring a solved plan to the ear: by its parameters where that is enough, else on the other deck.

        A chain of another latency cannot come in while this one plays: for that the engine begins anew.
        """
        if not self._is_near(plan):
            self._wait_for_deck()
        if not self._may_move():
            return
        try:  # what runs may be another engine than before the wait, so all is decided here
            self._anew = None
            if fixed_values(plan) != self._fixed:
                if plan.settings == self.settings:  # else a newer wish is on its way
                    self._anew = f"{plan.profile.title} has another latency"
                return
            near = self._is_near(plan)
            before, self.plan = stored_values(self.plan), plan
            if near:
                self._adjust(before, stored_values(plan))
            else:
                self._slot = 1 - self._slot
                self._load(plan, self._slot)
            self.listen()
        finally:
            self._moving.release()
        if self._metering is not None:
            self._metering.begin_anew()
        self._tell_plan(profile=not near)

    def _is_near(self, plan: Plan) -> bool:
        """Say whether what is heard becomes ``plan`` by its parameters alone."""
        return plan.settings.profile == self.plan.settings.profile and plan.width is None and self.plan.width is None

    def _tell_plan(self, profile: bool) -> None:
        """Say what the plan that is heard cannot reach, and of which ``profile`` it is, if that is new."""
        for limit in self.plan.limits:
            self.console.say(limit)
        if profile:
            self.console.say(f"profile {self.plan.settings.profile}: {self.plan.profile.title}")

    def _begin_anew(self) -> None:
        before = self.plan
        super()._begin_anew()
        if self.plan is not before:
            self._tell_plan(profile=True)

    def _may_move(self) -> bool:
        """Take ``_moving``; say no when all is over, or begins anew, which waits for this thread to end."""
        while not self._moving.acquire(timeout=0.05):
            if self._closed.is_set() or self._planning.closing:
                return False
        return True

    def _adjust(self, before: dict[str, float], after: dict[str, float]) -> None:
        """Move what the plan moved; what was moved by hand stays, but for what leads to the loudness."""
        self._by_hand.pop("gain.gain_db", None)
        for path in MOVABLE:
            moved = path not in self._by_hand and (before[path] != after[path] or path == "gain.gain_db")
            if moved and self.console.stored(path) != after[path]:
                self.engine.command(m.SET, float(PATHS.index(path)), after[path])
                self.console.note(path, after[path], self)

    def _load(self, plan: Plan, slot: int) -> None:
        """Load ``plan`` onto deck ``slot``, but for what was moved by hand."""
        stored = stored_values(plan) | self._by_hand
        self.engine.load(slot, [stored[path] for path in PATHS], plan.tone, plan.width, self._level(plan))
        for path in MOVABLE:
            if self.console.stored(path) != stored[path]:
                self.console.note(path, stored[path], self)
        for path, value in tuple(self._by_hand.items()):  # what a hand did meanwhile comes after the plan
            if stored[path] != value:
                self.engine.command(m.SET, float(PATHS.index(path)), value)
                self.console.note(path, value, self)

    def _wait_for_deck(self) -> None:
        """Wait until the last plan is heard alone: its deck's neighbour is free then."""
        for _ in range(int(SWITCHED_S / 0.005)):
            status = self.engine.status()
            if self.engine.ended is not None or (not status.switching and status.active == self._slot):
                return
            self._closed.wait(0.005)

    def _level(self, plan: Plan) -> float:
        return from_db(self._session.matched_db(self.before_lufs, _foreseen(plan))[0])

    def _reel(self) -> Feeder:
        assert self._feeder is not None
        return self._feeder

    def _stored(self) -> dict[str, float]:
        return stored_values(self.plan) | {path: self.console.stored(path) for path in MOVABLE}

    def _follow(self) -> None:
        status = self.engine.status()
        if not self._reel().seeking:
            self._resume = status.position / self.engine.sample_rate
        if self.console.stored("position") != self._resume:
            self.console.note("position", min(self._resume, self.length_s), self)
        if self._session.play and status.ended and self._reel().ended:
            self._session.play = False
            self.console.note("play", 0.0, self)
        if self._following is not None:
            with self._moving:
                began = self._following.keep_up(status)
            if began is not None:
                self._session.play = began
                self.console.note("play", float(began), self)


def _foreseen(plan: Plan) -> float | None:
    """Return the loudness in LUFS that the master of ``plan`` will have."""
    return plan.foreseen[0] if plan.foreseen else plan.settings.loudness
