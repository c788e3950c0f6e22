"""The controls of an audition beside those of its chain: transport, profile, comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ....nodes import Choice, Declared, Param, Switch
from ....nodes.gain import from_db
from ....presets import LETTERS
from ...control import Action, Console, Control, chain_controls, named
from ...planning.settings import LOUDEST_LUFS, QUIETEST_LUFS, Settings
from .feeder import Feeder
from .plan_values import audition_chain

if TYPE_CHECKING:
    from .audition import Audition


TIMED = ("play", "position", "bypass", "delta", "matched", "monitor_db")
"""What keeps to a frame; the others ask for a plan, which takes its time."""


@dataclass
class Session:
    """What somebody wants to hear: where in the track, and what of it; times in s, ``monitor_db`` in dB."""

    start_s: float = 0.0
    loop_s: float | None = None
    play: bool = True
    bypass: bool = False
    delta: bool = False
    matched: bool = False
    monitor_db: float = 0.0

    def __post_init__(self) -> None:
        self.loop = self.loop_s is not None
        self.loop_start = self.start_s
        self.loop_end = self.start_s + (self.loop_s or 30.0)

    def weights(self, dry: float) -> tuple[float, float]:
        """Return the shares of the master and of the original, which stands at the factor ``dry``."""
        monitor = from_db(self.monitor_db)
        if self.bypass:
            return 0.0, monitor * dry
        return monitor, -monitor * dry if self.delta else 0.0

    def matched_db(self, before: float | None, after: float | None) -> tuple[float, float]:
        """Return the gains in dB of master and original: the louder one is turned down to the other, if so wished."""
        if not self.matched or before is None or after is None:
            return 0.0, 0.0
        return min(0.0, before - after), min(0.0, after - before)

    @property
    def loop_is_void(self) -> bool:
        """Whether a loop is wished that ends before it begins; it is none."""
        return self.loop and self.loop_end <= self.loop_start

    def apply_loop(self, feeder: Feeder, rate: int) -> None:
        """Have ``feeder`` play the loop, or not."""
        region = (round(self.loop_start * rate), round(self.loop_end * rate))
        feeder.loop(region if self.loop and not self.loop_is_void else None)


def session_controls(audition: Audition, session: Session, length_s: float) -> list[tuple[Control, float]]:
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
        audition.nudge("gain/gain_db", stored - (audition.settings.loudness or stored))
        audition.change(loudness=stored)

    def ceiling(stored: float, frame: int | None) -> None:
        audition.nudge("limiter/ceiling_db", stored - audition.settings.true_peak)
        audition.change(true_peak=stored)

    def intensity(stored: float, frame: int | None) -> None:
        audition.nudge("dynamic_eq/intensity", stored - audition.console.stored("dynamic_eq/intensity"))
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


def session_actions(audition: Audition) -> list[Action]:
    """Return what can be done."""
    path = ("path", str)
    return [
        Action("stop", (), "Pause, and go back to the start.", lambda: audition.stop()),
        Action("seek", (("seconds", float),), "Go on there.", lambda s: audition.console.set("position", s)),
        Action("render", (path,), "Write the master as it is heard; without a path beside the others.",
               audition.render, optional=1),
        Action("save", (path,), "Write what is heard as a profile file.", audition.save),
    ]  # fmt: skip


class _Nobody:
    """Stands where an audition does, for a console that is looked at, not played."""

    settings, before_lufs = Settings(), None

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *given, **named: None


def paper_console(length_s: float = 600.0) -> Console:
    """Return a console with all that an audition offers, and nothing behind it: for layouts."""
    nobody = cast("Audition", _Nobody())
    return Console(
        [
            *chain_controls(audition_chain(), lambda index, stored, frame: None),
            *session_controls(nobody, Session(), length_s),
        ],
        session_actions(nobody),
    )
