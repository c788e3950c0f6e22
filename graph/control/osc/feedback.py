"""Feedback: who is told of changes and meters, in which forms and how often."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..console.console import Console
from ..console.controls import Control, ControlError
from ..console.meters import meters
from .addresses import ROOT, VALUE_FORMS, Tree, Value, numbered
from .sockets import Peer
from .values import told
from .wire import datagrams, pack, pack_together

KEPT_S = 60.0
"""A subscription ends so long after the subscriber was last heard of; configured ones never end."""

RATE_HZ = 20.0
SLOWEST_HZ, FASTEST_HZ = 1.0, 60.0
MOST = 64
FORMS = (*VALUE_FORMS, "number", "meters")
DEFAULT = (*VALUE_FORMS, "meters")

Send = Callable[[bytes, Peer], bool]


@dataclass
class Subscriber:
    """One who is told: at ``peer``; ``source`` is where its messages come from, None where that is not known."""

    peer: Peer
    source: Peer | None
    rate_hz: float
    forms: frozenset[str]
    until: float
    """``time.monotonic()`` at which it ends."""

    due: float = 0.0
    seen: int = 0
    """The change up to which it was told; below 0: it gets everything."""

    lines: int = 0
    """The line up to which it was told."""


class Feedback:
    """The subscribers of a console, told in one thread by ``tick``; changes are noted in any.

    Of many changes of a control between two ticks the last is told, to all but the one who made it.  Memory is bounded
    by the number of controls, whatever comes in.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.subscribers: dict[Peer, Subscriber] = {}
        self._serial = 0
        self._changes: dict[str, tuple[int, object]] = {}  # by path: when, and by whom; the latest last
        self._lock = threading.Lock()
        self._meters = tuple((f"{ROOT}/meter/{meter.path}", meter.read) for meter in meters())
        self._lines: deque[tuple[int, str]] = deque(maxlen=32)
        self._ends = console.listen(self._note), console.read(self._line)

    def close(self) -> None:
        """Listen no more, and forget the subscribers."""
        for end in self._ends:
            end()
        self.subscribers.clear()

    def subscribe(
        self, peer: Peer, source: Peer | None, rate_hz: float, forms: Iterable[str], *, forever: bool = False
    ) -> None:
        """Tell ``peer`` of everything at the next tick, and of changes and meters from then on."""
        chosen = frozenset(forms) or frozenset(DEFAULT)
        if chosen - set(FORMS):
            raise ControlError(f"the form {min(chosen - set(FORMS))!r}: must be of {', '.join(FORMS)}")
        if peer not in self.subscribers and len(self.subscribers) >= MOST:
            raise ControlError(f"{MOST} subscribers are told already; one must unsubscribe first")
        until = float("inf") if forever else time.monotonic() + KEPT_S
        rate_hz = min(FASTEST_HZ, max(SLOWEST_HZ, rate_hz))
        self.subscribers[peer] = Subscriber(peer, source, rate_hz, chosen, until, time.monotonic(), -1, self._serial)

    def renew(self, peer: Peer) -> bool:
        """Keep ``peer`` on; say whether it is subscribed."""
        subscriber = self.subscribers.get(peer)
        if subscriber is not None:
            subscriber.until = max(subscriber.until, time.monotonic() + KEPT_S)
        return subscriber is not None

    def heard(self, peer: Peer) -> None:
        """Keep on whom ``peer``, from which something came, subscribed."""
        for one in self.subscribers.values():
            if peer in (one.peer, one.source):
                self.renew(one.peer)

    def drop(self, peer: Peer, *, gone: bool = False) -> None:
        """Tell ``peer`` no more; one that is ``gone`` by itself is told on if it was configured: it may come back."""
        subscriber = self.subscribers.get(peer)
        if subscriber is not None and not (gone and subscriber.until == float("inf")):
            del self.subscribers[peer]

    def wait_s(self) -> float | None:
        """Return the seconds until the next tick has something to do; None: there is nobody to be told."""
        if not self.subscribers:
            return None
        return max(0.0, min(one.due for one in self.subscribers.values()) - time.monotonic())

    def tick(self, tree: Tree, send: Send) -> None:
        """Tell those who are due."""
        now = time.monotonic()
        for one in [one for one in self.subscribers.values() if one.due <= now]:
            if one.until < now:
                del self.subscribers[one.peer]
                continue
            one.due = max(one.due + 1.0 / one.rate_hz, now)  # keeps the rate, and makes up for nothing
            for packet in self._packets(one, tree):
                send(packet, one.peer)

    def is_from(self, by: object, one: Subscriber) -> bool:
        """Say whether ``one`` made the change of ``by``.

        From which port a configured surface sends only it knows: what comes from its host is taken for its own where
        it is the only subscriber there, and not on this very machine, where many programs share an address.
        """
        if not isinstance(by, Peer):
            return False
        if by in (one.peer, one.source):
            return True
        host = by.address[0]
        if one.source is not None or host != one.peer.address[0] or _is_loopback(host):
            return False
        return [other.peer.address[0] for other in self.subscribers.values()].count(host) == 1

    def _note(self, control: Control, stored: float, by: object) -> None:
        with self._lock:
            self._serial += 1
            self._changes.pop(control.path, None)
            self._changes[control.path] = (self._serial, by)

    def _line(self, text: str) -> None:
        with self._lock:
            self._serial += 1
            self._lines.append((self._serial, text))

    def _packets(self, one: Subscriber, tree: Tree) -> Iterator[bytes]:
        paths = self._changed(one)
        yield from datagrams(message for path in paths for message in self._forms(path, one.forms, tree))
        with self._lock:
            said, one.lines = [text for serial, text in self._lines if serial > one.lines], self._serial
        yield from datagrams(pack(f"{ROOT}/said", text) for text in said)
        if "meters" in one.forms:
            readings = self._console.meter()
            yield pack_together(pack(address, read(readings)) for address, read in self._meters)

    def _changed(self, one: Subscriber) -> list[str]:
        """Return the paths that ``one`` has not been told since they changed, the oldest first."""
        with self._lock:
            everything, since, one.seen = one.seen < 0, one.seen, self._serial
            if everything:
                return list(self._console.controls)
            new = []
            for path, (serial, by) in reversed(self._changes.items()):
                if serial <= since:
                    break
                if not self.is_from(by, one):
                    new.append(path)
        return new[::-1]

    def _forms(self, path: str, forms: frozenset[str], tree: Tree) -> Iterator[bytes]:
        for value in (Value(path, form) for form in VALUE_FORMS if form in forms):
            yield pack(value.address, told(self._console, value))
        if "number" in forms and path in tree.numbers:
            yield pack(numbered(tree.numbers[path]), self._console.unit(path))


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback
