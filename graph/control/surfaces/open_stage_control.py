"""A session of Open Stage Control, made from a console.

The format is that of its version 1: a root panel with tabs, widgets at given places.  ``open-stage-control --load FILE
--send 127.0.0.1:9000`` opens it; by itself it subscribes, and stays so.
"""

from __future__ import annotations

import json
from typing import Any

from ....nodes.params import Choice, Switch
from ..console.console import Console
from ..console.controls import Control
from ..console.meters import Meter, meters
from ..osc.addresses import ROOT, address_of
from .pages import buttons, sections, title

WIDTH, HEIGHT, LINE, GAP = 110, 300, 30, 10
COLUMNS = 11
RENEW_MS = 20_000
SUBSCRIBING = f"send('{ROOT}/subscribe')\nsetInterval('renew', () => {{ send('{ROOT}/renew') }}, {RENEW_MS})"


def open_stage_control_layout(console: Console) -> str:
    """Return the session file for ``console``: a tab per node, one of buttons, one of meters."""
    tabs = [_tab(name, [_control(control) for control in controls]) for name, controls in sections(console).items()]
    acts = [_button(label, address_of(action.path), number) for label, action, number in buttons(console)]
    if acts:
        tabs.append(_tab("actions", acts))
    tabs.append(_tab("meters", [_meter(meter) for meter in meters()]))
    root = {"type": "root", "id": "root", "onCreate": SUBSCRIBING, "tabs": tabs}
    session = {"createdWith": "Open Stage Control", "version": "1.27.0", "type": "session", "content": root}
    return json.dumps(session, indent=1, ensure_ascii=False) + "\n"


Strip = tuple[int, int, list[dict[str, Any]]]
"""Width and height of the widgets of one control, and they, placed from 0, 0."""


def _tab(name: str, strips: list[Strip]) -> dict[str, Any]:
    """Return a tab with ``strips`` in lines from left to right."""
    widgets = []
    left, top, deepest = GAP, GAP, 0
    for width, height, strip in strips:
        if left + width > COLUMNS * (WIDTH + GAP) and left > GAP:
            left, top, deepest = GAP, top + deepest + GAP, 0
        widgets += [widget | {"left": left + widget["left"], "top": top + widget["top"]} for widget in strip]
        left, deepest = left + width + GAP, max(deepest, height)
    return {"type": "tab", "id": f"tab {name}", "label": name.replace("_", " "), "widgets": widgets}


def _control(control: Control) -> Strip:
    declared, address = control.declared, address_of(control.path)
    head = _text(f"name {control.path}", 0, title(control), "auto") | {"comments": declared.doc}
    shown = _text(f"text {control.path}", HEIGHT - LINE, "", f"{address}/str")
    place = {"id": control.path, "left": 0, "top": LINE, "width": WIDTH, "comments": declared.doc}
    if isinstance(declared, Switch):
        switch = {"type": "button", "mode": "toggle", "on": 1, "off": 0, "label": "on", "typeTags": "i"}
        return WIDTH, 3 * LINE, [head, place | switch | {"height": 2 * LINE, "address": address}]
    if isinstance(declared, Choice):
        names = {"type": "switch", "values": list(declared.names), "layout": "grid", "gridTemplate": 3, "typeTags": "s"}
        return WIDTH, HEIGHT, [head, place | names | {"height": HEIGHT - LINE, "address": address}]
    fader = {"type": "fader", "height": HEIGHT - 2 * LINE, "pips": False, "doubleTap": True, "typeTags": "f"}
    if declared.taper == "log":  # the way of the knob is ours, which theirs does not know
        form = {"address": f"{address}/norm", "range": {"min": 0, "max": 1}, "decimals": 5}
        form["default"] = round(declared.to_unit(declared.default), 5)
    else:
        form = {"address": address, "range": {"min": declared.lo, "max": declared.hi}, "decimals": 3}
        form["default"] = declared.default
    return WIDTH, HEIGHT, [head, place | fader | form, shown]


def _button(label: str, address: str, number: int | None) -> Strip:
    value = 1 if number is None else number
    button = {"type": "button", "id": f"do {label}", "label": label, "mode": "tap", "on": value, "typeTags": "i"}
    return WIDTH, 2 * LINE, [button | {"left": 0, "top": 0, "width": WIDTH, "height": 2 * LINE, "address": address}]


def _meter(meter: Meter) -> Strip:
    address = f"{ROOT}/meter/{meter.path}"
    head = _text(f"name meter {meter.path}", 0, meter.path.replace("_", " "), "auto") | {"comments": meter.doc}
    if meter.lo is None or meter.hi is None:
        return WIDTH, 2 * LINE, [head, _text(f"meter {meter.path}", LINE, "", address)]
    bar = {
        "type": "fader", "id": f"meter {meter.path}", "left": 0, "top": LINE, "width": WIDTH, "height": HEIGHT - LINE,
        "design": "compact", "interaction": False, "bypass": True, "pips": True, "address": address,
        "range": {"min": meter.lo, "max": meter.hi}, "default": meter.lo,
    }  # fmt: skip
    return WIDTH, HEIGHT, [head, bar]


def _text(name: str, top: int, shown: str, address: str) -> dict[str, Any]:
    return {
        "type": "text", "id": name, "left": 0, "top": top, "width": WIDTH, "height": LINE, "default": shown,
        "interaction": False, "bypass": True, "address": address,
    }  # fmt: skip
