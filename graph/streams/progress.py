"""How a job is watched and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...nodes import Block
from ...nodes.errors import MasterchainError

Progress = Callable[[str, float], None]
"""Called with the stage (``analyse``, ``measure``, ``render``, ``decode``) and how much of it is done, 0..1."""


class Cancelled(MasterchainError):
    """The job was cancelled; nothing was written."""


class Monitor:
    """Carries a progress callback and a question, both called between blocks.

    ``cancelled`` returns true when the job is to end: it then raises ``Cancelled``.
    """

    def __init__(self, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> None:
        self._progress = progress or (lambda stage, share: None)
        self._cancelled = cancelled or (lambda: False)

    def check(self, stage: str) -> None:
        """Raise ``Cancelled`` if the job is to end."""
        if self._cancelled():
            raise Cancelled(f"cancelled during {stage}")

    def watch(self, stage: str, blocks: Iterable[Block], frames: int | None) -> Iterator[Block]:
        """Pass ``blocks`` on, reporting after each how much of ``frames`` has been through."""
        done = 0
        self._progress(stage, 0.0)
        for block in blocks:
            self.check(stage)
            yield block
            done += block.shape[1]
            self._progress(stage, min(1.0, done / frames) if frames else 0.0)
        self._progress(stage, 1.0)
