"""What the engine notes of itself, read from the other process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import segment as m
from .realtime import UNKNOWN

TRIES = 1000


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the engine last noted.

    ``frame`` is the stream's at the monotonic time ``stamp_ns``; ``position`` the track's frame that comes next.
    ``gains_db`` ``(bands,)`` of the equaliser, ``reduction_db`` of the limiter; ``load`` the highest share of its time
    that a block took lately; ``rolling`` the frame of the sound system's transport, -1 - frame while it stands;
    ``urgency`` says whether the audio thread has real-time scheduling, as ``realtime`` has it.
    """

    frame: int = 0
    stamp_ns: int = 0
    position: int = 0
    playing: bool = False
    ended: bool = False
    active: int = 0
    switching: bool = False
    callbacks: int = 0
    over: int = 0
    xruns: int = 0
    starved: int = 0
    load: float = 0.0
    reduction_db: float = 0.0
    late: int = 0
    period: int = 0
    rolling: int = 0
    urgency: int = UNKNOWN
    gains_db: NDArray[np.float64]


NOTHING = Status(gains_db=np.zeros(m.BANDS))
"""What is noted before there is anything to note."""


def read_status(status: NDArray[np.float64], turn: NDArray[np.int64]) -> Status:
    """Return what the engine last noted in ``status``, all of one moment, which ``turn`` ``(1,)`` tells."""
    for _ in range(TRIES):
        before = int(turn[0])
        seen = status.copy()
        if before % 2 == 0 and int(turn[0]) == before:
            break
    return Status(
        frame=int(seen[m.FRAME]),
        stamp_ns=int(seen[m.STAMP_NS]),
        position=int(seen[m.POSITION]),
        playing=bool(seen[m.PLAYING]),
        ended=bool(seen[m.ENDED]),
        active=int(seen[m.ACTIVE]),
        switching=bool(seen[m.SWITCHING]),
        callbacks=int(seen[m.CALLBACKS]),
        over=int(seen[m.OVER]),
        xruns=int(seen[m.XRUNS]),
        starved=int(seen[m.STARVED]),
        load=float(seen[m.LOAD]),
        reduction_db=float(seen[m.REDUCTION_DB]),
        late=int(seen[m.LATE]),
        period=int(seen[m.PERIOD]),
        rolling=int(seen[m.ROLLING]),
        urgency=int(seen[m.URGENCY]),
        gains_db=seen[m.GAINS :],
    )
