"""Sound systems: what the engine is told of them, and what it asks of their backends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ....nodes import Block
from ....nodes.errors import MasterchainError

Render = Callable[[Block], None]
"""Fills, or changes, a block ``(channels, frames)`` in place; what sound systems call back."""


class DeviceError(MasterchainError, RuntimeError):
    """A sound system that is not there or does not play: one line that says what would help."""


@dataclass(frozen=True)
class NullDevice:
    """No sound system: a clock alone.

    ``paced`` keeps to ``sample_rate`` in Hz, otherwise it goes as fast as the track is read and the sound taken; it
    ends after ``frames``, None for never.
    """

    sample_rate: int = 48000
    period: int = 256
    channels: int = 2
    paced: bool = True
    frames: int | None = None


@dataclass(frozen=True)
class JackDevice:
    """The JACK server called ``server`` (None: the default one), as a client called ``client``.

    ``inputs`` and ``outputs`` are the ports of others, names or regular expressions, that are connected at the start;
    ``transport`` follows the server's transport.
    """

    client: str = "masterchain"
    server: str | None = None
    channels: int = 2
    insert: bool = True
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    transport: bool = False


@dataclass(frozen=True)
class PortAudioDevice:
    """A sound card, by PortAudio: ``name`` or part of it, None for the default; None of the others leaves it to it."""

    name: str | None = None
    sample_rate: int | None = None
    period: int = 256
    channels: int = 2
    insert: bool = False


Device = NullDevice | JackDevice | PortAudioDevice


class Pulse(Protocol):
    """What a backend tells, and may ask, between two blocks; nothing of it waits."""

    def begin(self, clocked: bool = False) -> None:
        """Note that a callback begins; ``clocked``: that a sound system waits for its end."""

    def finish(self, frames: int) -> None:
        """Note that it ends, with so many ``frames`` done."""

    def xrun(self) -> None:
        """Note a gap that the sound system reports."""

    def hungry(self, frames: int) -> bool:
        """Say whether ``frames`` cannot be had or taken yet, by one who can wait."""

    def roll(self, playing: bool, frame: int) -> None:
        """Note what the transport of the sound system does."""


class Backend(Protocol):
    """A sound system that is open."""

    sample_rate: int
    period: int
    channels: int

    def run(
        self, render: Render, pulse: Pulse, latency: int, started: Callable[[], None],
        ended: Callable[[float], bool],
    ) -> str | None:  # fmt: skip
        """Play until ``ended(seconds)``, which waits so long, says so; return why it ended by itself, or None.

        ``started`` is told once it plays.  Raises ``DeviceError`` where it cannot.
        """

    def close(self) -> None:
        """Let go of the sound system."""
