"""References that the benchmark measures against, none of them the code that is measured."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

REACH, GRID, COARSE = 400, 32, 4


def true_peak_db(audio: Array) -> float:
    """Return the exact true peak of ``(channels, frames)``, dBTP.

    Sinc times Kaiser(beta 12) over +-400 samples, on a grid of 1/32 sample.  The same taps make a grid of 1/4 first,
    and the fine one only where that comes near its own maximum: a crest at Nyquist has lost 7.6 % there, no more.
    """
    from scipy.signal import oaconvolve  # it takes a second to load

    taps, highest = _taps(), 1e-12
    padded = np.pad(audio, ((0, 0), (REACH, REACH + 1)))
    coarse = np.abs(padded[:, REACH:-REACH])
    for phase in range(GRID // COARSE, GRID, GRID // COARSE):
        between = np.abs(oaconvolve(padded, taps[None, ::-1, phase], "valid", axes=1))
        np.maximum(coarse, between, out=coarse)
    for channel, magnitude in zip(padded, coarse, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(channel, 2 * REACH + 1)
        near = np.flatnonzero(magnitude >= 0.92 * coarse.max())
        for start in range(0, near.size, 2048):
            highest = max(highest, float(np.abs(windows[near[start : start + 2048]] @ taps).max()))
    return float(20.0 * np.log10(highest))


def _taps() -> Array:
    """Return the interpolator ``(801, 33)`` for the points 0/32..32/32 after a sample."""
    away = np.arange(GRID + 1) / GRID - np.arange(-REACH, REACH + 1)[:, None]
    window = np.i0(12.0 * np.sqrt(np.maximum(0.0, 1.0 - (away / REACH) ** 2))) / np.i0(12.0)
    return np.where(np.abs(away) <= REACH, np.sinc(away) * window, 0.0)


def band_powers(audio: Array, rate: int, edges: Array) -> Array:
    """Return the mean squares ``(channels, bands)`` between ``edges``, Hz, by Hann frames of 8192, half overlapped."""
    size = 8192
    frames = np.pad(audio, ((0, 0), (0, max(0, size - audio.shape[1]))))
    parts = np.lib.stride_tricks.sliding_window_view(frames, size, axis=1)[:, :: size // 2]
    power = np.zeros((audio.shape[0], size // 2 + 1))
    window = np.hanning(size + 1)[:-1]
    for part in range(parts.shape[1]):
        power += np.abs(np.fft.rfft(parts[:, part] * window, axis=1)) ** 2
    power *= 2.0 / (size * (window**2).sum() * parts.shape[1])
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    # The share of a band that lies in a bin: so narrow bands are not empty.
    low = np.clip(edges[:-1, None], hz - 0.5 * rate / size, hz + 0.5 * rate / size)
    high = np.clip(edges[1:, None], hz - 0.5 * rate / size, hz + 0.5 * rate / size)
    return np.asarray(power @ ((high - low) * size / rate).T)


def residual_db(output: Array, reference: Array, below_hz: float | None = None, rate: int = 48000) -> float:
    """Return ``output`` minus the best gain times ``reference``, dB of the latter; both below ``below_hz``."""
    if below_hz is not None:
        output, reference = (_low_passed(x, below_hz, rate) for x in (output, reference))
    gain = float(np.vdot(reference, output) / np.vdot(reference, reference))
    rest = output - gain * reference
    return 10.0 * math.log10(max(float(np.vdot(rest, rest)) / (gain**2 * float(np.vdot(reference, reference))), 1e-30))


def _low_passed(audio: Array, hz: float, rate: int) -> Array:
    spectrum = np.fft.rfft(audio, axis=1)
    spectrum[:, np.fft.rfftfreq(audio.shape[1], 1.0 / rate) > hz] = 0.0
    return np.asarray(np.fft.irfft(spectrum, audio.shape[1], axis=1))


def without_tones_db(audio: Array, hz: tuple[float, ...], rate: int) -> float:
    """Return what is left of ``(frames,)`` when sines of ``hz`` and a constant are fitted and taken out, dB of them."""
    t = 2.0 * np.pi * np.arange(audio.size) / rate
    rows = np.stack([f(h * t) for h in hz for f in (np.sin, np.cos)] + [np.ones(audio.size)], axis=1)
    fitted = rows @ np.linalg.lstsq(rows, audio, rcond=None)[0]
    rest = audio - fitted
    return float(10.0 * np.log10(max(np.vdot(rest, rest) / np.vdot(fitted, fitted), 1e-30)))


def aligned(output: Array, reference: Array, most: int = 4096) -> Array:
    """Return ``output`` moved by the whole frames, at most ``most``, by which it is late, as long as ``reference``."""
    size = 1 << int(np.ceil(np.log2(output.shape[1] + reference.shape[1])))
    cross = np.fft.irfft(np.fft.rfft(output[0], size) * np.conj(np.fft.rfft(reference[0], size)), size)
    late = int(np.argmax(np.concatenate([cross[-most:], cross[: most + 1]]))) - most
    moved = output[:, late:] if late >= 0 else np.pad(output, ((0, 0), (-late, 0)))
    return np.pad(moved, ((0, 0), (0, max(0, reference.shape[1] - moved.shape[1]))))[:, : reference.shape[1]]
