"""Profiles: what the letters a..n, or a user's own file, ask of the nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..nodes import Node, ParamError
from ..nodes.bands import BANDS_HZ, NEUTRAL_DB, THIRD_OCTAVES_HZ, target_levels_db
from .listing import Listing
from .toml_table import BUILT_IN, PresetError, Table, read

LETTERS = "abcdefghijklmn"
NODES = ("dynamic_eq", "stereo_imager", "limiter")
"""The nodes that a profile may speak of."""

Values = MappingProxyType[str, MappingProxyType[str, Any]]
"""Parameter values by node id and name, which cannot be changed; ``values["limiter"] | {...}`` is a new dict."""

OWNED = {
    "limiter": {
        "ceiling_db": "the true peak that is asked for sets it",
        "mode": "whether it is a master or played live sets it",
        "bypass": "a master is always limited",
    },
    "dynamic_eq": {
        "intensity": "the intensity that is asked for sets it",
        **dict.fromkeys((f"target_{hz}_db" for hz in BANDS_HZ), "[curve] sets it"),
    },
}
"""Parameters that a profile cannot set, and who does."""

CURVE_LIMIT_DB = 12.0
DENSITIES_DB, RIDES_LU = (6.0, 20.0), (-6.0, 6.0)


@dataclass(frozen=True)
class Profile:
    """A sound: a target curve, and the parameters of the nodes that go with it.

    ``curve_db`` ``(31,)`` is the target in dB per third octave from 20 Hz to 20 kHz; ``values`` holds parameter values
    by node id, those of the curve's bands included.  ``density`` is the peak-to-loudness ratio in dB toward which the
    limiter tightens a livelier track; None leaves that to the loudness asked for.  ``ride`` is by how many LU of the
    loudness range passages are spread, or below 0 brought nearer to each other.  Nothing of it can be changed: all who
    load a letter get the same object.
    """

    name: str
    title: str
    sound: str
    suits: tuple[str, ...]
    density: float | None
    ride: float
    curve_db: NDArray[np.float64] = field(repr=False)
    values: Values = field(repr=False)

    def __str__(self) -> str:
        return f"{self.title}: {self.sound} ({', '.join(self.suits)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how a copy is made: frozen mappings are not pickled by themselves."""
        plain = {node: dict(own) for node, own in self.values.items()}
        return frozen, (self.name, self.title, self.sound, self.suits, self.density, self.ride, self.curve_db, plain)


def frozen(
    name: str, title: str, sound: str, suits: tuple[str, ...], density: float | None, ride: float,
    curve_db: NDArray[np.float64], values: dict[str, dict[str, Any]],
) -> Profile:  # fmt: skip
    """Return the profile of these, with copies of ``curve_db`` and ``values`` that cannot be changed."""
    curve = curve_db.copy()
    curve.flags.writeable = False
    fixed = MappingProxyType({node: MappingProxyType(dict(own)) for node, own in values.items()})
    return Profile(name, title, sound, suits, density, ride, curve, fixed)


def names() -> list[str]:
    """Return the letters of the built-in profiles."""
    return list(LETTERS)


@cache
def profiles() -> Listing[Profile]:
    """Return every built-in profile by its letter."""
    return Listing({letter: _built_in(letter) for letter in names()})


def load(name: str | Path) -> Profile:
    """Return the profile of a letter, or of the TOML file at a path.

    Raises ``PresetError`` with the file, the line and what would be right.
    """
    if isinstance(name, str) and name.lower() in names():
        return _built_in(name.lower())
    path = Path(name)
    if path.suffix != ".toml":
        known = f"must be one of {LETTERS[0]}..{LETTERS[-1]} or the path of a .toml file"
        if path.is_file():
            known = "the name of a profile file must end in .toml; rename it"
        elif Path(f"{path}.toml").is_file():
            known += f"; there is {path}.toml"
        raise PresetError(f"profile {str(name)!r}: {known}")
    return parse(read(path), path.stem)


@cache
def _built_in(letter: str) -> Profile:
    return parse(read(BUILT_IN / f"{letter}.toml"), letter)


def parse(table: Table, name: str) -> Profile:
    """Return the profile that ``table`` holds, every key and value checked against what the nodes declare."""
    table.only("title", "sound", "suits", "density", "ride", "curve", *NODES)
    curve = NEUTRAL_DB + _offsets(table.table("curve"))
    values: dict[str, dict[str, Any]] = {}
    for node_id in NODES:
        values[node_id] = _checked(table.table(node_id), node_id)
    targets = target_levels_db(curve)
    values["dynamic_eq"] |= {f"target_{hz}_db": float(level) for hz, level in zip(BANDS_HZ, targets, strict=True)}
    words = table.text("title"), table.text("sound"), table.texts("suits")
    density, ride = _number(table, "density", *DENSITIES_DB, "dB"), _number(table, "ride", *RIDES_LU, "LU")
    return frozen(name, *words, density, ride or 0.0, curve, values)


def _number(table: Table, name: str, least: float, most: float, unit: str) -> float | None:
    """Return the number called ``name`` between ``least`` and ``most``, None where the table has none."""
    if name not in table.content:
        return None
    value = table.number(name)
    if not least <= value <= most:
        raise table.error(name, f"{name} = {value:g}: must be {least:g}..{most:g} {unit}")
    return value


def _offsets(table: Table) -> NDArray[np.float64]:
    """Return the curve's dB on the neutral one, ``(31,)``: straight lines over log frequency between its points."""
    points: dict[float, float] = {}
    for key, value in table.content.items():
        try:
            hz = float(key)
        except ValueError:
            hz = math.nan
        if not 10.0 <= hz <= 24000.0:
            raise table.error(key, f"{key!r} is no frequency: must be 10..24000 Hz")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= CURVE_LIMIT_DB:
            raise table.error(key, f"{key} = {value!r}: must be -{CURVE_LIMIT_DB:g}..{CURVE_LIMIT_DB:g} dB")
        points[hz] = float(value)
    if not points:
        return np.zeros(len(THIRD_OCTAVES_HZ))
    hz_sorted = sorted(points)
    return np.interp(np.log(THIRD_OCTAVES_HZ), np.log(hz_sorted), [points[hz] for hz in hz_sorted])


def _checked(table: Table, node_id: str) -> dict[str, Any]:
    declared = Node.registry[node_id].params()
    for key, value in table.content.items():
        if key not in declared:
            raise table.error(key, f"{node_id} has no parameter {key!r}; it has {', '.join(declared)}")
        if key in OWNED.get(node_id, {}):
            raise table.error(key, f"{node_id}.{key} is not for a profile: {OWNED[node_id][key]}; leave it out")
        try:
            declared[key].check(value)
        except ParamError as refused:
            raise table.error(key, str(refused)) from None
    return dict(table.content)
