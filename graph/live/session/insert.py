"""An insert: what comes in goes through a chain, in real time, beside a DAW or on a stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ....nodes.gain import from_db
from ...chains.chain import Chain
from ...chains.profile_chain import profile_chain
from ...control import Console
from ..devices.base import Device
from ..engine import segment as m
from .controls import listening_controls, profile_control, stereo_control
from .metering import Hear
from .running import Running
from .state import Session
from .values import chain_values

LEVELS = ("gain.gain_db", "limiter.ceiling_db", "dynamic_eq.intensity")
"""What another profile leaves where it was set."""

TOGETHER_PERIODS = 3
"""Changes that belong together are due so many periods ahead, all at one frame."""


class Insert(Running):
    """Runs a chain on what comes in by ``device``; a context manager.

    The chain is that of a ``profile`` (a letter or the path of a file) with the limiter's short latency, or what
    ``factory`` returns, a function that another process can import.  Raises ``PresetError`` and ``ParamError``; see
    ``Running`` for the rest.
    """

    def __init__(
        self, device: Device, profile: str | Path = "i", *, intensity: float = 100.0, gain_db: float = 0.0,
        true_peak: float = -1.0, stereo_image: bool = False, factory: Callable[[], Chain] | None = None,
        recorder: Hear | None = None,
    ) -> None:  # fmt: skip
        self._profile, self._stereo = profile, stereo_image
        self._wishes = {"intensity": intensity, "gain_db": gain_db, "true_peak": true_peak}
        self._own = factory is None
        super().__init__(device, factory or self._chain_of(profile, stereo_image), audition=False, recorder=recorder)
        self._session = Session()
        self.console = self._make_console()

    def _chain_of(self, profile: str | Path, stereo: bool) -> Callable[[], Chain]:
        factory = partial(profile_chain, profile, stereo_image=stereo, live=True, **self._wishes)
        factory()  # a wrong profile is to be refused here, not in the other process
        return factory

    def _begin(self) -> None:
        self.engine.build()
        live = [path for path, _, declared in self._factory().paths() if declared.live and "." in path]
        self.engine.commands([(m.SET, float(self.values.paths.index(path)), self.values[path]) for path in live], 0)
        self._listen()

    def _make_console(self) -> Console:
        console = Console(clock=lambda seconds: self.engine.frame_at(seconds), meter=self.readings)
        own = [] if not self._own else [
            profile_control(self._profile, self._turn, lambda: self._profile, timed=True),
            stereo_control(self._widen, lambda: self._stereo, timed=True),
        ]  # fmt: skip
        for control in (*own, *listening_controls(self._session, self._listen), *self.values.controls()):
            console.add(control)
        return console

    def _turn(self, profile: str | Path, frame: int | None) -> None:
        self._retune(profile, self._stereo, frame)
        self._profile = profile

    def _widen(self, stereo: bool, frame: int | None) -> None:
        self._retune(self._profile, stereo, frame)
        self._stereo = stereo

    def _retune(self, profile: str | Path, stereo: bool, frame: int | None) -> None:
        """Move equaliser, imager and limiter to the profile, all at one frame; levels stay where they were set."""
        base = chain_values(self._chain_of(profile, stereo)())
        for path, _, declared in self._factory().paths():
            if path in LEVELS or not declared.live or "." not in path:
                base[path] = self.values[path]
        due = frame
        if due is None and self._engine is not None:
            due = self._engine.status().frame + TOGETHER_PERIODS * self._engine.period
        self.values.give_back()
        self._tell_moved(self.values.follow(base, due))

    def _listen(self, frame: int | None = None) -> None:
        self._weigh(self._session.weights(from_db(0.0)), 1.0, frame)
