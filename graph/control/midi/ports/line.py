"""A line to a controller: opened by name, served in a thread of its own, and opened again when it was gone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from ..bindings.controller import Controller, Counts
from ..bindings.desk import Desk

RETRY_S = 1.0
CHECK_S = 0.5

log = logging.getLogger(__name__)


class Link(Protocol):
    """An open line.  Its calls come from one thread; they raise ``OSError`` once it is gone."""

    name: str

    def read(self) -> bytes:
        """Return the bytes that have come; wait a few milliseconds if there are none."""

    def send(self, data: bytes) -> None:
        """Send the bytes of whole messages, waiting for nothing."""

    def alive(self) -> bool:
        """Say whether the controller is still there."""

    def close(self) -> None:
        """Let go of it."""


class Opener(Protocol):
    """Opens the controller of some name, over and over."""

    name: str

    def open(self) -> Link | None:
        """Return the line to it, None while it is not there; raises ``OSError`` saying why it cannot be."""

    def close(self) -> None:
        """Let go of what it holds between two lines."""


@dataclass(frozen=True)
class LineStatus:
    """How a line stands: what it was asked for, the ``device`` that is open or None, what came, the last ``trouble``,
    and the ``tempo`` of its MIDI clock in beats a minute, if one comes."""

    name: str
    device: str | None
    counts: Counts
    trouble: str
    tempo: float | None

    def __str__(self) -> str:
        return f"{self.name}: {self.device or self.trouble or 'not there yet'}"


def serve(link: Link, surface: Controller, stop: threading.Event) -> None:
    """Carry bytes between ``link`` and ``surface`` until ``stop``, or until the controller is gone."""
    checked = time.monotonic()
    while not stop.is_set():
        data, now = link.read(), time.monotonic()
        if data:
            surface.receive(data, now)
        for message in surface.due(now):
            link.send(bytes(message.bytes()))
        if now - checked > CHECK_S:
            checked = now
            if not link.alive():
                return


class Line:
    """Keeps the controller of ``opener`` open on ``desk``: looks for it every second, sees when it goes.

    What was counted is kept from one time to the next.  Nothing that happens here ends anything else.
    """

    def __init__(self, opener: Opener, desk: Desk) -> None:
        self._opener, self._desk = opener, desk
        self._stop = threading.Event()
        self._surface: Controller | None = None
        self._before = Counts()
        self._device: str | None = None
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name=f"midi {opener.name}", daemon=True)

    def start(self) -> None:
        """Begin to look for it."""
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def status(self) -> LineStatus:
        """Return how it stands."""
        surface = self._surface
        counts = self._before if surface is None else added(self._before, surface.counts)
        tempo = None if surface is None else surface.transport.clock.tempo(time.monotonic())
        trouble = self._trouble if surface is None else surface.refusal
        return LineStatus(self._opener.name, self._device, replace(counts), trouble, tempo)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                link = self._opener.open()
                if link is not None:
                    self._serve(link)
            except Exception as failed:
                self._note(failed)
            self._stop.wait(RETRY_S)
        guarded(self._opener.close)

    def _serve(self, link: Link) -> None:
        surface = Controller(self._desk)
        self._surface, self._device, self._trouble = surface, link.name, ""
        log.info("MIDI: %s is open", link.name)
        try:
            serve(link, surface, self._stop)
        finally:
            self._before = added(self._before, surface.counts)
            self._surface, self._device = None, None
            surface.close()
            guarded(link.close)
            log.info("MIDI: %s is closed", link.name)

    def _note(self, failed: Exception) -> None:
        """Say what is wrong, once for each time that it is something else."""
        trouble = str(failed) or type(failed).__name__
        if trouble != self._trouble:
            self._trouble = trouble
            unforeseen = None if isinstance(failed, OSError) else failed
            log.warning("MIDI %s: %s", self._opener.name, trouble, exc_info=unforeseen)


def added(one: Counts, other: Counts) -> Counts:
    """Return the sums."""
    return Counts(**{key: value + getattr(other, key) for key, value in vars(one).items()})


def guarded(close: Callable[[], None]) -> None:
    """Close what may be gone already."""
    try:
        close()
    except Exception as failed:
        log.debug("closing: %s", failed)
