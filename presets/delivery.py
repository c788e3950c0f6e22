"""Delivery targets: the loudness and the highest true peak that a service asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .reading import BUILT_IN, PresetError, read


@dataclass(frozen=True, slots=True)
class Delivery:
    """A service's target: ``loudness`` in LUFS (integrated), ``true_peak`` in dBTP."""

    name: str
    loudness: float
    true_peak: float


@cache
def deliveries() -> dict[str, Delivery]:
    """Return every target by name."""
    table = read(BUILT_IN / "delivery.toml")
    rows = {name: table.table(name) for name in table.content}
    return {name: Delivery(name, row.number("loudness"), row.number("true_peak")) for name, row in rows.items()}


def delivery(name: str) -> Delivery:
    """Return the target called ``name`` (case and dashes do not matter); raises ``PresetError`` listing all."""
    found = deliveries().get(name.lower().replace("-", "_").replace(" ", "_"))
    if found is None:
        raise PresetError(f"service {name!r} is not known; known are {', '.join(deliveries())}")
    return found
