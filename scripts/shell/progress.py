"""What a person sees while a job runs: a progress bar on a terminal, and a word when kernels are compiled."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from numba.core import event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

COMPILE_SECONDS = 30
"""What compiling every kernel took, measured on a server at 28 s; it uses one core."""

STAGES = {
    "analyse": "Analysing", "measure": "Measuring", "render": "Rendering", "decode": "Decoding",
    "preview": "Previewing", "match": "Matching",
}  # fmt: skip
STEP = 0.002
"""Share of a stage after which the bar is moved: a long file has a million blocks, a bar a few hundred places."""


class Watch:
    """Shows the progress of a job and tells of compilation; use as a context manager around the job."""

    def __init__(self) -> None:
        """Make the bar, if somebody can see it."""
        self._bar: Progress | None = _bar() if sys.stderr.isatty() else None
        self._tasks: dict[str, TaskID] = {}
        self._shown: dict[str, float] = {}
        self._notice = _Notice(self)

    def __enter__(self) -> Self:
        """Begin to listen and to show."""
        event.register("numba:compile", self._notice)  # type: ignore[no-untyped-call]
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        event.unregister("numba:compile", self._notice)  # type: ignore[no-untyped-call]
        if self._bar:
            self._bar.stop()

    def progress(self, stage: str, share: float) -> None:
        """Move the bar of ``stage`` to ``share``, 0..1."""
        if self._bar is None or (0.0 < share < 1.0 and share < self._shown.get(stage, 0.0) + STEP):
            return
        self._shown[stage] = share
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(STAGES.get(stage, stage), total=1.0)
        self._bar.update(self._tasks[stage], completed=share)

    def say(self, line: str) -> None:
        """Print ``line`` on stderr, above the bar if there is one."""
        if self._bar:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)


class _Notice(event.Listener):
    """Hears of real compilation; numba stays silent when a kernel comes from its cache."""

    def __init__(self, watch: Watch) -> None:
        """Speak through ``watch``."""
        self._watch, self._said = watch, False

    def on_start(self, event: Any) -> None:
        """Say it once."""
        if not self._said:
            self._said = True
            self._watch.say(f"Compiling kernels for this machine, once; about {COMPILE_SECONDS} s")

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
