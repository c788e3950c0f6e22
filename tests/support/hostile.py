"""What a parser must survive: files that were valid once, and limits of time and memory while it reads them."""

from __future__ import annotations

import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from hypothesis import strategies as st

HANGS_S = 30
"""No example is allowed so long; it only ends a parser that would never come back."""

MEMORY = 8 << 20
"""Bytes that reading an example of some kilobytes may take at most: what it promises is not what it has."""

MAGIC = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\1", b"\1\0\0\0")

floats = partial(st.floats, allow_subnormal=False)
"""Hosted plugins leave the thread rounding subnormal numbers to 0, which hypothesis would take for a fault."""


@contextmanager
def limits() -> Iterator[None]:
    """Fail what hangs or takes memory by what a header promises."""

    def hangs(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still reading after {HANGS_S} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(HANGS_S)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@st.composite
def damaged(draw: st.DrawFn, valid: bytes, near: int = 256) -> bytes:
    """``valid`` with a few bytes overwritten, put in, taken out or repeated, and perhaps cut short.

    Most places lie within ``near`` bytes of the start or the end, where headers are.
    """
    data = bytearray(valid)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(_places(len(data), near))
        piece = draw(st.sampled_from(MAGIC) | st.binary(min_size=1, max_size=8))
        match draw(st.sampled_from(("over", "in", "out", "again"))):
            case "over":
                data[place : place + len(piece)] = piece
            case "in":
                data[place:place] = piece
            case "out":
                del data[place : place + len(piece) * draw(st.integers(1, 8))]
            case _:
                data[place:place] = data[place : place + draw(st.integers(1, 64))]
    if draw(st.booleans()):
        del data[draw(_places(len(data), near)) :]
    return bytes(data)


def _places(length: int, near: int) -> st.SearchStrategy[int]:
    start = st.integers(0, min(near, length))
    return start | start | st.integers(max(0, length - near), length) | st.integers(0, length)
