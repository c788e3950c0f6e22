"""The tables of a MIDI map file, read one by one, with errors that name the line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .....presets.toml_table import Table
from ..messages.interpreter import Kind
from .map import PRESSES, READS, TAKEOVERS, Binding, Button, Encoder, Fader, MapError, Message, Program, Trigger

PLACES: tuple[Kind, ...] = ("cc", "cc14", "nrpn", "pitch")
TURNS: tuple[Kind, ...] = ("cc", "nrpn")
PRESSED: tuple[Kind, ...] = ("note", "cc", "program")


@dataclass(frozen=True)
class Entry(Table):
    """One table of a file; of a list of tables ``[[name]]`` the one number ``nth`` from 0."""

    nth: int = 0

    def error(self, key: str, what: str) -> MapError:
        """Return the error for ``key`` of this table, with its line."""
        return MapError(self.located(key, what), key)

    def optional(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        """Return the value of ``key``, None if there is none; raises ``MapError`` for another kind."""
        return self.value(key, kind, what) if key in self.content else None

    def switch(self, key: str, default: bool) -> bool:
        """Return the true or false under ``key``."""
        value = self.content.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"{key} = {value!r}: must be true or false")
        return value

    def one_of(self, key: str, names: tuple[str, ...]) -> Any:
        """Return the name under ``key``, by default the first of ``names``."""
        value = self.content.get(key, names[0])
        if value not in names:
            raise self.error(key, f"{key} = {value!r}: must be one of {', '.join(names)}")
        return value

    def finite(self, key: str, lo: float = -math.inf, hi: float = math.inf) -> float | None:
        """Return the number under ``key``, if there is one."""
        number = self.optional(key, (int, float), "a number")
        if number is not None and not (math.isfinite(number) and lo <= number <= hi):
            raise self.error(key, f"{key} = {number}: must be {f'{lo:g}..{hi:g}' if lo > -math.inf else 'finite'}")
        return None if number is None else float(number)

    def whole(self, key: str, lo: int, hi: int, hint: str = "") -> int | None:
        """Return the whole number under ``key``, if there is one."""
        number = self.optional(key, int, f"a whole number {lo}..{hi}{hint}")
        if number is not None and not lo <= number <= hi:
            raise self.error(key, f"{key} = {number}: must be {lo}..{hi}{hint}")
        return None if number is None else int(number)

    def message(self, key: str, kinds: tuple[Kind, ...], channel: int | None = None) -> Message:
        """Return the message under ``key``, which must be one of ``kinds``."""
        try:
            message = Message.read(self.text(key), channel)
        except MapError as wrong:
            raise self.error(key, f"{key} = {wrong}") from None
        if message.kind not in kinds:
            raise self.error(key, f"{key} = {str(message)!r}: must be of {', '.join(kinds)} here")
        return message

    def channel(self) -> int | None:
        """Return the channel 0-15, None for every one."""
        channel = self.whole("channel", 1, 16, "; leave it out for every channel")
        return None if channel is None else channel - 1

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Give what is found wrong inside the file and the line."""
        try:
            yield
        except MapError as wrong:
            raise self.error(wrong.key, str(wrong)) from None

    def line(self, key: str = "") -> int:
        """Return the line of ``key`` in the file, that of the table's head without one."""
        seen, head, line = -1, "", 1
        for number, text in enumerate(self.written.splitlines(), start=1):
            section = re.match(r"\s*\[{1,2}([^\]]+)\]", text)
            if section:
                head = section[1].strip()
                seen += head == self.name
                if (head, seen) == (self.name, self.nth) or (not self.name and head == key):
                    line = number
            elif head != self.name or seen not in (self.nth, -1) or not key:
                continue
            elif re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", text):
                return number
        return line


def _fader(entry: Entry) -> Fader:
    entry.only("message", "channel", "moves", "from", "to", "takeover", "feedback", "touch")
    touch = entry.message("touch", ("note",)) if "touch" in entry.content else None
    message, moves = entry.message("message", PLACES, entry.channel()), entry.text("moves")
    return Fader(
        message, moves, entry.finite("from"), entry.finite("to"),
        entry.one_of("takeover", TAKEOVERS), entry.switch("feedback", True), touch,
    )  # fmt: skip


def _encoder(entry: Entry) -> Encoder:
    entry.only("message", "channel", "moves", "reads", "steps", "feedback")
    message = entry.message("message", TURNS, entry.channel())
    steps = entry.whole("steps", 1, 16383)
    reads, feedback = entry.one_of("reads", READS), entry.switch("feedback", True)
    return Encoder(message, entry.text("moves"), reads, steps or 127, feedback)


def _button(entry: Entry) -> Button:
    entry.only("message", "channel", "moves", "presses", "value", "feedback")
    message, moves = entry.message("message", PRESSED, entry.channel()), entry.text("moves")
    value = entry.content.get("value")
    if not isinstance(value, (bool, str, int, float, type(None))) or (isinstance(value, float) and value - value != 0):
        raise entry.error("value", f"value = {value!r}: must be a number, a name in quotes, true or false")
    presses = entry.one_of("presses", PRESSES)
    return Button(message, moves, presses, value, entry.switch("feedback", True))


def _trigger(entry: Entry) -> Trigger:
    entry.only("message", "channel", "does", "with", "held", "shifted")
    message = entry.message("message", PRESSED, entry.channel())
    arguments = entry.optional("with", list, "a list of numbers and texts, such as [1]") or []
    if not all(isinstance(one, (str, int, float)) and not isinstance(one, bool) for one in arguments):
        raise entry.error("with", f"with = {arguments!r}: must be a list of numbers and texts, such as [1]")
    held, shifted = (entry.text(key) if key in entry.content else None for key in ("held", "shifted"))
    if held is not None and message.kind == "program":
        raise entry.error("held", f"held = {held!r}: a program is not held; leave it out")
    return Trigger(message, entry.text("does"), tuple(arguments), held, shifted)


def _program(entry: Entry) -> Program:
    entry.only("channel", "moves")
    return Program(entry.text("moves"), entry.channel())


READERS: dict[str, Callable[[Entry], Binding]] = {
    "fader": _fader, "encoder": _encoder, "button": _button, "trigger": _trigger, "program": _program,
}  # fmt: skip
