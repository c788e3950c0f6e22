"""Tables on stdout: the profiles, and what ``masterchain analyze`` measured."""

from __future__ import annotations

import json

from rich import box
from rich.console import Console
from rich.table import Table

from ...presets import load, names


def table(*headings: str, right: tuple[int, ...] = ()) -> Table:
    """Return an empty table in the house style; the columns numbered in ``right`` hold figures."""
    made = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for i, heading in enumerate(headings):
        made.add_column(heading, justify="right" if i in right else "left")
    return made


def show(*parts: object) -> None:
    """Print ``parts`` on stdout: as a person reads them on a terminal, as plain text elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    for part in parts:
        console.print(part, markup=False) if isinstance(part, str) else console.print(part)


def print_profiles(as_json: bool) -> None:
    """Print letter, title, sound and use of every built-in profile."""
    found = [(name, load(name)) for name in names()]
    if as_json:
        rows = [{"profile": n, "title": p.title, "sound": p.sound, "suits": list(p.suits)} for n, p in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    listed = table("", "Title", "Sound", "Suited for")
    for name, profile in found:
        listed.add_row(name, profile.title, profile.sound, ", ".join(profile.suits))
    show(listed)
