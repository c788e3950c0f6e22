"""An audition: a track plays through the chain of its master, and everything can be moved while it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Self

from ....nodes.gain import from_db
from ...analysis.cache import known_analysis
from ...control import Console
from ...media import FileSource, MediaError
from ...planning.plan import Plan
from ...planning.settings import Settings
from ...streams.paths import PathLike
from ...streams.progress import Monitor, Progress
from ..devices.base import Device, JackDevice, NullDevice
from .controls import session_actions, session_controls
from .metering import Hear
from .plan_values import HeardPlan, audition_chain, fixed_values
from .planner_thread import Planning
from .playback import LOOK_S, Playback
from .running import Running
from .save_and_render import Keeping
from .state import Session
from .track import Resampled, Track


class Audition(Running):
    """Plays the file at ``path``, mastered by ``settings``, on ``device``; a context manager.

    What is heard is the master: the same plan, the same chain, the same bits.  ``console`` moves everything;
    ``recorder`` gets every block that comes out.  ``folder`` is where ``render`` and ``save`` put relative paths.
    Raises ``MediaError``, ``SettingsError`` and ``PresetError``; see ``Running`` for the rest.

    Each thing that can be moved has one home: ``settings`` what is asked of the master, ``values`` the parameters that
    follow from it or were moved by hand, the session what of it is heard, and ``Playback`` where.
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
        follows = isinstance(played_on, JackDevice) and played_on.transport
        self._playback = Playback(self._session, follows, self._say)
        self._heard = HeardPlan(self.values, self._level)
        self._keeping = Keeping(self._source, folder, self._say)
        self._track: Track | None = None
        if follows:
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

    @property
    def plan(self) -> Plan:
        """The plan that is heard."""
        return self._heard.plan

    @property
    def position_s(self) -> float:
        """Where in the track it plays, in s."""
        return min(self._playback.resume_s, self.length_s)

    def _begin(self) -> None:
        track = self._take_track(self.engine.sample_rate)
        plan = self._planning.solved(self.settings, self._monitor)
        self._factory = self.engine.factory = partial(audition_chain, fixed_values(plan))
        self.engine.build(points=len(plan.tone.gains_db))
        if not hasattr(self, "console"):
            self.console = self._make_console()
        self._tell_moved(self._heard.begin(self.engine, plan))
        self.listen()
        self._playback.begin(self.engine, track)

    def _close_parts(self) -> None:
        self._playback.close()

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
        self._planning = Planning(self._track, self._analysis, self._say)
        self._planning.start()
        return self._track

    def _put_track_away(self) -> None:
        if self._track is not None:
            self._planning.close()
            self._track.close()
            self._track = None

    def _make_console(self) -> Console:
        console = Console(clock=lambda seconds: self.engine.frame_at(seconds), meter=self.readings)
        for control in (*session_controls(self, self._session, self.length_s), *self.values.controls()):
            console.add(control)
        for action in session_actions(self):
            console.actions[action.path] = action
        return console

    # What the controls do.

    def change(self, **wished: object) -> None:
        """Plan anew with the settings ``wished``; what is heard follows when the plan is solved.

        Another profile takes back what was moved by hand; what is moved from then on stays.
        """
        self.settings = replace(self.settings, **wished)  # type: ignore[arg-type]
        if "profile" in wished:
            self.values.give_back()
        self._planning.ask(self.settings, self._planned)

    def nudge(self, path: str, by_db: float) -> None:
        """Move the level at ``path`` at once, ahead of the plan that will set it; it is by hand no more."""
        declared = self.console.control(path).declared
        self.values.lead(path, min(max(self.values[path] + by_db, declared.lo), declared.hi))
        self._tell_moved([path])

    def seek(self, seconds: float, frame: int | None = None) -> None:
        """Go on at ``seconds`` of the track."""
        self._playback.seek(seconds, frame)

    def play(self, on: bool, frame: int | None = None) -> None:
        """Play or pause; at the end of the track play from its start."""
        self._playback.play(on, frame)

    def stop(self) -> None:
        """Pause, and go to where it began."""
        self.console.set("play", False, by=self)
        self.seek(self._session.loop_start if self._session.loop else 0.0)

    def loop(self, frame: int | None = None) -> None:
        """Take over the loop of the session."""
        self._playback.loop()

    def listen(self, frame: int | None = None) -> None:
        """Take over what the session wants to hear: master, original, difference, matched or not."""
        wet_db, dry_db = self._session.matched_db(self.before_lufs, _foreseen(self.plan))
        self._weigh(self._session.weights(from_db(dry_db)), from_db(wet_db), frame)

    def save(self, path: str) -> str:
        """Write what is heard as a profile file; return a word."""
        return self._keeping.save(self.plan, dict(self.values), path)

    def render(self, path: str | None = None) -> str:
        """Write the whole master as it is heard, in a thread of its own; return a word."""
        return self._keeping.render(self.plan, dict(self.values), path)

    # How another plan comes to be heard.

    def _planned(self, plan: Plan) -> None:
        """Bring a solved plan to the ear; for one of another latency the engine begins anew."""
        if not self._heard.is_near(plan):
            self._heard.wait_for_deck(self.engine, self._closed)
        if not self._may_move():
            return
        try:  # what runs may be another engine than before the wait, so all is decided here
            self._anew = None
            if not self._heard.fits(plan):
                if plan.settings == self.settings:  # else a newer wish is on its way
                    self._anew = f"{plan.profile.title} has another latency"
                return
            near = self._heard.is_near(plan)
            moved = self._heard.change(self.engine, plan)
            self.listen()
        finally:
            self._moving.release()
        self._tell_moved(moved)
        if self._metering is not None:
            self._metering.begin_anew()
        self._tell_plan(profile=not near)

    def _tell_plan(self, profile: bool) -> None:
        """Say what the plan that is heard cannot reach, and of which ``profile`` it is, if that is new."""
        for limit in self.plan.limits:
            self._say(limit)
        if profile:
            self._say(f"profile {self.plan.settings.profile}: {self.plan.profile.title}")

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

    def _level(self, plan: Plan) -> float:
        return from_db(self._session.matched_db(self.before_lufs, _foreseen(plan))[0])

    def _follow(self) -> None:
        for path in self._playback.look(self.engine.status()):
            self.console.note(path, self.console.stored(path), self)


def _foreseen(plan: Plan) -> float | None:
    """Return the loudness in LUFS that the master of ``plan`` will have."""
    return plan.foreseen[0] if plan.foreseen else plan.settings.loudness
