"""A profile as a chain for user scripts and live use: it goes by what it hears, without an analysis ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...nodes import DynamicEQ, Gain, Limiter, StereoImager
from ...presets import load
from .chain import Chain


def profile_chain(
    profile: str | Path = "i",
    *,
    intensity: float = 100.0,
    gain_db: float = 0.0,
    true_peak: float = -1.0,
    stereo_image: bool = False,
    live: bool = False,
) -> Chain:
    """Return the new chain of ``profile``: equaliser, imager, gain, limiter.

    ``intensity`` in %, ``gain_db`` before the limiter, ``true_peak`` in dBTP; without ``stereo_image`` the imager
    stands there neutral.  ``live`` takes the limiter's short latency.  Raises ``PresetError`` and ``ParamError``.
    """
    values = load(profile).values
    imager = values["stereo_imager"] if stereo_image else {}
    own: dict[str, Any] = {"ceiling_db": true_peak, "mode": "live" if live else "master"}
    return Chain(
        [
            DynamicEQ(**values["dynamic_eq"] | {"intensity": intensity}),
            StereoImager(**imager),
            Gain(gain_db=gain_db),
            Limiter(**values["limiter"] | own),
        ]
    )
