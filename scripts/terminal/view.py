"""What stands between the console and whoever shows it: readings with a memory, moves by keys, a line of answers."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ...graph.control import Console, Control, ControlError, Readings
from ...nodes.params import Choice, Switch
from ...presets import PresetError, load
from ...presets.profile import Profile
from .steps import stepped

HISTORY_S = 30.0
SLICE_S = 0.25
"""The history of gain reduction keeps the highest of each slice."""

SETTLE_S = 0.5
"""After a switch of what is heard the peak meter still holds what was heard before: 400 ms, and a block."""

OVER_DB = 0.05
"""So much over the ceiling counts: what two true-peak meters may differ by at these rates."""

SHOWN_ELSEWHERE = ("play", "position", "loop", "loop_start", "loop_end")
"""What the transport shows, and no table has to."""

MOST_TOLD = 100
"""Lines of the console that wait to be written down, where somebody does."""

log = logging.getLogger(__name__)


class ConsoleView:
    """A console as one person sees it.

    ``length_s`` of the track in s, None for a live input; ``target_lufs`` is asked for unless the console has a
    ``loudness``.  ``look`` takes the newest readings; it and ``attempt`` may be called in different threads.
    """

    def __init__(
        self,
        console: Console,
        title: str = "",
        length_s: float | None = None,
        target_lufs: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.console, self.title, self.length_s = console, title, length_s
        self._target, self._now = target_lufs, now
        self.readings = Readings()
        self.message, self.failed = "", False
        self.highest_peak, self.overs = -math.inf, 0
        self.reductions: deque[float] = deque(maxlen=round(HISTORY_S / SLICE_S))
        self.slice = 0
        self.moved: dict[str, float] = {}
        self._judged: tuple[object, ...] = ()
        self._judge_from, self._over = 0.0, False
        self._sought = 0.0, -math.inf
        self.told: deque[str] = deque(maxlen=MOST_TOLD)
        self._ends = console.listen(self._note), console.read(self._hear)

    def close(self) -> None:
        """Listen no more."""
        for end in self._ends:
            end()

    def _hear(self, line: str) -> None:
        """Show what the console tells of itself: what took a while has been done, or could not be."""
        self.say(line)
        self.told.append(self.message)

    def _note(self, control: Control, stored: float, by: object) -> None:
        """Remember that somebody else moved ``control``; called in any thread, thousands of times a second."""
        if by is not self:
            self.moved[control.path] = self._now()

    def has(self, path: str) -> bool:
        """Say whether the console has the control or the action ``path``."""
        return path in self.console.controls or path in self.console.actions

    def on(self, path: str) -> bool:
        """Say whether the switch at ``path`` is there and on."""
        return path in self.console.controls and bool(self.console.stored(path))

    def stored(self, path: str) -> float | None:
        """Return where the control at ``path`` stands, None when there is none."""
        return self.console.stored(path) if path in self.console.controls else None

    def fresh(self, path: str, seconds: float = 1.5) -> bool:
        """Say whether somebody else moved the control at ``path`` within so many ``seconds``."""
        return self._now() - self.moved.get(path, -math.inf) < seconds

    @property
    def target_lufs(self) -> float | None:
        """The loudness that is asked for, LUFS."""
        there = self.stored("loudness")
        return self._target if there is None else there

    @property
    def ceiling_dbtp(self) -> float:
        """What no true peak should pass: the limiter's ceiling, or full scale where the master is not heard."""
        if self.on("bypass") or self.on("delta"):
            return 0.0
        ceilings = [path for path in self.console.controls if path.endswith(".ceiling_db")]
        return self.console.stored(ceilings[-1]) if ceilings else 0.0

    @property
    def profile(self) -> Profile | None:
        """The profile that plays, if the console chooses among them."""
        return known(str(self.console.plain("profile"))) if "profile" in self.console.controls else None

    def look(self) -> None:
        """Take the newest readings and what they add to the memory."""
        self.readings = r = self.console.meter()
        now = self._now()
        number = int(now / SLICE_S)
        reduction = max(0.0, r.gain_reduction_db) if math.isfinite(r.gain_reduction_db) else 0.0
        if self.reductions and number == self.slice:
            self.reductions[-1] = max(self.reductions[-1], reduction)
        else:
            self.reductions.append(reduction)
        self.slice = number
        judged = (self.ceiling_dbtp, self.stored("profile"), self.on("bypass"), self.on("delta"))
        if judged != self._judged:
            self._judged, self._judge_from = judged, now + SETTLE_S * bool(self._judged)
        if now >= self._judge_from:
            self.highest_peak = max(self.highest_peak, r.true_peak_dbtp)
            over = r.true_peak_dbtp > self.ceiling_dbtp + OVER_DB
            self.overs += over and not self._over
            self._over = over

    def forget_peaks(self) -> str:
        """Clear the memory of the peak meter."""
        self.highest_peak, self.overs, self._over = -math.inf, 0, False
        return "peak memory cleared"

    def attempt(self, what: Callable[[], str | None]) -> None:
        """Do ``what``; its word, or one line of why it could not be done, becomes the message."""
        try:
            self.say(what() or "")
        except Exception as refused:
            known_kind = isinstance(refused, (ValueError, OSError, RuntimeError, OverflowError))
            if not known_kind:
                log.exception("a key failed")
            self.say(f"{refused}" if known_kind else f"{type(refused).__name__}: {refused}", failed=True)

    def say(self, text: str, failed: bool = False) -> None:
        """Show ``text`` as the message, as an error if it ``failed``."""
        self.message, self.failed = " ".join(text.split()), failed

    def need(self, path: str, what: str) -> None:
        """Raise ``ControlError`` saying that there is no ``what`` here, unless the console has ``path``."""
        if not self.has(path):
            raise ControlError(f"no {what} here: the console has no {path!r}")

    def toggle(self, path: str, what: str) -> str:
        """Turn the switch at ``path`` over."""
        self.need(path, what)
        self.console.set(path, not self.on(path), by=self)
        return f"{what}: {'on' if self.on(path) else 'off'}"

    def stop(self) -> str | None:
        """Stop, and go back to the beginning."""
        self.need("stop", "transport")
        return self.console.do("stop")

    def seek_by(self, seconds: float) -> None:
        """Move the position by so many ``seconds``, inside the track."""
        self.need("seek", "transport")
        # A key held down goes on from where it went last: the readings come later.
        sought, when = self._sought
        start = sought if self._now() - when < SETTLE_S else self.readings.position_s
        goal = max(0.0, start + seconds) if self.length_s is None else min(self.length_s, max(0.0, start + seconds))
        self._sought = goal, self._now()
        self.console.do("seek", goal)

    def mark(self, path: str) -> str:
        """Set ``loop_start`` or ``loop_end`` to where it plays."""
        self.need(path, "loop")
        self.console.set(path, self.readings.position_s, by=self)
        return f"{path.replace('_', ' ')}: {self.console.text(path)}"

    def step(self, path: str, steps: int, fine: bool = False) -> None:
        """Move the control at ``path`` by so many ``steps``, small ones if ``fine``."""
        control = self.console.control(path)
        self.console.set(path, stepped(control.declared, self.console.stored(path), steps, fine), by=self)

    def home(self, path: str) -> float:
        """Return the stored value that the control at ``path`` comes from: the profile's, or its default."""
        declared = self.console.control(path).declared
        node, _, name = path.rpartition(".")
        of_node: Mapping[str, Any] = self.profile.values.get(node, {}) if self.profile else {}
        return declared.check(of_node[name]) if name in of_node else declared.default

    def reset(self, path: str) -> str:
        """Put the control at ``path`` back to where it comes from."""
        self.console.set(path, self.home(path), by=self)
        return f"{path}: {self.console.text(path)}"

    def next_profile(self, steps: int) -> str:
        """Go to the next profile, or to the last one."""
        self.need("profile", "profiles")
        declared = self.console.control("profile").declared
        at = (round(self.console.stored("profile")) + steps) % (round(declared.hi) + 1)
        return self.choose(str(declared.plain(float(at))))

    def choose(self, profile: str) -> str:
        """Go to the ``profile`` of that name."""
        self.need("profile", "profiles")
        self.console.set("profile", profile, by=self)
        entry = known(profile)
        return f"profile {profile}" + (f": {entry.title}" if entry else "")

    def profiles(self) -> tuple[str, ...]:
        """Return the names that the console chooses from."""
        control = self.console.controls.get("profile")
        return control.declared.names if control and isinstance(control.declared, Choice) else ()

    def movable(self) -> list[str]:
        """Return the paths of what a table shows, the session's own first, then node by node."""
        shown = [path for path in self.console.controls if path not in SHOWN_ELSEWHERE]
        nodes = list(dict.fromkeys(path.rpartition(".")[0] for path in shown))
        nodes.sort(key=lambda node: node != "")
        return sorted(shown, key=lambda path: nodes.index(path.rpartition(".")[0]))

    def is_switch(self, path: str) -> bool:
        """Say whether the control at ``path`` is on or off."""
        return isinstance(self.console.control(path).declared, Switch)


@lru_cache(maxsize=64)
def known(profile: str) -> Profile | None:
    """Return the built-in or written profile of that name, None when there is none."""
    try:
        return load(profile)
    except PresetError:
        return None
