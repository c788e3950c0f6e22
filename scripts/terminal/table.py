"""The table of parameters: path, value, knob; one of them is chosen, and typing filters them."""

from __future__ import annotations

from rich.text import Text

from ...nodes.params import Choice, Param
from . import colours as colour
from .glyphs import fitted, slider
from .view import ConsoleView

VALUE = 12


class Table:
    """What of a desk's controls is listed, which one is chosen, and how far the list is scrolled."""

    def __init__(self, desk: ConsoleView) -> None:
        self._desk = desk
        self.filter = ""
        self.chosen = next(iter(desk.movable()), "")
        self._first = 0

    def listed(self) -> list[str]:
        """Return the paths that hold every word of the filter; all when there is none."""
        words = self.filter.lower().split()
        return [path for path in self._desk.movable() if all(word in path.lower() for word in words)]

    def choose(self, steps: int) -> None:
        """Choose the control so many ``steps`` further down, at most the last."""
        listed = self.listed()
        if listed:
            at = listed.index(self.chosen) if self.chosen in listed else -1 if steps > 0 else 0
            self.chosen = listed[min(len(listed) - 1, max(0, at + steps))]

    def narrow(self, text: str) -> None:
        """List what holds the words of ``text``, and keep the choice if it is among them."""
        self.filter = text
        listed = self.listed()
        if listed and self.chosen not in listed:
            self.chosen = listed[0]

    def click(self, row: int) -> None:
        """Choose what stands in that ``row`` of the drawn table."""
        rows = self._rows()
        at = self._first + row - 1
        if row >= 1 and 0 <= at < len(rows) and rows[at][1]:
            self.chosen = rows[at][1]

    def draw(self, cells: int, rows: int) -> list[Text]:
        """Return the table around what is chosen, in ``rows`` lines of ``cells``."""
        listed = self._rows()
        self._scroll(listed, max(1, rows - 1))
        narrow = f" / {self.filter}" if self.filter else ""
        count = sum(1 for _, path in listed if path)
        lines = [
            Text(
                fitted(f" {count} parameter{'s' * (count != 1)}{narrow}", cells),
                colour.ASKED if narrow else colour.MUTED,
            )
        ]
        shown = listed[self._first : self._first + max(1, rows - 1)]
        for head, path in shown:
            lines.append(self._row(path, cells) if path else Text(fitted(f" {head}", cells), f"bold {colour.MUTED}"))
        return lines[:rows]

    def draw_doc(self, cells: int) -> Text:
        """Return what the chosen control does and how far it goes."""
        if self.chosen not in self.listed():
            return Text(fitted(" nothing has these words; Escape shows all", cells), colour.MUTED)
        control = self._desk.console.control(self.chosen)
        declared = control.declared
        if isinstance(declared, Param):
            span = f"{declared.lo:g}..{declared.hi:g} {declared.unit}".rstrip() + f", default {declared.default:g}"
        elif isinstance(declared, Choice):
            span = ", ".join(declared.names)
        else:
            span = "on or off"
        held = "" if declared.live else "  fixed while it runs"
        text = Text(f" {self.chosen}", f"bold {colour.INK}").append(f"  {declared.doc}", colour.INK)
        text.append(f"  {span}{held}", colour.MUTED)
        text.truncate(max(1, cells), overflow="ellipsis")
        return text

    def _rows(self) -> list[tuple[str, str]]:
        """Return (heading, "") and ("", path) in the order of the list."""
        rows: list[tuple[str, str]] = []
        last = ""
        for path in self.listed():
            node = path.rpartition(".")[0]
            if node != last:
                rows.append((node, ""))
                last = node
            rows.append(("", path))
        return rows

    def _scroll(self, listed: list[tuple[str, str]], rows: int) -> None:
        """Scroll no further than is needed to see the chosen one and its heading."""
        at = next((i for i, (_, path) in enumerate(listed) if path == self.chosen), 0)
        top = at - 1 if at and listed[at - 1][0] else at
        self._first = max(0, min(self._first, top, len(listed) - rows) if len(listed) > rows else 0)
        if at >= self._first + rows:
            self._first = at - rows + 1

    def _row(self, path: str, cells: int) -> Text:
        desk, console = self._desk, self._desk.console
        declared = console.control(path).declared
        chosen, fresh = path == self.chosen, desk.fresh(path)
        ground = f" on {colour.RAISED}" if chosen else ""
        away = abs(console.unit(path) - _unit(desk, path)) > 1e-6
        name_cells = max(8, min(20, cells - VALUE - 10))
        knob_cells = max(0, min(32, cells - name_cells - VALUE - 4))
        line = Text("▸" if chosen else "•" if fresh else " ", f"bold {colour.ASKED}{ground}")
        name = path.rpartition(".")[2]
        ink = colour.INK if declared.live else colour.MUTED
        line.append(fitted(name, name_cells), f"{'bold ' if chosen else ''}{ink}{ground}")
        tint = colour.ASKED if fresh else colour.INK if declared.live else colour.MUTED
        line.append(fitted(f"{console.text(path):>{VALUE}}", VALUE), f"bold {tint}{ground}")
        line.append("  ", ground.strip())
        if isinstance(declared, Param) and knob_cells > 3:
            drawn = slider(console.unit(path), _unit(desk, path), knob_cells)
            at = drawn.index("●")
            line.append(drawn[:at], f"{colour.GRID}{ground}")
            line.append("●", f"bold {colour.ASKED if away else colour.AFTER}{ground}")
            line.append(drawn[at + 1 :], f"{colour.GRID}{ground}")
        else:
            mark = "" if isinstance(declared, Choice) else "■" if console.stored(path) else "□"
            line.append(fitted(mark, knob_cells), f"{colour.ASKED if away else colour.AFTER}{ground}")
        line.truncate(cells, pad=True)
        return line


def _unit(desk: ConsoleView, path: str) -> float:
    """Return the knob position, 0..1, that the control at ``path`` comes from."""
    declared = desk.console.control(path).declared
    return min(1.0, max(0.0, declared.to_unit(desk.home(path)))) if declared.hi > declared.lo else 0.0
