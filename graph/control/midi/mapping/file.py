"""MIDI maps as TOML files: read with errors that name the line, written so that one can read and edit them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .....presets.toml_table import read, toml_value
from ...console.console import Console
from .check import check, fitting
from .map import Binding, Button, Encoder, Fader, MapError, MidiMap, Program, Trigger, overlap, target
from .tables import READERS, Entry

DEFAULT = Path(__file__).with_name("default.toml")
HEAD = "# A MIDI map of masterchain. What the keys mean stands in default.toml beside the program.\n"


def default_map(console: Console) -> MidiMap:
    """Return the map that comes with masterchain, without what ``console`` does not have."""
    return fitting(load_map(DEFAULT), console)


def load_map(path: Path, console: Console | None = None) -> MidiMap:
    """Return the map in the TOML file at ``path``, checked against ``console`` if there is one.

    Raises ``MapError``, one line with file and line, for what is no map or what the console cannot do.
    """
    file = read(path, MapError)
    top = Entry(file.path, file.written, "", file.content)
    top.only("shift", "transport", *READERS)
    shift = top.message("shift", ("note", "cc")) if "shift" in file.content else None
    bindings: list[Binding] = []
    for entry in _entries(top):
        binding = READERS[entry.name](entry)
        if console is not None:
            with entry.placed():
                check(binding, console)
        _refuse_halves(binding, entry, bindings)
        bindings.append(binding)
    return MidiMap(tuple(bindings), shift=shift, **_transport(top))


def save_map(midi_map: MidiMap, path: Path) -> None:
    """Write ``midi_map`` to the TOML file at ``path``, as ``load_map`` reads it; raises ``OSError``."""
    path.write_text(written(midi_map), "utf-8")


def written(midi_map: MidiMap) -> str:
    """Return the text of the file of ``midi_map``."""
    text = HEAD
    if midi_map.shift is not None:
        text += f"shift = {toml_value(str(midi_map.shift))}\n"
    keys = ("clock", "mmc", "device", "tempo")
    text += "\n[transport]\n" + "".join(f"{key} = {toml_value(getattr(midi_map, key))}\n" for key in keys)
    for binding in midi_map.bindings:
        text += f"\n[[{type(binding).__name__.lower()}]]\n"
        text += "".join(f"{key} = {toml_value(value)}\n" for key, value in _keys(binding).items() if value is not None)
    return text


def _keys(binding: Binding) -> dict[str, Any]:
    """Return what stands in the file for ``binding``; None for what is left out."""
    if isinstance(binding, Program):
        return {"channel": None if binding.channel is None else binding.channel + 1, "moves": binding.moves}
    channel = binding.message.channel
    keys: dict[str, Any] = {"message": str(binding.message), "channel": None if channel is None else channel + 1}
    if isinstance(binding, Trigger):
        arguments = list(binding.given) or None
        return keys | {"does": binding.does, "with": arguments, "held": binding.held, "shifted": binding.shifted}
    keys |= {"moves": binding.moves}
    if isinstance(binding, Fader):
        keys |= {"from": binding.start, "to": binding.end, "takeover": binding.takeover}
        keys |= {"touch": binding.touch and str(binding.touch)}
    elif isinstance(binding, Encoder):
        keys |= {"reads": binding.reads, "steps": binding.steps}
    elif isinstance(binding, Button):
        keys |= {"presses": binding.presses, "value": binding.value}
    return keys | {"feedback": binding.feedback}


def _entries(file: Entry) -> list[Entry]:
    """Return all bindings of ``file``, in the order in which they stand there."""
    entries: list[Entry] = []
    for name in READERS:
        listed = file.content.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            entry = Entry(file.path, file.written, name, {})
            raise entry.error("", f"[{name}] must be a list of tables, [[{name}]]")
        entries += [Entry(file.path, file.written, name, one, nth) for nth, one in enumerate(listed)]
    return sorted(entries, key=Entry.line)


def _refuse_halves(binding: Binding, entry: Entry, others: list[Binding]) -> None:
    """Refuse a controller that is half of a 14-bit one: it would say two things."""
    for other in others:
        if isinstance(binding, Program) or isinstance(other, Program) or not overlap(binding, other):
            continue
        if binding.message.kind != other.message.kind:
            taken = f"{other.message} moves {target(other)} already, and cc14 takes its number and 32 above it"
            raise entry.error("message", f"message = {str(binding.message)!r}: must be another, {taken}")


def _transport(file: Entry) -> dict[str, Any]:
    table = file.table("transport")
    entry = Entry(table.path, table.written, "transport", table.content)
    entry.only("clock", "mmc", "device", "tempo")
    device, tempo = entry.whole("device", 0, 127, "; 127 hears all"), entry.finite("tempo", 20.0, 400.0)
    return {
        "clock": entry.switch("clock", True),
        "mmc": entry.switch("mmc", True),
        "device": 127 if device is None else device,
        "tempo": 120.0 if tempo is None else tempo,
    }
