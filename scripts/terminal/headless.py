"""The view of a machine without a screen: a line of plain text a second, or only when something happens."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue
from types import FrameType
from typing import TextIO

from ...graph.control import Console, Control
from .glyphs import clock, number
from .view import SHOWN_ELSEWHERE, ConsoleView

EVERY_S = 1.0
MOST_NAMED = 6
"""So many moved controls are named on a line; a flood is counted."""

TOLD_APART = ("profile", "play", "loop", "bypass", "delta", "matched")
"""The switches that a status line shows anyway."""


def run_headless(
    console: Console,
    *,
    title: str = "",
    length_s: float | None = None,
    target_lufs: float | None = None,
    every_s: float = EVERY_S,
    only_changes: bool = False,
    out: TextIO | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Print how ``console`` does, every ``every_s`` seconds, until SIGINT or SIGTERM comes or ``stop`` is set.

    With ``only_changes`` a line comes when something was moved, the peaks went over the ceiling, or the sound had a
    gap.  Lines are plain ASCII on ``out``, standard output by default; when nobody reads them any more it ends, too.
    """
    ended = stop or threading.Event()
    journal = Journal(ConsoleView(console, title, length_s, target_lufs), out or sys.stdout)
    try:
        with _signals(ended), contextlib.suppress(BrokenPipeError):
            journal.begin()
            while not ended.wait(every_s):
                journal.look(only_changes)
            journal.write("end")
    finally:
        journal.close()


class Journal:
    """Writes lines on ``out`` of what happens at a ``desk``; controllers may move things in any thread meanwhile."""

    def __init__(self, desk: ConsoleView, out: TextIO) -> None:
        self._desk, self._out = desk, out
        self._moved: dict[str, None] = {}
        self._lock = threading.Lock()
        self._seen = (0, 0, 0)
        self._end = desk.console.listen(self._note)

    def close(self) -> None:
        """Listen no more."""
        self._end()
        self._desk.close()

    def begin(self) -> None:
        """Write what is played, and look once."""
        desk = self._desk
        desk.look()
        self._seen = self._trouble()
        length = f", {clock(desk.length_s)}" if desk.length_s else ""
        target = f", target {number(desk.target_lufs)} LUFS" if desk.target_lufs is not None else ""
        self.write(f"begin {_plain(desk.title) or 'live input'}{length}{target}")

    def look(self, only_changes: bool) -> None:
        """Take the newest readings; write what was moved, what went wrong and, unless ``only_changes``, how it is."""
        try:
            self._desk.look()
        except Exception as refused:
            self.write(f"no readings: {_plain(str(refused))}")
            return
        while self._desk.told:
            self.write(_plain(self._desk.told.popleft()))
        moved = self._taken()
        if moved:
            self.write(f"moved {moved}")
        trouble = self._trouble()
        if not only_changes or any(now > before for now, before in zip(trouble, self._seen, strict=True)):
            self.write(self.status())
        self._seen = trouble

    def status(self) -> str:
        """Return how it is, on one line."""
        desk, r = self._desk, self._desk.readings
        parts = []
        if desk.has("play"):
            length = f"/{clock(desk.length_s, tenths=False)}" if desk.length_s else ""
            parts.append(f"{'play' if desk.on('play') else 'pause'} {clock(r.position_s)}{length}")
        if desk.has("profile"):
            parts.append(f"profile {desk.console.plain('profile')}")
        parts += [name for name in ("loop", "bypass", "delta", "matched") if desk.on(name)]
        parts += [
            f"M {number(r.momentary_lufs)} S {number(r.short_term_lufs)} I {number(r.integrated_lufs)} LUFS",
            f"TP {number(r.true_peak_dbtp, 2)} dBTP" + (f" (over the ceiling {desk.overs}x)" if desk.overs else ""),
            f"GR {number(r.gain_reduction_db)} dB",
            f"load {100.0 * r.load:.0f}% over {r.over} xruns {r.xruns}",
        ]
        parts += [f"refused {r.refused}"] * bool(r.refused)
        return "  ".join(parts)

    def write(self, line: str) -> None:
        """Write ``line`` behind the time of day."""
        print(time.strftime("%H:%M:%S"), line, file=self._out, flush=True)

    def _note(self, control: Control, stored: float, by: object) -> None:
        """Remember that ``control`` moved: its newest value is what counts."""
        if control.path not in SHOWN_ELSEWHERE or control.path in TOLD_APART:
            with self._lock:
                self._moved[control.path] = None

    def _taken(self) -> str:
        """Return what moved since the last time, with where it stands now."""
        with self._lock:
            paths, self._moved = list(self._moved), {}
        named = ", ".join(f"{path} = {_plain(self._desk.console.text(path))}" for path in paths[:MOST_NAMED])
        return named + (f", and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else "")

    def _trouble(self) -> tuple[int, int, int]:
        return self._desk.overs, self._desk.readings.over, self._desk.readings.xruns


def _plain(text: str) -> str:
    """Return ``text`` on one line, in ASCII: logs and serial consoles know no more."""
    return " ".join(text.split()).encode("ascii", "replace").decode()


@contextlib.contextmanager
def _signals(ended: threading.Event) -> Iterator[None]:
    """Set ``ended`` when SIGINT or SIGTERM comes; in a thread that gets no signals, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # A handler may interrupt whoever waits for the event, who then holds its lock: it must not touch it itself.
    came: SimpleQueue[bool] = SimpleQueue()

    def heed() -> None:
        if came.get():
            ended.set()

    def end(number: int, frame: FrameType | None) -> None:
        came.put(True)

    before = {one: signal.signal(one, end) for one in (signal.SIGINT, signal.SIGTERM)}
    heeds = threading.Thread(target=heed, name="signals", daemon=True)
    heeds.start()
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        came.put(False)
        heeds.join()
