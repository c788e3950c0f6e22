"""A console without an engine: chain, session and transport as ``audition`` has them, and readings by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from masterchain.graph.chains.profile_chain import profile_chain
from masterchain.graph.control import Action, Console, Control, Readings, chain_controls, named
from masterchain.nodes.params import Choice, Param, Switch

PROFILES = tuple("abcdefghijklmn")
LENGTH_S = 225.0
SWITCHES = {
    "bypass": "Hear the original.",
    "delta": "Hear only what was changed.",
    "matched": "Compare at the same loudness.",
    "play": "Play.",
    "loop": "Play the loop region again and again.",
}
NUMBERS = {
    "intensity": Param(100.0, 0.0, 100.0, unit="%", doc="How much of the correction is applied."),
    "loudness": Param(-14.0, -30.0, -6.0, unit="LUFS", doc="Integrated loudness of the master."),
    "position": Param(0.0, 0.0, LENGTH_S, unit="s", doc="Where it plays."),
    "loop_start": Param(0.0, 0.0, LENGTH_S, unit="s", doc="Where the loop begins."),
    "loop_end": Param(0.0, 0.0, LENGTH_S, unit="s", doc="Where the loop ends."),
}


class Rehearsal:
    """A ``console`` whose ``readings`` are set by hand; ``applied`` and ``done`` keep what it was asked."""

    def __init__(self, session: bool = True) -> None:
        self.readings = Readings()
        self.applied: list[tuple[str, float]] = []
        self.done: list[tuple[Any, ...]] = []
        chain = chain_controls(profile_chain("i", live=True), lambda index, value, frame: None)
        self.console = Console(chain, meter=lambda: self.readings)
        if session:
            self._add_session()

    def read(self, **values: Any) -> None:
        """Set some readings."""
        self.readings = replace(self.readings, **values)

    def _add_session(self) -> None:
        self._control("profile", Choice("i", PROFILES, doc="The sound."))
        for name, doc in SWITCHES.items():
            self._control(name, Switch(False, doc=doc))
        for name, param in NUMBERS.items():
            self._control(name, param)
        for action in (
            Action("stop", (), "Stop.", self._stop),
            Action("seek", (("seconds", float),), "Go there.", self._seek),
            Action("render", (("path", str),), "Render.", self._kept("render"), optional=1),
            Action("save", (("path", str),), "Save.", self._kept("save")),
        ):
            self.console.actions[action.path] = action

    def _control(self, path: str, declared: Any) -> None:
        control = Control(path, named(path, declared), lambda stored, frame: self.applied.append((path, stored)))
        self.console.add(control, declared.default)

    def _kept(self, path: str) -> Any:
        def run(*values: Any) -> str:
            self.done.append((path, *values))
            return f"{path} done"

        return run

    def _seek(self, seconds: float) -> None:
        self.done.append(("seek", seconds))
        self.read(position_s=seconds)

    def _stop(self) -> None:
        self.done.append(("stop",))
        self.console.set("play", False)
        self.read(position_s=0.0)
