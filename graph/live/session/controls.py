"""The controls of an audition beside those of its chain: transport, profile, comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ....nodes import Choice, Declared, Param, Switch
from ....presets import LETTERS
from ...control import Action, Console, Control, named
from ...planning.settings import LOUDEST_LUFS, QUIETEST_LUFS, Settings
from .state import Session

TIMED = ("play", "position", "bypass", "delta", "matched", "monitor_db")
"""What keeps to a frame; the others ask for a plan, which takes its time."""


class Heard(Protocol):
    """What the controls move: an audition, or what stands where one does."""

    @property
    def console(self) -> Console:
        """The console on which the controls stand."""

    @property
    def settings(self) -> Settings:
        """What is wished."""

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


def session_controls(audition: Heard, session: Session, length_s: float) -> list[tuple[Control, float]]:
    """Return the controls, each with where it stands."""
    settings = audition.settings
    letters = tuple(LETTERS)
    own = str(settings.profile)
    names = letters if own in letters else (*letters, own)
    loudness = settings.loudness if settings.loudness is not None else (audition.before_lufs or -14.0)
    end = max(length_s, 0.1)

    def seconds(doc: str, default: float = 0.0) -> Param:
        return Param(min(default, end), 0.0, end, unit="s", smooth_ms=0.0, doc=doc)

    def keep(name: str, then: Callable[[int | None], None]) -> Callable[[float, int | None], None]:
        def apply(stored: float, frame: int | None) -> None:
            kind = type(getattr(session, name))
            setattr(session, name, kind(stored))
            then(frame)

        return apply

    def profile(stored: float, frame: int | None) -> None:
        name = names[int(stored)]
        audition.change(profile=name if name in letters else Path(name))

    def play(stored: float, frame: int | None) -> None:
        session.play = bool(stored)
        audition.play(session.play, frame)

    def target(stored: float, frame: int | None) -> None:
        audition.nudge("gain.gain_db", stored - (audition.settings.loudness or stored))
        audition.change(loudness=stored)

    def ceiling(stored: float, frame: int | None) -> None:
        audition.nudge("limiter.ceiling_db", stored - audition.settings.true_peak)
        audition.change(true_peak=stored)

    def intensity(stored: float, frame: int | None) -> None:
        audition.nudge("dynamic_eq.intensity", stored - audition.console.stored("dynamic_eq.intensity"))
        audition.change(intensity=stored)

    found: list[tuple[str, Declared[Any], Callable[[float, int | None], None], float]] = [
        ("play", Switch(True, doc="Play, or pause."), play, session.play),
        ("position", seconds("Where in the track it plays; moving it seeks."),
         lambda stored, frame: audition.seek(stored, frame), session.start_s),
        ("loop", Switch(False, doc="Play the loop again and again."), keep("loop", audition.loop), session.loop),
        ("loop_start", seconds("First moment of the loop."), keep("loop_start", audition.loop), session.loop_start),
        ("loop_end", seconds("Last moment of the loop.", end), keep("loop_end", audition.loop),
         min(session.loop_end, end)),
        ("profile", Choice("i" if own not in names else own, names, doc="The sound: a mastering profile."), profile,
         float(names.index(own))),
        ("intensity", Param(100.0, 0.0, 100.0, unit="%", doc="Strength of the tonal work."), intensity,
         settings.intensity),
        ("loudness", Param(-14.0, QUIETEST_LUFS, LOUDEST_LUFS, unit="LUFS", doc="Integrated loudness of the master."),
         target, loudness),
        ("true_peak", Param(-1.0, -20.0, 0.0, unit="dBTP", doc="Highest true peak of the master."), ceiling,
         settings.true_peak),
        ("stereo", Switch(False, doc="Bring the width of lows, mids and highs to what records have."),
         lambda stored, frame: audition.change(stereo_image=bool(stored)), settings.stereo_image),
        ("bypass", Switch(False, doc="A/B: hear the original."), keep("bypass", audition.listen), session.bypass),
        ("delta", Switch(False, doc="Hear only what the chain changed."), keep("delta", audition.listen),
         session.delta),
        ("matched", Switch(False, doc="Compare at one loudness: the louder is turned down."),
         keep("matched", audition.listen), session.matched),
        ("monitor_db", Param(0.0, -60.0, 0.0, unit="dB", taper="dB", doc="Level of what is heard."),
         keep("monitor_db", audition.listen), session.monitor_db),
    ]  # fmt: skip
    return [
        (Control(name, named(name, declared), apply, name in TIMED), float(at)) for name, declared, apply, at in found
    ]


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
