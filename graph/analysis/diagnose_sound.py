"""Findings about tone and stereo image: where a track lies outside what nine in ten records do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...nodes import Report
from ...nodes.bands import NEUTRAL_DB, THIRD_OCTAVES_HZ, THIRD_WEIGHTS, third_levels_db
from .finding import SEVERITIES, Finding

BASS_HZ, BOXY_HZ, HARSH_HZ, AIR_HZ = (63.0, 200.0), (200.0, 500.0), (2000.0, 5000.0), (6000.0, 16000.0)

OFF_DB = {"bass": (-8.0, 6.0), "mud": (-20.0, 5.5), "presence": (-6.0, 5.5), "air": (-6.0, 6.5)}
"""How far below and above the mean of records a region may lie, relative to the whole: their spread, less so where it
is heard most (the published spread of the bass is 10 dB)."""

WORDS = {
    "bass": ("thin", "lacks bass", "heavy", "heavy in the bass"),
    "mud": ("", "", "muddy", "muddy"),
    "presence": ("veiled", "veiled", "harsh", "harsh"),
    "air": ("dull", "dull", "bright", "bright"),
}
"""Id and words below, id and words above."""

REGIONS = {"bass": BASS_HZ, "mud": BOXY_HZ, "presence": HARSH_HZ, "air": AIR_HZ}

RUMBLE_DB = -20.0
"""Power below 17.8 Hz against that of the music: from here on it is a finding, and the plan begins to cut it."""

OFFSET_SLACK = 0.02
"""Share of a constant offset's power that its step at the track's ends may add to what lies below 17.8 Hz."""

CLIFF_DB, LOWEST_END_HZ = 20.0, 3000.0
"""Music fades toward its top by a few dB a third; where all above lies so much lower than one third, a filter was."""

MONO_DB = -60.0
"""Side to mid; dither of 16 bits under a quiet mono track reaches about this."""

INVERTED_DB, CANCELS_DB = 20.0, 1.8
"""Side to mid from which one channel is the other's negative, and from which mono takes more than 4 dB."""

ONE_SIDED_DB = 40.0

NARROW_DB = (-26.1, -15.2, -15.2)
WIDE_DB = (-8.7, -3.9, -2.6)
"""The outer tenths of side to mid, dB, of 568 records; of the low band between those of its two halves."""


def of_tone(report: Report, media: dict[str, Any]) -> Iterator[Finding]:
    """Yield what there is to say of the spectrum; ``media`` tells whether the file is lossless."""
    power = np.nan_to_num(report.thirds)
    music = float(power.sum())
    sub = THIRD_OCTAVES_HZ < 66.0
    below, above = float(power[sub].sum()), float(power[~sub].sum())
    if below > above > 0.0:
        ratio = 10.0 * np.log10(below / above)
        text = f"sub-bass louder than the rest: below 70 Hz lies {ratio:.1f} dB more than above"
        yield Finding("sub_bass", SEVERITIES[1 if ratio > 3.0 else 2], text, round(ratio, 2), "dB")
    constant = float(np.sum(report.dc_offset**2))
    subsonic = report.subsonic - (1.0 + OFFSET_SLACK) * constant
    if music > 0.0 and subsonic > music * 10.0 ** (RUMBLE_DB / 10.0):
        ratio = 10.0 * np.log10(subsonic / music)
        text = f"rumble below 20 Hz, {ratio:+.1f} dB against the music: it costs headroom and is not heard"
        yield Finding("rumble", "warning", text, round(ratio, 2), "dB")
    off = third_levels_db(power) - NEUTRAL_DB
    level = float(np.sum(THIRD_WEIGHTS * np.clip(off, off.max() - 40.0, None)))
    yield from _of_regions(off - level, report.sample_rate)
    yield from _of_the_end(10.0 * np.log10(np.maximum(power, 1e-15)) - NEUTRAL_DB - level, report.sample_rate, media)


def _of_regions(off: np.ndarray, rate: float) -> Iterator[Finding]:
    for region, (low, high) in REGIONS.items():
        inside = (low <= THIRD_OCTAVES_HZ) & (high * 1.02 >= THIRD_OCTAVES_HZ)
        inside &= 0.45 * rate > THIRD_OCTAVES_HZ
        if not inside.any():
            continue
        db = float(off[inside].mean())
        least, most = OFF_DB[region]
        if least <= db <= most:
            continue
        name, words = WORDS[region][:2] if db < least else WORDS[region][2:]
        if name:
            side = "above" if db > 0 else "below"
            place = f"{_hz(low)} to {_hz(high)} lie {abs(db):.1f} dB {side} what records have"
            yield Finding(name, "warning" if abs(db) > 10.0 else "note", f"{words}: {place}", round(db, 2), "dB")


def _of_the_end(off: np.ndarray, rate: float, media: dict[str, Any]) -> Iterator[Finding]:
    """Say where the spectrum ends, if that is below 18 kHz and the sample rate would carry more."""
    highest = np.maximum.accumulate(off[::-1])[::-1]
    cliffs = np.flatnonzero((off[:-1] - highest[1:] > CLIFF_DB) & (THIRD_OCTAVES_HZ[:-1] > LOWEST_END_HZ))
    if not cliffs.size or rate < 44100.0:
        return
    edge = float(THIRD_OCTAVES_HZ[cliffs[0]] * 10.0**0.05)
    if edge > 18000.0:
        return
    lossless = media.get("audio", {}).get("bit_depth") is not None
    cause = ": made from a lossy file or at a low sample rate?" if lossless else ""
    severity = SEVERITIES[1 if edge < 12000.0 else 2]
    yield Finding("spectrum_ends", severity, f"nothing above {_hz(edge)}{cause}", round(edge), "Hz")


def of_space(report: Report) -> Iterator[Finding]:
    """Yield what there is to say of the stereo image."""
    if report.channels == 1:
        yield Finding("mono_file", "note", "a mono file: it stays mono", 1, "channels")
    if report.channels != 2:
        return
    peaks = np.maximum(report.true_peak, 1e-9)
    apart = float(20.0 * np.log10(peaks.max() / peaks.min()))
    if apart > ONE_SIDED_DB:
        silent = "left" if peaks[0] < peaks[1] else "right"
        text = f"only one channel sounds: the {silent} one is empty"
        yield Finding("one_sided", "problem", text, round(apart, 2), "dB")
        return
    widths = np.asarray(report.side_mid_db)
    heard = widths[np.isfinite(widths)]
    if not heard.size:
        return
    if heard.max() < MONO_DB:
        yield Finding("exported_in_mono", "warning", "exported in mono: both channels are the same", 1, "correlation")
    elif heard.min() > INVERTED_DB:
        text = "one channel is the other upside down: in mono nothing is left"
        yield Finding("inverted", "problem", text, round(float(heard.min()), 2), "dB")
    else:
        yield from _of_widths(widths)


def _of_widths(widths: np.ndarray) -> Iterator[Finding]:
    names = ("lows", "mids", "highs")
    worst = int(np.nanargmax(widths))
    if widths[worst] > CANCELS_DB:
        loss = 10.0 * np.log10(1.0 + 10.0 ** (widths[worst] / 10.0))
        text = f"phase: little is left in mono, where the {names[worst]} lose {loss:.1f} dB"
        yield Finding("phase", SEVERITIES[0 if loss > 7.0 else 1], text, round(float(loss), 2), "dB")
    for name, db, narrow, wide in zip(names, widths, NARROW_DB, WIDE_DB, strict=True):
        if db > wide:
            why = ": they lose their weight in mono and on vinyl" if name == "lows" else ""
            text = f"wide {name}, side to mid {db:.1f} dB{why}"
            yield Finding(f"wide_{name}", "warning" if name == "lows" else "note", text, round(float(db), 2), "dB")
        elif db < narrow:
            text = f"narrow {name}, side to mid {_at_least(db)} dB{', safe in mono' if name == 'lows' else ''}"
            yield Finding(f"narrow_{name}", "note", text, round(float(db), 2), "dB")


def _at_least(db: float) -> str:
    return f"{db:.1f}" if db > -90.0 else "below -90"


def _hz(hz: float) -> str:
    return f"{hz / 1000.0:.3g} kHz" if hz >= 1000.0 else f"{hz:.3g} Hz"
