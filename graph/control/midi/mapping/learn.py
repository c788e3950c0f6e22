"""MIDI learn: what the next control that is moved is, and the binding that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import mido

from .....nodes.params import Choice, Switch
from ...console.console import Console
from ...console.controls import ControlError
from ...console.paths import dotted
from ..messages.interpreter import TOP7, TOP14, Interpreter, Move, Origin, Step
from .check import check
from .map import Binding, Button, Encoder, Fader, MapError, Message, Program, Reads, Trigger

ALONE_S = 0.5
"""A controller that has sent its top and nothing else for so long is a button."""

TOUCH_S = 1.0
"""A note that is held may be the touch of a fader that is about to move; after so long it is a button."""

Sort = Literal["fader", "encoder", "button", "latch", "program"]


@dataclass(frozen=True)
class Source:
    """The physical control that was moved: its kind of ``message``, and what ``sort`` of control sends it."""

    message: Message
    sort: Sort
    reads: Reads = "twos complement"
    touch: Message | None = None


class Learner:
    """Listens for the control that is to move, or do, ``path``; actions are done with the arguments ``given``.

    Raises ``ControlError`` for a path that is not there or arguments that its action does not take.

    How it tells: a fine half after a coarse one is a 14-bit fader; a parameter number is an NRPN.  A controller whose
    values differ is a fader, 127 and 0 are a button, the same small step twice is an encoder (turned to the right:
    1, 1 is two's complement, 65, 65 binary offset; sign magnitude looks like the first and is set in the file).  A note
    is a button once it is let go, unless a fader moves meanwhile: then it is that fader's touch.
    """

    def __init__(self, console: Console, path: str, *given: Any) -> None:
        self.console, self.path, self.given = console, dotted(path), given
        if self.path in console.actions:
            self.given = console.actions[self.path].checked(given)
        elif given:
            raise ControlError(f"{path} is no action: it takes no values")
        elif not console.control(path).declared.live:
            raise ControlError(f"{path} cannot be moved while it runs: it changes latency")
        self._coarse: set[tuple[int, int]] = set()
        self._interpreter = Interpreter(lambda channel, number: (channel, number) in self._coarse)
        self._values: dict[Origin, list[int]] = {}
        self._note: tuple[Origin, float] | None = None
        self._top: tuple[Origin, float] | None = None

    def hear(self, message: mido.Message, now: float) -> Binding | None:
        """Take ``message``, that came at ``now``; return the binding once it is clear what was moved."""
        said = vars(message)
        if message.type == "control_change" and said["control"] < 32:
            self._coarse.add((said["channel"], said["control"]))
        return self._first(self._interpreter.feed(message, now), now)

    def due(self, now: float) -> Binding | None:
        """Return the binding if it has become clear by waiting."""
        binding = self._first(list(self._interpreter.due(now)), now)
        if binding is None and self._top is not None and now - self._top[1] >= ALONE_S:
            binding = self._bind(Source(_message(self._top[0]), "latch"))
        if binding is None and self._note is not None and now - self._note[1] >= TOUCH_S:
            binding = self._bind(Source(_message(self._note[0]), "button"))
        return binding

    def _first(self, moves: list[Move | Step], now: float) -> Binding | None:
        for move in moves:
            source = self._sort(move, now)
            binding = self._bind(source) if source is not None else None
            if binding is not None:
                return binding
        return None

    def _sort(self, move: Move | Step, now: float) -> Source | None:
        origin = move.origin
        if isinstance(move, Step):
            return Source(_message(origin), "encoder")
        if origin.kind == "program":
            return Source(_message(origin), "program")
        if origin.kind == "note":
            if move.value:
                self._note = (origin, now)
                return None
            held, self._note = self._note, None
            return Source(_message(origin), "button") if held is not None and held[0] == origin else None
        if origin.kind in ("pitch", "nrpn") or move.top == TOP14:
            return self._fader(origin)
        return self._controller(Origin("cc", origin.channel, origin.number), move.value, now)

    def _controller(self, origin: Origin, value: int, now: float) -> Source | None:
        values = self._values.setdefault(origin, [])
        values.append(value)
        self._top = (origin, now) if values == [TOP7] else None
        if len(values) < 2:
            return None
        last, value = values[-2:]
        if {last, value} == {0, TOP7}:
            return Source(_message(origin), "button")
        if last != value:
            return self._fader(origin)
        if 0 < min(value, 128 - value) <= 8:
            return Source(_message(origin), "encoder", "twos complement")
        if 0 < abs(value - 64) <= 8:
            return Source(_message(origin), "encoder", "binary offset")
        return None

    def _fader(self, origin: Origin) -> Source:
        touch = None if self._note is None else Message("note", self._note[0].number)
        return Source(_message(origin), "fader", touch=touch)

    def _bind(self, source: Source) -> Binding | None:
        """Return the binding for ``source``, None if it cannot be one for this path."""
        binding = self._action(source) if self.path in self.console.actions else self._control(source)
        if binding is not None:
            try:
                check(binding, self.console)
            except MapError:
                return None
        return binding

    def _action(self, source: Source) -> Binding | None:
        message = source.message
        if message.kind == "cc14":
            message = Message("cc", message.number, message.channel)
        return Trigger(message, self.path, self.given) if message.kind in ("cc", "note", "program") else None

    def _control(self, source: Source) -> Binding:
        declared = self.console.control(self.path).declared
        if source.sort == "fader":
            return Fader(source.message, self.path, touch=source.touch)
        if source.sort == "encoder":
            return Encoder(source.message, self.path, source.reads)
        if source.sort == "program" and isinstance(declared, Choice):
            return Program(self.path, source.message.channel)
        if isinstance(declared, Switch):
            if source.sort == "latch":  # the button remembers by itself whether it is on
                return Fader(source.message, self.path, takeover="jump")
            return Button(source.message, self.path, "toggle")
        return Button(source.message, self.path, "set", self.console.plain(self.path))


def _message(origin: Origin) -> Message:
    return Message(origin.kind, origin.number, origin.channel)
