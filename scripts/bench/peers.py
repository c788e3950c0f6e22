"""The meters and limiters that the benchmark finds installed, ours first, each behind the same two functions."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...nodes import Analyzer, Limiter, Spec
from .references import aligned
from .signals import INTEGRATED, MOMENTARY, SHORT, TP

Array = NDArray[np.float64]
Limit = Callable[[Array, int, float], Array]

BLOCK = 8192


@dataclass(frozen=True)
class Reading:
    """What a meter reads of a stream, LUFS, LU and dBTP; None for what it does not offer."""

    integrated: float | None = None
    momentary: float | None = None
    short_term: float | None = None
    range: float | None = None
    true_peak: float | None = None


Read = Callable[[Array, int, Sequence[str]], Reading]


def meters() -> dict[str, Read]:
    """Return the meters by name: functions of ``(channels, frames)``, the rate and the kinds of reading wanted."""
    meters: dict[str, Read] = {"masterchain": read_ours}
    if importlib.util.find_spec("pyebur128"):
        meters["libebur128"] = read_libebur128
    if importlib.util.find_spec("pyloudnorm"):
        meters["pyloudnorm"] = read_pyloudnorm
    if shutil.which("ffmpeg"):
        meters["ffmpeg ebur128"] = read_ffmpeg
    return meters


def read_ours(audio: Array, rate: int, kinds: Sequence[str]) -> Reading:
    """Read with the Analyzer, which measures everything always."""
    analyzer = Analyzer()
    analyzer.prepare(Spec(rate, audio.shape[0], BLOCK))
    for start in range(0, audio.shape[1], BLOCK):
        analyzer.process_block(np.ascontiguousarray(audio[:, start : start + BLOCK]))
    r = analyzer.report()
    return Reading(r.integrated_lufs, r.max_momentary_lufs, r.max_short_term_lufs, r.loudness_range_lu,
                   r.true_peak_dbtp)  # fmt: skip


def read_libebur128(audio: Array, rate: int, kinds: Sequence[str]) -> Reading:
    """Read with libebur128; for maxima of momentary and short-term loudness it is asked every 10 ms, which is slow."""
    import pyebur128 as e

    mode, maxima, peaks = e.MeasurementMode, MOMENTARY in kinds or SHORT in kinds, TP in kinds
    modes = mode.MODE_I | mode.MODE_LRA | (mode.MODE_M | mode.MODE_S) * maxima | mode.MODE_TRUE_PEAK * peaks
    state = e.R128State(audio.shape[0], rate, modes)
    frames = np.ascontiguousarray(audio.T)
    hop = rate // 100 if maxima else BLOCK
    momentary, short_term = -np.inf, -np.inf
    for start in range(0, len(frames), hop):
        part = frames[start : start + hop]
        state.add_frames(part.ravel(), len(part))
        if maxima:
            # Windows that begin before the stream are left out, as the standard's meters do.
            momentary = max(momentary, e.get_loudness_momentary(state) if start >= 0.39 * rate else -np.inf)
            short_term = max(short_term, e.get_loudness_shortterm(state) if start >= 2.99 * rate else -np.inf)
    peak = max(e.get_true_peak(state, channel) for channel in range(audio.shape[0])) if peaks else 0.0
    return Reading(
        _finite(e.get_loudness_global(state)),
        _finite(momentary),
        _finite(short_term),
        e.get_loudness_range(state),
        20.0 * float(np.log10(peak)) if peak > 0.0 else None,
    )


def read_pyloudnorm(audio: Array, rate: int, kinds: Sequence[str]) -> Reading:
    """Read the integrated loudness with pyloudnorm."""
    import pyloudnorm

    if INTEGRATED not in kinds:
        return Reading()
    return Reading(float(pyloudnorm.Meter(rate).integrated_loudness(audio.T)))


def read_ffmpeg(audio: Array, rate: int, kinds: Sequence[str]) -> Reading:
    """Read with ffmpeg's ebur128; it tells three decimals of loudness ten times a second."""
    peak = "true" if TP in kinds else "none"
    meter = f"ebur128=peak={peak}:metadata=1:framelog=verbose,ametadata=mode=print:file=-"
    told = _ffmpeg(audio, rate, ["-af", meter])
    values: dict[str, list[float]] = {}
    for key, value in re.findall(r"lavfi\.r128\.(\w+)=(-?[\d.]+)", told.stdout.decode()):
        values.setdefault(key, []).append(float(value))
    peaks = re.findall(r"Peak:\s+(-?[\d.]+) dBFS", told.stderr.decode())
    # Windows that begin before the stream are left out here too.
    momentary, short_term = values.get("M", [])[3:], values.get("S", [])[29:]
    return Reading(values["I"][-1], max(momentary, default=None), max(short_term, default=None), values["LRA"][-1],
                   float(peaks[-1]) if peaks else None)  # fmt: skip


def limiters() -> dict[str, Limit]:
    """Return the limiters by name: functions of ``(2, frames)``, the rate and the ceiling in dB.

    Brickwall and pedalboard are its ``BrickwallLimiter``, with ``true_peak`` too, and ``Limiter``; alimiter is
    ffmpeg's, also within fourfold oversampling.
    """
    limiters: dict[str, Limit] = {"masterchain": _ours("master"), "ours, live": _ours("live")}
    if importlib.util.find_spec("pedalboard"):
        limiters["Brickwall"] = _pedalboard("BrickwallLimiter", "ceiling_db")
        if _accepts_true_peak():
            limiters["Brickwall TP"] = _pedalboard("BrickwallLimiter", "ceiling_db", true_peak=True)
        limiters["pedalboard"] = _pedalboard("Limiter", "threshold_db")
    if shutil.which("ffmpeg"):
        limiters["alimiter"] = _alimiter(1)
        limiters["alimiter 4x"] = _alimiter(4)
    return limiters


def versions() -> dict[str, str]:
    """Return the versions of what is compared."""
    names = ("numpy", "numba", "pedalboard", "pyebur128", "pyloudnorm")
    versions = {name: importlib.metadata.version(name) for name in names if importlib.util.find_spec(name)}
    if shutil.which("ffmpeg"):
        told = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
        versions["ffmpeg"] = told.split()[2]
    return versions


def _ours(mode: str) -> Limit:
    def limit(audio: Array, rate: int, ceiling_db: float) -> Array:
        return np.asarray(Limiter(ceiling_db=ceiling_db, mode=mode)(audio, rate), dtype=np.float64)

    return limit


def _pedalboard(name: str, level: str, **others: Any) -> Limit:
    def limit(audio: Array, rate: int, ceiling_db: float) -> Array:
        import pedalboard

        plugin = getattr(pedalboard, name)(**{level: ceiling_db}, **others)
        return aligned(plugin(audio.astype(np.float32), rate).astype(np.float64), audio)

    return limit


def _accepts_true_peak() -> bool:
    import pedalboard

    return hasattr(pedalboard.BrickwallLimiter(), "true_peak")


def _alimiter(times: int) -> Limit:
    def limit(audio: Array, rate: int, ceiling_db: float) -> Array:
        chain = f"alimiter=limit={10.0 ** (ceiling_db / 20.0):.9f}:level=false"
        if times > 1:
            # It is an attack of 5 ms less a frame late; brought to whole frames of the lower rate, it can be aligned.
            late = int(0.005 * times * rate) - 1
            chain = f"aresample={times * rate},{chain},adelay={-late % times}S:all=1,aresample={rate}"
        # It keeps its look-ahead's worth of the end to itself.
        output = _ffmpeg(np.pad(audio, ((0, 0), (0, 4096))), rate, ["-af", chain, "-f", "f32le"]).stdout
        return aligned(np.frombuffer(output, dtype=np.float32).reshape(-1, audio.shape[0]).T.astype(np.float64), audio)

    return limit


def _ffmpeg(audio: Array, rate: int, options: list[str]) -> subprocess.CompletedProcess[bytes]:
    """Run ffmpeg on ``audio``; with ``-f f32le`` among the options audio comes out, else nothing but its words."""
    layout = "5.0" if audio.shape[0] == 5 else f"{audio.shape[0]}c"
    before = ["-f", "f32le", "-ar", str(rate), "-ac", str(audio.shape[0])]
    if audio.shape[0] == 5:
        before += ["-channel_layout", layout]
    after = ["-"] if "f32le" in options else ["-f", "null", "-"]
    command = ["ffmpeg", "-hide_banner", "-nostats", *before, "-i", "-", *options, *after]
    return subprocess.run(command, input=audio.T.astype("<f4").tobytes(), capture_output=True, check=True)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
