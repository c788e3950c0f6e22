"""The screen of the blind trials: the keys, the trial, what is heard."""

from __future__ import annotations

from rich.text import Text
from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static

from ...terminal import colours as colour
from .listener import KEYS, Blind


class BlindScreen(App[None]):
    """Shows where ``blind`` is and hands it the keys, until it is done."""

    ENABLE_COMMAND_PALETTE = False
    CSS = f"Screen {{ background: {colour.BACK}; color: {colour.INK}; }} Static {{ padding: 1 2; }}"

    def __init__(self, blind: Blind) -> None:
        super().__init__()
        self.blind = blind

    def compose(self) -> ComposeResult:
        """Put the trial above the keys."""
        yield Static(self.blind.words(), id="trial", markup=False)
        yield Static(Text("\n").join(_line(key.shown, key.doc) for key in KEYS), id="keys")

    def on_mount(self) -> None:
        """Look now and then whether the sound is still there."""
        self.set_interval(0.25, self.look)

    def on_key(self, event: Key) -> None:
        """Do what the key does."""
        event.prevent_default()
        self.blind.press(event.key)
        self.look()

    def look(self) -> None:
        """Show what is so now; end when it is done."""
        if self.blind.done:
            self.exit()
        else:
            self.query_one("#trial", Static).update(self.blind.words())


def _line(shown: str, doc: str) -> Text:
    return Text(f"{shown:>5}  ", f"bold {colour.ASKED}").append(doc, colour.INK)
