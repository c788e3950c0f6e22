"""OSCQuery: the address tree of a console as JSON, after Vidvox's proposal."""

from __future__ import annotations

import math
from typing import Any

from ....nodes.params import Choice, Switch
from ..console.console import Console
from ..console.meters import Meter
from ..osc.addresses import Doing, Place, Service, Value
from ..osc.values import told

READ, WRITE = 1, 2
TAGS = {str: "s", int: "i", float: "f"}
UNITS = {"dB": "gain.db", "s": "time.second", "ms": "time.ms", "Hz": "time.hz"}
"""The names of the proposal for units; those that it has no name for go by their own."""

ATTRIBUTES = frozenset({"FULL_PATH", "CONTENTS", "DESCRIPTION", "TYPE", "ACCESS", "VALUE", "RANGE", "UNIT", "CLIPMODE"})
EXTENSIONS = {"ACCESS": True, "VALUE": True, "RANGE": True, "DESCRIPTION": True, "UNIT": True, "CLIPMODE": True}
"""What HOST_INFO claims.  There is no WebSocket: changes are told by OSC, to those who subscribe."""


def described(console: Console, place: Place) -> dict[str, Any]:
    """Return the JSON object of ``place`` with all that lies below it."""
    node: dict[str, Any] = {"FULL_PATH": place.address, "ACCESS": 0}
    target = place.target
    if isinstance(target, Value):
        node |= _value(console, target)
    elif isinstance(target, Meter):
        number = target.read(console.meter())
        node |= {
            "TYPE": "i" if isinstance(number, int) else "f",
            "ACCESS": READ,
            "VALUE": [number if math.isfinite(number) else None],
            "RANGE": [_limits(target.lo, target.hi)],
            "DESCRIPTION": target.doc,
        } | _unit(target.unit)
    elif isinstance(target, Doing):
        action = console.actions[target.path]
        tags = "".join(TAGS[kind] for _, kind in action.takes)
        node |= {"TYPE": tags or "I", "ACCESS": WRITE, "DESCRIPTION": action.doc}
    elif isinstance(target, Service):
        node |= {"TYPE": target.takes, "ACCESS": WRITE, "DESCRIPTION": target.doc}
    if place.children:
        node["CONTENTS"] = {name: described(console, child) for name, child in place.children.items()}
    return node


def host_info(osc_host: str, osc_port: int) -> dict[str, Any]:
    """Return what HOST_INFO tells; a server at all addresses leaves out which, and is at that of its HTTP."""
    info: dict[str, Any] = {"NAME": "masterchain", "EXTENSIONS": EXTENSIONS}
    if osc_host not in ("", "0.0.0.0", "::"):
        info["OSC_IP"] = osc_host
    return info | {"OSC_PORT": osc_port, "OSC_TRANSPORT": "UDP"}


def _value(console: Console, value: Value) -> dict[str, Any]:
    declared = console.control(value.path).declared
    access = READ | WRITE if declared.live and value.form != "str" else READ
    node: dict[str, Any] = {"ACCESS": access, "DESCRIPTION": declared.doc, "VALUE": [told(console, value)]}
    if value.form == "str":
        return node | {"TYPE": "s"}
    if value.form == "norm":
        return node | {"TYPE": "f", "RANGE": [_limits(0.0, 1.0)], "CLIPMODE": ["both"]}
    if isinstance(declared, Switch):
        on = bool(node["VALUE"][0])
        return node | {"TYPE": "T" if on else "F", "VALUE": [on]}
    if isinstance(declared, Choice):
        return node | {"TYPE": "s", "RANGE": [{"VALS": list(declared.names)}]}
    numbers = {"TYPE": "f", "RANGE": [_limits(declared.lo, declared.hi)], "CLIPMODE": ["none"]}
    return node | numbers | _unit(declared.unit)


def _limits(lo: float | None, hi: float | None) -> dict[str, float]:
    return {name: limit for name, limit in (("MIN", lo), ("MAX", hi)) if limit is not None}


def _unit(unit: str) -> dict[str, list[str]]:
    return {"UNIT": [UNITS.get(unit, unit)]} if unit else {}
