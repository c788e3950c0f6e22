"""A console cut into the pages of a surface: the session, every node, the meters, and what can be done by a button."""

from __future__ import annotations

from ..console.console import Console
from ..console.controls import Action, Control

SESSION = "session"
NUMBERS = tuple(range(1, 9))
"""An action that takes a number, such as storing a snapshot, gets a button for each of these."""


def sections(console: Console) -> dict[str, list[Control]]:
    """Return the controls that can be moved while it runs by page, those beside the nodes on the first."""
    pages: dict[str, list[Control]] = {SESSION: []}
    for path, control in console.controls.items():
        if control.declared.live:
            node = path.rpartition(".")[0]
            pages.setdefault(node or SESSION, []).append(control)
    return {title: controls for title, controls in pages.items() if controls}


def title(control: Control) -> str:
    """Return the name of ``control`` on its page."""
    return control.path.rpartition(".")[2].replace("_", " ")


def buttons(console: Console) -> list[tuple[str, Action, int | None]]:
    """Return label, action and number of every action that a button can do: what takes nothing, or only a number."""
    labelled: list[tuple[str, Action, int | None]] = []
    for action in console.actions.values():
        needed = [kind for _, kind in action.takes[: len(action.takes) - action.optional]]
        label = action.path.replace(".", " ")
        if not needed:
            labelled.append((label, action, None))
        elif needed == [int]:
            labelled += [(f"{label} {number}", action, number) for number in NUMBERS]
    return labelled
