"""Tables on stdout, in one style."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table


def table(*headings: str, right: tuple[int, ...] = ()) -> Table:
    """Return an empty table in the house style; the columns numbered in ``right`` hold figures."""
    result = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for i, heading in enumerate(headings):
        result.add_column(heading, justify="right" if i in right else "left")
    return result


def show(*parts: object) -> None:
    """Print ``parts`` on stdout: as a person reads them on a terminal, as plain text elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    for part in parts:
        console.print(part, markup=False) if isinstance(part, str) else console.print(part)
