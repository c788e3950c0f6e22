"""What the engine notes of itself, read from the other process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import segment as m
from .realtime import UNKNOWN
from .shared_memory import Shared

TRIES = 1000


@dataclass(frozen=True)
class Status:
    """What the engine last noted.

    ``frame`` is the stream's at the monotonic time ``stamp_ns``; ``position`` the track's frame that comes next.
    ``gains_db`` ``(bands,)`` of the equaliser, ``reduction_db`` of the limiter; ``load`` the highest share of its time
    that a block took lately; ``rolling`` the frame of the sound system's transport, -1 - frame while it stands;
    ``urgency`` says whether the audio thread has real-time scheduling, as ``realtime`` has it.
    """

    frame: int
    stamp_ns: int
    position: int
    playing: bool
    ended: bool
    active: int
    switching: bool
    callbacks: int
    over: int
    xruns: int
    starved: int
    load: float
    reduction_db: float
    late: int
    period: int
    rolling: int
    urgency: int
    gains_db: NDArray[np.float64]


NOTHING = Status(0, 0, 0, False, False, 0, False, 0, 0, 0, 0, 0.0, 0.0, 0, 0, 0, UNKNOWN, np.zeros(m.BANDS))
"""What is noted before there is anything to note."""


def read_status(shared: Shared) -> Status:
    """Return what the engine last noted in ``shared``, all of one moment."""
    status, turn = shared["status"], shared["turn"]
    for _ in range(TRIES):
        before = int(turn[0])
        seen = status.copy()
        if before % 2 == 0 and int(turn[0]) == before:
            break
    whole = [int(seen[place]) for place in range(m.GAINS)]
    return Status(
        whole[m.FRAME], whole[m.STAMP_NS], whole[m.POSITION], bool(whole[m.PLAYING]), bool(whole[m.ENDED]),
        whole[m.ACTIVE], bool(whole[m.SWITCHING]), whole[m.CALLBACKS], whole[m.OVER], whole[m.XRUNS],
        whole[m.STARVED], float(seen[m.LOAD]), float(seen[m.REDUCTION_DB]), whole[m.LATE], whole[m.PERIOD],
        whole[m.ROLLING], whole[m.URGENCY], seen[m.GAINS :],
    )  # fmt: skip
