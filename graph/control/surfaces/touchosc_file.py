"""The file format of TouchOSC: nodes with properties, values, OSC messages and children, as XML compressed by zlib."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "masterchain:touchosc")
"""Nodes are named after what they are, so that the same console makes the same file."""


class Color(NamedTuple):
    """Red, green, blue, alpha, 0-1."""

    r: float
    g: float
    b: float
    a: float = 1.0


class Frame(NamedTuple):
    """A place in the node above, in points."""

    x: float
    y: float
    w: float
    h: float

    def part(self, top: float, height: float) -> Frame:
        """Return the part of it from ``top`` on."""
        return Frame(self.x, self.y + top, self.w, height)


Property = bool | int | float | str | Color | Frame


def document(top: str) -> bytes:
    """Return the file whose outermost node is ``top``."""
    return zlib.compress(f"<?xml version='1.0' encoding='UTF-8'?><lexml version='3'>{top}</lexml>".encode())


def node(
    kind: str,
    name: str,
    frame: Frame,
    color: Color,
    own: Mapping[str, Property],
    values: dict[str, str],
    messages: str,
    children: Sequence[str] = (),
) -> str:
    """Return a node of a ``kind`` with a unique ``name``: its ``own`` properties over the common ones, its values."""
    common: dict[str, Property] = {
        "background": True, "color": color, "cornerRadius": 2.0, "frame": frame, "grabFocus": kind != "GROUP",
        "interactive": kind == "PAGER", "locked": False, "name": name, "orientation": 0, "outline": False,
        "outlineStyle": 1, "pointerPriority": 0, "shape": 1, "visible": True,
    }  # fmt: skip
    properties = "".join(_property(key, value) for key, value in sorted({**common, **own}.items()))
    held = "".join(_held(key, value) for key, value in sorted(({"touch": "false"} | values).items()))
    inside = f"<children>{''.join(children)}</children>" if children else ""
    sent = f"<messages>{messages}</messages>" if messages else ""
    identity = uuid.uuid5(SPACE, f"{kind} {name}")
    return (
        f"<node ID='{identity}' type='{kind}'><properties>{properties}</properties>"
        f"<values>{held}</values>{sent}{inside}</node>"
    )


def _property(key: str, value: Property) -> str:
    if isinstance(value, (Color, Frame)):
        text = "".join(f"<{part}>{number:g}</{part}>" for part, number in value._asdict().items())
        kind = "c" if isinstance(value, Color) else "r"
        return f"<property type='{kind}'>{_key(key)}<value>{text}</value></property>"
    kind = "b" if isinstance(value, bool) else "i" if isinstance(value, int) else "f"
    if isinstance(value, str):
        return f"<property type='s'>{_key(key)}<value>{_raw(value)}</value></property>"
    return f"<property type='{kind}'>{_key(key)}<value>{value:g}</value></property>"


def _held(key: str, value: str) -> str:
    locked = int(key == "text")  # a label shows its text until a message changes it
    return (
        f"<value>{_key(key)}<locked>0</locked><lockedDefaultCurrent>{locked}</lockedDefaultCurrent>"
        f"<default>{_raw(value)}</default><defaultPull>0</defaultPull></value>"
    )


def message(
    address: str, kind: str, value: str, conversion: str, lo: float = 0.0, hi: float = 1.0, *, send: bool = True
) -> str:
    """Return an OSC message: one argument, from a value of the node scaled to ``lo..hi`` or constant."""
    constant = kind == "CONSTANT"
    trigger = f"<trigger><var>{_raw('x')}</var><condition>{'RISE' if constant else 'ANY'}</condition></trigger>"
    return (
        f"<osc><enabled>1</enabled><send>{int(send)}</send><receive>{int(not constant)}</receive>"
        "<feedback>0</feedback><connections>11111</connections>"
        f"<triggers>{trigger if send else ''}</triggers>"
        f"<path>{_partial('CONSTANT', 'STRING', address, 0.0, 1.0)}</path>"
        f"<arguments>{_partial(kind, conversion, value, lo, hi)}</arguments></osc>"
    )


def _partial(kind: str, conversion: str, value: str, lo: float, hi: float) -> str:
    return (
        f"<partial><type>{kind}</type><conversion>{conversion}</conversion><value>{_raw(value)}</value>"
        f"<scaleMin>{lo:g}</scaleMin><scaleMax>{hi:g}</scaleMax></partial>"
    )


def _key(name: str) -> str:
    return f"<key>{_raw(name)}</key>"


def _raw(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']] >')}]]>"
