"""The console: all that can be controlled, what it stands at, and who is told when it moves."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from .controls import Action, Control, ControlError
from .paths import dotted
from .readings import Readings
from .scheduler import Scheduler
from .snapshots import Snapshots

Listener = Callable[[Control, float, object], None]
"""Called with the control, its new stored value, and who moved it."""

AHEAD_S = 0.05
"""What is due at a time is handed on so long before, with its frame, so that it holds from that frame on."""

log = logging.getLogger(__name__)


class Console:
    """Controls and actions by path, for any number of controllers in any threads.

    A path that a user gives may be spelt with slashes, as in OSC; everything that comes back has dots.

    ``clock`` turns a Unix time in seconds into a frame of the stream, None while there is no stream; ``meter`` returns
    the newest readings.  A controller that moves something passes itself as ``by``; listeners get it, so that nothing
    is echoed to where it came from.  Values are *stored* floats, as nodes hold them.

    Nothing is waited for under its locks: what a control moves says at once when it cannot (``Apply``), and listeners
    are told in the order of the moves by one thread at a time, which holds none.
    """

    def __init__(
        self,
        controls: Iterable[tuple[Control, float]] = (),
        actions: Iterable[Action] = (),
        clock: Callable[[float], int | None] = lambda seconds: None,
        meter: Callable[[], Readings] = Readings,
    ) -> None:
        self.controls: dict[str, Control] = {}
        self.actions: dict[str, Action] = {}
        self.clock, self.meter = clock, meter
        self._values: dict[str, float] = {}  # of the controls whose value nobody else owns
        self._listeners: list[Callable[..., None]] = []
        self._readers: list[Callable[..., None]] = []
        self._lock, self._moves = threading.Lock(), threading.RLock()
        self._mover: int | None = None
        self._untold: deque[tuple[Control, float, object]] = deque()
        self._telling = threading.Lock()
        self._later = Scheduler()
        self.snapshots = Snapshots(self)
        for control, stored in controls:
            self.add(control, stored)
        for action in (*actions, *self.snapshots.actions()):
            self.actions[action.path] = action

    def add(self, control: Control, stored: float = 0.0) -> None:
        """Add ``control``, which stands at ``stored`` unless it is read."""
        self.controls[control.path] = control
        if control.read is None:
            self._values[control.path] = stored

    def control(self, path: str) -> Control:
        """Return the control at ``path``, or raise ``ControlError``."""
        control = self.controls.get(path) or self.controls.get(dotted(path))
        if control is None:
            raise ControlError(f"there is no control {path!r}; ask for the list")
        return control

    def action(self, path: str) -> Action:
        """Return the action at ``path``, or raise ``ControlError``."""
        action = self.actions.get(path) or self.actions.get(dotted(path))
        if action is None:
            raise ControlError(f"there is no action {path!r}; there are {', '.join(self.actions)}")
        return action

    def stored(self, path: str) -> float:
        """Return where the control at ``path`` stands."""
        control = self.control(path)
        return self._values[control.path] if control.read is None else control.read()

    def plain(self, path: str) -> Any:
        """Return where the control at ``path`` stands, as a user sees it: number, bool or name."""
        control = self.control(path)
        return control.declared.plain(self.stored(control.path))

    def unit(self, path: str) -> float:
        """Return the knob position 0-1 of the control at ``path``."""
        declared = self.control(path).declared
        return min(1.0, max(0.0, declared.to_unit(self.stored(path)))) if declared.hi > declared.lo else 0.0

    def text(self, path: str) -> str:
        """Return what a display shows for the control at ``path``."""
        return self.control(path).text(self.stored(path))

    def set(self, path: str, value: Any, *, by: object = None, at: float | None = None) -> None:
        """Move the control at ``path`` to ``value``, at the Unix time ``at`` in seconds or at once.

        The value is plain, as a user says it (number, bool, name), or the float that is stored; nothing else is handed
        on.
        Raises ``ControlError`` or ``ParamError``, at once in any case, and moves nothing then.
        """
        control = self.control(path)
        self._move(control, control.declared.check(value), by, at)

    def set_unit(self, path: str, position: float, *, by: object = None, at: float | None = None) -> None:
        """Move the control at ``path`` to the knob ``position``, 0-1; beyond is as far as it goes."""
        control = self.control(path)
        if not isinstance(position, (int, float)) or position != position:
            raise ControlError(f"{path} to {position!r} of its knob's way: must be a number 0..1")
        self._move(control, control.declared.check(control.declared.from_unit(float(position))), by, at)

    def do(self, path: str, *given: Any, at: float | None = None) -> str | None:
        """Run the action at ``path``, at the Unix time ``at`` or at once; return its word.

        Raises ``ControlError`` and what the action raises.
        """
        action = self.action(path)
        arguments = action.checked(given)
        if at is not None and at > time.time():
            self._later.at(at, lambda: action.run(*arguments))
            return None
        return action.run(*arguments)

    def note(self, path: str, stored: float, by: object = None) -> None:
        """Note that the control at ``path`` now stands at ``stored``, moved by other means, and tell the listeners."""
        self._put(self.control(path), stored, by)
        self._tell()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` of every move from now on; return what ends that."""
        return self._added(self._listeners, listener)

    def say(self, text: str) -> None:
        """Tell ``text``, a line, to whoever reads: the outcome of what took a while, a warning."""
        log.info(text)
        with self._lock:
            readers = tuple(self._readers)
        for reader in readers:
            reader(text)

    def read(self, reader: Callable[[str], None]) -> Callable[[], None]:
        """Have ``reader`` told every line that is said from now on; return what ends that."""
        return self._added(self._readers, reader)

    def values(self) -> dict[str, float]:
        """Return where everything stands, by path."""
        return {path: self.stored(path) for path in tuple(self.controls)}

    def close(self) -> None:
        """Stop what is still to come."""
        self.snapshots.stop()
        self._later.close()

    def _added(self, to: list[Callable[..., None]], one: Callable[..., None]) -> Callable[[], None]:
        """Put ``one`` among those who are told; return what takes it out again."""
        with self._lock:
            to.append(one)

        def end() -> None:
            with self._lock:
                if one in to:
                    to.remove(one)

        return end

    def _move(self, control: Control, stored: float, by: object, at: float | None) -> None:
        if not control.declared.live:
            raise ControlError(f"{control.path} cannot be moved while it runs: it changes latency")
        wait = 0.0 if at is None else at - time.time()
        if at is None or wait <= (AHEAD_S if control.timed else 0.0):
            self._apply(control, stored, by, at)
        else:
            early = AHEAD_S if control.timed else 0.0
            self._later.at(at - early, lambda: self._apply(control, stored, by, at))

    def _apply(self, control: Control, stored: float, by: object, at: float | None) -> None:
        frame = None if at is None else self.clock(at)
        with self._moves:  # two controllers must not leave it here at one value and there at another
            outer, self._mover = self._mover, threading.get_ident()
            try:
                control.apply(stored, frame)
                self._put(control, stored, by)
            finally:
                self._mover = outer
        self._tell()

    def _put(self, control: Control, stored: float, by: object) -> None:
        """Keep ``stored``, unless somebody else owns it, and have it told."""
        if control.read is None:
            self._values[control.path] = stored
        self._untold.append((control, stored, by))

    def _tell(self) -> None:
        """Tell the listeners what they have not been told, in the order of the moves.

        One thread at a time does so, and holds no lock that another one waits for: who finds it at work leaves his move
        to it.  Who is still moving something tells when he has.
        """
        while self._untold and self._mover != threading.get_ident() and self._telling.acquire(blocking=False):
            try:
                while self._untold:
                    self._tell_one(*self._untold.popleft())
            finally:
                self._telling.release()

    def _tell_one(self, control: Control, stored: float, by: object) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(control, stored, by)
            except Exception:
                log.exception("a listener of %s failed", control.path)
