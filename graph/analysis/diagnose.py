"""What an engineer says of a track before touching it: plain words, each with an id and the figure that it rests on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...nodes import Report
from ...nodes.kernels.levels import SILENCE
from ...nodes.measuring.report import decibels
from .analysis import Analysis
from .diagnose_sound import of_space, of_tone
from .finding import SEVERITIES, Finding

DENSE_PLR_DB = 9.0
"""Half of the loud records have a peak-to-loudness ratio above 9.5 dB; a mix below this has been limited."""

CRUSHED_PLR_DB = 7.0
"""Nine in ten even of the loud records have more than 8 dB."""

OVER_DB = 0.05
"""What rounds to 0.0 dBTP is not worth a word."""

FULL_SCALE = 1.0 + 1e-4
"""Only float samples and decoded lossy ones lie above."""

QUIET_LUFS, WIDE_RANGE_LU = -30.0, 20.0
OFFSET = 1e-3
"""A constant of this share of full scale costs headroom and clicks at the track's ends."""

LONG_SILENCE_S = 1.0
USUAL_RATE_HZ = 44100.0
MANY_CLIPS_A_MINUTE = 10.0
POOR_BIT_RATE = 64_000
"""b/s a channel; below it the usual codecs leave out what can be heard."""

CODEC_NAMES = {"aac": "AAC", "mp3": "MP3", "vorbis": "Ogg Vorbis", "opus": "Opus"}


def diagnose(analysis: Analysis) -> list[Finding]:
    """Return what there is to say, the gravest first."""
    report = analysis.report
    groups = [_of_file(analysis), _of_length(report)]
    if report.integrated_lufs is not None:
        groups += [_of_level(report), _of_peaks(report), of_tone(report, analysis.media), of_space(report)]
        groups.append(_of_pauses(report))
    findings = [finding for group in groups for finding in group]
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _of_file(analysis: Analysis) -> Iterator[Finding]:
    rate, audio = analysis.report.sample_rate, analysis.media.get("audio", {})
    if rate < USUAL_RATE_HZ:
        severity = SEVERITIES[1 if rate < 0.7 * USUAL_RATE_HZ else 2]
        yield Finding(
            "low_sample_rate", severity,
            f"sample rate {rate / 1000.0:g} kHz: nothing above {rate / 2000.0:.3g} kHz can be there", rate, "Hz",
        )  # fmt: skip
    depth = audio.get("bit_depth")
    if depth is not None and depth < 16:
        text = f"{depth} bit: its noise will be heard once it is louder"
        yield Finding("low_bit_depth", "warning", text, depth, "bit")
    if audio and depth is None:
        bits = float(audio["bitrate"])
        severity = SEVERITIES[1 if bits < POOR_BIT_RATE * audio["channels"] else 2]
        name = CODEC_NAMES.get(audio["codec"], audio["codec"])
        text = f"lossy source ({name}, {bits / 1000.0:.0f} kb/s): master from a lossless file if there is one"
        yield Finding("lossy_source", severity, text, bits, "b/s")


def _of_length(report: Report) -> Iterator[Finding]:
    if report.integrated_lufs is None:
        why = "shorter than 0.4 s" if report.duration_s < 0.4 else "silence"
        text = f"loudness: nothing to measure ({why})"
        yield Finding("nothing_to_measure", "problem", text, round(report.duration_s, 3), "s")


def _of_level(report: Report) -> Iterator[Finding]:
    loudness, plr, wide = report.integrated_lufs, report.plr_db, report.loudness_range_lu
    if loudness is not None and loudness < QUIET_LUFS:
        text = f"very quiet ({loudness:.1f} LUFS): its noise floor rises with the level"
        yield Finding("very_quiet", "warning", text, round(loudness, 2), "LUFS")
    if plr is not None and plr < DENSE_PLR_DB and report.duration_s >= 3.0:
        severity = SEVERITIES[1 if plr < CRUSHED_PLR_DB else 2]
        text = f"very dense already (PLR {plr:.1f} dB): it has been limited; a mix before that leaves more to work with"
        yield Finding("dense", severity, text, round(plr, 2), "dB")
    if wide > WIDE_RANGE_LU:
        text = f"quiet and loud passages lie {wide:.0f} LU apart: the quiet ones are lost where it is noisy"
        yield Finding("wide_range", "note", text, round(wide, 2), "LU")


def _of_peaks(report: Report) -> Iterator[Finding]:
    peak, runs = report.true_peak_dbtp, report.clipped_runs
    over = float(report.sample_peak.max()) > FULL_SCALE
    if runs:
        first = _clock((report.clipped_first_frame or 0) / report.sample_rate)
        severity = SEVERITIES[0 if runs / report.duration_s * 60.0 > MANY_CLIPS_A_MINUTE and not over else 1]
        what = f"{runs} {'place' if runs == 1 else 'places'} ({report.clipped_samples} samples), first at {first}"
        if over:
            text = f"above full scale at {what}: an export to integers clips it there"
            yield Finding("over_full_scale", severity, text, runs, "runs")
        else:
            yield Finding("clipped", severity, f"clipped at {what}", runs, "runs")
    if peak is not None and peak > OVER_DB:
        cause = "clipped at the source" if runs and not over else f"export it {peak + 1.0:.0f} dB quieter"
        text = f"true peak {peak:.1f} dB above 0 dBTP: {cause}"
        yield Finding("true_peak_over", "warning", text, round(peak, 2), "dBTP")
    offset = float(np.abs(report.dc_offset).max())
    if offset > OFFSET:
        level = decibels(offset**2) or 0.0
        text = f"constant offset of {100.0 * offset:.2g} % of full scale ({level:.0f} dBFS)"
        yield Finding("dc_offset", "warning", text, round(offset, 6), "full scale")


def _of_pauses(report: Report) -> Iterator[Finding]:
    course, rate = report.course, report.sample_rate
    quiet = np.maximum(np.abs(course.lowest), np.abs(course.highest)) < SILENCE
    first, last = _leading(quiet), quiet.size - _leading(quiet[::-1])
    for where, frames in (("start", report.silence_start_frames), ("end", report.silence_end_frames)):
        seconds = frames / rate
        if seconds >= LONG_SILENCE_S:
            text = f"silence of {seconds:.3g} s at the {where}"
            yield Finding(f"silence_{where}", "warning" if seconds >= 10.0 else "note", text, round(seconds, 3), "s")
    inside = quiet[first:last]
    if inside.any():
        at = course.hop_seconds * (first + int(np.argmax(inside)))
        seconds = course.hop_seconds * int(inside.sum())
        text = f"silence of {seconds:.3g} s inside the track, first at {_clock(at)}: is that meant?"
        yield Finding("silence_inside", "note", text, round(seconds, 3), "s")


def _leading(flags: np.ndarray) -> int:
    """Return how many of ``flags`` are true before the first that is not."""
    return int(np.argmin(flags)) if not flags.all() else int(flags.size)


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"
