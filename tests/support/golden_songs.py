"""Three synthesised songs that are the same to the bit on every system: sums and products alone, no function of a libm.

The tests' other songs are made of sines and exponentials, whose last bits differ between systems; here a tone is a
row of parabolas, a decay a fourth power, and noise comes from PCG64's integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[Any]


def drums(frames: int, rate: int) -> Sound:
    """A song of kick, snare, bass, chords and hats, its second half louder, ``(2, frames)``."""
    t, draw = np.arange(frames) / rate, np.random.default_rng(1)
    beat = t % 0.5
    kick = _tone(45.0 * beat + 8.0 * beat * (1.0 - beat)) * _decay(beat, 0.4)
    snare = _noise(draw, frames) * _decay((t + 0.5) % 1.0, 0.2)
    bass = _tone(55.0 * t) + 0.3 * _tone(110.0 * t)
    chord = _tone(220.0 * t) + _tone(261.6 * t) + _tone(329.6 * t)
    wide = _tone(220.7 * t) + _tone(330.6 * t)
    hats = np.stack([_noise(draw, frames), _noise(draw, frames)]) * _decay(t % 0.25, 0.06)
    middle = 0.4 * kick + 0.12 * snare + 0.12 * bass + 0.04 * chord
    return _arranged(np.stack([middle + 0.04 * wide, middle - 0.04 * wide]) + 0.05 * hats)


def strings(frames: int, rate: int) -> Sound:
    """Plucked notes left and right over quiet noise: sparse and lively, ``(2, frames)``."""
    t, draw = np.arange(frames) / rate, np.random.default_rng(2)
    out = np.zeros((2, frames))
    for k, ratio in enumerate((1.0, 1.5, 2.0, 2.52, 3.0, 1.189)):
        since = (t + 0.3 * k) % 1.8
        pluck = _tone(110.0 * ratio * since) + 0.5 * _tone(220.0 * ratio * since) * _decay(since, 0.8)
        out += np.array([[0.7], [0.3]] if k % 2 else [[0.3], [0.7]]) * pluck * _decay(since, 1.5)
    return _arranged(0.2 * out + 0.002 * np.stack([_noise(draw, frames), _noise(draw, frames)]))


def wall(frames: int, rate: int) -> Sound:
    """Sawtooth guitars, doubled and apart, over a fast kick: dense and bright, ``(2, frames)``."""
    t, draw = np.arange(frames) / rate, np.random.default_rng(3)
    beat = t % 0.375
    guitars = [_saw(d * 82.4 * t) + _saw(d * 123.5 * t) + _saw(d * 164.8 * t) for d in (0.998, 1.003)]
    kick = _tone(60.0 * beat) * _decay(beat, 0.25)
    cymbals = np.stack([_noise(draw, frames), _noise(draw, frames)]) * (0.2 + _decay(t % 0.1875, 0.15))
    return _arranged(0.3 * kick + 0.1 * np.stack(guitars) + 0.05 * cymbals)


SONGS = {"drums": drums, "strings": strings, "wall": wall}


def _tone(turns: Sound) -> Sound:
    """Return a wave of parabolas, near a sine, at ``turns`` 0.. of its circle."""
    x = 2.0 * (turns % 1.0) - 1.0
    y = 4.0 * x * (1.0 - np.abs(x))
    return y * (0.775 + 0.225 * np.abs(y))


def _saw(turns: Sound) -> Sound:
    return 2.0 * (turns % 1.0) - 1.0


def _decay(since: Sound, seconds: float) -> Sound:
    left = np.maximum(1.0 - since / seconds, 0.0)
    return np.asarray(left * left * (left * left))


def _noise(draw: np.random.Generator, frames: int) -> Sound:
    """Return white noise, its steps evened out a little so that it falls toward Nyquist."""
    raw = draw.random(frames + 1) - 0.5
    return raw[1:] + 0.5 * raw[:-1]


def _arranged(sound: Sound) -> Sound:
    """Return the sound with a softer first half and a pause at its end, on the grid of 24-bit integers."""
    frames = sound.shape[1]
    level = np.ones(frames)
    level[: frames // 2] = 0.5
    level[-(frames // 10) :] = 0.0005
    return np.ldexp(np.rint(np.ldexp(sound * level, 23)), -23)
