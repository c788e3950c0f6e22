"""What somebody wants to hear: where in the track, and what of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ....nodes.gain import from_db


@dataclass(kw_only=True)
class Session:
    """What somebody wants to hear: where in the track, and what of it; times in s, ``monitor_db`` in dB.

    The one home of these values: the controls read them here.
    """

    start_s: float = 0.0
    loop_s: float | None = None
    play: bool = True
    bypass: bool = False
    delta: bool = False
    matched: bool = False
    monitor_db: float = 0.0

    def __post_init__(self) -> None:
        self.loop = self.loop_s is not None
        self.loop_start = self.start_s
        self.loop_end = self.start_s + (self.loop_s or 30.0)

    @contextmanager
    def wishing(self, name: str, value: Any) -> Iterator[None]:
        """Have ``name`` stand at ``value``, unless what is done with it inside fails."""
        before = getattr(self, name)
        setattr(self, name, type(before)(value))
        try:
            yield
        except BaseException:
            setattr(self, name, before)
            raise

    def weights(self, dry: float) -> tuple[float, float]:
        """Return the shares of the master and of the original, which stands at the factor ``dry``."""
        monitor = from_db(self.monitor_db)
        if self.bypass:
            return 0.0, monitor * dry
        return monitor, -monitor * dry if self.delta else 0.0

    def matched_db(self, before: float | None, after: float | None) -> tuple[float, float]:
        """Return the gains in dB of master and original: the louder one is turned down to the other, if so wished."""
        if not self.matched or before is None or after is None:
            return 0.0, 0.0
        return min(0.0, before - after), min(0.0, after - before)

    @property
    def loop_is_void(self) -> bool:
        """Whether a loop is wished that ends before it begins; it is none."""
        return self.loop and self.loop_end <= self.loop_start

    def region(self, rate: int) -> tuple[int, int] | None:
        """Return the first frame of the loop, at ``rate`` in Hz, and the first behind it; None for no loop."""
        if not self.loop or self.loop_is_void:
            return None
        return round(self.loop_start * rate), round(self.loop_end * rate)
