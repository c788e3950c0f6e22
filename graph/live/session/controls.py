"""The controls of an audition beside those of its chain: transport, profile, comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ....nodes import Choice, Declared, Param, Switch
from ....presets import LETTERS
from ...control import Action, Console, Control, named
from ...planning.settings import INTENSITY, LOUDNESS, TRUE_PEAK, Settings
from .state import Session


class Heard(Protocol):
    """What the controls move: an audition, or what stands where one does."""

    @property
    def console(self) -> Console:
        """The console on which the controls stand."""

    @property
    def settings(self) -> Settings:
        """What is wished."""

    @property
    def position_s(self) -> float:
        """Where in the track it plays, in s."""

    @property
    def before_lufs(self) -> float | None:
        """Loudness of the original, None for silence."""

    def change(self, **wished: object) -> None:
        """Plan anew with the settings ``wished``."""

    def nudge(self, path: str, by_db: float) -> None:
        """Move the level at ``path`` at once, ahead of the plan that will set it."""

    def seek(self, seconds: float, frame: int | None = None) -> None:
        """Go on at ``seconds`` of the track."""

    def play(self, on: bool, frame: int | None = None) -> None:
        """Play or pause."""

    def stop(self) -> None:
        """Pause, and go to where it began."""

    def loop(self, frame: int | None = None) -> None:
        """Take over the loop of the session."""

    def listen(self, frame: int | None = None) -> None:
        """Take over what the session wants to hear."""

    def render(self, path: str | None = None) -> str:
        """Write the master as it is heard; return a word."""

    def save(self, path: str) -> str:
        """Write what is heard as a profile file; return a word."""


def listening_controls(session: Session, listen: Callable[[int | None], None]) -> list[Control]:
    """Return the controls of what is heard: original, difference, level; ``listen`` takes that over."""
    return [
        _kept(session, "bypass", Switch(False, doc="A/B: hear the original."), listen, timed=True),
        _kept(session, "delta", Switch(False, doc="Hear only what the chain changed."), listen, timed=True),
        _kept(session, "monitor_db", Param(0.0, -60.0, 0.0, unit="dB", taper="dB", doc="Level of what is heard."),
              listen, timed=True),
    ]  # fmt: skip


def profile_control(
    own: str | Path, turn: Callable[[str | Path, int | None], None], read: Callable[[], str | Path], *, timed: bool
) -> Control:
    """Return the choice of the profile, by its letter or, for the session's ``own``, its path."""
    names = tuple(LETTERS) if str(own) in LETTERS else (*LETTERS, str(own))

    def apply(stored: float, frame: int | None) -> None:
        name = names[int(stored)]
        turn(name if name in LETTERS else Path(name), frame)

    choice = Choice(str(own), names, doc="The sound: a mastering profile.")
    return Control("profile", named("profile", choice), apply, timed, lambda: float(names.index(str(read()))))


def stereo_control(
    widen: Callable[[bool, int | None], None], read: Callable[[], bool], *, timed: bool = False
) -> Control:
    """Return the switch of the stereo imager."""
    switch = Switch(False, doc="Bring the width of lows, mids and highs to what records have.")
    return Control(
        "stereo", named("stereo", switch), lambda stored, frame: widen(bool(stored), frame), timed,
        lambda: float(read()),
    )  # fmt: skip


def session_controls(audition: Heard, session: Session, length_s: float) -> list[Control]:
    """Return the controls of an audition; where they stand is read where it is kept."""
    listening = {control.path: control for control in listening_controls(session, audition.listen)}
    matched = Switch(False, doc="Compare at one loudness: the louder is turned down.")
    return [
        *_transport(audition, session, max(length_s, 0.1)),
        profile_control(
            audition.settings.profile, lambda name, frame: audition.change(profile=name),
            lambda: audition.settings.profile, timed=False,
        ),
        *_wishes(audition),
        stereo_control(lambda on, frame: audition.change(stereo_image=on), lambda: audition.settings.stereo_image),
        listening["bypass"],
        listening["delta"],
        _kept(session, "matched", matched, audition.listen, timed=True),
        listening["monitor_db"],
    ]  # fmt: skip


def _kept(
    session: Session, name: str, declared: Declared[Any], then: Callable[[int | None], None], *, timed: bool = False
) -> Control:
    """Return the control of what ``session`` keeps as ``name``; ``then`` takes it over, or refuses it."""

    def apply(stored: float, frame: int | None) -> None:
        with session.wishing(name, stored):
            then(frame)

    def read() -> float:
        return min(declared.hi, max(declared.lo, float(getattr(session, name))))

    return Control(name, named(name, declared), apply, timed, read)


def _transport(audition: Heard, session: Session, end_s: float) -> list[Control]:
    """Return the controls of where in the track it plays, ``end_s`` being its end."""

    def seconds(doc: str, default: float = 0.0) -> Param:
        return Param(default, 0.0, end_s, unit="s", smooth_ms=0.0, doc=doc)

    play = named("play", Switch(True, doc="Play, or pause."))
    position = named("position", seconds("Where in the track it plays; moving it seeks."))
    return [
        Control("play", play, lambda stored, frame: audition.play(bool(stored), frame), True,
                lambda: float(session.play)),
        Control("position", position, lambda stored, frame: audition.seek(stored, frame), True,
                lambda: audition.position_s),
        _kept(session, "loop", Switch(False, doc="Play the loop again and again."), audition.loop),
        _kept(session, "loop_start", seconds("First moment of the loop."), audition.loop),
        _kept(session, "loop_end", seconds("Last moment of the loop.", end_s), audition.loop),
    ]  # fmt: skip


def _wishes(audition: Heard) -> list[Control]:
    """Return the controls of what is asked of the master: a level is heard at once, the rest once it is planned."""

    def loudness() -> float:
        wished = audition.settings.loudness
        return wished if wished is not None else (audition.before_lufs or -14.0)

    def target(stored: float, frame: int | None) -> None:
        audition.nudge("gain.gain_db", stored - (audition.settings.loudness or stored))
        audition.change(loudness=stored)

    def ceiling(stored: float, frame: int | None) -> None:
        audition.nudge("limiter.ceiling_db", stored - audition.settings.true_peak)
        audition.change(true_peak=stored)

    def intensity(stored: float, frame: int | None) -> None:
        audition.nudge("dynamic_eq.intensity", stored - audition.console.stored("dynamic_eq.intensity"))
        audition.change(intensity=stored)

    strength = Param(100.0, INTENSITY.lo, INTENSITY.hi, unit="%", doc="Strength of the tonal work.")
    loud = Param(-14.0, LOUDNESS.lo, LOUDNESS.hi, unit="LUFS", doc="Integrated loudness of the master.")
    highest = Param(-1.0, TRUE_PEAK.lo, TRUE_PEAK.hi, unit="dBTP", doc="Highest true peak of the master.")
    return [
        Control(path, named(path, declared), apply, False, read)
        for path, declared, apply, read in (
            ("intensity", strength, intensity, lambda: audition.settings.intensity),
            ("loudness", loud, target, loudness),
            ("true_peak", highest, ceiling, lambda: audition.settings.true_peak),
        )
    ]  # fmt: skip


def session_actions(audition: Heard) -> list[Action]:
    """Return what can be done."""
    path = ("path", str)
    return [
        Action("stop", (), "Pause, and go back to the start.", lambda: audition.stop()),
        Action("seek", (("seconds", float),), "Go on there.", lambda s: audition.console.set("position", s)),
        Action("render", (path,), "Write the master as it is heard; without a path beside the others.",
               audition.render, optional=1),
        Action("save", (path,), "Write what is heard as a profile file.", audition.save),
    ]  # fmt: skip
