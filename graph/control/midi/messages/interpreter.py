"""What MIDI messages say was moved: control changes of 7 and 14 bits, NRPN, notes, program change, pitch bend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import mido

Kind = Literal["cc", "cc14", "nrpn", "note", "pitch", "program"]

FINE_S = 0.01
"""So long a coarse half waits for its fine one.  They follow each other within 1 ms, also on a serial line."""

MOST = 4096
"""Of so many 14-bit controllers it is known how they stand; beyond, all is learnt anew: garbage eats no memory."""

DATA, DATA_FINE, MORE, LESS = 6, 38, 96, 97
NRPN_FINE, NRPN_COARSE, RPN_FINE, RPN_COARSE = 98, 99, 100, 101
MODE = 120
NO_PARAMETER = 0x3FFF
TOP7, TOP14 = 127, 16383


@dataclass(frozen=True, slots=True)
class Origin:
    """What was moved on the controller.  ``channel`` 0-15; ``number`` of the controller, note, parameter, program."""

    kind: Kind
    channel: int
    number: int


@dataclass(frozen=True, slots=True)
class Move:
    """``origin`` now stands at ``value`` of 0..``top``.  Notes: the velocity, 0 is let go.  Programs: always 1 of 1."""

    origin: Origin
    value: int
    top: int = TOP7


@dataclass(frozen=True, slots=True)
class Step:
    """``origin`` was turned by ``steps``, positive is up."""

    origin: Origin
    steps: int


@dataclass(slots=True)
class _Coarse:
    """A coarse half that waits for its fine one until ``until``."""

    value: int
    until: float


class Interpreter:
    """Puts together what one controller says; pure: times are given, seconds on any clock that does not go back.

    ``paired`` tells of a channel and a controller number 0-31 whether it is the coarse half of a 14-bit one, with the
    fine half at number + 32.  A coarse half says nothing before its fine half is there, so that a value never jumps
    between the two; alone, it counts after ``FINE_S``.  As in the specification it sets the fine half to 0; where a
    controller has never sent a fine half, 127 is the top of its way.

    NRPN: 99 and 98 choose a parameter (127, 127: none), 6 and 38 set it, 96 and 97 turn it.  Registered parameters
    are left alone.  Where none is chosen on a channel, 6, 38, 96 and 97 are controllers like any other.
    ``ignored`` counts the messages that mean nothing here.
    """

    def __init__(self, paired: Callable[[int, int], bool] = lambda channel, number: False) -> None:
        self.paired = paired
        self.ignored = 0
        self._coarse: dict[Origin, _Coarse] = {}
        self._last: dict[Origin, int] = {}
        self._fine_seen: set[Origin] = set()
        self._chosen: dict[int, tuple[bool, int]] = {}  # by channel: whether registered, and the number

    def feed(self, message: mido.Message, now: float) -> list[Move | Step]:
        """Return what ``message``, that came at ``now``, says was moved; what waited and is overdue comes first."""
        moves: list[Move | Step] = list(self.due(now))
        said = vars(message)
        kind, channel = message.type, said.get("channel", 0)
        if kind == "control_change":
            new = self._control(channel, said["control"], said["value"], now)
        elif kind == "note_on":
            new = [Move(Origin("note", channel, said["note"]), said["velocity"])]
        elif kind == "note_off":
            new = [Move(Origin("note", channel, said["note"]), 0)]
        elif kind == "program_change":
            new = [Move(Origin("program", channel, said["program"]), 1, 1)]
        elif kind == "pitchwheel":
            new = [Move(Origin("pitch", channel, 0), said["pitch"] + 8192, TOP14)]
        else:
            new = None
        self.ignored += new is None
        return moves + (new or [])

    def due(self, now: float) -> Iterator[Move]:
        """Yield the coarse halves that no fine half has followed in time."""
        if not self._coarse:
            return
        for origin in [origin for origin, coarse in self._coarse.items() if coarse.until <= now]:
            yield self._alone(origin)

    def forget(self) -> None:
        """Forget what waits and what is chosen, as when the controller was unplugged."""
        self._coarse.clear()
        self._chosen.clear()

    def _control(self, channel: int, number: int, value: int, now: float) -> list[Move | Step] | None:
        """Return what a control change says was moved, None for one that means nothing here."""
        if NRPN_FINE <= number <= RPN_COARSE:
            return self._choose(channel, number, value)
        if number >= MODE:
            return None
        registered, parameter = self._chosen.get(channel, (False, NO_PARAMETER))
        if parameter != NO_PARAMETER and number in (DATA, DATA_FINE, MORE, LESS):
            if registered:
                return None
            origin = Origin("nrpn", channel, parameter)
            if number in (MORE, LESS):  # the data byte means nothing (RP-018)
                return [Step(origin, 1 if number == MORE else -1)]
            return self._halves(origin, number == DATA_FINE, value, now)
        if number < 64 and self.paired(channel, number % 32):
            return self._halves(Origin("cc14", channel, number % 32), number >= 32, value, now)
        return [Move(Origin("cc", channel, number), value)]

    def _halves(self, origin: Origin, fine: bool, value: int, now: float) -> list[Move | Step] | None:
        if not fine:
            moves: list[Move | Step] = [self._alone(origin)] if origin in self._coarse else []
            if len(self._last) >= MOST:
                self._last.clear()
                self._fine_seen.clear()
            self._coarse[origin] = _Coarse(value, now + FINE_S)
            self._last[origin] = value
            return moves
        if origin not in self._last:  # no coarse half ever: where it stands is not known
            return None
        self._fine_seen.add(origin)
        self._coarse.pop(origin, None)
        return [Move(origin, self._last[origin] << 7 | value, TOP14)]

    def _alone(self, origin: Origin) -> Move:
        """Return the move of a coarse half that no fine one follows."""
        value = self._coarse.pop(origin).value
        return Move(origin, value << 7, TOP14) if origin in self._fine_seen else Move(origin, value)

    def _choose(self, channel: int, number: int, value: int) -> list[Move | Step]:
        """Take one half of a parameter's number; what the one before waits for won't come any more."""
        registered = number >= RPN_FINE
        before = self._chosen.get(channel, (registered, NO_PARAMETER))
        waiting = Origin("nrpn", channel, before[1])
        parameter = before[1] if before[0] == registered else NO_PARAMETER
        coarse = number in (NRPN_COARSE, RPN_COARSE)
        parameter = value << 7 | parameter & 0x7F if coarse else parameter & 0x3F80 | value
        self._chosen[channel] = (registered, parameter)
        return [self._alone(waiting)] if waiting in self._coarse else []


def changes(origin: Origin, share: float) -> list[mido.Message]:
    """Return the messages that set ``origin`` to ``share``, 0-1, of its way: what a motor fader follows."""
    channel, number = origin.channel, origin.number
    fine = round(share * TOP14)
    if origin.kind == "cc14":
        return [_change(channel, number, fine >> 7), _change(channel, number + 32, fine & 0x7F)]
    if origin.kind == "nrpn":
        chosen = [_change(channel, NRPN_COARSE, number >> 7), _change(channel, NRPN_FINE, number & 0x7F)]
        return [*chosen, _change(channel, DATA, fine >> 7), _change(channel, DATA_FINE, fine & 0x7F)]
    if origin.kind == "pitch":
        return [_message("pitchwheel", channel=channel, pitch=fine - 8192)]
    value = round(share * TOP7)
    if origin.kind == "note":
        return [_message("note_on", channel=channel, note=number, velocity=value)]
    return [_change(channel, number, value)]


def top(kind: Kind) -> int:
    """Return the highest value that ``changes`` sends for a ``kind``."""
    return TOP14 if kind in ("cc14", "nrpn", "pitch") else TOP7


def _change(channel: int, number: int, value: int) -> mido.Message:
    return _message("control_change", channel=channel, control=number, value=value)


def _message(kind: str, **said: Any) -> mido.Message:
    return mido.Message(kind, **said)
