"""The process of the engine: opens the sound system, builds the decks, then does nothing but play."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from ....nodes import Block, Spec
from ...chains.chain import Chain
from ..devices.base import Backend, Device, DeviceError
from ..devices.opening import open_backend
from .deck import Deck
from .player import Player
from .pulse import EnginePulse
from .segment import Size
from .shared_memory import Shared

MAX_BLOCK = 8192
NICE = -11
GO, END = "go", "end"


@dataclass(frozen=True)
class Build:
    """What the engine is made of: ``factory`` returns a chain of the same structure every time."""

    factory: Callable[[], Chain]
    size: Size
    memory: str
    audition: bool
    whole: bool


@dataclass(frozen=True)
class Opened:
    """The sound system is there."""

    sample_rate: int
    period: int
    channels: int


@dataclass(frozen=True)
class Ready:
    """Everything is built and warm; ``latency`` in frames."""

    latency: int


@dataclass(frozen=True)
class Playing:
    """The sound system calls back from now on."""


@dataclass(frozen=True)
class Ended:
    """The engine is at its end: ``reason`` says why in a line, empty for having been told to."""

    reason: str


def run(line: Connection, device: Device) -> None:
    """Talk to the other process over ``line``: open, build, play, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process decides when it ends
    with contextlib.suppress(OSError, AttributeError):  # where the system lets it: before everything that can wait
        os.nice(NICE)
    backend: Backend | None = None
    reason = ""
    try:
        backend = open_backend(device)
        line.send(Opened(backend.sample_rate, backend.period, backend.channels))
        build = line.recv()
        if isinstance(build, Build):  # or it ended before it began
            reason = _play(line, backend, build) or ""
    except EOFError:
        pass  # the other process is gone
    except DeviceError as failed:
        reason = str(failed)
    try:
        line.send(Ended(reason))
        if backend is not None:
            backend.close()
    except (BrokenPipeError, OSError):
        pass


def _play(line: Connection, backend: Backend, build: Build) -> str | None:
    spec = Spec(backend.sample_rate, build.size.channels, MAX_BLOCK)
    shared = build.size.attach(build.memory)
    player = make_player(build, spec, shared)
    pulse = EnginePulse(player, shared, backend.sample_rate, build.whole)
    gc.collect()
    gc.freeze()
    gc.disable()
    line.send(Ready(player.latency))
    if line.recv() != GO:
        return None

    def ended(seconds: float) -> bool:
        return line.poll(seconds)

    def started() -> None:
        line.send(Playing())

    return backend.run(_in_pieces(pulse.render), pulse, player.latency, started, ended)


def make_player(build: Build, spec: Spec, shared: Shared) -> Player:
    """Return a player whose every kernel has run once, so that none is loaded while it plays."""
    _rehearse(build, spec)
    return _player(build, spec, shared)


def _player(build: Build, spec: Spec, shared: Shared) -> Player:
    decks = [Deck(build.factory(), spec) for _ in range(2 if build.audition else 1)]
    return Player(decks, spec, shared, build.audition)


def _rehearse(build: Build, spec: Spec) -> None:
    """Play a scene with all that can happen, on decks and memory of its own."""
    from .warm_up import rehearse

    rehearse(lambda shared: _player(build, spec, shared), build.size)


def _in_pieces(render: Callable[[Block], None]) -> Callable[[Block], None]:
    """Return ``render`` for blocks of any length."""

    def pieces(block: Block) -> None:
        if block.shape[1] <= MAX_BLOCK:
            render(block)
            return
        for start in range(0, block.shape[1], MAX_BLOCK):
            part = np.ascontiguousarray(block[:, start : start + MAX_BLOCK])
            render(part)
            block[:, start : start + MAX_BLOCK] = part

    return pieces
