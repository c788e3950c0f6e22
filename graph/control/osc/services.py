"""What an OSC server answers itself: subscriptions, queries, and the list of all there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....nodes.params import Choice, Switch
from ..console.console import Console
from ..console.meters import Meter
from .addresses import ROOT, Doing, Place, Service, Tree, Value
from .feedback import RATE_HZ, Feedback
from .sockets import Peer
from .values import WrongType, told
from .wire import pack


class Services:
    """Runs the services of ``SERVICES`` for whoever asks, and returns what is to be answered."""

    def __init__(self, console: Console, feedback: Feedback) -> None:
        self._console, self._feedback = console, feedback

    def run(self, name: str, arguments: tuple[Any, ...], peer: Peer, tree: Tree) -> Iterator[bytes]:
        """Do what the service ``name`` does and yield the answers; raise ``WrongType`` or ``ControlError``."""
        if name in ("query", "list"):
            yield from self._query(name, arguments, tree)
            return
        numbers, words = _sorted(name, arguments)
        target = _target(peer, numbers)
        if name == "unsubscribe":
            self._feedback.drop(target)
        elif name == "subscribe" or not self._feedback.renew(target):
            rate = float(numbers[1]) if len(numbers) > 1 else RATE_HZ
            self._feedback.subscribe(target, peer, rate, words)

    def _query(self, name: str, arguments: tuple[Any, ...], tree: Tree) -> Iterator[bytes]:
        if len(arguments) > 1 or not all(isinstance(value, str) for value in arguments):
            raise WrongType(f"{name} takes an address or a pattern, or nothing")
        pattern = arguments[0] if arguments else ROOT
        places = tree.find(pattern if pattern.startswith("/") else f"{ROOT}/{pattern}")
        for place in places:
            inside = [place] if place.target is not None else list(place.below())
            for one in inside:
                if name == "list":
                    yield from listed(self._console, one)
                elif one is place or not _is_other_form(one):
                    yield from answered(self._console, one)


def answered(console: Console, place: Place) -> Iterator[bytes]:
    """Yield the message that tells the value at ``place``, if it has one."""
    if isinstance(place.target, Value):
        yield pack(place.address, told(console, place.target))
    elif isinstance(place.target, Meter):
        yield pack(place.address, place.target.read(console.meter()))


def listed(console: Console, place: Place) -> Iterator[bytes]:
    """Yield what a person wants to know of ``place``: address, kind, what it takes, what it is for."""
    target = place.target
    if isinstance(target, Value):
        if target.form == "plain":
            declared = console.control(target.path).declared
            kind = "switch" if isinstance(declared, Switch) else "choice" if isinstance(declared, Choice) else "number"
            takes = "|".join(declared.names) if isinstance(declared, Choice) else f"{declared.lo:g}..{declared.hi:g}"
            yield pack(f"{ROOT}/listed", place.address, kind, f"{takes} {declared.unit}".rstrip(), declared.doc)
    elif isinstance(target, Doing):
        action = console.actions[target.path]
        takes = " ".join(f"{name}:{kind.__name__}" for name, kind in action.takes)
        yield pack(f"{ROOT}/listed", place.address, "action", takes, action.doc)
    elif isinstance(target, Meter):
        yield pack(f"{ROOT}/listed", place.address, "meter", target.unit, target.doc)
    elif isinstance(target, Service):
        yield pack(f"{ROOT}/listed", place.address, "service", target.takes, target.doc)


def _is_other_form(place: Place) -> bool:
    return isinstance(place.target, Value) and place.target.form != "plain"


def _sorted(name: str, arguments: tuple[Any, ...]) -> tuple[list[float], list[str]]:
    """Return the numbers and the words of ``arguments``; a word is a form, or several between spaces or commas."""
    numbers = [value for value in arguments if type(value) in (int, float)]
    texts = [value for value in arguments if isinstance(value, str)]
    words = [word for text in texts for word in text.replace(",", " ").split()]
    if len(numbers) > 2 or len(numbers) + len(texts) < len(arguments):
        raise WrongType(f"{name} takes a port, a rate in Hz and the names of forms, all optional")
    return numbers, words


def _target(peer: Peer, numbers: list[float]) -> Peer:
    """Return who is meant: ``peer`` itself, or what listens at another port of its host, and never another host."""
    port = int(numbers[0]) if numbers else 0
    if port == 0:
        return peer
    if not 1 <= port <= 65535:
        raise WrongType(f"port = {port}: must be 1..65535")
    return peer.at_port(port)
