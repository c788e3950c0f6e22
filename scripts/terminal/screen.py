"""The terminal view: meters, parameters, transport and profile of a console, moved by keys.

Controllers call in from any thread, thousands of times a second; the screen looks twenty times a second and draws what
has changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from typing import Any

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Input, Static

from ...graph.control import Console
from . import colours as colour
from .actions import Moves
from .glyphs import fitted
from .head import draw_head, head_rows
from .keys import draw_hints
from .meters import draw_meters
from .panes import Menu, Pane
from .table import Table
from .view import ConsoleView
from .worker import Worker

LOOKS_A_SECOND = 20.0


def run_screen(
    console: Console,
    *,
    title: str = "",
    length_s: float | None = None,
    target_lufs: float | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Show ``console`` in the terminal until its user leaves, SIGTERM or SIGHUP comes, or ``stop`` is set.

    ``title`` and ``length_s`` of the track, no length for a live input; ``target_lufs`` is asked for, unless the
    console has a ``loudness``.
    """
    LiveScreen(console, stop, title=title, length_s=length_s, target_lufs=target_lufs).run()


class LiveScreen(App[None]):
    """The screen; ``desk`` is what it shows, ``table`` the list of parameters, ``hands`` do what keys ask for."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    CSS = f"""
    Screen {{ background: {colour.BACK}; color: {colour.INK}; layers: base; }}
    #body {{ height: 1fr; }}
    #meters {{ width: 1fr; max-width: 66; }}
    #table {{ width: 1fr; padding: 0 0 0 1; }}
    #head, #doc, #hints, #last {{ height: 1; }}
    #line {{ width: 1fr; }}
    #ask {{ width: auto; color: {colour.ASKED}; text-style: bold; display: none; }}
    #answer {{
        width: 1fr; height: 1; border: none; padding: 0; display: none;
        background: {colour.RAISED}; color: {colour.INK};
    }}
    """

    def __init__(self, console: Console, stop: threading.Event | None = None, **shown: Any) -> None:
        super().__init__()
        self._stop = stop
        self.desk = ConsoleView(console, **shown)
        self.table = Table(self.desk)
        self.hands, self.renderer = Worker(), Worker()
        self.moves = Moves(self)
        self._answered: Callable[[str], None] | None = None
        self._each = False

    def compose(self) -> ComposeResult:
        """Put the panes in their places."""
        desk, table = self.desk, self.table
        yield Pane(lambda cells, rows: draw_head(desk, cells, rows), "head")
        with Horizontal(id="body"):
            yield Pane(lambda cells, rows: draw_meters(desk, cells, rows), "meters")
            yield Pane(table.draw, "table", clicked=table.click)
        yield Pane(lambda cells, rows: [table.draw_doc(cells)], "doc")
        with Horizontal(id="last"):
            yield Pane(lambda cells, rows: [self._draw_line(cells)], "line")
            yield Static(id="ask")
            yield Input(id="answer", compact=True)
        yield Pane(lambda cells, rows: [draw_hints(desk, cells)], "hints")

    def on_mount(self) -> None:
        """Begin to look, and to heed the signals that end a program."""
        self.query_one("#head").styles.height = head_rows(self.desk)
        self.set_interval(1.0 / LOOKS_A_SECOND, self.look)
        for name in ("SIGTERM", "SIGHUP"):
            with contextlib.suppress(AttributeError, NotImplementedError, ValueError, RuntimeError):
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.exit)

    def on_unmount(self) -> None:
        """Let go of the console."""
        self.desk.close()
        self.hands.close()
        self.renderer.close()

    def look(self) -> None:
        """Take the newest readings and draw what has changed; leave when there is nothing to show any more."""
        if self._stop is not None and self._stop.is_set():
            self.exit()
        try:
            self.desk.look()
        except Exception as refused:
            self.desk.say(f"no readings: {refused}", failed=True)
        for pane in self.query(Pane):
            pane.look()

    def _draw_line(self, cells: int) -> Text:
        """Return the message, and at the right how the machine keeps up."""
        desk, r = self.desk, self.desk.readings
        state = f"load {100.0 * r.load:.0f}%  over {r.over}  xruns {r.xruns} "
        left = "rendering ..." if self.renderer.busy and not desk.message else desk.message
        tint = f"bold {colour.REDUCTION}" if desk.failed else colour.INK
        line = Text(fitted(f" {'! ' if desk.failed else ''}{left}", cells - len(state) - 1), tint)
        return line.append(f" {state}", colour.REDUCTION if r.load >= 1.0 else colour.MUTED)

    def on_key(self, event: Key) -> None:
        """Do what the key is for.

        A box or a prompt takes its keys itself; those that were on their way when it opened come by here.
        """
        if isinstance(self.screen, Menu) and not self.screen.ended:
            self.screen.on_key(event)
        elif self._answered is None:
            event.stop()
            self.moves.press(event.character if event.is_printable and event.character else event.key)
        elif event.key == "escape":
            self._close_prompt(None)
        elif event.key == "enter":
            self._close_prompt(self.query_one("#answer", Input).value.strip())
        elif event.is_printable and event.character:
            self.query_one("#answer", Input).insert_text_at_cursor(event.character)

    def do(self, what: Callable[[], str | None]) -> None:
        """Do ``what`` beside the screen, after what was asked for before; its word becomes the message."""
        self.hands.do(lambda: self.desk.attempt(what))

    def do_long(self, what: Callable[[], str | None]) -> None:
        """Do ``what`` beside all else: it may take minutes."""
        self.renderer.do(lambda: self.desk.attempt(what))

    def menu(self, title: str, text: Text, answers: tuple[str, ...], then: Callable[[str | None], None]) -> None:
        """Show a box with ``text`` and hand on the key that answers it, None for any other."""
        self.push_screen(Menu(title, text, answers), then)

    def ask(self, question: str, text: str, then: Callable[[str], None], each: bool = False) -> None:
        """Ask for a line in place of the message; ``then`` gets it, and if ``each`` every state of it before."""
        self.query_one("#line").display = False
        ask, answer = self.query_one("#ask", Static), self.query_one("#answer", Input)
        ask.update(f" {question} ")
        ask.display = answer.display = True
        answer.value = text
        self._answered, self._each = then, each
        self.set_focus(answer)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hand on what is typed, where every letter counts."""
        if self._answered is not None and self._each:
            self._answered(event.value)
            self.look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand on what was typed."""
        self._close_prompt(event.value.strip())

    def _close_prompt(self, text: str | None) -> None:
        """Show the message again and hand on ``text``; None undoes what every letter did."""
        then, self._answered = self._answered, None
        for name in ("#ask", "#answer"):
            self.query_one(name).display = False
        self.query_one("#line").display = True
        self.set_focus(None)
        if then and (text is not None or self._each):
            then(text or "")
