"""``masterchain docs osc``: every OSC address with its arguments, units and ranges."""

from __future__ import annotations

from collections.abc import Iterator

from ...graph.control import Console
from ...graph.control.console.meters import Meter
from ...graph.control.midi.bindings.desk import Desk
from ...graph.control.midi.mapping.map import MidiMap
from ...graph.control.osc.addresses import ROOT, Doing, Service, Tree, Value
from ...graph.live.session.layout_console import paper_console
from .markdown import code, page, table
from .parameters import reach, shown

ABOUT = f"""Made from the console of an audition by `masterchain docs osc`; `oscsend ... {ROOT}/list` and OSCQuery tell
the same of a program that runs. An insert has the parameters of its chain, without the track's own addresses. Beside
each control stand `.../norm` (0..1, the way of its knob) and `.../str` (the text of its display, only told). What
everything takes and answers is said in the README, under OSC."""


def osc_page() -> str:
    """Return the page of all addresses of an audition with MIDI."""
    console = full_console()
    tree = Tree(console)
    lines = [*_controls(console, tree), *_actions(console, tree), *_meters(tree), *_services(tree)]
    every = ["## All addresses", "", "```text", *tree.exact, "```", ""]
    return page("OSC addresses", ABOUT, [*lines, *every])


def full_console() -> Console:
    """Return a console with all that an audition and a MIDI controller put there, and nothing behind it."""
    console = paper_console()
    Desk(console, MidiMap(()))
    return console


def _controls(console: Console, tree: Tree) -> Iterator[str]:
    yield from ("## Controls", "", "At first they stand as profile i has them. For REAPER a control that can be moved")
    yield from (f"also has a number: `{ROOT}/fxparam/NUMBER/value` takes 0..1.", "")
    rows = []
    for address, place in tree.exact.items():
        if isinstance(place.target, Value) and place.target.form == "plain":
            declared = console.control(place.target.path).declared
            stands = shown(declared, console.stored(place.target.path))
            number = tree.numbers.get(place.target.path)
            rows.append((code(address), declared.unit, reach(declared), stands, number or "", declared.doc))
    yield from table(("address", "unit", "takes", "at first", "number", "what it does"), rows)


def _actions(console: Console, tree: Tree) -> Iterator[str]:
    yield from ("## Actions", "", "What stands in brackets may be left out.", "")
    rows = []
    for address, place in tree.exact.items():
        if isinstance(place.target, Doing):
            action = console.actions[place.target.path]
            needed = len(action.takes) - action.optional
            words = [f"{name} ({kind.__name__})" for name, kind in action.takes]
            words[needed:] = [f"[{word}]" for word in words[needed:]]
            rows.append((code(address), ", ".join(words), action.doc))
    yield from table(("address", "takes", "what it does"), rows)


def _meters(tree: Tree) -> Iterator[str]:
    yield from ("## Meters", "", "Only told: to subscribers, and to who asks.", "")
    told = [(address, place.target) for address, place in tree.exact.items() if isinstance(place.target, Meter)]
    rows = ((code(address), meter.unit, _range(meter), meter.doc) for address, meter in told)
    yield from table(("address", "unit", "range", "what it reads"), rows)


def _range(meter: Meter) -> str:
    lo, hi = ("" if end is None else f"{end:g}" for end in (meter.lo, meter.hi))
    return f"{lo}..{hi}" if lo or hi else ""


def _services(tree: Tree) -> Iterator[str]:
    yield from ("## Services", "", "What the server itself does; all arguments may be left out.", "")
    kinds = {"i": "int", "s": "str", "f": "float"}
    served = [(address, place.target) for address, place in tree.exact.items() if isinstance(place.target, Service)]
    rows = ((code(at), ", ".join(kinds[tag] for tag in service.takes), service.doc) for at, service in served)
    yield from table(("address", "takes", "what it does"), rows)
