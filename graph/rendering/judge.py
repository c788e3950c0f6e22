"""Who judges a render: by the loudness that was written, or by what a lossy codec makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ...nodes import Block
from ..planning.plan import Plan
from ..storage.spool import Spool
from ..streams.progress import Monitor
from ..streams.protocols import Destination, Sink, Source
from .codec_judge import CodecJudge
from .loudness_judge import LoudnessJudge
from .verdict import Verdict


class Judge(Protocol):
    """Hears one render after the other, and says of each whether it stays."""

    def verdict(self, plan: Plan, written: Iterator[Block], sink: Sink, monitor: Monitor) -> Verdict:
        """Take all blocks of ``written``, each of which is then in ``sink``, and judge that render by ``plan``."""


def judge_of(plan: Plan, source: Source, destination: Destination, first: Spool | None = None) -> Judge:
    """Return the judge of renders of ``source`` into ``destination`` that begin with ``plan``.

    ``first`` holds the sound of the first render, where that was kept.
    """
    if destination.lossy and plan.settings.codec_safe:
        return CodecJudge(plan, source, first)
    return LoudnessJudge(plan, source)
