"""Buttons, notes and programs: a binding that switches, chooses or does something."""

from __future__ import annotations

from .....nodes.params import Choice
from ...console.console import Console
from ..mapping.map import Button, Message, Program, Trigger
from ..messages.interpreter import TOP7, Move
from .binding import NEVER, ActiveBinding, Owners

HELD_S = 0.6
ON = 64
"""A controller is on from the middle of its way; a note with any velocity is."""


class Pressing:
    """Tells presses and releases from the values of a note, a controller or a program."""

    def __init__(self) -> None:
        self._last = 0

    def pressed(self, move: Move) -> bool | None:
        """Return True for a press, False for a release, None for neither.

        A controller that rises through the middle is one press; a button that sends the same value each time, and
        nothing when it is let go, is pressed each time.
        """
        last, self._last = self._last, move.value
        if move.origin.kind == "program":
            return True
        if move.origin.kind == "note":
            return move.value > 0
        if move.value >= ON:
            return True if last < ON or last == move.value else None
        return False if last >= ON else None


class ButtonBound(ActiveBinding):
    """A button on a switch, or on a value that it sets."""

    def __init__(self, binding: Button, console: Console, owners: Owners) -> None:
        super().__init__(binding, binding.message, binding.moves, console, owners)
        self.button = binding
        self.declared = console.control(self.path).declared
        self._pressing = Pressing()

    def moved(self, move: Move, now: float) -> bool:
        """Do what a press or a release means; the lamp is sent anew, as many controllers change it by themselves."""
        self.channel, self.known = move.origin.channel, None
        pressed = self._pressing.pressed(move)
        if pressed is None or not (pressed or self.button.presses == "momentary"):
            return False
        self.console.set(self.path, self._goal(pressed), by=self)
        return True

    def shows(self) -> int | None:
        """Return what its lamp should show."""
        if not self.button.feedback or self.message.kind == "program" or self.button.presses == "next":
            return None
        stored = self.console.stored(self.path)
        on = stored == self._value() if self.button.value is not None else stored != 0.0
        return TOP7 if on else 0

    def _goal(self, pressed: bool) -> float:
        if self.button.presses == "momentary":
            return float(pressed)
        if self.button.value is not None:
            return self._value()
        return (self.console.stored(self.path) + 1.0) % (self.declared.hi + 1.0)

    def _value(self) -> float:
        return self.declared.check(self.button.value)


class TriggerBound(ActiveBinding):
    """A button on an action, with another one when it is held or while shift is."""

    def __init__(self, binding: Trigger, console: Console, owners: Owners, shift: Shift) -> None:
        super().__init__(binding, binding.message, binding.does, console, owners)
        self.trigger, self.shift = binding, shift
        self._pressing = Pressing()
        self._since = NEVER

    def moved(self, move: Move, now: float) -> bool:
        """Do the action; with ``held``, when it is let go in time."""
        pressed = self._pressing.pressed(move)
        if pressed is None:
            return False
        if pressed:
            if self.shift.down and self.trigger.shifted is not None:
                return self._do(self.trigger.shifted)
            if self.trigger.held is None:
                return self._do(self.trigger.does)
            self._since = now
            return False
        waiting, self._since = self._since != NEVER, NEVER
        return waiting and self._do(self.trigger.does)

    def due(self, now: float) -> bool:
        """Do what is done when it is held, once it was held for long enough."""
        if self._since == NEVER or now - self._since < HELD_S or self.trigger.held is None:
            return False
        self._since = NEVER
        return self._do(self.trigger.held)

    def _do(self, path: str) -> bool:
        self.console.do(path, *self.trigger.given)
        return True


class ProgramBound(ActiveBinding):
    """Program change on a choice: program 0 is its first name.  Programs beyond the last mean nothing."""

    def __init__(self, binding: Program, console: Console, owners: Owners) -> None:
        super().__init__(binding, Message("program", 0, binding.channel), binding.moves, console, owners)

    def moved(self, move: Move, now: float) -> bool:
        """Choose by the number of the program."""
        declared = self.console.control(self.path).declared
        if not isinstance(declared, Choice) or move.origin.number >= len(declared.names):
            return False
        self.console.set(self.path, float(move.origin.number), by=self)
        return True


class Shift:
    """Whether the map's shift is held."""

    def __init__(self, message: Message | None) -> None:
        self._message, self.down = message, False

    def heard(self, move: Move) -> bool:
        """Say whether ``move`` is of the shift, and note whether it is held."""
        if self._message is None or not self._message.covers(move.origin):
            return False
        self.down = move.value >= (1 if move.origin.kind == "note" else ON)
        return True
