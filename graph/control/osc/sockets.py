"""The sockets of OSC: datagrams by UDP, and packets behind their size by TCP, all for one thread."""

from __future__ import annotations

import logging
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from ..console.controls import ControlError

BURST = 256
"""So many datagrams are taken before others get their turn."""

LARGEST = 65536
"""Bytes of a packet by TCP."""

UNSENT = 1 << 20
"""Bytes that may wait for a TCP client that does not read; then it is left."""

KERNEL_UNSENT = 1 << 16
"""Bytes that the system may hold for a TCP client besides; left to itself it takes some megabytes."""

CLIENTS = 32
_SIZE = struct.Struct(">i")
_ERRORS = {socket.AF_INET: (0, 11), socket.AF_INET6: (41, 25)}
"""IP_RECVERR and IPV6_RECVERR of Linux, which the socket module does not name: who refused a datagram is told."""

_ERROR_QUEUE = 0x2000

log = logging.getLogger(__name__)


class Peer(NamedTuple):
    """Who sent or gets packets: the ``address`` of its socket, as the socket module has it."""

    kind: Literal["udp", "tcp"]
    address: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def at_port(self, port: int) -> Peer:
        """Return the UDP peer at ``port`` of the same host."""
        return Peer("udp", (self.address[0], port, *self.address[2:]))


def resolve(host: str, port: int, family: int = 0) -> tuple[int, tuple[Any, ...]]:
    """Return address family and socket address of ``host`` and ``port``, or raise ``ControlError``."""
    try:
        info = socket.getaddrinfo(host, port, family, socket.SOCK_DGRAM)[0]
    except (OSError, UnicodeError) as error:
        raise ControlError(f"OSC: {host!r} is no host: {error}") from None
    return info[0], info[4]


class Udp:
    """A bound UDP socket."""

    def __init__(self, host: str, port: int) -> None:
        self.family, address = resolve(host, port)
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        try:
            self.socket.bind(address)
        except OSError as error:
            self.socket.close()
            raise ControlError(f"OSC: {host} port {port} (UDP) cannot be had: {error.strerror}") from None
        self.socket.setblocking(False)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._tells = sys.platform == "linux" and self.family in _ERRORS
        if self._tells:
            level, option = _ERRORS[socket.AddressFamily(self.family)]
            self.socket.setsockopt(level, option, 1)
        self.port: int = self.socket.getsockname()[1]

    def receive(self) -> Iterator[tuple[bytes, Peer]]:
        """Yield what has come, up to ``BURST`` datagrams."""
        for _ in range(BURST):
            try:
                packet, address = self.socket.recvfrom(65535)
            except BlockingIOError:
                return
            except OSError:  # one that was sent before was refused; nothing is wrong with the socket
                continue
            yield packet, Peer("udp", address)

    def refused(self) -> Iterator[Peer]:
        """Yield those where nobody listens any more, by what their hosts answered; Linux only."""
        while self._tells:
            try:
                _, _, _, address = self.socket.recvmsg(64, 512, _ERROR_QUEUE)
            except OSError:
                return
            yield Peer("udp", address)

    def send(self, packet: bytes, peer: Peer) -> bool:
        """Send ``packet``; say whether it went out."""
        for _ in range(3):  # an error of what was sent before, to whomever, comes up here first
            try:
                self.socket.sendto(packet, peer.address)
                return True
            except ConnectionError:
                continue
            except OSError:
                return False
        return False

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


class TcpClient:
    """A connection: every packet, both ways, stands behind its size in 4 bytes."""

    def __init__(self, connection: socket.socket, address: tuple[Any, ...]) -> None:
        self.socket, self.peer = connection, Peer("tcp", address)
        self.socket.setblocking(False)
        with suppress(OSError):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_UNSENT)
        self._come, self._unsent = bytearray(), bytearray()
        self.open = True

    @property
    def waits(self) -> bool:
        """Say whether something is still to be sent."""
        return bool(self._unsent)

    def receive(self) -> Iterator[bytes]:
        """Yield the packets that are whole; ``open`` is false after the end, or after a size that cannot be."""
        try:
            come = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            come = b""
        if not come:
            self.open = False
        self._come += come
        while len(self._come) >= 4:
            (size,) = _SIZE.unpack_from(self._come)
            if not 0 < size <= LARGEST:
                self.open = False
                yield b""  # which is malformed, and counted as such
                return
            if len(self._come) < 4 + size:
                return
            packet = bytes(self._come[4 : 4 + size])
            del self._come[: 4 + size]
            yield packet

    def send(self, packet: bytes) -> bool:
        """Send ``packet`` as far as the other side reads; say whether it is on its way."""
        if not self.open or len(self._unsent) > UNSENT:
            self.open = False
            return False
        self._unsent += _SIZE.pack(len(packet)) + packet
        self.flush()
        return self.open

    def flush(self) -> None:
        """Send what waits, as far as the other side reads."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.open = False

    def close(self) -> None:
        """End the connection."""
        self.open = False
        self.socket.close()


def listener(udp: Udp, host: str) -> socket.socket | None:
    """Return a TCP socket that listens at the port of ``udp``, or None, said in the log, where another has it."""
    family, address = resolve(host, udp.port, udp.family)
    tcp = socket.socket(family, socket.SOCK_STREAM)
    try:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(address)
        tcp.listen(8)
    except OSError as error:
        tcp.close()
        log.warning("OSC: %s port %d (TCP) cannot be had, UDP alone is served: %s", host, udp.port, error.strerror)
        return None
    tcp.setblocking(False)
    return tcp
