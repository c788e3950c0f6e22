"""The OSC server: one thread that takes what comes by UDP and TCP to the console, and tells subscribers back."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from ..console.console import Console
from ..console.controls import ControlError
from .addresses import Tree
from .dispatch import Counts, Dispatch
from .feedback import DEFAULT, RATE_HZ, Feedback
from .services import Services
from .sockets import CLIENTS, Peer, TcpClient, Udp, listener, resolve

UNREAD_S = 0.005
"""What a TCP client did not read yet is tried again so often."""


class OscServer:
    """Serves ``console`` by OSC at ``host`` and ``port`` (0: any that is free), by UDP and, where it can, by TCP.

    Nobody but this machine gets in unless ``host`` says so.  ``to`` are surfaces, ``(host, port)``, that are told of
    everything from the start, ``rate_hz`` times a second in ``forms``; others subscribe.  Actions take paths only below
    the folder ``files_in``.  Raises ``ControlError`` when the port cannot be had; nothing that comes in stops it.
    ``tree`` holds the addresses, ``counts`` what has come in.
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
        self._to, self._rate_hz, self._forms = tuple(to), rate_hz, tuple(forms)
        self._feedback = Feedback(console)
        folder = None if files_in is None else Path(files_in)
        self._dispatch = Dispatch(console, Services(console, self._feedback), self._send, folder)
        self._clients: dict[Peer, TcpClient] = {}
        self._thread: threading.Thread | None = None
        self._closing = False

    @property
    def counts(self) -> Counts:
        """What has come in, and what of it was ignored."""
        return self._dispatch.counts

    @property
    def tree(self) -> Tree:
        """The addresses that are served."""
        return self._dispatch.tree

    @property
    def subscribers(self) -> tuple[Peer, ...]:
        """Who is told of changes now."""
        return tuple(self._feedback.subscribers)

    @property
    def connections(self) -> int:
        """How many clients are connected by TCP."""
        return len(self._clients)

    def start(self) -> Self:
        """Open the port and serve."""
        try:
            self._udp = Udp(self.host, self.port)
        except ControlError:
            self._feedback.close()
            raise
        self.port = self._udp.port
        self._listener = listener(self._udp, self.host)
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

    def _run(self) -> None:
        while not self._closing:
            try:
                for key, _ in self._selector.select(self._wait_s()):
                    self._serve(key.fileobj)
                self._feedback.tick(self.tree, self._send)
                self._tidy()
            except Exception as error:  # a thread that dies would leave the stage without control
                self._dispatch.fault("failed", f"{type(error).__name__}: {error}")
                time.sleep(0.01)

    def _serve(self, ready: Any) -> None:
        if ready is self._udp.socket:
            for peer in self._udp.refused():
                self._feedback.drop(peer, gone=True)
            for packet, peer in self._udp.receive():
                self._feedback.heard(peer)
                self._dispatch.packet(packet, peer)
        elif self._listener is not None and ready is self._listener:
            self._accept(self._listener)
        elif ready is not self._woken:
            client = next(client for client in self._clients.values() if client.socket is ready)
            for packet in client.receive():
                self._feedback.heard(client.peer)
                self._dispatch.packet(packet, client.peer)

    def _accept(self, listening: socket.socket) -> None:
        connection, address = listening.accept()
        if len(self._clients) >= CLIENTS:
            connection.close()
            return
        client = TcpClient(connection, address)
        self._clients[client.peer] = client
        self._selector.register(connection, selectors.EVENT_READ)

    def _wait_s(self) -> float | None:
        """Return how long nothing has to be done unless something comes, in s."""
        return UNREAD_S if any(client.waits for client in self._clients.values()) else self._feedback.wait_s()

    def _tidy(self) -> None:
        """Send on what TCP clients did not read yet, and let go those that left."""
        for client in tuple(self._clients.values()):
            client.flush()
            if not client.open:
                self._selector.unregister(client.socket)
                client.close()
                del self._clients[client.peer]
                self._feedback.drop(client.peer)

    def _send(self, packet: bytes, peer: Peer) -> bool:
        if peer.kind == "udp":
            return self._udp.send(packet, peer)
        client = self._clients.get(peer)
        return client is not None and client.send(packet)

    def _close_sockets(self) -> None:
        self._feedback.close()
        self._selector.close()
        for one in (*self._clients.values(), self._udp, self._listener, self._wake, self._woken):
            if one is not None:
                one.close()
        self._clients.clear()
