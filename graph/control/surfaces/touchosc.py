"""A layout of TouchOSC, made from a console.

In the app the connection's host is the computer and its send port 9000; its receive port is the one that the layout
asks feedback for, which it does by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....nodes.params import Choice, Switch
from ..console.console import Console
from ..console.controls import Control
from ..console.meters import Meter, meters
from ..osc.addresses import ROOT, address_of
from .pages import buttons, sections, title
from .touchosc_file import Color, Frame, Property, document, message, node

WIDTH, HEIGHT, BAR, GAP, LINE = 1024, 724, 44, 8, 36
COLUMNS, ROWS = 10, 2

SCRIPT = """local last = nil
function update()
  local now = getMillis()
  if last == nil or now - last > 20000 then
    last = now
    sendOSC('{root}/renew', {port})
  end
end
"""

DARK, GREY, BLUE, GREEN = Color(0.08, 0.08, 0.09), Color(0.3, 0.3, 0.32), Color(0.2, 0.55, 0.85), Color(0.2, 0.7, 0.4)
WHITE = Color(1.0, 1.0, 1.0)


def touchosc_layout(console: Console, receive_port: int = 9001) -> bytes:
    """Return the layout file for ``console``, with feedback to the ``receive_port`` of the app."""
    pages: list[tuple[str, list[str]]] = []
    for name, controls in sections(console).items():
        pages += _pages(name.replace("_", " "), [_control(control, _cell(i)) for i, control in enumerate(controls)])
    acts = buttons(console)
    pages += _pages("actions", [_act(label, action.path, n, _cell(i)) for i, (label, action, n) in enumerate(acts)])
    pages += _pages("meters", [_meter(meter, _cell(i)) for i, meter in enumerate(meters())])
    whole = Frame(0, 0, WIDTH, HEIGHT + BAR)
    tabs = {"tabLabels": True, "tabbar": True, "tabbarSize": BAR, "textSizeOff": 14, "textSizeOn": 14}
    inside = [_page(name, children) for name, children in pages]
    pager = node("PAGER", "pager", whole, DARK, tabs, {"page": "0"}, "", inside)
    script: dict[str, Property] = {"script": SCRIPT.format(root=ROOT, port=receive_port)}
    top = node("GROUP", "masterchain", whole, DARK, script, {}, "", [pager])
    return document(top)


def _cell(i: int) -> Frame:
    """Return where the ``i``-th strip stands on its page."""
    column, row = i % COLUMNS, i // COLUMNS % ROWS
    width, height = (WIDTH - GAP) / COLUMNS, (HEIGHT - GAP) / ROWS
    return Frame(GAP + column * width, GAP + row * height, width - GAP, height - GAP)


def _pages(name: str, strips: Sequence[Sequence[str]]) -> list[tuple[str, list[str]]]:
    """Return as many pages as ``strips`` fill."""
    full = COLUMNS * ROWS
    cut = [strips[i : i + full] for i in range(0, len(strips), full)]
    more = len(cut) > 1
    return [(f"{name} {i + 1}" if more else name, [n for strip in part for n in strip]) for i, part in enumerate(cut)]


def _page(name: str, children: list[str]) -> str:
    tab: dict[str, Property] = {"tabLabel": name, "tabColorOff": GREY, "tabColorOn": BLUE}
    tab |= {"textColorOff": WHITE, "textColorOn": WHITE}
    return node("GROUP", f"page {name}", Frame(0, BAR, WIDTH, HEIGHT), DARK, tab, {}, "", children)


def _control(control: Control, cell: Frame) -> list[str]:
    address, name, declared = address_of(control.path), control.path, control.declared
    head = _label(f"name {name}", title(control), cell.part(0, LINE))
    rest = cell.part(LINE, cell.h - 2 * LINE)
    shown = _label(f"text {name}", "", cell.part(cell.h - LINE, LINE), f"{address}/str")
    if isinstance(declared, Switch):
        sends = message(address, "VALUE", "x", "INTEGER")
        return [head, _button(name, rest.part(0, 2 * LINE), GREEN, 1, sends), shown]
    if isinstance(declared, Choice):
        high = rest.h / len(declared.names)
        return [head, shown] + [
            _button(f"{name} {option}", place, GREY, 0, message(address, "CONSTANT", option, "STRING"))
            + _label(f"label {name} {option}", option, place, see_through=True)
            for place, option in ((rest.part(i * high, high), option) for i, option in enumerate(declared.names))
        ]
    return [head, _fader(name, rest, BLUE, message(f"{address}/norm", "VALUE", "x", "FLOAT")), shown]


def _act(label: str, path: str, number: int | None, cell: Frame) -> list[str]:
    sends = message(address_of(path), "CONSTANT", str(1 if number is None else number), "INTEGER")
    place = cell.part(0, 3 * LINE)
    return [_button(f"do {label}", place, GREY, 0, sends), _label(f"label {label}", label, place, see_through=True)]


def _meter(meter: Meter, cell: Frame) -> list[str]:
    address = f"{ROOT}/meter/{meter.path}"
    head = _label(f"name meter {meter.path}", meter.path.replace("_", " "), cell.part(0, LINE))
    shown = _label(f"text meter {meter.path}", "", cell.part(cell.h - LINE, LINE), address)
    if meter.lo is None or meter.hi is None:
        return [head, shown]
    takes = message(address, "VALUE", "x", "FLOAT", meter.lo, meter.hi, send=False)
    bar = _fader(f"meter {meter.path}", cell.part(LINE, cell.h - 2 * LINE), GREEN, takes, touched=False)
    return [head, bar, shown]


def _fader(name: str, frame: Frame, color: Color, messages: str, *, touched: bool = True) -> str:
    fader: dict[str, Property] = {"bar": True, "barDisplay": 0, "cursor": touched, "cursorDisplay": 0, "grid": False}
    fader |= {"gridSteps": 10, "response": 1, "responseFactor": 100, "interactive": touched}
    return node("FADER", name, frame, color, fader, {"x": "0"}, messages)


def _button(name: str, frame: Frame, color: Color, kind: int, messages: str) -> str:
    """Return a button of ``kind`` 0, which acts while it is pressed, or 1, which stays."""
    button: dict[str, Property] = {"buttonType": kind, "press": True, "release": kind == 0, "valuePosition": False}
    return node("BUTTON", name, frame, color, button | {"interactive": True}, {"x": "0"}, messages)


def _label(name: str, text: str, frame: Frame, address: str = "", *, see_through: bool = False) -> str:
    label: dict[str, Property] = {"font": 0, "textAlignH": 2, "textAlignV": 2, "textClip": True, "textColor": WHITE}
    label |= {"textLength": 0, "textSize": 13, "background": not see_through, "interactive": False}
    takes = message(address, "VALUE", "text", "STRING", send=False) if address else ""
    return node("LABEL", name, frame, DARK, label, {"text": text}, takes)
