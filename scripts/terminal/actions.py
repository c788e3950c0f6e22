"""What each key does: a method for each ``act`` of ``keys``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rich.text import Text

from ...nodes.params import Param
from . import colours as colour
from .keys import draw_help, key_named
from .table import Table
from .view import ConsoleView, known
from .worker import Worker

SEEK_S, SEEK_FAR_S = 5.0, 30.0
FAR = 10
"""Rows that shift and an arrow go in the table."""


class Stage(Protocol):
    """What the moves need of a screen."""

    desk: ConsoleView
    table: Table
    renderer: Worker

    def do(self, what: Callable[[], str | None]) -> None:
        """Do ``what`` beside the screen."""

    def do_long(self, what: Callable[[], str | None]) -> None:
        """Do ``what`` beside all else."""

    def menu(self, title: str, text: Text, answers: tuple[str, ...], then: Callable[[str | None], None]) -> None:
        """Show a box and hand on the key that answers it."""

    def ask(self, question: str, text: str, then: Callable[[str], None], each: bool = False) -> None:
        """Ask for a line of text and hand it on."""

    def exit(self) -> None:
        """End the screen."""


class Moves:
    """Keys, turned into moves of the desk of a ``stage``."""

    def __init__(self, stage: Any) -> None:
        self._stage: Stage = stage
        self._store_next = self._leave_next = False

    def press(self, name: str) -> None:
        """Do what the key of that ``name`` is for, if for anything."""
        desk = self._stage.desk
        store, self._store_next = self._store_next, False
        leave, self._leave_next = self._leave_next, False
        key = key_named(name)
        if store:
            desk.say("")
            if name in tuple("123456789"):
                self._snapshot("store", name)
        elif name == "escape":
            self._stage.table.narrow("")
            desk.say("")
        elif key and key.act == "leave":
            self._leave_next = leave
            self.leave(name)
        elif key:
            getattr(self, key.act)(name)

    def play(self, name: str) -> None:
        """Play or pause."""
        self._stage.do(lambda: self._stage.desk.toggle("play", "play"))

    def stop(self, name: str) -> None:
        """Stop."""
        self._stage.do(self._stage.desk.stop)

    def seek(self, name: str) -> None:
        """Go back or on."""
        far = SEEK_FAR_S if name.startswith("shift") else SEEK_S
        self._stage.do(lambda: self._stage.desk.seek_by(far if name.endswith("right") else -far))

    def loop(self, name: str) -> None:
        """Loop or not."""
        self._stage.do(lambda: self._stage.desk.toggle("loop", "loop"))

    def mark(self, name: str) -> None:
        """Begin or end the loop here."""
        self._stage.do(lambda: self._stage.desk.mark("loop_start" if name == "[" else "loop_end"))

    def compare(self, name: str) -> None:
        """Hear the original or the master."""
        self._stage.do(lambda: self._stage.desk.toggle("bypass", "original"))

    def delta(self, name: str) -> None:
        """Hear what was changed, or all."""
        self._stage.do(lambda: self._stage.desk.toggle("delta", "delta"))

    def matched(self, name: str) -> None:
        """Compare at the same loudness or not."""
        self._stage.do(lambda: self._stage.desk.toggle("matched", "matched"))

    def profile(self, name: str) -> None:
        """Go to the profile before or after."""
        self._stage.do(lambda: self._stage.desk.next_profile(1 if name == "pagedown" else -1))

    def profiles(self, name: str) -> None:
        """Show all profiles; a letter chooses."""
        desk = self._stage.desk
        names = desk.profiles()
        if not names:
            self._stage.do(lambda: desk.need("profile", "profiles"))
            return
        lines = []
        for letter in names:
            profile = known(letter)
            mark = "▸" if letter == desk.console.plain("profile") else " "
            line = Text(f"{mark} {letter} ", f"bold {colour.ASKED}")
            line.append(f" {profile.title if profile else '':<12} ", f"bold {colour.INK}")
            lines.append(line.append(profile.sound if profile else "", colour.MUTED))
        width = max(20, min(72, max(line.cell_len for line in lines)))
        for line in lines:
            line.truncate(width, overflow="ellipsis")
        answers = tuple(letter for letter in names if len(letter) == 1)
        self._stage.menu("profile: press its letter", Text("\n").join(lines), answers, self._chosen)

    def _chosen(self, letter: str | None) -> None:
        if letter is not None:
            self._stage.do(lambda: self._stage.desk.choose(letter))

    def choose(self, name: str) -> None:
        """Choose a parameter further up or down."""
        steps = FAR if name.startswith("shift") else 1
        self._stage.table.choose(steps if name.endswith("down") else -steps)

    def step(self, name: str) -> None:
        """Move the chosen parameter."""
        path = self._stage.table.chosen
        self._stage.do(lambda: self._stage.desk.step(path, -1 if name == "-" else 1))

    def fine(self, name: str) -> None:
        """Move the chosen parameter a little."""
        path = self._stage.table.chosen
        self._stage.do(lambda: self._stage.desk.step(path, 1 if name == "." else -1, fine=True))

    def reset(self, name: str) -> None:
        """Put the chosen parameter back."""
        path = self._stage.table.chosen
        self._stage.do(lambda: self._stage.desk.reset(path))

    def value(self, name: str) -> None:
        """Ask for the value of the chosen parameter; a switch just turns over."""
        desk, path = self._stage.desk, self._stage.table.chosen
        if desk.is_switch(path):
            self._stage.do(lambda: desk.toggle(path, path))
            return
        is_number = isinstance(desk.console.control(path).declared, Param)

        def give(text: str) -> None:
            if text:
                self._stage.do(lambda: desk.console.set(path, text.replace(",", ".") if is_number else text, by=desk))

        self._stage.ask(f"{path} =", "", give)

    def filter(self, name: str) -> None:
        """Ask for the words that narrow the table down, while they are typed."""
        self._stage.ask("/", self._stage.table.filter, self._stage.table.narrow, each=True)

    def recall(self, name: str) -> None:
        """Recall a snapshot."""
        self._snapshot("recall", name)

    def store(self, name: str) -> None:
        """Keep a snapshot: in the digit that came with the key, or that comes next."""
        if name[-1].isdigit():
            self._snapshot("store", name[-1])
        else:
            self._store_next = True
            self._stage.desk.say("keep as snapshot: press 1..9")

    def _snapshot(self, what: str, digit: str) -> None:
        self._stage.do(lambda: self._stage.desk.console.do(f"snapshot.{what}", int(digit)))

    def clear(self, name: str) -> None:
        """Clear the memory of the peak meter."""
        self._stage.desk.say(self._stage.desk.forget_peaks())

    def render(self, name: str) -> None:
        """Ask where to render to, and do it."""
        desk = self._stage.desk
        if not desk.has("render"):
            self._stage.do(lambda: desk.need("render", "rendering"))
        elif self._stage.renderer.busy:
            desk.say("it renders already", failed=True)
        else:
            optional = desk.console.actions["render"].optional > 0
            asked = "render to (empty: beside the track)" if optional else "render to"
            self._stage.ask(asked, "", lambda path: self._render(path) if path or optional else None)

    def _render(self, path: str) -> None:
        self._stage.desk.say("rendering ...")
        self._stage.do_long(lambda: self._stage.desk.console.do("render", *([path] if path else [])))

    def save(self, name: str) -> None:
        """Ask for a name, and save the settings as a preset."""
        desk = self._stage.desk
        if not desk.has("save"):
            self._stage.do(lambda: desk.need("save", "saving"))
        else:
            self._stage.ask("save as", "", self._save)

    def _save(self, path: str) -> None:
        if path:
            self._stage.do(lambda: self._stage.desk.console.do("save", path))

    def help(self, name: str) -> None:
        """Show the keys."""
        self._stage.menu("keys", draw_help(self._stage.desk), (), lambda answer: None)

    def leave(self, name: str) -> None:
        """Quit; while something renders, only when asked twice."""
        if self._stage.renderer.busy and not self._leave_next:
            self._leave_next = True
            self._stage.desk.say("it still renders: q again ends that too", failed=True)
        else:
            self._stage.exit()
