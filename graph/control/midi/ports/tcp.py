"""MIDI over TCP, raw bytes as ``mido.sockets`` sends them: for controllers on other machines, and programs."""

from __future__ import annotations

import logging
import select
import socket
import threading
import time

from ..bindings.controller import Controller, Counts
from ..bindings.desk import Desk
from .line import LineStatus, added, guarded, serve

MOST = 16
"""So many may be connected; who comes on top is sent away."""

WAIT_S = 0.01
LONGEST_BACKLOG = 65536

log = logging.getLogger(__name__)


class TcpLink:
    """The line over a connected ``peer``, which never makes us wait: one that does not read is let go."""

    def __init__(self, peer: socket.socket, name: str) -> None:
        self.name, self._peer = name, peer
        self._backlog = b""
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self) -> bytes:
        """Return what has come; raises ``OSError`` when the other side is gone."""
        self._push()
        if not select.select([self._peer], [], [], WAIT_S)[0]:
            return b""
        data = self._peer.recv(4096)
        if not data:
            raise ConnectionResetError(f"{self.name} has gone")
        return data

    def send(self, data: bytes) -> None:
        """Send ``data`` as soon as the other side takes it; raises ``OSError`` when too much waits."""
        self._backlog += data
        if len(self._backlog) > LONGEST_BACKLOG:
            raise ConnectionAbortedError(f"{self.name} does not read what it is sent")
        self._push()

    def alive(self) -> bool:
        """Return True: reading tells when it is gone."""
        return True

    def close(self) -> None:
        """Hang up."""
        self._peer.close()

    def _push(self) -> None:
        if self._backlog:
            try:
                self._backlog = self._backlog[self._peer.send(self._backlog) :]
            except BlockingIOError:
                return


class TcpServer:
    """Takes controllers at ``host`` and ``port`` (0: any free one) onto ``desk``, each in a thread of its own.

    Raises ``OSError`` with one line if the port cannot be had.
    """

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        try:
            self._socket = socket.create_server((host, port))
        except (OSError, OverflowError) as failed:
            raise OSError(f"MIDI at {host}, port {port}: {failed}") from None
        self.port: int = self._socket.getsockname()[1]
        self.name = f"tcp:{host}:{self.port}"
        self._desk, self._stop, self._lock = desk, threading.Event(), threading.Lock()
        self._before, self._trouble = Counts(), ""
        self._surfaces: dict[threading.Thread, Controller] = {}
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        """Begin to take connections."""
        self._thread.start()

    def close(self) -> None:
        """Hang up on all."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        for thread in tuple(self._surfaces):
            thread.join()

    def status(self) -> LineStatus:
        """Return how all connections together stand."""
        with self._lock:
            surfaces, counts = list(self._surfaces.values()), self._before
        for surface in surfaces:
            counts = added(counts, surface.counts)
        device = f"{len(surfaces)} connected" if surfaces else None
        trouble = next((surface.refusal for surface in surfaces if surface.refusal), self._trouble)
        now = time.monotonic()
        tempos = [tempo for surface in surfaces if (tempo := surface.transport.clock.tempo(now)) is not None]
        return LineStatus(self.name, device, counts, trouble, tempos[0] if tempos else None)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                peer, (host, port) = self._socket.accept()
            except TimeoutError:
                continue
            except OSError as failed:
                self._trouble = str(failed)
                self._stop.wait(0.2)
                continue
            if len(self._surfaces) >= MOST:
                self._trouble = f"{host} was sent away: {MOST} are connected already"
                peer.close()
                continue
            link = TcpLink(peer, f"tcp {host}:{port}")
            thread = threading.Thread(target=self._serve, args=(link,), name=link.name, daemon=True)
            with self._lock:
                self._surfaces[thread] = Controller(self._desk)
            thread.start()

    def _serve(self, link: TcpLink) -> None:
        surface = self._surfaces[threading.current_thread()]
        try:
            serve(link, surface, self._stop)
        except OSError as gone:
            log.info("MIDI: %s", gone)
        except Exception as failed:
            self._trouble = str(failed)
            log.exception("MIDI: %s failed", link.name)
        finally:
            with self._lock:
                del self._surfaces[threading.current_thread()]
                self._before = added(self._before, surface.counts)
            surface.close()
            guarded(link.close)
