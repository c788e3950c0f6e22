"""OSC 1.0 on the wire: a packet to messages with their times, and messages to packets.

python-osc packs.  What comes in is read here, strict where python-osc is not, measured on 1.10.2: a bundle element of
size -4 hangs its parser for good, nesting ends in ``RecursionError``, a float that was cut off is read as 0.0, and
types that it does not know shift those behind them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pythonosc.osc_message_builder import OscMessageBuilder

from ....nodes.errors import MasterchainError

BUNDLE = b"#bundle\0"
DEEPEST = 16
"""Bundles may lie so deep in one another."""

DATAGRAM = 1400
"""A datagram is filled so far, in bytes: what is longer is cut in pieces on its way, and lost with any of them."""

AT_ONCE = struct.pack(">Q", 1)
NTP_EPOCH = 2208988800
"""Seconds from 1900, where time tags count from, to 1970."""

ERA = 2**32
_FIXED = {
    "i": struct.Struct(">i"), "f": struct.Struct(">f"), "h": struct.Struct(">q"), "d": struct.Struct(">d"),
    "c": struct.Struct(">i"), "t": struct.Struct(">Q"), "r": struct.Struct(">4s"), "m": struct.Struct(">4s"),
}  # fmt: skip
_BARE = {"T": True, "F": False, "N": None, "I": True}
_SIZE = struct.Struct(">i")
_TAG = struct.Struct(">II")


class Malformed(MasterchainError, ValueError):
    """A packet, or a pattern in it, that is not OSC."""


class Message(NamedTuple):
    """One message: ``at`` is the Unix time in s at which it is due, None: at once."""

    address: str
    arguments: tuple[Any, ...]
    at: float | None


def unpack(packet: bytes, now: float) -> list[Message]:
    """Return the messages of ``packet``, bundles in bundles opened, in their order; raise ``Malformed``.

    A time tag that says "immediately" or lies before ``now``, a Unix time in s, gives None.  Any fault anywhere refuses
    the whole packet: what is due together is done together or not at all.
    """
    messages: list[Message] = []
    try:
        _open(packet, None, now, 0, messages)
    except (struct.error, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from None
    return messages


def pack(address: str, *values: bool | int | float | str) -> bytes:
    """Return the message of ``values``: T or F, i (h beyond 32 bits), f, s."""
    message = OscMessageBuilder(address)
    for value in values:
        if isinstance(value, str):
            message.add_arg(value.replace("\0", "").encode(errors="replace").decode(), "s")
        elif isinstance(value, bool):
            message.add_arg(value, "T" if value else "F")
        elif isinstance(value, int):
            message.add_arg(value, "i" if -(2**31) <= value < 2**31 else "h")
        else:
            message.add_arg(value, "f")
    return message.build().dgram


def pack_together(messages: Iterable[bytes]) -> bytes:
    """Return one bundle of ``messages``, due at once."""
    return b"".join((BUNDLE, AT_ONCE, *(_SIZE.pack(len(message)) + message for message in messages)))


def datagrams(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Yield ``messages`` in bundles that fit into datagrams; one alone stays bare."""
    waiting: list[bytes] = []
    size = 16
    for message in messages:
        if waiting and size + 4 + len(message) > DATAGRAM:
            yield _few(waiting)
            waiting, size = [], 16
        waiting.append(message)
        size += 4 + len(message)
    if waiting:
        yield _few(waiting)


def unix_time(tag: bytes, now: float) -> float | None:
    """Return the Unix time in s of an 8-byte time ``tag``, None for "immediately" (and for 0, which some send).

    The seconds of a tag wrap in 2036; of the eras the one is meant that comes closest to ``now``.
    """
    seconds, fraction = _TAG.unpack(tag)
    if seconds == 0 and fraction <= 1:
        return None
    unix = seconds - NTP_EPOCH
    return float(unix + ERA * round((now - unix) / ERA) + fraction / ERA)


def _open(packet: bytes, at: float | None, now: float, depth: int, messages: list[Message]) -> None:
    if packet.startswith(b"/"):
        messages.append(Message(*_message(packet), at if at is not None and at > now else None))
        return
    if not packet.startswith(BUNDLE) or len(packet) < 16:
        raise Malformed("neither a message nor a bundle")
    if depth >= DEEPEST:
        raise Malformed(f"bundles lie more than {DEEPEST} deep")
    due = unix_time(packet[8:16], now)
    due = at if due is None else due if at is None else max(at, due)  # no part comes before its whole
    place = 16
    while place < len(packet):
        (size,) = _SIZE.unpack_from(packet, place)
        place += 4
        if size <= 0 or size % 4 or place + size > len(packet):
            raise Malformed(f"a bundle has an element of {size} bytes")
        _open(packet[place : place + size], due, now, depth + 1, messages)
        place += size


def _message(packet: bytes) -> tuple[str, tuple[Any, ...]]:
    if len(packet) % 4:
        raise Malformed("the length is no multiple of 4")
    address, place = _string(packet, 0)
    if not address.isascii() or not address.isprintable():
        raise Malformed("the address is not of printable ASCII characters")
    if place == len(packet):
        return address, ()  # old senders leave out the type tags where there are no arguments
    tags, place = _string(packet, place)
    if not tags.startswith(","):
        raise Malformed("no type tags follow the address")
    return address, _arguments(packet, place, tags[1:])


def _arguments(packet: bytes, place: int, tags: str) -> tuple[Any, ...]:
    values: list[Any] = []
    outer: list[list[Any]] = []
    for tag in tags:
        if tag in _FIXED:
            values.append(_FIXED[tag].unpack_from(packet, place)[0])
            place += _FIXED[tag].size
        elif tag in "sS":
            text, place = _string(packet, place)
            values.append(text)
        elif tag in _BARE:
            values.append(_BARE[tag])
        elif tag == "b":
            (size,) = _SIZE.unpack_from(packet, place)
            place += 4
            if size < 0:
                raise Malformed(f"a blob of {size} bytes")
            values.append(packet[place : place + size])
            place += size + -size % 4
        elif tag == "[":
            outer.append(values)
            values = []
        elif tag == "]" and outer:
            inner, values = values, outer.pop()
            values.append(inner)
        else:
            raise Malformed(f"the type tag {tag!r}")
    if outer or place != len(packet):
        raise Malformed("the arguments do not fill the packet as their type tags say")
    return tuple(values)


def _string(packet: bytes, place: int) -> tuple[str, int]:
    end = packet.find(b"\0", place)
    if end < 0:
        raise Malformed("a string without an end")
    return packet[place:end].decode(), end // 4 * 4 + 4


def _few(messages: list[bytes]) -> bytes:
    return messages[0] if len(messages) == 1 else pack_together(messages)
