"""What a master came to: a typed result that prints well and serialises to JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...nodes import Report
from ...nodes.bands import BANDS_HZ
from ...nodes.measuring.plain_json import jsonable
from ..planning.plan import Plan
from ..rendering.render import Rendered
from ..rendering.stage_history import StageHistory
from ..rendering.verdict import AfterCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Loudness in LUFS, range in LU, peaks in dBFS and dBTP, PLR in dB; None where nothing can be measured."""

    loudness: float | None
    loudness_range: float | None
    max_momentary: float | None
    max_short_term: float | None
    sample_peak: float | None
    true_peak: float | None
    plr: float | None

    @classmethod
    def of(cls, report: Report) -> Levels:
        """Return the levels of ``report``, rounded to 0.01."""
        return cls(
            loudness=_rounded(report.integrated_lufs),
            loudness_range=_rounded(report.loudness_range_lu),
            max_momentary=_rounded(report.max_momentary_lufs),
            max_short_term=_rounded(report.max_short_term_lufs),
            sample_peak=_rounded(report.sample_peak_dbfs),
            true_peak=_rounded(report.true_peak_dbtp),
            plr=_rounded(report.plr_db),
        )


def _rounded(value: float | None) -> float | None:
    return round(float(value), 2) if value is not None and np.isfinite(value) else None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was asked, what was measured before and after, and what each stage did.

    ``target`` in LUFS (None: level left alone), ``ceiling`` in dBTP as asked, ``held_at`` where the profile's density
    put it, ``gain_db`` before the limiter.  ``limits`` names what kept the result from what was asked; it is empty
    when all was reached.  Of a lossy output ``levels_after`` and ``after`` are what is heard, decoded, and
    ``after_codec`` is what it took to hold the ceiling there, unless that was turned off.  ``before``, ``after`` and
    ``stages`` hold the whole measurements for those who want to draw them; the JSON has the figures.
    """

    source: str
    output: str
    output_format: dict[str, Any]
    profile: str
    profile_title: str
    intensity: float
    stereo_image: bool
    target: float | None
    ceiling: float
    held_at: float
    levels_before: Levels
    levels_after: Levels
    frames: int
    sample_rate: int
    channels: int
    gain_db: float
    max_gain_reduction_db: float
    mean_gain_reduction_db: float
    eq_mean_db: dict[str, float]
    width_mean_db: dict[str, float] | None
    clipped_samples: int
    renders: int
    after_codec: AfterCodec | None
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    before: Report = field(repr=False)
    after: Report = field(repr=False)
    stages: StageHistory = field(repr=False)
    plan: Plan = field(repr=False)

    @property
    def target_reached(self) -> bool:
        """Whether the output measures within 0.05 LU (decoded: 0.1) of the target, or no target was asked for."""
        return not _misses(self.target, self.levels_after, self.after_codec)

    def _codec(self, codec: AfterCodec) -> str:
        peak = f"decoded true peak {_shown(self.levels_after.true_peak)} dBTP after {_counted(self.renders, 'render')}"
        if not codec.places:
            return f"{peak}; nothing had to be lowered for it"
        return (
            f"{peak}; ceiling lowered at {_counted(codec.places, 'place')} ({codec.share_percent:g} % of the track) "
            f"by up to {codec.deepest_db:.2f} dB, costing {codec.loudness_cost:.2f} LU"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data, without the measurements over time."""
        heavy = {"before", "after", "stages", "plan"}
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in heavy}
        figures: dict[str, Any] = jsonable(plain | {"target_reached": self.target_reached})
        return figures

    def to_json(self, indent: int | None = 2) -> str:
        """Return the figures as JSON."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def __str__(self) -> str:
        before, after = self.levels_before, self.levels_after
        target = f"target {self.target:g} LUFS" if self.target is not None else "level left alone"
        held = f"ceiling {self.ceiling:g}"
        if self.held_at < self.ceiling:
            held += f", held at {self.held_at:.1f} for density"
        width = "off" if self.width_mean_db is None else _signed(self.width_mean_db)
        lines = [
            f"{self.source} -> {self.output}",
            f"  profile     {self.profile} ({self.profile_title}), intensity {self.intensity:g} %",
            f"  loudness    {_shown(before.loudness)} -> {_shown(after.loudness)} LUFS ({target})",
            f"  range       {_shown(before.loudness_range)} -> {_shown(after.loudness_range)} LU",
            f"  true peak   {_shown(before.true_peak)} -> {_shown(after.true_peak)} dBTP ({held})",
            f"  PLR         {_shown(before.plr)} -> {_shown(after.plr)} dB",
            f"  equaliser   {_signed(self.eq_mean_db)} dB",
            f"  width       {width}",
            f"  gain        {self.gain_db:+.2f} dB, then up to {self.max_gain_reduction_db:.1f} dB of limiting",
            *([f"  codec       {self._codec(self.after_codec)}"] if self.after_codec else []),
            *(f"  limited by  {limit}" for limit in self.limits),
            *(f"  note        {note}" for note in self.notes),
        ]
        return "\n".join(lines)


class Results(tuple[Result, ...]):
    """What became of each output of one source: a tuple that prints well and serialises to JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of all outputs as plain data."""
        return {"outputs": [result.to_dict() for result in self]}

    def to_json(self, indent: int | None = 2) -> str:
        """Return the figures of all outputs as JSON."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def __str__(self) -> str:
        return "\n".join(map(str, self))


def _misses(target: float | None, after: Levels, codec: AfterCodec | None) -> bool:
    enough = 0.05 if codec is None else 0.1
    return target is not None and (after.loudness is None or abs(after.loudness - target) > enough)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _shown(value: float | None) -> str:
    return "not measurable" if value is None else f"{value:.2f}"


def _signed(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:+.1f}" for name, value in values.items())


def result_of(
    rendered: Rendered, before: Report, names: tuple[str, str], output_format: dict[str, Any], clipped: int,
    notes: tuple[str, ...],
) -> Result:  # fmt: skip
    """Return the result of ``rendered``; ``names`` are those of the source and the output."""
    plan, after, levels = rendered.plan, rendered.after, Levels.of(rendered.after)
    reduction = rendered.stages.gain_reduction_db
    return Result(
        source=names[0],
        output=names[1],
        output_format=output_format,
        profile=plan.profile.name,
        profile_title=plan.profile.title,
        intensity=plan.settings.intensity,
        stereo_image=plan.settings.stereo_image,
        target=plan.settings.loudness,
        ceiling=plan.settings.true_peak,
        held_at=round(plan.limiter().ceiling_db, 2),
        levels_before=Levels.of(before),
        levels_after=levels,
        frames=after.frames,
        sample_rate=int(after.sample_rate),
        channels=after.channels,
        gain_db=round(plan.gain_db or 0.0, 3),
        max_gain_reduction_db=round(float(reduction.max(initial=0.0)), 2),
        mean_gain_reduction_db=round(float(reduction.mean()) if len(reduction) else 0.0, 2),
        eq_mean_db=_equalised(rendered),
        width_mean_db=_widths(plan),
        clipped_samples=clipped,
        renders=rendered.renders,
        after_codec=rendered.after_codec,
        limits=_limits(rendered, levels),
        notes=notes,
        before=before,
        after=after,
        stages=rendered.stages,
        plan=plan,
    )


def _equalised(rendered: Rendered) -> dict[str, float]:
    bands = [f"{hz / 1000:g}k" if hz >= 1000 else f"{hz}" for hz in BANDS_HZ]
    gains = rendered.stages.eq_gains_db
    means = gains.mean(axis=0) if len(gains) else np.zeros(len(bands))
    return {band: round(float(db), 1) for band, db in zip(bands, means, strict=True)}


def _widths(plan: Plan) -> dict[str, float] | None:
    if plan.width is None:
        return None
    means = plan.width.gains_db.mean(axis=0)
    return {band: round(float(db), 1) for band, db in zip(("low", "mid", "high"), means, strict=True)}


def _limits(rendered: Rendered, after: Levels) -> tuple[str, ...]:
    """Return the limits that the plan knows, and what the measured output adds to them."""
    plan, codec = rendered.plan, rendered.after_codec
    target, ceiling, limits = plan.settings.loudness, plan.settings.true_peak, list(plan.limits)
    if after.loudness is not None and not plan.final and _misses(target, after, codec):
        limits.append(f"loudness: {after.loudness:.2f} LUFS is as near to {target:g} as the renders came")
    if after.true_peak is not None and after.true_peak > ceiling + (0.02 if codec is None else 0.05):
        came = "" if codec is None else f"; decoded, that is as near as {rendered.renders} renders came"
        limits.append(f"true peak: {after.true_peak:.2f} dBTP lies above the ceiling of {ceiling:g}{came}")
    return tuple(limits)
