"""Meters made of characters: bars, columns, sliders, large digits, clocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from ...graph.control.console.readings import SILENT_DB

UPWARD = " ▁▂▃▄▅▆▇█"
ALONG = " ▏▎▍▌▋▊▉█"
ELLIPSIS = "…"

_PIXELS = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111", "3": "111001011001111",
    "4": "101101111001001", "5": "111100111001111", "6": "111100111101111", "7": "111001001001001",
    "8": "111101111101111", "9": "111101111001111", "-": "000000111000000", ".": "00001",
}  # fmt: skip
"""Rows of pixels from above, five a character."""


def number(value: float, digits: int = 1, signed: bool = False) -> str:
    """Return ``value`` as a meter shows it; silence and what is no number are a dash."""
    if not math.isfinite(value) or value <= SILENT_DB + 1.0:
        return "-" + "-." * (digits > 0) + "-" * digits
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    return text.replace("-", "", 1) if float(text) == 0.0 else text


def clock(seconds: float, tenths: bool = True) -> str:
    """Return ``seconds`` as ``m:ss.t``, with hours where there are any."""
    whole = max(0.0, seconds) if math.isfinite(seconds) else 0.0
    ticks = int(whole * 10.0 + 1e-6)
    minutes, rest = divmod(ticks, 600)
    end = f"{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
    return f"{minutes // 60}:{minutes % 60:02d}:{end}" if minutes >= 60 else f"{minutes}:{end}"


def hertz(hz: float) -> str:
    """Return a frequency in at most four characters: ``40``, ``1.1k``, ``15k``."""
    if hz < 1000.0:
        return f"{hz:.0f}"
    return f"{hz / 1000.0:.1f}k".replace(".0k", "k") if hz < 10000.0 else f"{hz / 1000.0:.0f}k"


def share(value: float, lo: float, hi: float) -> float:
    """Return where ``value`` lies between ``lo`` and ``hi``, 0..1; what is no number lies at the low end."""
    return min(1.0, max(0.0, (value - lo) / (hi - lo))) if math.isfinite(value) and hi > lo else 0.0


def bar(filled: float, cells: int) -> str:
    """Return a bar of ``cells`` characters, ``filled`` 0..1 from the left, in eighths of a character."""
    eighths = round(filled * cells * 8)
    text = "█" * (eighths // 8) + (ALONG[eighths % 8] if eighths % 8 else "")
    return text.ljust(cells)[:cells]


def rise(filled: float, rows: int) -> list[str]:
    """Return a column of ``rows`` characters from above, ``filled`` 0..1 from below, in eighths of a character."""
    eighths = round(filled * rows * 8)
    return [UPWARD[min(8, max(0, eighths - 8 * row))] for row in reversed(range(rows))]


def hang(filled: float, rows: int) -> list[tuple[str, bool]]:
    """Return a column as ``rise`` does, from above, that hangs from the top.

    There are no characters that hang: those marked true are to be drawn in the ground's colour on the column's.
    """
    eighths = round(filled * rows * 8)
    cells = [min(8, max(0, eighths - 8 * row)) for row in range(rows)]
    return [(UPWARD[8 - n], True) if 0 < n < 8 else (UPWARD[n], False) for n in cells]


def slider(position: float, home: float, cells: int) -> str:
    """Return a track of ``cells`` characters with a knob at ``position`` and a tick at ``home``, both 0..1."""
    track = ["─"] * cells
    track[round(home * (cells - 1))] = "┼"
    track[round(position * (cells - 1))] = "●"
    return "".join(track)


def large(text: str) -> list[str]:
    """Return ``text`` of digits, ``-`` and ``.`` as three rows of half blocks."""
    rows = ["", "", ""]
    for sign in text:
        pixels = _PIXELS[sign]
        wide = len(pixels) // 5
        lines = [pixels[at : at + wide] for at in range(0, len(pixels), wide)] + ["0" * wide]
        for row in range(3):
            pairs = zip(lines[2 * row], lines[2 * row + 1], strict=True)
            rows[row] += "".join(" ▄▀█"[2 * int(top) + int(low)] for top, low in pairs) + " "
    return [row[:-1] for row in rows]


def fitted(text: str, cells: int) -> str:
    """Return one line of ``text`` that takes exactly ``cells``: cut with an ellipsis, or filled with blanks."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    if cells <= 0:
        return ""
    return set_cell_size(line, cells - 1) + ELLIPSIS if cell_len(line) > cells else set_cell_size(line, cells)


def grouped(values: Sequence[float], first: int, cells: int) -> list[float]:
    """Return the highest of ``values`` for each of at most ``cells`` columns, oldest first.

    ``first`` is the number of the first value: groups begin at multiples of their size, so a column, once drawn, keeps
    its height while it moves.
    """
    size = max(1, -(-len(values) // max(1, cells - 1)))
    columns: dict[int, float] = {}
    for at, value in enumerate(values, start=first):
        columns[at // size] = max(columns.get(at // size, 0.0), value)
    return list(columns.values())[-cells:]
