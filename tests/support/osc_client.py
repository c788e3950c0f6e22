"""An OSC client made by hand of structs and sockets; python-osc, which is not ours either, reads what comes back."""

from __future__ import annotations

import os
import random
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from masterchain.graph import profile_chain
from masterchain.graph.control import Action, Console, Control, chain_controls, named
from masterchain.nodes.params import Choice, Param
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

NTP = 2208988800
Came = tuple[str, list[Any]]


def text(value: str) -> bytes:
    raw = value.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def message(address: str, tags: str = "", *values: Any) -> bytes:
    """Return a message; ``tags`` of struct's sizes: i f d h, s, and T F N I without a value."""
    body, left = b"", list(values)
    for tag in tags:
        if tag == "s":
            body += text(left.pop(0))
        elif tag in "ifdh":
            body += struct.pack({"i": ">i", "f": ">f", "d": ">d", "h": ">q"}[tag], left.pop(0))
    return text(address) + text(f",{tags}") + body


def bundle(tag: int, *parts: bytes) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def tag_of(unix: float) -> int:
    return int((unix + NTP) * 2**32)


def opened(packet: bytes) -> Iterator[Came]:
    if packet.startswith(b"#bundle"):
        for part in OscBundle(packet):
            yield from opened(part.dgram)
    else:
        came = OscMessage(packet)
        yield came.address, came.params


class Client:
    """A UDP socket that speaks OSC to ``port`` of this machine; a context manager.

    Meanwhile the thread stays on one CPU: datagrams that leave from two may overtake each other on a busy machine.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.port: int = self.socket.getsockname()[1]
        self.server = ("127.0.0.1", port)

    def __enter__(self) -> Client:
        if sys.platform == "linux":
            self.cpus = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {random.choice(sorted(self.cpus))})
        return self

    def __exit__(self, *_: object) -> None:
        if sys.platform == "linux":
            os.sched_setaffinity(0, self.cpus)
        self.socket.close()

    def send(self, address: str, tags: str = "", *values: Any) -> None:
        self.raw(message(address, tags, *values))

    def raw(self, packet: bytes) -> None:
        self.socket.sendto(packet, self.server)

    def packets(self, seconds: float, until: Callable[[bytes], bool] = lambda packet: False) -> list[bytes]:
        """Return what comes within ``seconds``, or up to the packet ``until`` which."""
        came: list[bytes] = []
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.socket], [], [], left)[0]:
            came.append(self.socket.recv(65535))
            if until(came[-1]):
                break
        return came

    def answers(self, seconds: float = 2.0, last: str | None = None) -> list[Came]:
        """Return the messages that come, up to one at the address ``last`` (None: up to the first packet)."""

        def done(packet: bytes) -> bool:
            return last is None or any(address == last for address, _ in opened(packet))

        return [one for packet in self.packets(seconds, done) for one in opened(packet)]

    def sync(self) -> list[Came]:
        """Return what came before the answer to a question, so that all that was sent before has been done."""
        self.send("/masterchain/intensity")
        return self.answers(5.0, "/masterchain/intensity")


class Desk:
    """A console without an engine, and what was moved and done on it."""

    def __init__(self, clock: Callable[[float], int | None] = lambda seconds: None) -> None:
        self.moved: list[tuple[str, float, int | None]] = []
        self.done: list[tuple[Any, ...]] = []
        chain = profile_chain("i", live=True)
        paths = [path for path, _, _ in chain.paths()]
        controls = chain_controls(chain, lambda i, stored, frame: self.moved.append((paths[i], stored, frame)))
        self.console = Console(controls, self.actions(), clock=clock)
        self.add("profile", Choice("i", tuple("abcdefghijklmn"), doc="The sound."), 8.0)
        self.add("intensity", Param(100.0, 0.0, 100.0, unit="%", doc="Of the whole."), 100.0)

    def add(self, path: str, declared: Any, stored: float) -> None:
        def apply(value: float, frame: int | None) -> None:
            self.moved.append((path, value, frame))

        self.console.add(Control(path, named(path, declared), apply), stored)

    def actions(self) -> list[Action]:
        def note(name: str) -> Callable[..., str]:
            def run(*values: Any) -> str:
                self.done.append((name, *values))
                return f"{name} done"

            return run

        return [
            Action("stop", (), "Stop.", note("stop")),
            Action("seek", (("seconds", float),), "Go there.", note("seek")),
            Action("render", (("path", str),), "Make the file.", note("render"), optional=1),
            Action("save", (("path", str),), "Keep the settings.", note("save")),
        ]
