"""Whether a console can do what a MIDI map wants of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .....nodes.params import Choice, Param, ParamError, Switch
from ...console.console import Console
from ...console.controls import Control, ControlError
from .map import Binding, Button, Encoder, Fader, MapError, MidiMap, Program, Trigger


def fitting(midi_map: MidiMap, console: Console) -> MidiMap:
    """Return what of the map ``midi_map`` the ``console`` has: the default map fits any chain."""

    def fits(binding: Binding) -> bool:
        try:
            check(binding, console)
        except MapError:
            return False
        return True

    return replace(midi_map, bindings=tuple(binding for binding in midi_map.bindings if fits(binding)))


def check(binding: Binding, console: Console) -> None:
    """Raise ``MapError`` for a ``binding`` that the ``console`` cannot follow."""
    if isinstance(binding, Trigger):
        for key in ("does", "held", "shifted"):
            path = getattr(binding, key)
            if path is not None:
                _check_action(key, path, binding.given, console)
        return
    control = console.controls.get(binding.moves)
    if control is None:
        raise MapError(f"there is no control {binding.moves!r} here{_nearest(binding.moves, console)}", "moves")
    if not control.declared.live:
        raise MapError(f"{binding.moves} cannot be moved while it runs: it changes latency", "moves")
    if isinstance(binding, Button):
        _check_button(binding, control)
    elif isinstance(binding, Fader):
        _check_fader(binding, control)
    elif isinstance(binding, Program) and not isinstance(control.declared, Choice):
        raise MapError(f"{binding.moves} has no names to choose from; programs choose a profile, or such", "moves")
    elif isinstance(binding, Encoder) and binding.steps < 1:
        raise MapError(f"steps = {binding.steps}: must be 1 or more", "steps")


def _check_action(key: str, path: str, arguments: tuple[Any, ...], console: Console) -> None:
    action = console.actions.get(path)
    if action is None:
        raise MapError(f"{key} = {path!r}: must be one of {', '.join(console.actions)}", key)
    try:
        action.checked(arguments)
    except ControlError as wrong:
        raise MapError(str(wrong), "with" if arguments else key) from None


def _check_fader(binding: Fader, control: Control) -> None:
    for key, value in (("from", binding.start), ("to", binding.end)):
        if value is None:
            continue
        if not isinstance(control.declared, Param):
            raise MapError(f"{key} = {value!r}: {binding.moves} has no range; leave it out", key)
        _check_value(key, value, control)
    if binding.start is not None and binding.start == binding.end:
        raise MapError(f"to = {binding.end!r}: must be another value than from", "to")


def _check_button(binding: Button, control: Control) -> None:
    switch, choice = isinstance(control.declared, Switch), isinstance(control.declared, Choice)
    can = ["toggle", "momentary"] * switch + ["next"] * choice + ["set"]
    if binding.presses not in can:
        raise MapError(f"presses = {binding.presses!r}: {binding.moves} takes {' or '.join(can)}", "presses")
    if (binding.presses == "set") != (binding.value is not None):
        raise MapError('value goes with presses = "set", which sets the control to it', "value")
    if binding.value is not None:
        _check_value("value", binding.value, control)


def _check_value(key: str, value: Any, control: Control) -> None:
    try:
        control.declared.check(value)
    except ParamError as wrong:
        raise MapError(f"{key} = {value!r}: {str(wrong).split(': ', 1)[-1]}, as {control.path} is", key) from None


def _nearest(path: str, console: Console) -> str:
    """Return a hint at controls that end as ``path`` does, or begin so."""
    last = path.rsplit(".", 1)[-1]
    close = [known for known in console.controls if known.rsplit(".", 1)[-1] == last]
    close = close or [known for known in console.controls if known.startswith(path.split(".", 1)[0] + ".")]
    return f"; there are {', '.join(close[:6])}" if close else ""
