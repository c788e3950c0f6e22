"""Markdown: tables, and texts that stand in their cells."""

from __future__ import annotations

from collections.abc import Iterable


def cell(text: object) -> str:
    """Return ``text`` as it stands in the cell of a table: in one line, and no bar ends it early."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return ``text`` as code, nothing for none."""
    return f"`{text}`" if str(text) else ""


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Return the lines of a table, and an empty one behind it."""
    heads = list(columns)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell(text) for text in row)} |" for row in rows]
    return [*lines, ""]


def page(title: str, about: str, lines: Iterable[str]) -> str:
    """Return a page: its title, what it is made from, its lines."""
    return "\n".join([f"# {title}", "", about, "", *lines]).rstrip() + "\n"
