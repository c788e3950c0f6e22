"""What all MIDI ports of a console share: the map, who moved what last, and learning."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido

from ...console.console import Console
from ...console.controls import Action, Control, ControlError
from ...console.paths import dotted
from ..mapping.check import check
from ..mapping.file import default_map, save_map
from ..mapping.learn import Learner
from ..mapping.map import Binding, MidiMap, Program, target
from .binding import Owners

LEARNT = ("control_change", "note_on", "note_off", "pitchwheel", "program_change")
"""While it learns, these do nothing else."""

log = logging.getLogger(__name__)


class Desk:
    """The MIDI of ``console``: actions ``midi.learn``, ``midi.cancel``, ``midi.forget`` and ``midi.save`` stand on it.

    ``use`` replaces the ``map`` at any time; ports follow at their next message.  ``path`` is where it is saved, if the
    action does not say.  ``close`` takes all off the console again.  Raises ``MapError`` for a map that moves what
    ``console`` does not have.
    """

    def __init__(self, console: Console, midi_map: MidiMap | None = None, path: Path | None = None) -> None:
        self.console, self.path = console, path
        self.map = MidiMap()
        self.use(default_map(console) if midi_map is None else midi_map)
        self.owners = Owners()
        self.word = ""
        self._learner: Learner | None = None
        self._lock = threading.Lock()
        self._changed: list[deque[str]] = []
        self._end: Callable[[], None] = console.listen(self._moved)
        for action in self._actions():
            console.actions[action.path] = action

    @property
    def learning(self) -> str | None:
        """The path that waits for a control to be moved, None while none does."""
        learner = self._learner
        return None if learner is None else learner.path

    def use(self, midi_map: MidiMap) -> None:
        """Go on with ``midi_map``; raises ``MapError`` for what the console cannot do, and changes nothing then."""
        for binding in midi_map.bindings:
            check(binding, self.console)
        self.map = midi_map

    def learn(self, path: str, *given: Any) -> str:
        """Let the next control that is moved move, or do, ``path``; actions are done with the arguments ``given``.

        Raises ``ControlError`` for a path that is not there, and arguments that its action does not take.
        """
        learner = Learner(self.console, path, *given)
        with self._lock:
            self._learner = learner
            self.word = f"move the control for {learner.path}"
        return self.word

    def cancel(self) -> str:
        """Learn nothing."""
        with self._lock:
            self._learner, self.word = None, "nothing is learnt"
        return self.word

    def forget(self, path: str) -> str:
        """Take off the map what moves, or does, ``path``; raises ``ControlError`` if nothing does."""
        path = dotted(path)
        with self._lock:
            rest = self.map.without(path)
            if rest == self.map:
                raise ControlError(f"no MIDI moves {path!r}; there are {', '.join(map(target, self.map.bindings))}")
            self.map, self.word = rest, f"no MIDI moves {path} any more"
        return self.word

    def save(self, path: str = "") -> str:
        """Write the map to the file at ``path``; raises ``ControlError`` without one, or where it cannot be written."""
        file = Path(path) if path else self.path
        if file is None:
            raise ControlError("midi.save takes the path of a .toml file, as this map came from none")
        try:
            save_map(self.map, file)
        except OSError as failed:
            raise ControlError(f"{file}: cannot be written: {failed.strerror}") from None
        self.word = f"MIDI map saved to {file}"
        return self.word

    def hear(self, message: mido.Message, now: float) -> bool:
        """Let the learner hear ``message``; return whether it is for the learner alone."""
        if self._learner is None or message.type not in LEARNT:
            return False
        with self._lock:
            learner = self._learner
            if learner is None:
                return False
            self._take(learner.hear(message, now))
        return True

    def due(self, now: float) -> None:
        """Let the learner decide by waiting."""
        if self._learner is None:
            return
        with self._lock:
            if self._learner is not None:
                self._take(self._learner.due(now))

    def watch(self) -> deque[str]:
        """Return a queue that gets the path of everything that moves from now on."""
        queue: deque[str] = deque()
        with self._lock:
            self._changed = [*self._changed, queue]
        return queue

    def unwatch(self, queue: deque[str]) -> None:
        """Put no more into ``queue``."""
        with self._lock:
            self._changed = [other for other in self._changed if other is not queue]

    def close(self) -> None:
        """Take the actions and the listener off the console."""
        self._end()
        for action in self._actions():
            self.console.actions.pop(action.path, None)

    def _moved(self, control: Control, stored: float, by: object) -> None:
        """Note who moved what; waits for nothing, as it is called in everybody's threads."""
        self.owners[control.path] = by
        for queue in self._changed:
            queue.append(control.path)

    def _take(self, binding: Binding | None) -> None:
        if binding is None:
            return
        self.map, self._learner = self.map.learned(binding), None
        said = "program change" if isinstance(binding, Program) else str(binding.message)
        self.word = f"{said} moves {target(binding)}"
        log.info("MIDI learnt: %s", self.word)

    def _actions(self) -> tuple[Action, ...]:
        control = ("control", str)  # a "path" is that of a file, which OSC confines to its folder
        return (
            Action(
                "midi.learn", (control, ("value", float)),
                "Let the next MIDI control that is moved be for a control, or an action with its value.",
                self.learn, optional=1,
            ),
            Action("midi.cancel", (), "Learn no MIDI control.", self.cancel),
            Action("midi.forget", (control,), "Take a control or an action off the MIDI map.", self.forget),
            Action("midi.save", (("path", str),), "Save the MIDI map to a file.", self.save, optional=1),
        )  # fmt: skip
