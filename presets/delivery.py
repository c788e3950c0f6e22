"""Delivery targets: the loudness and the highest true peak that a service asks for, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .listing import Listing
from .toml_table import BUILT_IN, PresetError, Table, read

KEYS = ("loudness", "true_peak")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A service's target: ``loudness`` in LUFS (integrated), ``true_peak`` in dBTP."""

    name: str
    loudness: float
    true_peak: float

    def __str__(self) -> str:
        return f"{self.loudness:g} LUFS, {self.true_peak:g} dBTP"


@cache
def deliveries() -> Listing[Delivery]:
    """Return every built-in target by name."""
    return Listing(_targets(read(BUILT_IN / "delivery.toml")))


def delivery(name: str) -> Delivery:
    """Return the target called ``name`` (case and dashes do not matter), or one of a TOML file of the user's own.

    ``path.toml#name`` is the table ``[name]`` of that file, ``path.toml`` the only one in it; each holds ``loudness``
    in LUFS and ``true_peak`` in dBTP.  Raises ``PresetError`` listing what there is.
    """
    path, hash_, table = name.partition("#")
    if path.endswith(".toml"):
        return _own(Path(path), table if hash_ else None)
    target = deliveries().get(name.lower().replace("-", "_").replace(" ", "_"))
    if target is None:
        known = f"known are {', '.join(deliveries())}, or a file of your own, path.toml#name"
        raise PresetError(f"service {name!r} is not known; {known}")
    return target


def _own(path: Path, table: str | None) -> Delivery:
    targets = _targets(read(path))
    if table is None and len(targets) == 1:
        return next(iter(targets.values()))
    if table not in targets:
        known = ", ".join(targets) or "none that are there"
        asked = f"there is no [{table}]" if table else "a name must be given"
        raise PresetError(f"{path.name}: {asked}; use {path}#name, one of {known}")
    return targets[table]


def _targets(table: Table) -> dict[str, Delivery]:
    rows = {name: table.table(name) for name in table.content}
    for row in rows.values():
        row.only(*KEYS)
    return {name: Delivery(name, row.number("loudness"), row.number("true_peak")) for name, row in rows.items()}
