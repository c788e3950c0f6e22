"""One thing worth saying of a track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["problem", "warning", "note"]
"""A problem is heard, or spoils the master; a warning may; a note is good to know."""

SEVERITIES: tuple[Severity, ...] = ("problem", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """``id`` is public and permanent; ``text`` says it to people; ``figure`` in ``unit`` is what it rests on."""

    id: str
    severity: Severity
    text: str
    figure: float
    unit: str
