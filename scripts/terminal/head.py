"""The head of the screen: what plays, in which sound, where it is, and what of it is heard."""

from __future__ import annotations

from rich.text import Text

from . import colours as colour
from .glyphs import clock, fitted, share
from .view import ConsoleView

HEARD = (("bypass", "ORIGINAL", colour.BEFORE), ("delta", "DELTA", colour.ASKED), ("matched", "MATCHED", colour.AFTER))
"""Switches that change what is heard, with the word for it."""


def head_rows(desk: ConsoleView) -> int:
    """Return how many lines the head takes: without a transport or profiles, fewer."""
    return 1 + (desk.has("profile") or _chips(desk) is not None) + desk.has("play")


def draw_head(desk: ConsoleView, cells: int, rows: int) -> list[Text]:
    """Return title and profile, its sentence and what is heard, the transport."""
    lines = [_title(desk, cells)]
    chips = _chips(desk)
    if desk.has("profile") or chips is not None:
        sound = desk.profile.sound if desk.profile else ""
        right = chips or Text()
        line = Text(fitted(f" {sound}", cells - right.cell_len - 1), f"italic {colour.MUTED}")
        lines.append(line.append_text(right))
    if desk.has("play"):
        lines.append(_transport(desk, cells))
    return lines[:rows]


def _title(desk: ConsoleView, cells: int) -> Text:
    right = Text()
    if desk.has("profile"):
        right.append(
            f" {desk.profile.name if desk.profile else desk.console.plain('profile')} ",
            f"bold {colour.BACK} on {colour.AFTER}",
        )
        right.append(f" {desk.profile.title if desk.profile else ''} ", f"bold {colour.AFTER}")
    title = desk.title or ("" if desk.has("play") else "live input")
    return Text(fitted(f" {title}", cells - right.cell_len), f"bold {colour.INK}").append_text(right)


def _chips(desk: ConsoleView) -> Text | None:
    """Return what of it is heard; None where nothing can change that."""
    there = [(word, tint, desk.on(path)) for path, word, tint in HEARD if desk.has(path)]
    if not there:
        return None
    chips = Text()
    if desk.has("bypass") and not desk.on("bypass") and not desk.on("delta"):
        chips.append("MASTER ", colour.MUTED)
    for word, tint, on in there:
        if on:
            chips.append(f" {word} ", f"bold {colour.BACK} on {tint}").append(" ")
    return chips


def _transport(desk: ConsoleView, cells: int) -> Text:
    """Return play or pause, the position, and the track as a line with its loop region."""
    position, playing = desk.readings.position_s, desk.on("play")
    line = Text(f" {'▶' if playing else '⏸'} ", f"bold {colour.AFTER if playing else colour.MUTED}")
    line.append(f"{clock(position):>7}", f"bold {colour.INK}")
    if not desk.length_s:
        return line
    line.append(f" / {clock(desk.length_s, tenths=False)} ", colour.MUTED)
    loop, told = _loop(desk), ""
    if loop:
        told = f" loop {clock(loop[0], False)}-{clock(loop[1], False)}" + ("" if desk.on("loop") else " off")
    room = max(8, cells - line.cell_len - len(told) - 1)
    line.append_text(_track(desk, position / desk.length_s, loop, room))
    return line.append(told, colour.ASKED if desk.on("loop") else colour.MUTED)


def _loop(desk: ConsoleView) -> tuple[float, float] | None:
    """Return the loop region in s, where there is one."""
    start, end = desk.stored("loop_start"), desk.stored("loop_end")
    return (start, end) if start is not None and end is not None and end > start else None


def _track(desk: ConsoleView, at: float, loop: tuple[float, float] | None, cells: int) -> Text:
    head = round(share(at, 0.0, 1.0) * (cells - 1))
    signs = ["━" if i < head else "─" for i in range(cells)]
    tints = [colour.AFTER if i < head else colour.GRID for i in range(cells)]
    if loop and desk.length_s:
        tint = colour.ASKED if desk.on("loop") else colour.MUTED
        first, last = (round(share(s / desk.length_s, 0.0, 1.0) * (cells - 1)) for s in loop)
        for i in range(first, last + 1):
            signs[i] = "═" if desk.on("loop") else signs[i]
            tints[i] = tint
        signs[first], signs[last] = "[", "]"
    signs[head], tints[head] = "●", f"bold {colour.INK}"
    line = Text()
    for sign, tint in zip(signs, tints, strict=True):
        line.append(sign, tint)
    return line
