"""Pieces that the screen is put together from: panes that are drawn only when they change, and its two menus."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.events import Click, Key, Resize
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from . import colours as colour

Draw = Callable[[int, int], list[Text]]
"""Returns the lines that stand in so many cells and rows."""


class Pane(Widget):
    """Shows what ``draw`` returns for its size; ``look`` draws again the lines that have changed, and only those."""

    def __init__(self, draw: Draw, id: str, clicked: Callable[[int], None] | None = None) -> None:
        super().__init__(id=id)
        self._draw_text, self._clicked = draw, clicked
        self.lines: list[Text] = []

    @property
    def shown(self) -> str:
        """What stands there, without colours."""
        return "\n".join(line.plain for line in self.lines)

    def look(self) -> None:
        """Draw again what has changed."""
        before, self.lines = self.lines, self._draw_text(self.size.width, self.size.height)
        rows = [y for y, (old, new) in enumerate(zip_longest(before, self.lines)) if old != new]
        if rows:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in rows))

    def render_line(self, y: int) -> Strip:
        """Return a line as it was drawn last."""
        line = self.lines[y] if y < len(self.lines) else Text()
        strip = Strip(line.render(self.app.console)).adjust_cell_length(self.size.width)
        return strip.apply_style(self.rich_style + self.app.console.get_style(line.style))

    def on_resize(self, event: Resize) -> None:
        """Draw for the new size."""
        self.look()

    def on_click(self, event: Click) -> None:
        """Tell which row was clicked."""
        if self._clicked:
            self._clicked(event.y)


class Menu(ModalScreen[str | None]):
    """A box over the screen with a text; it ends with the key that was pressed, if that is among ``answers``.

    Arrows and PgUp, PgDn scroll what does not fit; any other key ends it with None.
    """

    DEFAULT_CSS = f"""
    Menu {{ align: center middle; background: {colour.BACK} 60%; }}
    Menu VerticalScroll {{
        width: auto; max-width: 100%; height: auto; max-height: 100%; padding: 0 2; scrollbar-size-vertical: 1;
        border: round {colour.MUTED}; background: {colour.RAISED}; border-title-color: {colour.INK};
    }}
    Menu Static {{ width: auto; height: auto; }}
    """

    def __init__(self, title: str, text: Text, answers: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._heading, self._text, self._answers = title, text, answers
        self.ended = False

    def compose(self) -> ComposeResult:
        """Make the box."""
        with VerticalScroll() as box:
            box.border_title = self._heading
            yield Static(self._text)

    def on_key(self, event: Key) -> None:
        """End with an answer, or with None; what comes before the box has gone is for those behind it."""
        if self.ended or event.key in ("up", "down", "pageup", "pagedown", "home", "end"):
            return
        event.stop()
        self.ended = True
        pressed = event.character or event.key
        self.dismiss(pressed if pressed in self._answers else None)
