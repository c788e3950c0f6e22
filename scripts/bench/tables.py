"""What a benchmark hands over: tables on the terminal, as JSON and as Markdown, and the plots behind them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from rich.table import Table

from ...graph.storage.atomic import write_bytes
from ..sheets.palette import STYLE
from ..shell.outcome import Refused, Session
from ..shell.tables import show, table

Cell = float | int | str | None

DPI = 140


@dataclass
class Figures:
    """A table: ``rows`` of a name and values, None where there is none; ``note`` says what is measured and how."""

    name: str
    title: str
    note: str
    columns: Sequence[str]
    digits: int = 2
    rows: list[tuple[Cell, ...]] = field(default_factory=list)

    def add(self, *row: Cell) -> None:
        """Append a row, as long as ``columns``."""
        if len(row) != len(self.columns):
            raise ValueError(f"{self.name}: a row of {len(row)} in a table of {len(self.columns)} columns")
        self.rows.append(tuple(_plain(cell) for cell in row))

    def shown(self) -> Table:
        """Return the table for the terminal."""
        shown = table(*self.columns, right=tuple(range(1, len(self.columns))))
        for row in self.rows:
            shown.add_row(*(self._text(cell) for cell in row))
        return shown

    def markdown(self) -> str:
        """Return the table as Markdown."""
        lines = [f"## {self.title}", "", self.note, "", "| " + " | ".join(self.columns) + " |"]
        lines.append("|---|" + "---:|" * (len(self.columns) - 1))
        lines += ["| " + " | ".join(self._text(cell) for cell in row) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def plain(self) -> dict[str, Any]:
        """Return the table as it goes into JSON."""
        return {"title": self.title, "note": self.note, "columns": list(self.columns), "rows": self.rows}

    def _text(self, cell: Cell) -> str:
        if cell is None:
            return "-"
        return f"{cell:.{self.digits}f}" if isinstance(cell, float) else str(cell)


def _plain(cell: Any) -> Cell:
    """Return ``cell`` as a type of Python's own; None for what is no number."""
    if cell is None or isinstance(cell, (str, int)):
        return cell
    value = float(cell)
    return value if abs(value) < float("inf") else None


class Bench:
    """The folder of one run and what has been put there."""

    def __init__(self, folder: Path, session: Session, about: dict[str, Any], name: str = "bench") -> None:
        """Begin with nothing measured; ``name`` is that of the files.  Raises ``Refused`` if there can be no folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(f"{folder}: cannot be made a directory: {error.strerror}") from None
        self.folder, self._session, self._about, self._name = folder, session, about, name
        self._tables: list[Figures] = []

    def put(self, figures: Figures) -> None:
        """Print a table, and keep it: what has been measured stays if a later part fails."""
        show(f"\n{figures.title}", figures.note, figures.shown())
        self._tables.append(figures)
        document = {"about": self._about, "tables": {each.name: each.plain() for each in self._tables}}
        self.write(f"{self._name}.json", json.dumps(document, indent=1, allow_nan=False).encode())
        head = f"# masterchain bench {'sound' if self._name == 'bench' else self._name}\n\n" + "".join(
            f"* {key}: {value}\n" for key, value in self._about.items()
        )
        self.write(f"{self._name}.md", "\n".join([head, *(each.markdown() for each in self._tables)]).encode())

    def figure(self, name: str, width: float = 8.0, height: float = 5.0) -> Plot:
        """Return a figure to draw on in a ``with`` block, which is saved as ``name`` (PNG) at its end."""
        return Plot(self, name, width, height)

    def write(self, name: str, content: bytes) -> None:
        """Write ``content`` into the file ``name`` of the folder."""
        path = self.folder / name
        write_bytes(path, content)
        if str(path) not in self._session.written:
            self._session.written.append(str(path))


class Plot:
    """A figure in the house style for the time of a ``with`` block."""

    def __init__(self, bench: Bench, name: str, width: float, height: float) -> None:
        self._bench, self._name, self._size = bench, name, (width, height)

    def __enter__(self) -> Figure:
        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its first run chats about fonts
        self._style = matplotlib.rc_context(STYLE)
        self._style.__enter__()
        self._figure = Figure(figsize=self._size, layout="constrained")
        return self._figure

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if kind is None:
            file = io.BytesIO()
            self._figure.savefig(file, format="png", dpi=DPI, metadata={"Software": "masterchain"})
            self._bench.write(self._name, file.getvalue())
        self._style.__exit__(None, None, None)
