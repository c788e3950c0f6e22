"""Files for control surfaces and DAWs, made from what can be controlled: ``masterchain layout KIND FILE``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...graph.control import Console
from ...graph.control.surfaces.open_stage_control import open_stage_control_layout
from ...graph.control.surfaces.reaper import reaper_patterns, reaper_plugin
from ...graph.control.surfaces.touchosc import touchosc_layout

KINDS: dict[str, tuple[str, Callable[[Console], str | bytes]]] = {
    "open-stage-control": (".json", open_stage_control_layout),
    "touchosc": (".tosc", touchosc_layout),
    "reaper": (".ReaperOSC", reaper_patterns),
    "reaper-plugin": (".jsfx", reaper_plugin),
}


def write_layout(kind: str, path: Path, console: Console) -> Path:
    """Write the layout ``kind`` of ``console`` to ``path``, with the kind's own suffix if it has none; return where.

    Raises ``ValueError`` for an unknown kind, ``OSError`` when the file cannot be written.
    """
    if kind not in KINDS:
        raise ValueError(f"layout {kind!r}: must be one of {', '.join(KINDS)}")
    suffix, make = KINDS[kind]
    where = path if path.suffix else path.with_suffix(suffix)
    layout = make(console)
    where.write_bytes(layout.encode() if isinstance(layout, str) else layout)
    return where
