"""``masterchain docs parameters``: every parameter of every node."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from ... import graph  # noqa: F401 # the containers of the graph are nodes too
from ...nodes import Choice, Declared, Node, Switch
from .markdown import code, page, table

ABOUT = """Made from the declarations of the nodes by `masterchain docs parameters`. A name is the attribute in Python
(`limiter.ceiling_db = -1.0`) and the key in a profile; behind the node's name it is the path of `Chain.schedule`
and of MIDI maps (`limiter.ceiling_db`), with slashes that of OSC (`limiter/ceiling_db`). A parameter that is *not live*
waits for the next `prepare`. Smoothing is the time in which the sound follows a jump."""

COLUMNS = ("parameter", "unit", "range", "default", "taper", "smoothing", "what it does")


def parameters_page() -> str:
    """Return the page of all registered nodes of the project, by their ids."""
    return page("Parameters", ABOUT, [line for node in nodes() for line in _section(node)])


def nodes() -> list[type[Node]]:
    """Return the node classes of the project in the order of their ids; those of others are not documented here."""
    registered = sorted(Node.registry.items())
    return [node for _, node in registered if node.__module__.startswith("masterchain.")]


def _section(node: type[Node]) -> Iterator[str]:
    yield from (f"## {node.id}", "", f"`{node.__module__}.{node.__qualname__}`", "")
    yield from (inspect.getdoc(node) or "", "")
    yield from table(COLUMNS, (_row(declared) for declared in node.params().values()))


def _row(declared: Declared[Any]) -> tuple[str, ...]:
    smoothing = f"{declared.smooth_ms:g} ms" if declared.smooth_ms else ""
    doc = declared.doc if declared.live else f"{declared.doc} *Not live.*"
    default = shown(declared, declared.default)
    return code(declared.name), declared.unit, reach(declared), default, _taper(declared), smoothing, doc


def reach(declared: Declared[Any]) -> str:
    """Return what values ``declared`` takes."""
    if isinstance(declared, Switch):
        return "off, on"
    if isinstance(declared, Choice):
        return ", ".join(declared.names)
    return f"{declared.lo:g}..{declared.hi:g}"


def shown(declared: Declared[Any], stored: float) -> str:
    """Return a ``stored`` value as a user writes it."""
    if isinstance(declared, Switch):
        return "on" if stored else "off"
    return str(declared.plain(stored)) if isinstance(declared, Choice) else f"{stored:g}"


def _taper(declared: Declared[Any]) -> str:
    return "" if isinstance(declared, (Choice, Switch)) else declared.taper
