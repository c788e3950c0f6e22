"""Writing profiles: what was found by ear, as a file that loads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..nodes import Node
from ..nodes.bands import BANDS_HZ, NEUTRAL_DB, THIRD_OCTAVES_HZ, target_levels_db
from .profile import CURVE_LIMIT_DB, NODES, OWNED, Profile
from .toml_table import toml_value


def profile_text(profile: Profile, title: str, changed: dict[str, dict[str, Any]]) -> str:
    """Return the TOML of ``profile`` with the parameters ``changed`` by node id, which a profile may hold.

    Targets of bands that were moved move the curve.  Nodes and parameters that no profile speaks of are left out.
    """
    values = {node: dict(profile.values.get(node, {})) | changed.get(node, {}) for node in NODES}
    lines = [
        f"title = {toml_value(title)}",
        f"sound = {toml_value(profile.sound)}",
    ]
    lines.append(f"suits = {toml_value(list(profile.suits))}")
    if profile.density is not None:
        lines.append(f"density = {profile.density:g}")
    if profile.ride:
        lines.append(f"ride = {profile.ride:g}")
    lines += ["", "# dB on the spectrum of released records, at Hz; straight lines in between.", "[curve]"]
    lines += [f'"{hz:.5g}" = {level:.3f}' for hz, level in zip(THIRD_OCTAVES_HZ, _curve(profile, values), strict=True)]
    for node in NODES:
        own = {name: value for name, value in values[node].items() if name not in OWNED.get(node, {})}
        if own:
            lines += ["", f"[{node}]", *(f"{name} = {_shown(node, name, value)}" for name, value in own.items())]
    return "\n".join(lines) + "\n"


def _curve(profile: Profile, values: dict[str, dict[str, Any]]) -> list[float]:
    """Return the curve's offsets by third octave, moved as the bands' targets were."""
    targets = np.array([values["dynamic_eq"][f"target_{hz}_db"] for hz in BANDS_HZ])
    moved = targets - target_levels_db(profile.curve_db)
    offsets = profile.curve_db - NEUTRAL_DB + np.interp(np.log(THIRD_OCTAVES_HZ), np.log(BANDS_HZ), moved)
    return [float(level) for level in np.clip(offsets, -CURVE_LIMIT_DB, CURVE_LIMIT_DB)]


def _shown(node: str, name: str, value: Any) -> str:
    declared = Node.registry[node].params()[name]
    plain = declared.plain(declared.check(value))
    return toml_value(plain) if isinstance(plain, (bool, str)) else repr(round(float(plain), 6))
