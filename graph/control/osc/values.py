"""From the arguments of an OSC message to what a control or an action takes, and from there to what is told."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

from ....nodes.errors import MasterchainError
from ....nodes.params import Choice, Switch
from ..console.console import Console
from ..console.controls import Action, Control, ControlError
from .addresses import Value


class WrongType(MasterchainError, ValueError):
    """Arguments of other kinds, or of another number, than an address takes."""


class NotFinite(MasterchainError, ValueError):
    """NaN or infinity."""


def check_finite(arguments: tuple[Any, ...]) -> None:
    """Raise ``NotFinite`` when there is NaN or infinity among ``arguments``."""
    if any(isinstance(value, float) and not math.isfinite(value) for value in arguments):
        raise NotFinite("NaN and infinity are no values")


def move(console: Console, value: Value, arguments: tuple[Any, ...], by: object, at: float | None) -> None:
    """Move the control of ``value`` as ``arguments`` say; raise ``WrongType``, ``ControlError`` or ``ParamError``."""
    control = console.control(value.path)
    if value.form == "str":
        raise WrongType(f"{value.address} is only told, not taken")
    if len(arguments) != 1:
        raise WrongType(f"{value.path} takes one value; given {len(arguments)}")
    if value.form == "norm":
        console.set_unit(value.path, _position(control, arguments[0]), by=by, at=at)
    else:
        console.set(value.path, _plain(control, arguments[0]), by=by, at=at)


def told(console: Console, value: Value) -> float | int | str:
    """Return what ``value`` stands at, as it is sent: a switch as 0 or 1, which every surface understands."""
    if value.form == "norm":
        return console.unit(value.path)
    if value.form == "str":
        return console.text(value.path)
    plain = console.plain(value.path)
    return int(plain) if isinstance(plain, bool) else plain if isinstance(plain, str) else float(plain)


def action_arguments(action: Action, arguments: tuple[Any, ...], folder: Path | None) -> tuple[Any, ...] | None:
    """Return what ``action`` is to be run with, None for a button that was let go.

    A button sends 1 when it is pressed and 0 when it is let go, alone or behind its own arguments; where an action
    takes seconds, a lone 0 is a time.  Paths are confined to ``folder``.
    """
    kinds = [kind for _, kind in action.takes]
    values = [value for value in arguments if value is not None]
    if values and not isinstance(values[-1], str):
        count = len(values)
        beyond = count > len(kinds) or (kinds[count - 1] is str and count > len(kinds) - action.optional)
        if beyond and not values.pop():
            return None
        if len(values) == 1 and kinds[:1] == [int] and not values[0]:
            return None
    for i, ((name, kind), value) in enumerate(zip(action.takes, values, strict=False)):
        if (kind is str) != isinstance(value, str) or isinstance(value, (bool, bytes, list)):
            raise WrongType(f"{action.path}: {name} = {value!r}: must be of kind {kind.__name__}")
        if name == "path":
            values[i] = confined(value, folder)
    return tuple(values)


def confined(path: str, folder: Path | None) -> str:
    """Return ``path`` inside ``folder``, or raise ``ControlError``: OSC has no password, so it gets no other files."""
    if folder is None:
        raise ControlError(f"{path!r}: no folder was given for files by OSC; leave the path out or give a folder")
    plain = path.replace("\\", "/")
    if not plain.isprintable() or plain.startswith("/") or ":" in plain or not set(plain.split("/")) - {"", "."}:
        raise ControlError(f"{path!r}: must be a name or a relative path, which is put below the folder for OSC")
    if ".." in plain.split("/"):
        raise ControlError(f"{path!r}: must not leave the folder for OSC by '..'")
    home = folder.resolve()
    whole = (home / plain).resolve()  # links followed: they may lead out of it
    if not whole.is_relative_to(home):
        raise ControlError(f"{path!r}: leads out of the folder for OSC")
    return str(whole)


def _plain(control: Control, value: Any) -> Any:
    if isinstance(control.declared, Switch):
        if not isinstance(value, (bool, int, float)):
            raise WrongType(f"{control.path} = {value!r}: must be 0, 1, true or false")
        return value
    if isinstance(control.declared, Choice):
        if not isinstance(value, (int, float, str)) or isinstance(value, bool):
            raise WrongType(f"{control.path} = {value!r}: must be a name or the number of one, from 0")
        return round(value) if isinstance(value, float) else value  # a fader over the numbers
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise WrongType(f"{control.path} = {value!r}: must be a number in {control.declared.unit or 'plain units'}")
    return as_meant(value)


def _position(control: Control, value: Any) -> float:
    if isinstance(value, bool) and isinstance(control.declared, Switch):
        return float(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise WrongType(f"{control.path} to {value!r} of its knob's way: must be a number 0..1")
    return as_meant(value)


def as_meant(value: float) -> float:
    """Return the shortest decimal of a ``value`` that came in 32 bits: -1.05, not -1.0499999523162842.

    So a range ends where it says, and what is saved reads as it was set; the difference is below half a step of 32
    bits.  What needs more than 32 bits stays as it is.
    """
    value = float(value)
    if value == 0.0 or in_32_bits(value) != value:
        return value
    digit = 5 - math.floor(math.log10(abs(value)))
    decimals = (round(value, digit + more) for more in range(-1, 4))  # nine digits tell 32 bits apart
    return next((short for short in decimals if in_32_bits(short) == value), value)


def in_32_bits(value: float) -> float:
    """Return ``value`` as 32 bits hold it, infinity for what they cannot."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.inf
