"""Planning: from an analysis and the settings to the nodes of a chain and their course over the track."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...nodes import (
    CeilingCourse,
    Dither,
    DynamicEQ,
    Gain,
    Limiter,
    LowCut,
    Node,
    Report,
    StereoImager,
    ToneCourse,
    WidthCourse,
    peak_margin,
)
from ...presets import Profile, load
from ..analysis.analysis import Analysis
from ..analysis.diagnose_sound import RUMBLE_DB
from ..chains.chain import Chain
from . import dynamics
from .settings import Settings
from .tone_course import ToneAsked, tone_course
from .width_course import width_course


@dataclass(frozen=True)
class Plan:
    """Everything that a render needs besides the audio.

    ``values`` holds the parameters by node id, those of low cut and imager only where they have something to do;
    ``tone`` and ``width`` (None: none) the courses over the track at ``sample_rate`` in Hz; ``loudness_before`` is the
    track's in LUFS and ``plr_before`` its peak-to-loudness ratio in dB, None for silence; ``gain_db`` the made-up
    gain before the limiter, None until ``solve`` has measured what the chain does; ``slope`` the LU that a dB more of
    it then adds; ``final`` when the measured output is not to correct it; ``limits`` says in sentences what keeps the
    result from what was asked; ``ceiling`` lowers the limiter's where a lossy codec would come out above it;
    ``foreseen`` is the loudness in LUFS that the solver expects of this gain, and the LU that the limiter takes off.
    """

    settings: Settings
    profile: Profile
    values: dict[str, dict[str, Any]]
    tone: ToneCourse = field(repr=False)
    width: WidthCourse | None = field(repr=False)
    sample_rate: float
    loudness_before: float | None = None
    plr_before: float | None = None
    gain_db: float | None = None
    slope: float = 1.0
    final: bool = False
    limits: tuple[str, ...] = ()
    ceiling: CeilingCourse | None = field(default=None, repr=False)
    foreseen: tuple[float, float] | None = None

    @property
    def shapes(self) -> bool:
        """Whether anything besides level and limiter may change the sound."""
        return self.settings.intensity > 0.0 or "stereo_imager" in self.values

    def shaping_chain(self) -> list[Node]:
        """Return new nodes that shape the sound before its level is set."""
        eq = DynamicEQ(**self.values["dynamic_eq"])
        eq.follow(self.tone)
        nodes: list[Node] = [eq]
        if "low_cut" in self.values:
            nodes.insert(0, LowCut(**self.values["low_cut"]))
        if "stereo_imager" in self.values:
            imager = StereoImager(**self.values["stereo_imager"])
            imager.follow(self.width)
            nodes.append(imager)
        return nodes

    def limiter(self, bits: int | None = None) -> Limiter:
        """Return a new limiter that leaves room under the ceiling for the dither of ``bits``."""
        limiter = Limiter(**self.values["limiter"])
        limiter.follow(self.ceiling)
        if bits is not None:
            ceiling = 10.0 ** (limiter.ceiling_db / 20.0) - peak_margin(bits, self.settings.shaping)
            limiter.ceiling_db = max(20.0 * float(np.log10(ceiling)), Limiter.ceiling_db.lo)
        return limiter

    def chain(self, bits: int | None = None) -> Chain:
        """Return the whole new chain; ``bits`` of an integer output bring its dither.

        Raises ``ValueError`` for a plan whose gain is not solved.
        """
        return Chain([*self.shaping_chain(), *self.level_chain(bits)])

    def level_chain(self, bits: int | None = None) -> list[Node]:
        """Return new nodes that set the level of what is shaped; see ``chain``."""
        if self.gain_db is None:
            raise ValueError("the gain of this plan is not solved: call solve(source, plan), or render, which does")
        nodes: list[Node] = [Gain(gain_db=self.gain_db), self.limiter(bits)]
        if bits is not None:
            nodes.append(Dither(bits=bits, shaping=self.settings.shaping))
        return nodes

    def at(self, sample_rate: float) -> Plan:
        """Return this plan for the same track at another ``sample_rate`` in Hz."""
        ratio = sample_rate / self.sample_rate
        tone = replace(self.tone, hop_frames=self.tone.hop_frames * ratio)
        width = self.width and replace(self.width, hop_frames=self.width.hop_frames * ratio)
        return replace(self, tone=tone, width=width, sample_rate=sample_rate) if ratio != 1.0 else self

    def with_density(self, plr: float) -> Plan:
        """Return this plan with the ceiling that suits a shaped sound of peak-to-loudness ratio ``plr`` in dB."""
        before, loudness = self.plr_before, self.settings.loudness
        ceiling = dynamics.ceiling_db(self.profile, self.settings, loudness, plr, before)
        return replace(self, values={**self.values, "limiter": {**self.values["limiter"], "ceiling_db": ceiling}})

    def with_gain(self, gain_db: float, *limits: str, slope: float = 1.0, final: bool = False) -> Plan:
        """Return this plan with its gain solved; what was foreseen of another gain is forgotten."""
        limits = (*self.limits, *limits)
        return replace(self, gain_db=gain_db, slope=slope, final=final, limits=limits, foreseen=None)


def plan(analysis: Analysis, settings: Settings, sample_rate: float | None = None) -> Plan:
    """Return the plan that brings the track of ``analysis`` to what ``settings`` ask for.

    ``sample_rate`` in Hz is that of the audio to be processed, unless it is the rate that was analysed.
    """
    rate = sample_rate or analysis.report.sample_rate
    profile = load(settings.profile)
    values = {node: dict(asked) for node, asked in profile.values.items()}
    values["dynamic_eq"]["intensity"] = settings.intensity
    report = analysis.report
    cut = _low_cut(report) * settings.intensity
    if cut > 0.0:
        values["low_cut"] = {"amount": cut}
    eq = DynamicEQ(**values["dynamic_eq"])
    loudness = report.integrated_lufs if settings.loudness is None else settings.loudness
    asked = ToneAsked(
        share=dynamics.tone_share(profile, settings, loudness, report.plr_db),
        loudly=dynamics.loudly(loudness),
        ride=dynamics.ride(profile, settings, loudness, report),
    )
    tone = tone_course(report, eq, asked, rate)
    plr = dynamics.foreseen_plr(report, eq, tone)
    values["dynamic_eq"]["ratio"] = dynamics.ratio(profile, settings, loudness, plr)
    values["limiter"]["ceiling_db"] = dynamics.ceiling_db(profile, settings, loudness, plr, report.plr_db)
    width, limits = None, []
    if settings.intensity > 0.0 and asked.share < 1.0:
        limits.append(
            f"tone: {loudness:g} LUFS leave this track no headroom to spare; it is moved {100.0 * asked.share:.0f} % "
            "of the way"
        )
    if settings.intensity > 0.0 and not dynamics.has_room(profile, settings, loudness, plr):
        limits.append(f"dynamics: {loudness:g} LUFS under {settings.true_peak:g} dBTP leaves no room for higher peaks")
    imager = values.pop("stereo_imager")
    if settings.stereo_image and report.channels == 2:
        values["stereo_imager"] = imager
        width = width_course(report, StereoImager(**imager), eq, tone, rate)
    elif settings.stereo_image:
        limits.append(f"stereo image: only stereo has a width to set, and this track has {report.channels} channel(s)")
    return Plan(settings, profile, values, tone, width, rate, report.integrated_lufs, report.plr_db,
                limits=tuple(limits))  # fmt: skip


FULL_CUT_DB = RUMBLE_DB + 10.0
"""Subsonic power against that of the music: at ``RUMBLE_DB`` its cut begins, here it is cut in full."""


def _low_cut(report: Report) -> float:
    """Return 0..1: how much of what lies below hearing is to go.  A constant offset counts as well."""
    music = float(np.nansum(report.thirds))
    if report.subsonic <= 0.0 or music <= 0.0:
        return 0.0
    rumble = 10.0 * np.log10(report.subsonic / music)
    return float(np.clip((rumble - RUMBLE_DB) / (FULL_CUT_DB - RUMBLE_DB), 0.0, 1.0))
