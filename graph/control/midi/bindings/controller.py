"""One controller: what comes from it moves the console, and what it should show goes back.  Knows no port."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import mido

from ..mapping.map import Binding, Button, Encoder, Fader, MidiMap, Program
from ..messages.assembler import Assembler
from ..messages.interpreter import Interpreter, Move, Origin, Step, changes
from ..messages.transport import heard
from .binding import ActiveBinding
from .buttons import ButtonBound, ProgramBound, Shift, TriggerBound
from .desk import Desk
from .faders import EncoderBound, FaderBound
from .transport_link import TransportLink

FEEDBACK_S = 0.03
"""So often a controller is told of what moved: a serial line carries a thousand messages a second."""

log = logging.getLogger(__name__)


@dataclass
class Counts:
    """What came from a controller: ``messages``, the ``moved`` among them that moved or did something, the ``ignored``
    that mean nothing on this map, the ``refused`` by the console; ``malformed`` pieces were no MIDI."""

    messages: int = 0
    moved: int = 0
    ignored: int = 0
    refused: int = 0
    malformed: int = 0


class Controller:
    """A controller on a ``desk``; all calls come from one thread.  Times are seconds on a clock that goes on evenly.

    Of many moves of a fader that come at once the latest counts; nothing is overtaken by what came after it, but by
    later moves of itself.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self.transport, self.counts = desk, TransportLink(desk.console), Counts()
        self.refusal = ""
        self._assembler, self._interpreter = Assembler(), Interpreter()
        self._changed = desk.watch()
        self._bounds: dict[Binding, ActiveBinding] = {}
        self._pending: dict[ActiveBinding, None] = {}  # in their order, as a set is not
        self._next_feedback = float("-inf")
        self._follow(desk.map)

    def close(self) -> None:
        """Leave the desk."""
        self.desk.unwatch(self._changed)

    def receive(self, data: Iterable[int], now: float) -> None:
        """Do what the bytes ``data`` mean, that came at ``now``."""
        messages = self._assembler.feed(data)
        self.counts.malformed = self._assembler.malformed
        if messages:
            self.hear(messages, now)

    def hear(self, messages: Iterable[mido.Message], now: float) -> None:
        """Do what ``messages`` mean, that came together at ``now``."""
        if self.desk.map is not self._map:
            self._follow(self.desk.map)
        latest: dict[Origin, Move] = {}
        for message in messages:
            self.counts.messages += 1
            if message.type == "clock":
                self.transport.clock.tick(now)
            elif message.type != "active_sensing" and not self.desk.hear(message, now):
                if self._transport(message, latest, now):
                    continue
                before = self._interpreter.ignored
                for move in self._interpreter.feed(message, now):
                    self._take(move, latest, now)
                self.counts.ignored += self._interpreter.ignored - before
        self._flush(latest, now)

    def due(self, now: float) -> list[mido.Message]:
        """Do what only time brings about, and return what is to be sent to the controller."""
        self.desk.due(now)
        if self.desk.map is not self._map:
            self._follow(self.desk.map)
        latest: dict[Origin, Move] = {}
        for move in self._interpreter.due(now):
            self._take(move, latest, now)
        self._flush(latest, now)
        for bound in self._waiting:
            self._try(bound.due, now)
        if now < self._next_feedback:
            return []
        self._next_feedback = now + FEEDBACK_S
        return self._feedback(now)

    def _follow(self, midi_map: MidiMap) -> None:
        """Take ``midi_map``; what stays on it keeps its state, so that no fader loses what it holds."""
        self._map = midi_map
        self._shift = Shift(midi_map.shift)
        unchanged = {binding: self._bounds[binding] for binding in midi_map.bindings if binding in self._bounds}
        self._bounds = {binding: unchanged.get(binding) or self._bound(binding) for binding in midi_map.bindings}
        bounds = tuple(self._bounds.values())
        triggers = tuple(one for one in bounds if isinstance(one, TriggerBound))
        for trigger in triggers:
            trigger.shift = self._shift
        self._waiting = tuple(one for one in triggers if one.trigger.held is not None)
        self._programs = tuple(one for one in bounds if isinstance(one, ProgramBound))
        self._touched = tuple(one for one in bounds if isinstance(one, FaderBound) and one.fader.touch is not None)
        self._others = tuple(one for one in bounds if not isinstance(one, ProgramBound))
        self._bounds_of: dict[Origin, tuple[ActiveBinding, ...]] = {}
        self._numbers = {(one.message.kind, one.message.number) for one in self._others}
        self._interpreter.paired = midi_map.paired
        self._by_path: dict[str, list[ActiveBinding]] = {}
        for one in bounds:
            self._by_path.setdefault(one.path, []).append(one)
        new = [one for one in bounds if one.binding not in unchanged or one in self._pending]
        self._pending = dict.fromkeys(new)

    def _bound(self, binding: Binding) -> ActiveBinding:
        console, owners = self.desk.console, self.desk.owners
        if isinstance(binding, Fader):
            return FaderBound(binding, console, owners)
        if isinstance(binding, Encoder):
            return EncoderBound(binding, console, owners)
        if isinstance(binding, Button):
            return ButtonBound(binding, console, owners)
        if isinstance(binding, Program):
            return ProgramBound(binding, console, owners)
        return TriggerBound(binding, console, owners, self._shift)

    def _for(self, origin: Origin) -> tuple[ActiveBinding, ...]:
        """Return what is bound to ``origin``; programs choose where no button has the very program."""
        bounds = self._bounds_of.get(origin)
        if bounds is None and (origin.kind, origin.number) in self._numbers:
            bounds = tuple(one for one in self._others if one.message.covers(origin))
            self._bounds_of[origin] = bounds
        if not bounds and origin.kind == "program":
            return tuple(one for one in self._programs if one.message.channel in (None, origin.channel))
        return bounds or ()

    def _take(self, move: Move | Step, latest: dict[Origin, Move], now: float) -> None:
        """Do what ``move`` means, or keep it in ``latest`` while only its newest value matters."""
        bounds = self._for(move.origin)
        if isinstance(move, Move) and (self._shift.heard(move) or self._touch(move, now)) and not bounds:
            return
        if not bounds:
            self.counts.ignored += 1
        elif isinstance(move, Move) and all(bound.steady for bound in bounds):
            latest.pop(move.origin, None)
            latest[move.origin] = move
        else:
            self._flush(latest, now)
            self._apply(move, bounds, now)

    def _flush(self, latest: dict[Origin, Move], now: float) -> None:
        for origin, move in latest.items():
            self._apply(move, self._for(origin), now)
        latest.clear()

    def _apply(self, move: Move | Step, bounds: tuple[ActiveBinding, ...], now: float) -> None:
        for bound in bounds:
            if isinstance(move, Move):
                self._try(bound.moved, move, now)
            else:
                self._try(bound.stepped, move, now)
            self._pending[bound] = None

    def _touch(self, move: Move, now: float) -> bool:
        """Say whether ``move`` tells that faders are touched, and note it."""
        touches = False
        if move.origin.kind == "note":
            for bound in self._touched:
                if bound.fader.touch is not None and bound.fader.touch.covers(move.origin):
                    touches, bound.touched, bound.moved_at = True, move.value > 0, now
                    self._pending[bound] = None
        return touches

    def _transport(self, message: mido.Message, latest: dict[Origin, Move], now: float) -> bool:
        """Say whether ``message`` is for the transport, and do it."""
        if not (self._map.mmc if message.type == "sysex" else self._map.clock):
            return False
        try:
            told = heard(message, self._map.device)
        except ValueError:
            self.counts.malformed += 1
            return True
        if not told:
            return False
        self._flush(latest, now)
        for transport in told:
            self._try(self.transport.tell, transport, self._map.tempo, now)
        return True

    def _try(self, work: Callable[..., bool], *arguments: Any) -> None:
        """Count what ``work`` does; what it raises ends nothing."""
        try:
            self.counts.moved += work(*arguments)
        except ValueError as refused:
            self.counts.refused += 1
            self.refusal = str(refused)
        except Exception as failed:
            self.counts.refused += 1
            self.refusal = f"{type(failed).__name__}: {failed}"
            log.exception("what MIDI asked for failed")

    def _feedback(self, now: float) -> list[mido.Message]:
        """Return the messages for all that does not show what it should, and is in nobody's hand."""
        while self._changed:
            self._pending |= dict.fromkeys(self._by_path.get(self._changed.popleft(), ()))
        sent: list[mido.Message] = []
        for bound in [bound for bound in self._pending if not bound.in_hand(now)]:
            del self._pending[bound]
            shows = bound.shows()
            if shows is not None and shows != bound.known:
                bound.known = shows
                sent += changes(bound.origin, shows / bound.full)
        return sent
