"""The OSC addresses of a console: a tree of places, found by address or by pattern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from ..console.console import Console
from ..console.meters import Meter, meters
from ..console.paths import slashed
from .pattern import is_pattern, matches, parts

ROOT = "/masterchain"
REMEMBERED = 256
"""Patterns whose places are kept; a surface uses a handful."""

Form = Literal["plain", "norm", "str"]
VALUE_FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class Value:
    """A control's value in one ``form``: plain units, 0-1, or the text of its display, which is only told."""

    path: str
    form: Form

    @property
    def address(self) -> str:
        """Where it is told and taken."""
        whole = address_of(self.path)
        return whole if self.form == "plain" else f"{whole}/{self.form}"


@dataclass(frozen=True)
class Doing:
    """An action."""

    path: str


@dataclass(frozen=True)
class Service:
    """What the server itself does; ``takes`` are the type tags of its arguments, all of which may be left out."""

    name: str
    takes: str
    doc: str


Target = Value | Doing | Meter | Service

SERVICES = (
    Service("subscribe", "iis", "Tell this sender of changes and meters: [port] [rate in Hz] [forms ...]."),
    Service("renew", "i", "Stay subscribed: [port]."),
    Service("unsubscribe", "i", "Tell no more: [port]."),
    Service("query", "s", "Answer the value at every address that matches: [pattern]."),
    Service("list", "s", "Answer what there is: [pattern]."),
)


@dataclass
class Place:
    """A place in the tree: what is there, and what lies below."""

    address: str
    target: Target | None = None
    children: dict[str, Place] = field(default_factory=dict)

    def below(self) -> Iterator[Place]:
        """Yield every place with a target here and below."""
        if self.target is not None:
            yield self
        for child in self.children.values():
            yield from child.below()


class Tree:
    """All addresses of ``console`` as it is now; ``stale`` once something was added to it.

    Beside their names, controls that can be moved have numbers, for REAPER: ``/masterchain/fxparam/3/value``.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._size = self._count()
        self.top = Place("/")
        self.exact: dict[str, Place] = {}
        self._remembered: dict[str, tuple[Place, ...]] = {}
        for path in console.controls:
            for value in (Value(path, form) for form in VALUE_FORMS):
                self._put(value.address, value)
        for path in console.actions:
            self._put(address_of(path), Doing(path))
        if "render" in console.actions:
            self._put("/render", Doing("render"))
        for meter in meters():
            self._put(f"{ROOT}/meter/{meter.path}", meter)
        for service in SERVICES:
            self._put(f"{ROOT}/{service.name}", service)
        self.numbers = {path: number for number, path in enumerate(movable(console), start=1)}
        for path, number in self.numbers.items():
            self.exact[numbered(number)] = Place(numbered(number), Value(path, "norm"))

    @property
    def stale(self) -> bool:
        """Say whether the console has got controls or actions since."""
        return self._size != self._count()

    def find(self, pattern: str) -> tuple[Place, ...]:
        """Return the places at an address or of a ``pattern``; raise ``Malformed``."""
        place = self.exact.get(pattern)
        if place is not None:
            return (place,)
        places = self._remembered.get(pattern)
        if places is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            places = self._remembered[pattern] = tuple(_walk(self.top, parts(pattern)))
        return places

    def at(self, address: str) -> Place | None:
        """Return the place at ``address``, which may be one with nothing but others below; None where there is none."""
        place: Place | None = self.top
        for name in address.strip("/").split("/") if address.strip("/") else ():
            place = None if place is None else place.children.get(name)
        return place

    def _count(self) -> tuple[int, int]:
        return len(self._console.controls), len(self._console.actions)

    def _put(self, address: str, target: Target) -> None:
        """Put ``target`` at ``address``, unless something is there already: controls come before the rest."""
        place, at = self.top, ""
        for name in parts(address):
            at = f"{at}/{name}"
            place = place.children.setdefault(name, Place(at))
        if place.target is None:
            place.target = target
            self.exact[address] = place


def address_of(path: str) -> str:
    """Return the address of the control or action at ``path``."""
    return f"{ROOT}/{slashed(path)}"


def movable(console: Console) -> list[str]:
    """Return the paths of the controls that can be moved while it runs, in their order."""
    return [path for path, control in console.controls.items() if control.declared.live]


def numbered(number: int) -> str:
    """Return the address of the movable control ``number``, 1 being the first, in 0-1."""
    return f"{ROOT}/fxparam/{number}/value"


def _walk(place: Place, rest: list[str]) -> Iterator[Place]:
    if not rest:
        yield place
        return
    head, tail = rest[0], rest[1:]
    if is_pattern(head):
        children = [child for name, child in place.children.items() if matches(head, name)]
    else:
        children = [place.children[head]] if head in place.children else []
    for child in children:
        yield from _walk(child, tail)
