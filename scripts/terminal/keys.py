"""The keys of the screen: what they are called, what they do, and what the console must have for it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from . import colours as colour
from .view import ConsoleView

STORE_KEYS = tuple(f"{held}+{digit}" for held in ("ctrl", "shift") for digit in range(1, 10))
"""Only some terminals tell these apart from the digit; ``k`` and a digit work in all."""


RARE = ("save", "render", "matched", "filter", "delta", "seek", "loop", "choose", "profile", "move", "A/B", "play")
"""Hints in the order in which they give way where the line is short."""


@dataclass(frozen=True)
class Key:
    """One thing that keys do: their ``names`` in textual, what is ``shown`` of them, the ``act`` of the screen.

    ``needs`` is the control or action without which there is nothing to do; ``hint`` is what the last line says.
    """

    names: tuple[str, ...]
    shown: str
    act: str
    doc: str
    needs: str = ""
    hint: str = ""


KEYS = (
    Key((" ",), "space", "play", "play or pause", "play", "play"),
    Key(("s",), "s", "stop", "stop: pause, and back to the beginning", "stop"),
    Key(("left", "right"), "← →", "seek", "5 s back or on; with shift 30 s", "seek", "seek"),
    Key(("shift+left", "shift+right"), "", "seek", "", "seek"),
    Key(("l",), "l", "loop", "loop on or off", "loop", "loop"),
    Key(("[", "]"), "[ ]", "mark", "the loop begins, or ends, here", "loop_start"),
    Key(("b",), "b", "compare", "hear the original, or the master again", "bypass", "A/B"),
    Key(("d",), "d", "delta", "hear only what was changed", "delta", "delta"),
    Key(("m",), "m", "matched", "compare at the same loudness", "matched", "matched"),
    Key(("p",), "p", "profiles", "choose a profile", "profile", "profile"),
    Key(("pageup", "pagedown"), "PgUp PgDn", "profile", "the profile before, or after", "profile"),
    Key(("up", "down"), "↑ ↓", "choose", "choose a parameter; with shift ten further", hint="choose"),
    Key(("shift+up", "shift+down"), "", "choose", ""),
    Key(("+", "=", "-"), "+ -", "step", "move it; a little: . and ,", hint="move"),
    Key((".", ",", "_"), ". ,", "fine", ""),
    Key(("enter",), "Enter", "value", "type its value"),
    Key(("backspace",), "Backspace", "reset", "back to the profile's value, or the default"),
    Key(("/",), "/", "filter", "list only what has these words; Escape: all", hint="filter"),
    Key(tuple("123456789"), "1..9", "recall", "recall a snapshot", "snapshot.recall"),
    Key(("k", *STORE_KEYS), "k 1..9", "store", "keep a snapshot; or Ctrl and the digit", "snapshot.store"),
    Key(("c",), "c", "clear", "clear the memory of the peak meter"),
    Key(("r",), "r", "render", "render the master to a file", "render", "render"),
    Key(("w",), "w", "save", "save the settings as a preset", "save", "save"),
    Key(("?",), "?", "help", "these keys", hint="help"),
    Key(("q", "ctrl+c"), "q", "leave", "quit", hint="quit"),
)


def key_named(name: str) -> Key | None:
    """Return what the key of that name does, None for one that does nothing."""
    return next((key for key in KEYS if name in key.names), None)


def there(desk: ConsoleView) -> list[Key]:
    """Return the keys that do something at this console."""
    return [key for key in KEYS if not key.needs or desk.has(key.needs)]


def draw_hints(desk: ConsoleView, cells: int) -> Text:
    """Return the last line: the keys that one needs most."""
    parts = [(key.shown.replace(" ", ""), key.hint) for key in there(desk) if key.hint]
    left_out = [part for rare in RARE for part in parts if part[1] == rare]
    while left_out and sum(len(shown) + len(hint) + 3 for shown, hint in parts) > cells + 1:
        parts.remove(left_out.pop(0))
    line = Text(" ")
    for shown, hint in parts:
        line.append(shown, f"bold {colour.ASKED}").append(f" {hint}  ", colour.MUTED)
    line.truncate(max(1, cells), overflow="crop")
    return line


def draw_help(desk: ConsoleView) -> Text:
    """Return all keys that do something here, a line each."""
    told = [key for key in there(desk) if key.doc]
    return Text("\n").join(
        Text(f"{key.shown:>9}  ", f"bold {colour.ASKED}").append(key.doc, colour.INK) for key in told
    )
