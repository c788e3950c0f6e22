"""The meters of the screen: loudness, peaks, gain reduction and its history, equaliser, width."""

from __future__ import annotations

from rich.text import Text

from ...nodes.bands import BANDS_HZ
from . import colours as colour
from .glyphs import bar, fitted, grouped, hang, hertz, large, number, rise, share
from .view import HISTORY_S, ConsoleView

LOUDNESS_SPAN = (-18.0, 6.0)
"""LU around the target, or around -14 LUFS, that the loudness bars show."""

PEAK_SPAN = (-24.0, 1.0)
REDUCTION_SPAN = (0.0, 12.0)
REDUCTION_ROW_DB = 3.0
BAND_SPAN = (0.0, 10.0)

ROOMY_ROWS = 26
ROOMY_CELLS = 59
LARGE = 20
"""Cells of a large number with the room beside it."""

LABEL = 12
"""Cells of a meter's name and number, in front of its bar."""

BEHIND = 13
"""Cells of the highest value, behind a bar."""


def draw_meters(desk: ConsoleView, cells: int, rows: int) -> list[Text]:
    """Return all meters in ``rows`` lines of ``cells``; what does not fit below is left out."""
    gap = [Text()] if rows >= ROOMY_ROWS else []
    upper = [*gap, *_loudness(desk, cells), *gap, _peak(desk, cells), *gap, _reduction(desk, cells)]
    lower = [*gap, *_image(desk, cells)]
    spare = max(3, rows - len(upper) - len(lower) - len(gap) - 1)
    up_down = min(6, max(1, spare // 3))
    history = _history(desk, cells, min(4, max(1, spare - 2 * up_down)))
    lines = [*upper, *history, *gap, *_bands(desk, cells, up_down), *lower]
    return lines[:rows]


def _loudness(desk: ConsoleView, cells: int) -> list[Text]:
    """Return large numbers with their names, and the bars of what moves."""
    r, target = desk.readings, desk.target_lufs
    shown = [("integrated LUFS", r.integrated_lufs)]
    if cells >= ROOMY_CELLS:
        shown += [("short-term LUFS", r.short_term_lufs), ("momentary LUFS", r.momentary_lufs)]
    rows = [Text(" ", f"bold {colour.INK}") for _ in range(3)]
    for _, value in shown:
        for row, drawn in zip(rows, large(number(value)), strict=True):
            row.append(drawn.ljust(LARGE))
    names = Text(" " + "".join(fitted(name, LARGE) for name, _ in shown), colour.MUTED)
    lines = [*rows, names]
    if target is not None:
        off = number(r.integrated_lufs - target, 1, signed=True) if r.integrated_lufs > -100.0 else "--.-"
        if len(shown) > 1:
            lines.append(Text(f" {off} LU", f"bold {colour.INK}").append(f"  target {number(target)}", colour.ASKED))
        else:
            rows[1].append(f"{off} LU")
            names.append(f"target {number(target)}", colour.ASKED)
    for line in lines:
        line.rstrip()
    lines.append(_loudness_bar("M", r.momentary_lufs, target, cells, colour.AFTER))
    return [*lines, _loudness_bar("S", r.short_term_lufs, target, cells, colour.AFTER_SLOW)]


def _loudness_bar(name: str, value: float, target: float | None, cells: int, tint: str) -> Text:
    middle = -14.0 if target is None else target
    span = middle + LOUDNESS_SPAN[0], middle + LOUDNESS_SPAN[1]
    tick = None if target is None else share(target, *span)
    return _barred(name, number(value), share(value, *span), cells - LABEL - 1, tint, tick)


def _peak(desk: ConsoleView, cells: int) -> Text:
    now, room = desk.readings.true_peak_dbtp, cells - LABEL - BEHIND
    tick = share(desk.ceiling_dbtp, *PEAK_SPAN)
    line = _barred("TP", number(now, 2), share(now, *PEAK_SPAN), room, colour.AFTER, tick)
    if desk.overs:
        over = f"OVER {number(desk.highest_peak, 2):>6} "
        return line.append(" ").append(over, f"bold {colour.BACK} on {colour.REDUCTION}")
    return line.append(f"  max {number(desk.highest_peak, 2):>6}", colour.MUTED)


def _reduction(desk: ConsoleView, cells: int) -> Text:
    now, room = desk.readings.gain_reduction_db, cells - LABEL - BEHIND
    line = _barred("GR", number(now), share(now, *REDUCTION_SPAN), room, colour.REDUCTION)
    return line.append(f"  max {max(desk.reductions, default=0.0):>6.1f}", colour.MUTED)


def _barred(name: str, value: str, filled: float, cells: int, style: str, tick: float | None = None) -> Text:
    """Return name, number, and a bar of ``cells`` with a ``tick`` at 0..1: thick where the bar has passed it."""
    line = Text(f" {name:<3}", colour.MUTED).append(f"{value:>6}", f"bold {colour.INK}").append("  ")
    cells = max(1, cells)
    drawn = bar(filled, cells)
    if tick is None:
        return line.append(drawn, f"{style} on {colour.RAISED}")
    at = min(cells - 1, round(tick * cells))
    line.append(drawn[:at], f"{style} on {colour.RAISED}")
    line.append("█" if filled > tick else "┃", f"bold {colour.ASKED} on {colour.RAISED}")
    return line.append(drawn[at + 1 :], f"{colour.ASKED} on {colour.RAISED}")


def _history(desk: ConsoleView, cells: int, rows: int) -> list[Text]:
    """Return the last 30 s of gain reduction, the newest at the right."""
    room = max(1, cells - 5)
    first = desk.slice - len(desk.reductions) + 1
    top = rows * REDUCTION_ROW_DB
    drawn = [rise(share(value, 0.0, top), rows) for value in grouped(desk.reductions, first, room)]
    blank = room - len(drawn)
    lines = []
    for row in range(rows):
        line = Text(f"{(rows - row) * REDUCTION_ROW_DB:>3.0f} ", colour.MUTED)
        told = f"last {HISTORY_S:.0f} s" if row == rows - 1 else ""
        line.append(fitted(told, blank) if blank > len(told) else " " * blank, colour.GRID)
        lines.append(line.append("".join(column[row] for column in drawn), colour.REDUCTION))
    return lines


def _bands(desk: ConsoleView, cells: int, rows: int) -> list[Text]:
    """Return the gains of the equaliser's bands: columns up and down from 0 dB, ``rows`` each way, and their names."""
    gains = desk.readings.band_gains_db
    wide = max(2, min(5, (cells - 4) // max(1, len(gains))))
    scale = [f"+{BAND_SPAN[1]:.0f}", *[""] * (2 * rows - 2), f"-{BAND_SPAN[1]:.0f}"]
    lines = [Text(f"{mark:>3} ", colour.MUTED) for mark in scale]
    for gain in gains:
        for row, sign in enumerate(rise(share(gain, *BAND_SPAN), rows)):
            base = sign == " " and row == rows - 1
            lines[row].append(("▁" if base else sign) * (wide - 1), colour.GRID if base else colour.ASKED).append(" ")
        for row, (sign, inverted) in enumerate(hang(share(-gain, *BAND_SPAN), rows)):
            style = f"{colour.BACK} on {colour.AFTER}" if inverted else colour.AFTER
            lines[rows + row].append(sign * (wide - 1), style).append(" ")
    return [*lines, _band_names(len(gains), wide)]


def _band_names(bands: int, wide: int) -> Text:
    """Return the bands' frequencies, every second one where they would run into each other."""
    every = 1 if wide >= 5 else 2
    names = [hertz(hz) if bands == len(BANDS_HZ) else str(i + 1) for i, hz in enumerate(BANDS_HZ[:bands])]
    row = "".join(name.ljust(wide * every) for name in names[::every])
    return Text(" EQ ", colour.MUTED).append(row, colour.MUTED)


def _image(desk: ConsoleView, cells: int) -> list[Text]:
    """Return the width of lows, mids and highs, and the correlation between its ends."""
    r = desk.readings
    line = Text(" side", colour.MUTED)
    for name, ratio in zip(("low", "mid", "high"), r.width, strict=True):
        line.append(f" {name}", colour.MUTED).append(f" {number(ratio, 0)}", f"bold {colour.INK}")
    line.append(" dB", colour.MUTED)
    room = max(5, cells - LABEL - 5)
    at = round(share(r.correlation, -1.0, 1.0) * (room - 1))
    scale = ["─"] * room
    scale[room // 2] = "┼"
    scale[at] = "●"
    bad = colour.REDUCTION if r.correlation < 0.0 else colour.AFTER
    cor = Text(" cor ", colour.MUTED).append(f"{number(r.correlation, 2, signed=True):>5}", f"bold {colour.INK}")
    cor.append("  -1", colour.MUTED).append("".join(scale[:at]), colour.GRID).append("●", bad)
    return [line, cor.append("".join(scale[at + 1 :]), colour.GRID).append("+1", colour.MUTED)]
