"""An insert: what comes in goes through a chain, in real time, beside a DAW or on a stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ....nodes import Choice, Param, Switch
from ....nodes.gain import from_db
from ....presets import LETTERS
from ...chains.chain import Chain
from ...chains.profile_chain import profile_chain
from ...control import Console, Control, named
from ..devices.base import Device
from ..engine import segment as m
from .metering import Hear
from .running import Running
from .state import Session

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
        super().__init__(device, factory or self._chain_of(profile), audition=False, recorder=recorder)
        self._session = Session()
        self.console = self._make_console()

    def _chain_of(self, profile: str | Path) -> Callable[[], Chain]:
        made = partial(profile_chain, profile, stereo_image=self._stereo, live=True, **self._wishes)
        made()  # a wrong profile is to be refused here, not in the other process
        return made

    def _begin(self) -> None:
        self.engine.build()
        for index, (path, _, declared) in enumerate(self._factory().paths()):
            if declared.live and "." in path:
                self.engine.command(m.SET, float(index), self.console.stored(path), 0)
        self._listen()

    def _make_console(self) -> Console:
        console = Console(clock=lambda seconds: self.engine.frame_at(seconds), meter=self.readings)
        if self._own:
            self._add_profile(console)
        for name, default, doc in (
            ("bypass", False, "A/B: hear what comes in."), ("delta", False, "Hear only what the chain changes."),
        ):  # fmt: skip
            console.add(Control(name, named(name, Switch(default, doc=doc)), self._keep(name)), float(default))
        level = Param(0.0, -60.0, 0.0, unit="dB", taper="dB", doc="Level behind the chain.")
        console.add(Control("monitor_db", named("monitor_db", level), self._keep("monitor_db")), 0.0)
        self._add_chain(console)
        return console

    def _add_profile(self, console: Console) -> None:
        letters = tuple(LETTERS)
        names = letters if str(self._profile) in letters else (*letters, str(self._profile))
        choice = Choice(str(self._profile), names, doc="The sound: a mastering profile.")

        def turn(stored: float, frame: int | None) -> None:
            self._profile = names[int(stored)]
            self._retune(frame)

        def widen(stored: float, frame: int | None) -> None:
            self._stereo = bool(stored)
            self._retune(frame)

        stereo = Switch(False, doc="Bring the width of lows, mids and highs to what records have.")
        at = float(names.index(str(self._profile)))
        console.add(Control("profile", named("profile", choice), turn, timed=True), at)
        console.add(Control("stereo", named("stereo", stereo), widen, timed=True), float(self._stereo))

    def _retune(self, frame: int | None) -> None:
        """Move equaliser, imager and limiter to the profile, all at one frame; levels stay where they were set."""
        chain = self._chain_of(self._profile)()
        status = self.engine.status()
        due = frame or status.frame + TOGETHER_PERIODS * self.engine.period
        kept = ("gain.gain_db", "limiter.ceiling_db", "dynamic_eq.intensity")
        for index, (path, node, declared) in enumerate(chain.paths()):
            stored = float(node.values[node.slots[declared.name]])
            if declared.live and "." in path and path not in kept and self.console.stored(path) != stored:
                self.engine.command(m.SET, float(index), stored, due)
                self.console.note(path, stored, self)

    def _keep(self, name: str) -> Callable[[float, int | None], None]:
        def apply(stored: float, frame: int | None) -> None:
            setattr(self._session, name, type(getattr(self._session, name))(stored))
            self._listen(frame)

        return apply

    def _listen(self, frame: int | None = None) -> None:
        wet, dry = self._session.weights(from_db(0.0))
        self.engine.command(m.LISTEN, float(m.WET), wet, frame)
        self.engine.command(m.LISTEN, float(m.DRY), dry, frame)
