"""Whether the kernel lets a thread of these tests be urgent."""

from __future__ import annotations

import threading

from masterchain.graph.live.engine.realtime import GRANTED, Urgency


def urgency_is_granted() -> bool:
    """Say whether a thread may rise; it ends with that."""
    states = list[int]()

    def rise() -> None:
        urgency = Urgency()
        urgency.want(True)
        states.append(urgency.state)

    thread = threading.Thread(target=rise)
    thread.start()
    thread.join()
    return states == [GRANTED]
