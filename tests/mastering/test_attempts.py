"""The loop of every output: a render stays, or nothing of it is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from masterchain.graph import ArrayDestination, ArraySource, Cancelled, Monitor, Plan, Settings, analyse, plan
from masterchain.graph.rendering.attempts import attempt
from masterchain.graph.rendering.codec_judge import with_neighbours
from masterchain.graph.rendering.verdict import Verdict
from masterchain.graph.streams.arrays import ArraySink
from masterchain.graph.streams.protocols import Sink
from masterchain.graph.streams.read_ahead import ReadAhead
from masterchain.nodes.base import Block
from songs import RATE, song

SOURCE = ArraySource(song(2.0), RATE)
PLAN = plan(analyse(SOURCE), Settings(profile="a"))
REPORT = analyse(SOURCE).report


class Sinks(ArrayDestination):
    """A destination that remembers its sinks, and which of them were aborted."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[ArraySink] = []
        self.aborted: list[ArraySink] = []

    def open(self, frames: int | None) -> ArraySink:
        sink = super().open(frames)
        self.opened.append(sink)
        forget = sink.abort

        def abort() -> None:
            self.aborted.append(sink)
            forget()

        sink.abort = abort  # type: ignore[method-assign]
        return sink


class Wants:
    """A judge that wants so many renders, each with a decibel more."""

    def __init__(self, renders: int, fails: bool = False) -> None:
        self.heard: list[tuple[float | None, int]] = []
        self._renders, self._fails = renders, fails

    def verdict(self, plan: Plan, written: Iterator[Block], sink: Sink, monitor: Monitor) -> Verdict:
        self.heard.append((plan.gain_db, sum(block.shape[1] for block in written)))
        if self._fails:
            raise RuntimeError("no verdict")
        more = replace(plan, gain_db=(plan.gain_db or 0.0) + 1.0)
        return Verdict(REPORT, more if len(self.heard) < self._renders else None)


def sound(plan: Plan) -> Iterator[Block]:
    with ReadAhead(SOURCE.blocks(1000)) as blocks:
        for block in blocks:
            yield block * 10.0 ** ((plan.gain_db or 0.0) / 20.0)


def test_renders_go_on_by_the_judges_plans_until_one_stays() -> None:
    sinks, judge = Sinks(), Wants(3)
    last = attempt(PLAN, sound, sinks.open, SOURCE.frames, judge, Monitor())
    assert judge.heard == [(None, SOURCE.frames), (1.0, SOURCE.frames), (2.0, SOURCE.frames)]
    assert (last.plan.gain_db, last.renders, last.sink) == (2.0, 3, sinks.opened[2])
    assert sinks.aborted == sinks.opened[:2]
    last.sink.commit()
    assert sinks.audio is not None
    assert np.array_equal(sinks.audio, SOURCE.audio * 10.0**0.1)


@pytest.mark.parametrize("why", ["judge", "cancelled"])
def test_nothing_is_left_of_a_render_without_verdict(why: str) -> None:
    sinks, before = Sinks(), threading.active_count()
    if why == "judge":
        with pytest.raises(RuntimeError, match="no verdict"):
            attempt(PLAN, sound, sinks.open, None, Wants(2, fails=True), Monitor())
    else:
        with pytest.raises(Cancelled):
            attempt(PLAN, sound, sinks.open, None, Wants(2), Monitor(cancelled=lambda: True))
    assert sinks.aborted == sinks.opened
    assert threading.active_count() == before


def test_the_highest_with_neighbours() -> None:
    values = np.array([1.0, 5.0, 2.0, 0.0, -1.0, 3.0])
    assert with_neighbours(values).tolist() == [5.0, 5.0, 5.0, 2.0, 3.0, 3.0]
    assert with_neighbours(values > 4.0).tolist() == [True, True, True, False, False, False]
    assert with_neighbours(values[:1]).tolist() == [1.0]
