"""A console without an engine, and a controller on it, for the tests of MIDI."""

from __future__ import annotations

from typing import Any

import mido
from masterchain.graph.control import Action, Console, Control, named
from masterchain.graph.control.midi.bindings.controller import Controller as PortController
from masterchain.graph.control.midi.bindings.desk import Desk
from masterchain.graph.control.midi.mapping.map import Binding, MidiMap
from masterchain.nodes.params import Choice, Param, Switch

LETTERS = tuple("abcdefghijklmn")
DECLARED = {
    "limiter.ceiling_db": Param(-1.0, -20.0, 0.0, unit="dBTP", doc="Ceiling."),
    "eq.attack_ms": Param(12.0, 5.0, 200.0, unit="ms", taper="log", doc="Attack."),
    "intensity": Param(100.0, 0.0, 100.0, unit="%", doc="Intensity."),
    "limiter.lookahead_ms": Param(1.25, 0.5, 5.0, unit="ms", live=False, doc="Lookahead."),
    "profile": Choice("i", LETTERS, doc="Profile."),
    "bypass": Switch(False, doc="Hear the original."),
    "play": Switch(False, doc="Play."),
}


def a_console(log: list[Any] | None = None) -> Console:
    """Return a console with ``DECLARED``, a transport and the snapshots; all that is done goes to ``log``."""
    done: list[Any] = [] if log is None else log

    def acting(path: str) -> Any:
        return lambda *values: done.append((path, *values))

    def control(path: str, declared: Any) -> tuple[Control, float]:
        moved = Control(
            path, named(path.rsplit(".", 1)[-1], declared), lambda stored, frame: done.append((path, stored))
        )
        return moved, declared.default

    actions = [Action("stop", (), "Stop.", acting("stop")), Action("seek", (("s", float),), "Go.", acting("seek"))]
    return Console([control(path, declared) for path, declared in DECLARED.items()], actions)


class Controller:
    """A surface in a test's hands: a clock that the test moves, and messages as ``mido`` writes them."""

    def __init__(self, *bindings: Binding, **transport: Any) -> None:
        self.log: list[Any] = []
        self.console = a_console(self.log)
        self.desk = Desk(self.console, MidiMap(bindings, **transport))
        self.surface = PortController(self.desk)
        self.now = 100.0

    def say(self, *texts: str) -> None:
        """Send messages that come together, written as ``mido`` does, channels 0-15."""
        self.surface.hear([mido.Message.from_str(text) for text in texts], self.now)

    def turn(self, *values: int, control: int = 7) -> None:
        """Send controller values, one after the other."""
        for value in values:
            self.say(f"control_change control={control} value={value}")

    def wait(self, seconds: float) -> list[str]:
        """Let time pass; return what is sent to the controller meanwhile."""
        sent: list[str] = []
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 0.005)
            sent += [str(message).removesuffix(" time=0") for message in self.surface.due(self.now)]
        return sent
