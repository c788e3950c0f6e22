"""The OSC server: one thread that takes what comes by UDP and TCP to the console, and tells subscribers back."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from ...nodes.params import ParamError
from .console import Console
from .controls import ControlError
from .osc_feedback import DEFAULT, RATE_HZ, Feedback
from .osc_net import CLIENTS, Peer, TcpClient, Udp, listener, resolve
from .osc_pattern import is_pattern
from .osc_services import Services, answered
from .osc_tree import ROOT, Doing, Place, Service, Tree, Value
from .osc_values import NotFinite, WrongType, action_arguments, check_finite, move
from .osc_wire import Malformed, Message, datagrams, pack, unpack

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


class OscServer:
    """Serves ``console`` by OSC at ``host`` and ``port`` (0: any that is free), UDP and TCP; see ``osc_tree``.

    Nobody but this machine gets in unless ``host`` says so.  ``to`` are surfaces, ``(host, port)``, that are told of
    everything from the start; others subscribe.  Actions take paths only below the folder ``files_in``.  What cannot
    be done is counted in ``counts``, said in the log at most every few seconds and answered at ``/masterchain/error``;
    nothing that comes in stops the server.  Raises ``ControlError`` when the port cannot be had.
    """

    def __init__(
        self,
        console: Console,
        host: str = "127.0.0.1",
        port: int = 9000,
        *,
        to: Iterable[tuple[str, int]] = (),
        files_in: str | Path | None = None,
        rate_hz: float = RATE_HZ,
        forms: Iterable[str] = DEFAULT,
    ) -> None:
        self.console, self.host, self.port = console, host, port
        self.counts = Counts()
        self.tree = Tree(console)
        self._folder = None if files_in is None else Path(files_in)
        self._to, self._rate_hz, self._forms = tuple(to), rate_hz, tuple(forms)
        self._clients: dict[Peer, TcpClient] = {}
        self._thread: threading.Thread | None = None
        self._closing = False
        self._said, self._unsaid = 0.0, 0
        self._errors, self._second = 0, 0

    def start(self) -> Self:
        """Open the port and serve."""
        self._udp = Udp(self.host, self.port)
        self.port = self._udp.port
        self._listener = listener(self._udp, self.host)
        self._feedback = Feedback(self.console)
        self._services = Services(self.console, self._feedback)
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        for one in (self._udp.socket, self._listener, self._woken):
            if one is not None:
                self._selector.register(one, selectors.EVENT_READ)
        try:
            for host, port in self._to:
                surface = Peer("udp", resolve(host, port, self._udp.family)[1])
                self._feedback.subscribe(surface, None, self._rate_hz, self._forms, forever=True)
        except ControlError:
            self._close_sockets()
            raise
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Serve no more."""
        if self._thread is not None:
            self._closing = True
            self._wake.send(b"x")
            self._thread.join()
            self._thread = None
            self._close_sockets()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def subscribers(self) -> tuple[Peer, ...]:
        """Who is told of changes now."""
        return tuple(self._feedback.subscribers)

    def _close_sockets(self) -> None:
        self._feedback.close()
        self._selector.close()
        for one in (*self._clients.values(), self._udp, self._listener, self._wake, self._woken):
            if one is not None:
                one.close()
        self._clients.clear()

    def _run(self) -> None:
        while not self._closing:
            try:
                ready = self._selector.select(self._feedback.wait_s())
                for key, _ in ready:
                    self._serve(key.fileobj)
                if self.tree.stale:
                    self.tree = Tree(self.console)
                self._feedback.tick(self.tree, self._send)
            except Exception as error:  # a thread that dies would leave the stage without control
                self._fault("failed", f"{type(error).__name__}: {error}", None)
                time.sleep(0.01)

    def _serve(self, ready: Any) -> None:
        if ready is self._udp.socket:
            for peer in self._udp.refused():
                self._feedback.drop(peer, gone=True)
            for packet, peer in self._udp.receive():
                self._packet(packet, peer)
        elif ready is self._listener:
            self._accept()
        elif ready is not self._woken:
            client = next(client for client in self._clients.values() if client.socket is ready)
            for packet in client.receive():
                self._packet(packet, client.peer)
            client.flush()
            if not client.open:
                self._leave(client)

    def _accept(self) -> None:
        assert self._listener is not None
        connection, address = self._listener.accept()
        if len(self._clients) >= CLIENTS:
            connection.close()
            return
        client = TcpClient(connection, address)
        self._clients[client.peer] = client
        self._selector.register(connection, selectors.EVENT_READ)

    def _leave(self, client: TcpClient) -> None:
        self._selector.unregister(client.socket)
        client.close()
        del self._clients[client.peer]
        self._feedback.drop(client.peer)

    def _packet(self, packet: bytes, peer: Peer) -> None:
        self.counts.packets += 1
        now = time.time()
        self._feedback.renew(peer)
        try:
            messages = unpack(packet, now)
        except Malformed as error:
            self._fault("malformed", f"no OSC packet: {error}", peer)
            return
        for message in messages:
            self.counts.messages += 1
            self._message(message, peer, now)

    def _message(self, message: Message, peer: Peer, now: float) -> None:
        try:
            check_finite(message.arguments)
            if message.at is not None and message.at > now + FAR_S:
                ahead = f"the time tag lies {message.at - now:.0f} s ahead: is the clock of the sender right?"
                self._fault("too_far", ahead, peer)
                return
            places = self.tree.find(message.address) if is_pattern(message.address) else self._exact(message.address)
            if not places:
                self._fault("unknown", f"there is no {message.address!r}; /masterchain/list tells what is", peer)
            elif is_pattern(message.address):
                self._matched(places, message, peer)
            else:
                self._one(places[0], message, peer)
        except Malformed as error:
            self._fault("malformed", str(error), peer)
        except WrongType as error:
            self._fault("wrong_type", str(error), peer)
        except NotFinite as error:
            self._fault("not_finite", f"{message.address}: {error}", peer)
        except (ControlError, ParamError, OverflowError) as error:
            self._fault("refused", str(error), peer)
        except Exception as error:  # of an action or of what a control moves
            self._fault("failed", f"{message.address}: {type(error).__name__}: {error}", peer)

    def _exact(self, address: str) -> tuple[Place, ...]:
        place = self.tree.exact.get(address)
        return () if place is None else (place,)

    def _matched(self, places: tuple[Place, ...], message: Message, peer: Peer) -> None:
        """Move or answer all that a pattern matches: values only, for nobody renders by a star."""
        if not message.arguments:
            self._answer([packet for place in places for packet in answered(self.console, place)], peer)
            return
        values = [place.target for place in places if isinstance(place.target, Value) and place.target.form != "str"]
        if not values:
            raise ControlError(f"{message.address}: nothing that it matches can be moved")
        for value in values:
            move(self.console, value, message.arguments, peer, message.at)

    def _one(self, place: Place, message: Message, peer: Peer) -> None:
        target = place.target
        if isinstance(target, Value) and message.arguments:
            move(self.console, target, message.arguments, peer, message.at)
        elif isinstance(target, Doing):
            given = action_arguments(self.console.actions[target.path], message.arguments, self._folder)
            word = None if given is None else self.console.do(target.path, *given, at=message.at)
            if word:
                self._send(pack(f"{ROOT}/done", message.address, word), peer)
        elif isinstance(target, Service):
            self._answer(list(self._services.run(target.name, message.arguments, peer, self.tree)), peer)
        elif message.arguments:
            raise WrongType(f"{message.address} is only told, not taken")
        else:
            self._answer(list(answered(self.console, place)), peer)

    def _answer(self, messages: list[bytes], peer: Peer) -> None:
        for packet in datagrams(messages):
            self._send(packet, peer)

    def _send(self, packet: bytes, peer: Peer) -> bool:
        if peer.kind == "udp":
            return self._udp.send(packet, peer)
        client = self._clients.get(peer)
        return client is not None and client.send(packet)

    def _fault(self, kind: str, line: str, peer: Peer | None) -> None:
        """Count what was ignored, say so now and then, and answer it unless there is a flood of faults."""
        setattr(self.counts, kind, getattr(self.counts, kind) + 1)
        now = time.monotonic()
        if now - self._said >= SAID_EVERY_S or not self._said:
            more = f"; {self._unsaid} more before it" if self._unsaid else ""
            log.warning("OSC%s: %s%s", f" from {peer}" if peer else "", line, more)
            self._said, self._unsaid = now, 0
        else:
            self._unsaid += 1
        if int(now) != self._second:
            self._second, self._errors = int(now), 0
        self._errors += 1
        if peer is not None and kind != "malformed" and self._errors <= ERRORS_A_SECOND:
            self._send(pack(f"{ROOT}/error", line), peer)
