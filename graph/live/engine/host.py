"""The engine as the other processes see it: started, told, watched, ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ....nodes import ToneCourse, WidthCourse
from ...chains.chain import Chain
from ...control import ControlError
from ..devices.base import Device, DeviceError, NullDevice
from . import rings as ring
from . import segment as m
from .process import END as LEAVE
from .process import GO, Build, Ended, Opened, Playing, Ready, run
from .segment import Size
from .shared_memory import Shared
from .spawning import alone, main_for, undisturbed
from .status import NOTHING, Status, read_status
from .tape import END, JUMP

NOWHERE = np.zeros(2, np.int64)
START_S, END_S = 120.0, 5.0
"""A first start may compile; an end that takes longer is no end."""


class Engine:
    """A chain against ``device``, in a process of its own; a context manager.

    ``open`` tells the rate, ``build`` builds chains of ``factory``, which may be another one until then, and ``go`` has
    it play.  Sound goes in by ``tape_room``, ``feed`` and ``mark`` (``audition``) or through the device, and comes back
    by ``taken``.  Any thread may command; one feeds, one takes.
    """

    def __init__(self, device: Device, factory: Callable[[], Chain], *, audition: bool) -> None:
        self._device, self.factory, self._audition = device, factory, audition
        self._lock = threading.Lock()
        self._ended: str | None = None
        self._process: Any = None
        self._shared: Shared | None = None
        self._watch: threading.Thread | None = None
        self._last, self._refused = NOTHING, 0
        self.sample_rate, self.period, self.channels, self.latency = 0, 0, 0, 0

    def open(self) -> Self:
        """Start the process and open the sound system; raises ``DeviceError``."""
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, self._device), name="masterchain-engine", daemon=True)
        with alone(), main_for(self.factory), undisturbed():
            self._process.start()
        theirs.close()
        opened = self._hear(Opened)
        self.sample_rate, self.period, self.channels = opened.sample_rate, opened.period, opened.channels
        return self

    def build(self, points: int = 0, tape_s: float = 2.0, tap_s: float = 2.0) -> Self:
        """Build the decks, for courses of up to ``points``; commands may be given from now on."""
        chain = self.factory()
        parameters = sum(1 for _ in chain.paths())
        tape = int(tape_s * self.sample_rate) if self._audition else 0
        size = Size(self.channels, parameters, points, tape, int(tap_s * self.sample_rate))
        self._shared = size.create()
        whole = isinstance(self._device, NullDevice) and not self._device.paced
        self._line.send(Build(self.factory, size, self._memory.name, self._audition, whole))
        self.latency = self._hear(Ready).latency
        return self

    def go(self) -> None:
        """Let it play; raises ``DeviceError`` where the sound system does not."""
        self._line.send(GO)
        self._hear(Playing)
        self._watch = threading.Thread(target=self._wait, name="engine-watch", daemon=True)
        self._watch.start()

    @property
    def ended(self) -> str | None:
        """Why the engine is at its end, None while it runs."""
        return self._ended

    @property
    def pid(self) -> int:
        """The process."""
        return int(self._process.pid)

    @property
    def refused(self) -> int:
        """How many commands were refused as too many waited already."""
        return self._refused

    def command(self, kind: float, index: float = 0.0, value: float = 0.0, frame: int | None = None) -> None:
        """Hand over one command; see ``commands``."""
        self.commands([(kind, index, value)], frame)

    def commands(self, rows: Sequence[tuple[float, float, float]], frame: int | None = None) -> None:
        """Hand over ``rows`` of kind, index and value, due at ``frame`` of the stream or at once: all of them or none.

        Never waits: raises ``ControlError`` at once, and counts what it refuses, while too many wait already.  To an
        engine that has ended nothing is handed over: where everything stands is the session's to know.
        """
        due = ring.NOW if frame is None else float(max(0, frame))
        with self._lock:
            if self._shared is None or self._ended is not None:
                return
            records, ends = self._shared["commands"], self._shared["command_ends"]
            if ring.room(ends, len(records)) >= len(rows):
                for kind, index, value in rows:
                    ring.put_record(records, ends, float(kind), due, float(index), float(value))
                return
            self._refused += len(rows)
        raise ControlError(f"the engine takes nothing now: {m.COMMANDS} commands wait for it already; try again")

    def load(
        self, slot: int, values: Sequence[float], tone: ToneCourse | None, width: WidthCourse | None, level: float,
        frame: int | None = None,
    ) -> None:  # fmt: skip
        """Bring a plan onto deck ``slot``, which nobody hears, and to the ear from ``frame`` on."""
        shared = self._shared
        if shared is None or self._ended is not None:
            return
        facts = shared["slot_courses"][slot]
        shared["slot_values"][slot] = values
        facts[:] = 0.0
        facts[m.SLOT_LEVEL] = level
        if tone is not None:
            points = len(tone.gains_db)
            shared["tone_gains"][slot, :points], shared["tone_levels"][slot, :points] = tone.gains_db, tone.levels_db
            shared["tone_makeup"][slot, :points] = tone.makeup_db
            facts[m.TONE_HOP], facts[m.TONE_POINTS] = tone.hop_frames, points
        if width is not None:
            points = len(width.gains_db)
            shared["width_gains"][slot, :points] = width.gains_db
            facts[m.WIDTH_HOP], facts[m.WIDTH_POINTS] = width.hop_frames, points
        self.command(m.LOAD_DECK, 0.0, float(slot), frame)

    @property
    def tape_at(self) -> int:
        """The position of the tape at which the next frame fed will stand."""
        return int(self._tape_ends[ring.PUT])

    @property
    def tape_room(self) -> int:
        """How many frames the tape takes now."""
        return ring.room(self._tape_ends, self._memory["tape"].shape[1])

    @property
    def tape_left(self) -> int:
        """How many frames of the tape are not played yet."""
        return ring.ready(self._tape_ends)

    def feed(self, block: NDArray[np.float64]) -> int:
        """Put what fits of ``block`` ``(channels, frames)`` on the tape; return how many frames."""
        return ring.put_frames(self._memory["tape"], self._tape_ends, block)

    def mark(self, track_frame: int, end: bool = False) -> bool:
        """Note that what is fed next is ``track_frame`` of the track, or that it ends; say whether there was room."""
        marks, ends = self._memory["marks"], self._memory["mark_ends"]
        return ring.put_record(marks, ends, END if end else JUMP, float(self.tape_at), float(track_frame), 0.0)

    def taken(self, block: NDArray[np.float64]) -> int:
        """Take what came out, at most ``block`` ``(channels, frames)``; return how many frames are new."""
        return ring.take_frames(self._memory["tap"], self._memory["tap_ends"], block)

    def status(self) -> Status:
        """Return what the engine last noted, all of one moment."""
        with self._lock:
            if self._shared is None:
                return self._last
            status, turn = self._shared["status"], self._shared["turn"]
        return read_status(status, turn)

    def histogram(self) -> NDArray[np.int64]:
        """Return how many callbacks took how long, in steps of ``segment.HISTOGRAM_STEP_US``."""
        counts: NDArray[np.int64] = self._memory["histogram"].copy()
        return counts

    def frame_at(self, seconds: float) -> int | None:
        """Return the frame of the stream that goes in at the Unix time ``seconds``; None before the first."""
        status = self.status()
        if not status.stamp_ns:
            return None
        stamp = status.stamp_ns * 1e-9 + (time.time() - time.monotonic())
        return max(0, status.frame + round((seconds - stamp) * self.sample_rate))

    def stop(self) -> None:
        """End the process; what it left can still be read."""
        if self._process is None:
            return
        with contextlib.suppress(BrokenPipeError, OSError):  # it may be gone already
            self._line.send(LEAVE)
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        if self._ended is None:
            self._ended = ""
        if self._watch is not None:
            self._watch.join()
        self._line.close()
        self._process = None

    def close(self) -> None:
        """End the process and give the memory back."""
        self.stop()
        self._last = self.status()
        with self._lock:
            shared, self._shared = self._shared, None
        if shared is not None:
            shared.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    @property
    def _memory(self) -> Shared:
        """What is shared, of an engine that was built and not closed."""
        if self._shared is None:
            raise DeviceError("the engine is not there")
        return self._shared

    @property
    def _tape_ends(self) -> NDArray[np.int64]:
        """The ends of the tape, of none when the engine is not there."""
        with self._lock:
            ends: NDArray[np.int64] = NOWHERE if self._shared is None else self._shared["tape_ends"]
        return ends

    def _hear(self, kind: type) -> Any:
        if not self._line.poll(START_S):
            self.close()
            raise DeviceError(f"the engine did not start within {START_S:g} s")
        try:
            told = self._line.recv()
        except EOFError:
            told = Ended("the engine process died at its start")
        if isinstance(told, kind):
            return told
        self.close()
        raise DeviceError(told.reason or "the engine ended at its start")

    def _wait(self) -> None:
        reason = _last_word(self._line)
        self._ended = reason if self._ended is None else self._ended


def _last_word(line: Connection) -> str:
    try:
        told = line.recv()
        return told.reason if isinstance(told, Ended) else ""
    except (EOFError, OSError):
        return "the engine process died"
