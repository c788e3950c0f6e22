"""The MIDI map: which message moves which control or does which action."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from .....presets.toml_table import TomlError
from ...console.paths import dotted
from ..messages.interpreter import Kind, Origin

Reads = Literal["twos complement", "binary offset", "sign magnitude"]
Presses = Literal["toggle", "momentary", "set", "next"]
Takeover = Literal["pickup", "jump"]
READS: tuple[Reads, ...] = get_args(Reads)
TAKEOVERS: tuple[Takeover, ...] = get_args(Takeover)
PRESSES: tuple[Presses, ...] = get_args(Presses)

HIGHEST = {"cc": 119, "cc14": 31, "nrpn": 16382, "note": 127, "program": 127, "pitch": 0}
"""The highest number of a kind: controllers 120 to 127 are channel mode messages, 16383 is no parameter."""

CHOOSING = range(98, 102)
FORMS = "cc 0..97 or 102..119, cc14 0..31, nrpn 0..16382, note 0..127, program 0..127, pitch"


class MapError(TomlError):
    """A map, or a binding of one, that cannot be: one line saying what would be right, with the place in a file.

    ``key`` is what of a binding is wrong.
    """

    def __init__(self, what: str, key: str = "") -> None:
        super().__init__(what)
        self.key = key


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of message with its number, and its ``channel`` 0-15 or None for every channel."""

    kind: Kind
    number: int = 0
    channel: int | None = None

    @classmethod
    def read(cls, text: str, channel: int | None = None) -> Message:
        """Return the message that ``text`` names, such as ``cc 20``; raises ``MapError``."""
        match = re.fullmatch(r"(cc|cc14|nrpn|note|program) (\d{1,5})|(pitch)", text.strip())
        kind: Any = match and (match[1] or match[3])
        number = int(match[2] or 0) if match else 0
        if not match or number > HIGHEST[kind] or (kind == "cc" and number in CHOOSING):
            raise MapError(f"{text!r}: must be one of {FORMS}", "message")
        return cls(kind, number, channel)

    def __str__(self) -> str:
        return self.kind if self.kind == "pitch" else f"{self.kind} {self.number}"

    def covers(self, origin: Origin) -> bool:
        """Say whether what moved at ``origin`` is this message."""
        return (self.kind, self.number) == (origin.kind, origin.number) and self.channel in (None, origin.channel)

    def meets(self, other: Message) -> bool:
        """Say whether some message is both this and ``other``, or half of the other."""
        if None not in (self.channel, other.channel) and self.channel != other.channel:
            return False
        return bool(self._parts() & other._parts())

    def _parts(self) -> set[tuple[str, int]]:
        if self.kind == "cc14":
            return {("cc", self.number), ("cc", self.number + 32)}
        return {(self.kind, self.number)}


class Bound:
    """A binding: its paths, which a user may spell with slashes, have dots inside."""

    def __post_init__(self) -> None:
        for key in ("moves", "does", "held", "shifted"):
            typed = getattr(self, key, None)
            if typed is not None:
                object.__setattr__(self, key, dotted(typed))


@dataclass(frozen=True)
class Fader(Bound):
    """A fader or a knob that has a place: ``message`` moves the control ``moves``.

    ``start`` and ``end`` are the plain values at the ends of its way, None for those of the control; the other way
    round turns it over.  ``takeover`` "pickup" waits until the fader meets the value, "jump" does not.  ``feedback``
    sends the value back; not while the note ``touch``, of any channel, is held, by which a fader tells that it is
    touched.
    """

    message: Message
    moves: str
    start: float | None = None
    end: float | None = None
    takeover: Takeover = "pickup"
    feedback: bool = True
    touch: Message | None = None


@dataclass(frozen=True)
class Encoder(Bound):
    """An endless knob: ``message`` turns the control ``moves``; ``steps`` go from one end to the other."""

    message: Message
    moves: str
    reads: Reads = "twos complement"
    steps: int = 127
    feedback: bool = True


@dataclass(frozen=True)
class Button(Bound):
    """A note, a button or a program that moves a switch: "toggle", "momentary" (on while it is held), "set" to
    ``value``, or "next" of a choice's names.  ``feedback`` lights its lamp while the control stands so."""

    message: Message
    moves: str
    presses: Presses = "toggle"
    value: float | bool | str | None = None
    feedback: bool = True


@dataclass(frozen=True)
class Trigger(Bound):
    """A note, a button or a program that does the action ``does`` with the arguments ``given``.

    ``held`` is the action that is done instead when it is held for longer than 0.6 s (``does`` then waits until it is
    let go), ``shifted`` the one that is done instead while the map's shift is held.
    """

    message: Message
    does: str
    given: tuple[Any, ...] = ()
    held: str | None = None
    shifted: str | None = None


@dataclass(frozen=True)
class Program(Bound):
    """Program change on ``channel`` 0-15 (None: every) chooses among the names of the choice ``moves``: 0 the first."""

    moves: str
    channel: int | None = None


Binding = Fader | Encoder | Button | Trigger | Program


@dataclass(frozen=True)
class MidiMap:
    """What a controller's messages do.

    ``shift`` is the button that gives triggers their second meaning.  ``clock`` and ``mmc`` let MIDI clock (with song
    position) and machine control move the transport; ``device`` is our MMC device id, 127 hears all; ``tempo`` in
    beats a minute places song positions while no clock tells one.
    """

    bindings: tuple[Binding, ...] = ()
    shift: Message | None = None
    clock: bool = True
    mmc: bool = True
    device: int = 127
    tempo: float = 120.0

    def learned(self, binding: Binding) -> MidiMap:
        """Return the map with ``binding`` in place of what its message moved before."""
        rest = tuple(old for old in self.bindings if not overlap(old, binding))
        shift = self.shift
        if shift is not None and not isinstance(binding, Program) and shift.meets(binding.message):
            shift = None
        return replace(self, bindings=(*rest, binding), shift=shift)

    def without(self, path: str) -> MidiMap:
        """Return the map without what moves or does ``path``."""
        return replace(self, bindings=tuple(old for old in self.bindings if target(old) != dotted(path)))

    def paired(self, channel: int, number: int) -> bool:
        """Say whether controller ``number`` 0-31 is the coarse half of a 14-bit one here."""
        origin = Origin("cc14", channel, number)
        return any(not isinstance(one, Program) and one.message.covers(origin) for one in self.bindings)


def target(binding: Binding) -> str:
    """Return the path of what ``binding`` moves or does."""
    return binding.does if isinstance(binding, Trigger) else binding.moves


def overlap(one: Binding, other: Binding) -> bool:
    """Say whether a message can be for both.  A button's own program goes before what all programs choose from."""
    if isinstance(one, Program) or isinstance(other, Program):
        if not (isinstance(one, Program) and isinstance(other, Program)):
            return False
        return None in (one.channel, other.channel) or one.channel == other.channel
    return one.message.meets(other.message)
