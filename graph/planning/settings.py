"""What the user asks of a master: validated once, here, for every way in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any, Self

from ...nodes import Declared, DynamicEQ, Limiter, Param
from ...nodes.errors import MasterchainError
from ...presets import delivery, load

INTENSITY, TRUE_PEAK = DynamicEQ.params()["intensity"], Limiter.params()["ceiling_db"]
LOUDNESS = Param(-14.0, -60.0, -5.0, unit="LUFS", doc="Integrated loudness of the master.")
SHAPINGS = ("none", "weighted")


class SettingsError(MasterchainError, ValueError):
    """A setting that cannot be: one line with its name, the value and what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a track is to be mastered.

    ``profile`` is a letter a..n or the path of a profile file; ``intensity`` 0..100 % of its tonal work; ``loudness``
    the integrated target in LUFS, -60..-5, or None to leave the level alone; ``true_peak`` the ceiling in dBTP,
    -20..0; ``stereo_image`` sets the width of three bands; ``shaping`` is the dither's noise shaping; ``codec_safe``
    holds loudness and true peak of a lossy output as it is heard, decoded, instead of as it is encoded.  Raises
    ``SettingsError``, or ``presets.PresetError`` for a profile or a service that is not known.
    """

    profile: str | Path = "i"
    intensity: float = INTENSITY.default
    loudness: float | None = LOUDNESS.default
    true_peak: float = TRUE_PEAK.default
    stereo_image: bool = False
    shaping: str = "none"
    codec_safe: bool = True

    def __post_init__(self) -> None:
        load(self.profile)
        _check("intensity", self.intensity, INTENSITY)
        _check("true_peak", self.true_peak, TRUE_PEAK)
        if self.loudness is not None:
            _check("loudness", self.loudness, LOUDNESS, ", or None (on the command line: keep)")
        for name in ("stereo_image", "codec_safe"):
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f"{name} = {getattr(self, name)!r}: must be true or false")
        if self.shaping not in SHAPINGS:
            raise SettingsError(f"shaping = {self.shaping!r}: must be one of {', '.join(SHAPINGS)}")

    @classmethod
    def for_service(cls, name: str, **others: Any) -> Self:
        """Return the defaults with loudness and true peak of the service called ``name``, and ``others`` as given."""
        target = delivery(name)
        asked: dict[str, Any] = {"loudness": target.loudness, "true_peak": target.true_peak} | others
        return cls(**asked)

    def with_service(self, name: str) -> Self:
        """Return a copy with loudness and true peak of the service called ``name``."""
        target = delivery(name)
        return replace(self, loudness=target.loudness, true_peak=target.true_peak)


def _check(name: str, value: Any, declared: Declared[Any], otherwise: str = "") -> None:
    """Raise ``SettingsError`` for what is no number in the range of ``declared``; ``otherwise`` is right too."""
    if isinstance(value, bool) or not isinstance(value, Real) or not declared.lo <= float(value) <= declared.hi:
        right = f"{declared.lo:g}..{declared.hi:g} {declared.unit}{otherwise}"
        raise SettingsError(f"{name} = {value!r}: must be {right}")
