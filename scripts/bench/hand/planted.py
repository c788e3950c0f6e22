"""Spoilt tracks in which a noise lies where there is no music: hiss, rumble, a breakdown, a fade-out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..music import Excerpt

Array = NDArray[np.float64]

HISS_DBFS, TAPE_DBFS, RUMBLE_DBFS = -66.0, -70.0, -60.0
PAUSE_S, BREAKDOWN_S, FADE_S = 6.0, 10.0, 15.0
RAMP_S, MARGIN_S = 0.05, 1.0
"""Cuts take 50 ms; a second beside them is not measured, where analysis windows see both sides."""

FADE_TO_DB = -60.0
BREAKDOWN_HZ, BREAKDOWN_DB = 250.0, -40.0
NO_BASS_HZ, RUMBLE_HZ = 300.0, (20.0, 120.0)
HIGHS_HZ: tuple[float, ...] = (2000.0, 4000.0, 8000.0, 16000.0)
LOWS_HZ: tuple[float, ...] = (31.5, 63.0, 125.0)


@dataclass(frozen=True)
class Planted:
    """A track with a noise in it, which is alone between two frames in the octaves of ``edges_hz``."""

    excerpt: Excerpt
    start: int
    stop: int
    edges_hz: tuple[float, ...]


def planted(excerpt: Excerpt) -> dict[str, Planted]:
    """Return the four cases by name, all made of ``excerpt``; of a short one, with shorter pauses and fades."""
    return {"hiss": _hiss(excerpt), "rumble": _rumble(excerpt), "breakdown": _breakdown(excerpt),
            "fade-out": _fade_out(excerpt)}  # fmt: skip


def _hiss(excerpt: Excerpt) -> Planted:
    """A dull copy, 8 dB down above 6 kHz, with white noise at -66 dBFS that a pause in the middle lays bare."""
    dull = _shaped(excerpt.audio, excerpt.rate, lambda hz: np.interp(np.log(hz), np.log([2000.0, 6000.0]), [0.0, -8.0]))
    start, stop = _middle(excerpt, PAUSE_S)
    music = dull * (1.0 - _window(excerpt, start, stop))
    noise = _white(excerpt, HISS_DBFS)
    return _case(excerpt, music + noise, start, stop, HIGHS_HZ)


def _rumble(excerpt: Excerpt) -> Planted:
    """No music below 300 Hz, but brown noise from 20 to 120 Hz at -60 dBFS, from end to end."""
    thin = _shaped(excerpt.audio, excerpt.rate, lambda hz: _steep(hz, NO_BASS_HZ))
    noise = _shaped(_white(excerpt, 0.0), excerpt.rate, _brown)
    noise *= 10.0 ** (RUMBLE_DBFS / 20.0) / np.sqrt(np.mean(noise * noise))
    return Planted(Excerpt("rumble", excerpt.rate, thin + noise), 0, excerpt.audio.shape[1], LOWS_HZ)


def _breakdown(excerpt: Excerpt) -> Planted:
    """10 s in the middle without anything below 250 Hz but noise, 40 dB under what the track has there."""
    low = _shaped(excerpt.audio, excerpt.rate, lambda hz: _below(hz, BREAKDOWN_HZ))
    noise = _shaped(_white(excerpt, 0.0), excerpt.rate, _brown)
    noise *= 10.0 ** (BREAKDOWN_DB / 20.0) * np.sqrt(np.mean(low * low) / np.mean(noise * noise))
    start, stop = _middle(excerpt, BREAKDOWN_S)
    inside = _window(excerpt, start, stop)
    return _case(excerpt, excerpt.audio - inside * low + inside * noise, start, stop, LOWS_HZ)


def _fade_out(excerpt: Excerpt) -> Planted:
    """The last 15 s fade evenly in dB to -60 dB, over steady hiss at -70 dBFS; the last third of it is measured."""
    frames = excerpt.audio.shape[1]
    length = min(round(FADE_S * excerpt.rate), frames // 2)
    fade = np.concatenate([np.zeros(frames - length), np.linspace(0.0, FADE_TO_DB, length)])
    audio = excerpt.audio * 10.0 ** (fade / 20.0) + _white(excerpt, TAPE_DBFS)
    return Planted(Excerpt("fade-out", excerpt.rate, audio), frames - length // 3, frames, HIGHS_HZ)


def _case(excerpt: Excerpt, audio: Array, start: int, stop: int, edges_hz: tuple[float, ...]) -> Planted:
    margin = min(round(MARGIN_S * excerpt.rate), (stop - start) // 4)
    return Planted(Excerpt(excerpt.name, excerpt.rate, audio), start + margin, stop - margin, edges_hz)


def _middle(excerpt: Excerpt, seconds: float) -> tuple[int, int]:
    """Return the frames of ``seconds`` in the middle, at most a third of the whole."""
    frames = excerpt.audio.shape[1]
    length = min(round(seconds * excerpt.rate), frames // 3)
    return (frames - length) // 2, (frames + length) // 2


def _window(excerpt: Excerpt, start: int, stop: int) -> Array:
    """Return 1 between ``start`` and ``stop`` and 0 elsewhere, with ramps just inside."""
    ramp = round(RAMP_S * excerpt.rate)
    return np.interp(np.arange(excerpt.audio.shape[1]), [start, start + ramp, stop - ramp, stop], [0.0, 1.0, 1.0, 0.0])


def _white(excerpt: Excerpt, dbfs: float) -> Array:
    """Return noise of ``dbfs`` RMS, independent in each channel, the same at every run."""
    return np.asarray(10.0 ** (dbfs / 20.0) * np.random.default_rng(11).standard_normal(excerpt.audio.shape))


def _shaped(audio: Array, rate: int, response_db: Callable[[Array], Array]) -> Array:
    """Return ``audio`` with a response in dB of the frequency in Hz, without delay."""
    hz = np.maximum(np.fft.rfftfreq(audio.shape[1], 1.0 / rate), 1.0)
    return np.asarray(np.fft.irfft(np.fft.rfft(audio, axis=1) * 10.0 ** (response_db(hz) / 20.0), audio.shape[1]))


def _steep(hz: Array, edge_hz: float) -> Array:
    """Return a high-pass of 96 dB an octave, a Butterworth's of order 16, dB."""
    return np.maximum(-10.0 * np.log10(1.0 + (edge_hz / hz) ** 32), -150.0)


def _below(hz: Array, edge_hz: float) -> Array:
    """Return the low-pass that takes out just what ``_steep`` leaves, dB."""
    return 20.0 * np.log10(np.maximum(1.0 - 10.0 ** (_steep(hz, edge_hz) / 20.0), 1e-8))


def _brown(hz: Array) -> Array:
    """Return a fall of 6 dB an octave between the edges of the rumble, steep beyond, dB."""
    low, high = RUMBLE_HZ
    return np.asarray(_steep(hz, low) + np.maximum(-10.0 * np.log10(1.0 + (hz / high) ** 32), -150.0)
                      - 20.0 * np.log10(hz / low))  # fmt: skip
