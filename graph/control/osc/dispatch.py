"""What becomes of an OSC message: it moves, does, asks, or is counted as one of the things that cannot be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from ..console.console import Console
from .addresses import ROOT, Doing, Place, Service, Tree, Value
from .pattern import is_pattern
from .services import Services, answered
from .sockets import Peer
from .values import NotFinite, WrongType, action_arguments, check_finite, move
from .wire import Malformed, Message, datagrams, pack, unpack

FAR_S = 3600.0
"""A time tag further ahead says that a clock is wrong, not that somebody plans so far."""

SAID_EVERY_S = 5.0
ERRORS_A_SECOND = 20

log = logging.getLogger(__name__)


@dataclass
class Counts:
    """What has come in so far, and what of it was ignored, by the reason."""

    packets: int = 0
    messages: int = 0
    malformed: int = 0
    unknown: int = 0
    wrong_type: int = 0
    not_finite: int = 0
    refused: int = 0
    too_far: int = 0
    failed: int = 0

    @property
    def ignored(self) -> int:
        """All that was not done."""
        return sum(getattr(self, field.name) for field in fields(self)[2:])


class Dispatch:
    """Takes packets to ``console`` and answers by ``send``; nothing in a packet makes it raise.

    ``files_in`` is the folder below which actions may take paths.  Faults are counted, said in the log at most every
    few seconds, and answered at ``/masterchain/error`` while they are few.
    """

    def __init__(
        self, console: Console, services: Services, send: Callable[[bytes, Peer], bool], files_in: Path | None
    ) -> None:
        self._console, self._services, self._send, self._folder = console, services, send, files_in
        self._tree = Tree(console)
        self.counts = Counts()
        self._said, self._unsaid = -SAID_EVERY_S, 0
        self._errors, self._second = 0, 0

    @property
    def tree(self) -> Tree:
        """The addresses of the console, also of what was added to it since."""
        if self._tree.stale:
            self._tree = Tree(self._console)
        return self._tree

    def packet(self, packet: bytes, peer: Peer) -> None:
        """Do what ``packet`` of ``peer`` says."""
        self.counts.packets += 1
        now = time.time()
        try:
            messages = unpack(packet, now)
        except Malformed as error:
            self.fault("malformed", f"no OSC packet: {error}", peer)
            return
        for message in messages:
            self.counts.messages += 1
            self._message(message, peer, now)

    def fault(self, kind: str, line: str, peer: Peer | None = None) -> None:
        """Count what was ignored as ``kind``; say it now and then, and answer it unless there is a flood of faults."""
        setattr(self.counts, kind, getattr(self.counts, kind) + 1)
        now = time.monotonic()
        if now - self._said >= SAID_EVERY_S:
            more = f" ({self._unsaid} others before it)" if self._unsaid else ""
            log.warning("OSC%s: %s%s", f" from {peer}" if peer else "", line, more)
            self._said, self._unsaid = now, 0
        else:
            self._unsaid += 1
        if int(now) != self._second:
            self._second, self._errors = int(now), 0
        self._errors += 1
        if peer is not None and kind != "malformed" and self._errors <= ERRORS_A_SECOND:
            self._send(pack(f"{ROOT}/error", line), peer)

    def _message(self, message: Message, peer: Peer, now: float) -> None:
        self._guarded(message, peer, lambda: self._do(message, peer, now))

    def _guarded(self, message: Message, peer: Peer, do: Callable[[], None]) -> None:
        try:
            do()
        except Malformed as error:
            self.fault("malformed", str(error), peer)
        except WrongType as error:
            self.fault("wrong_type", str(error), peer)
        except NotFinite as error:
            self.fault("not_finite", f"{message.address}: {error}", peer)
        except (ValueError, OverflowError, OSError) as error:  # the console's own, and of files that cannot be written
            self.fault("refused", str(error), peer)
        except Exception as error:  # a fault of an action, or of what a control moves
            self.fault("failed", f"{message.address}: {type(error).__name__}: {error}", peer)

    def _do(self, message: Message, peer: Peer, now: float) -> None:
        check_finite(message.arguments)
        if message.at is not None and message.at > now + FAR_S:
            ahead = f"the time tag lies {message.at - now:.0f} s ahead: is the clock of the sender right?"
            self.fault("too_far", ahead, peer)
        elif is_pattern(message.address):
            self._matched(self.tree.find(message.address), message, peer)
        elif message.address in self.tree.exact:
            self._one(self.tree.exact[message.address], message, peer)
        else:
            self._missing(message, peer)

    def _missing(self, message: Message, peer: Peer) -> None:
        self.fault("unknown", f"there is nothing at {message.address!r}; /masterchain/list tells what there is", peer)

    def _matched(self, places: Iterable[Place], message: Message, peer: Peer) -> None:
        """Move or answer all that a pattern matches: values only, for nobody renders by a star."""
        told = [place for place in places if not isinstance(place.target, (Doing, Service))]
        if not message.arguments:
            self._answer([packet for place in told for packet in answered(self._console, place)], peer)
            return
        values = [place.target for place in told if isinstance(place.target, Value) and place.target.form != "str"]
        if not values:
            self._missing(message, peer)
        for value in values:  # each by itself: that one of them cannot go there does not hold back the others
            self._guarded(message, peer, partial(move, self._console, value, message.arguments, peer, message.at))

    def _one(self, place: Place, message: Message, peer: Peer) -> None:
        target = place.target
        if isinstance(target, Value) and message.arguments:
            move(self._console, target, message.arguments, peer, message.at)
        elif isinstance(target, Doing):
            arguments = action_arguments(self._console.actions[target.path], message.arguments, self._folder)
            word = None if arguments is None else self._console.do(target.path, *arguments, at=message.at)
            if word:
                self._send(pack(f"{ROOT}/done", message.address, word), peer)
        elif isinstance(target, Service):
            self._answer(self._services.run(target.name, message.arguments, peer, self.tree), peer)
        elif message.arguments:
            raise WrongType(f"{message.address} is only told, not taken")
        else:
            self._answer(answered(self._console, place), peer)

    def _answer(self, messages: Iterable[bytes], peer: Peer) -> None:
        for packet in datagrams(list(messages)):
            self._send(packet, peer)
