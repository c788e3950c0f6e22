"""Faders, with soft takeover, and encoders: a binding that moves a control along its way."""

from __future__ import annotations

from .....nodes.params import Param
from ...console.console import Console
from ..mapping.map import Encoder, Fader, Reads
from ..messages.interpreter import Move, Step
from .binding import ActiveBinding, Owners

NEAR = 2.0 / 127.0
"""A fader that is so close to the value has met it: two steps of 7 bits."""

STEPS = 127


class FaderBound(ActiveBinding):
    """A fader on a control.

    It owns the control from the moment it meets the value until somebody else moves it.  A fader that does not own it
    and does not jump moves nothing, until it stands within ``NEAR`` of the value or has crossed it.  A message that
    says where the control stands already changes nothing: a motor fader that answers what it was sent would otherwise
    round the value to its own steps.
    """

    steady = True

    def __init__(self, binding: Fader, console: Console, owners: Owners) -> None:
        super().__init__(binding, binding.message, binding.moves, console, owners)
        self.fader = binding
        self.declared = console.control(self.path).declared
        self._place: float | None = None
        self._from = 0.0 if binding.start is None else self.declared.to_unit(self.declared.check(binding.start))
        self._to = 1.0 if binding.end is None else self.declared.to_unit(self.declared.check(binding.end))

    def moved(self, move: Move, now: float) -> bool:
        """Follow the fader, if it owns the control or takes it over here."""
        self.heard(move.origin, now)
        place, before = move.value / move.top, self._place
        self._place, self.known = place, round(place * self.full)
        here, stored = self.here(), self._stored(place)
        if round(here * move.top) == move.value or stored == self.console.stored(self.path):
            self.owners[self.path] = self
            return False
        if self.fader.takeover == "pickup" and self.owners.get(self.path) is not self:
            met = abs(place - here) <= NEAR
            crossed = before is not None and (before - here) * (place - here) <= 0.0
            if not (met or crossed):
                return False
        self._set(stored)
        return True

    def stepped(self, step: Step, now: float) -> bool:
        """Go ``step`` from where the control stands, a 127th of the way each."""
        self.heard(step.origin, now)
        here = self.here()
        place = min(1.0, max(0.0, here + step.steps / STEPS))
        if place == here:
            return False
        self._set(self._stored(place))
        return True

    def shows(self) -> int | None:
        """Return where the fader should stand."""
        return round(self.here() * self.full) if self.fader.feedback else None

    def here(self) -> float:
        """Return where on the fader's way, 0-1, the control stands; beyond its ends counts as there."""
        unit = self.console.unit(self.path)
        if self._to == self._from:
            return 0.0
        return min(1.0, max(0.0, (unit - self._from) / (self._to - self._from)))

    def _stored(self, place: float) -> float:
        """Return the stored value at ``place``; the ends are exactly those that were asked for."""
        end = self.fader.start if place <= 0.0 else self.fader.end if place >= 1.0 else None
        if end is not None:
            return self.declared.check(end)
        return self.declared.check(self.declared.from_unit(self._from + place * (self._to - self._from)))

    def _set(self, stored: float) -> None:
        self.console.set(self.path, stored, by=self)


class EncoderBound(ActiveBinding):
    """An endless knob on a control: it goes on from wherever that stands."""

    def __init__(self, binding: Encoder, console: Console, owners: Owners) -> None:
        super().__init__(binding, binding.message, binding.moves, console, owners)
        self.encoder = binding
        self.declared = console.control(self.path).declared

    def moved(self, move: Move, now: float) -> bool:
        """Turn by what a controller's value says."""
        if move.origin.kind != "cc":
            return False
        return self.stepped(Step(move.origin, turned(move.value, self.encoder.reads)), now)

    def stepped(self, step: Step, now: float) -> bool:
        """Turn by ``step``: a share of the way, or so many names of a choice."""
        self.heard(step.origin, now)
        if isinstance(self.declared, Param):
            unit = self.console.unit(self.path)
            goal = min(1.0, max(0.0, unit + step.steps / self.encoder.steps))
            if goal != unit:
                self.console.set_unit(self.path, goal, by=self)
            return goal != unit
        stored = self.console.stored(self.path)
        there = min(self.declared.hi, max(self.declared.lo, stored + step.steps))
        if there != stored:
            self.console.set(self.path, there, by=self)
        return there != stored

    def shows(self) -> int | None:
        """Return what its ring of lamps should show."""
        return round(self.console.unit(self.path) * self.full) if self.encoder.feedback else None


def turned(value: int, reads: Reads) -> int:
    """Return the steps, positive to the right, that a 7-bit ``value`` of an endless knob means."""
    if reads == "binary offset":
        return value - 64
    if reads == "sign magnitude":
        return -(value & 0x3F) if value & 0x40 else value
    return value - 128 if value & 0x40 else value
