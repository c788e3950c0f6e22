"""What auditions and inserts share: an engine that runs, is watched, and starts again when the sound system is back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from ...chains.chain import Chain
from ...control import Console
from ...control.console.readings import Readings
from ..devices.base import Device, DeviceError
from ..engine import segment as m
from ..engine.host import Engine
from ..engine.realtime import REFUSED
from .metering import Hear, Metering
from .values import LiveValues

WATCH_S, AGAIN_S = 0.25, 1.0


class Running:
    """Runs chains of ``factory`` on ``device``; a context manager.

    ``console`` moves everything, ``values`` are the parameters of the chain, ``recorder`` gets every block that comes
    out.  Entering raises ``DeviceError``; later it is said on the console when the sound system goes, and it is tried
    again until it is back.
    """

    console: Console
    _pace_s = WATCH_S

    def __init__(self, device: Device, factory: Callable[[], Chain], audition: bool, recorder: Hear | None) -> None:
        self._device, self._factory, self._audition, self._recorder = device, factory, audition, recorder
        self._closed = threading.Event()
        self._failure: str | None = None
        self._anew: str | None = None
        self._moving = threading.RLock()
        self._engine: Engine | None = None
        self._metering: Metering | None = None
        self._told_urgency = False
        self.values = LiveValues(factory(), self._send)
        self._watch = threading.Thread(target=self._look_after, name="look-after", daemon=True)

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._close_all()
            raise
        self._watch.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._closed.set()
        if self._watch.is_alive():
            self._watch.join()
        if hasattr(self, "console"):
            self.console.close()
        self._close_all()

    @property
    def engine(self) -> Engine:
        """The engine that runs now."""
        assert self._engine is not None
        return self._engine

    @property
    def ended(self) -> str | None:
        """Why the engine is at its end, None while it runs."""
        return self._failure or (self._engine.ended if self._engine is not None else None)

    @property
    def closed(self) -> threading.Event:
        """Set once it is over."""
        return self._closed

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, at most ``seconds``; say whether it is."""
        return self._closed.wait(seconds)

    def readings(self) -> Readings:
        """Return what the meters say now."""
        return self._metering.readings() if self._metering is not None else Readings()

    def _begin(self) -> None:
        """Build the engine, which is open, and hand it what it begins with."""
        raise NotImplementedError

    def _follow(self) -> None:
        """Look after what goes on; called a few times a second."""

    def _close_parts(self) -> None:
        """Let go of what belongs to this run of the engine, beside the engine itself."""

    def _open(self) -> None:
        self._engine = Engine(self._device, self._factory, audition=self._audition).open()
        self._begin()
        self._metering = Metering(self._engine, self._recorder, self._say)
        self._metering.start()
        self._engine.go()

    def _close_all(self) -> None:
        """End this run: first the engine, then the meters, which read what is left, then the memory."""
        self._close_parts()
        if self._engine is not None:
            self._engine.stop()
            if self._metering is not None:
                self._metering.close()
            self._engine.close()

    def _say(self, text: str) -> None:
        self.console.say(text)

    def _send(self, changes: Sequence[tuple[int, float]], frame: int | None) -> None:
        """Have the engine that runs now, if there is one, set the parameters of these indices."""
        if self._engine is not None:
            self._engine.commands([(m.SET, float(index), stored) for index, stored in changes], frame)

    def _weigh(self, weights: tuple[float, float], level: float, frame: int | None) -> None:
        """Have the master at the factor ``level``, it and the original at ``weights``, heard from ``frame`` on."""
        wet, dry = weights
        rows = [(m.LISTEN, float(m.LEVEL), level), (m.LISTEN, float(m.WET), wet), (m.LISTEN, float(m.DRY), dry)]
        if self._engine is not None:
            self._engine.commands(rows, frame)

    def _tell_moved(self, paths: Iterable[str]) -> None:
        """Tell the controllers what moved at ``paths`` without them."""
        for path in paths:
            if path in self.console.controls:
                self.console.note(path, self.values[path], self)

    def _look_after(self) -> None:
        while not self._closed.wait(self._pace_s):
            try:
                self._look()
            except Exception as failed:
                if self._closed.is_set():
                    return
                self._failure = f"it cannot go on: {failed}"
                self.console.say(self._failure)
                self._closed.set()

    def _look(self) -> None:
        if self.ended == "done":
            self._closed.set()
        elif self.ended is not None:
            self._come_back(self.ended)
        elif self._anew is not None:
            self._begin_anew()
        else:
            self._tell_urgency()
            self._follow()

    def _tell_urgency(self) -> None:
        """Say it, once, when the audio thread has to queue with all others: then gaps are to be expected."""
        if not self._told_urgency and self.engine.status().urgency == REFUSED:
            self._told_urgency = True
            self.console.say("no real-time scheduling is granted: gaps may come; see limits.conf, rtprio")

    def _begin_anew(self) -> None:
        """Take the engine down and build another, if that is still wanted; the sound goes on where it was."""
        with self._moving:
            reason, self._anew = self._anew, None
            if reason is None:
                return
            self.console.say(f"{reason}: the engine begins anew")
            self._follow()
            self._close_all()
            try:
                self._open()
                return
            except DeviceError as gone:
                failure = str(gone)
                self._close_all()
        self._come_back(failure)

    def _come_back(self, reason: str) -> None:
        """Try again until the sound system is back, or all is closed."""
        self.console.say(f"{reason or 'the engine ended'}; waiting for it to come back")
        with self._moving:
            self._close_all()
        while not self._closed.wait(AGAIN_S):
            try:
                with self._moving:
                    self._open()
                self.console.say("the sound is back")
                return
            except DeviceError:
                self._close_all()
