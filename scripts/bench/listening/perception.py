"""How far apart two versions sound, by Zimtohrli: a model of the ear, not of a spectrum.

Zimtohrli (Alakuijala, Bruse et al., Google; Apache 2.0) runs both through 128 filters like those of the basilar
membrane at 48 kHz, models masking and loudness, and compares them by their local structure in time and frequency; its
distance grows with the square of a change.  ``change`` is 100 times its root, so that it grows with dB:

| planted in music at equal loudness (folk, metal, orchestra, electronic; 10 s) | change |
|---|---|
| nothing; 16-bit dither; a delay of 1 sample; 1 dB quieter | 0; 0.02; 0.04; 0.1 |
| a delay of 10 ms: what is compared must be aligned | 2.3 to 2.8 |
| bell at 2.5 kHz, Q 1, of 1, 3, 6 dB | 0.2, 0.5, 1.1 (electronic: 0.2, 0.7, 1.3) |
| bell of 3 dB at 100 Hz; at 12 kHz | 0.6 to 0.8; 0.5 to 0.6 |
| tilt of +0.5, +1, +1.5, +3 dB an octave | 0.5 to 0.8, 0.9 to 1.5, 1.4 to 2.2, 3.0 to 4.0 |
| hiss at -60, -50, -40, -30 dB, folk (metal masks it: 0.9 at -30) | 0.1, 0.6, 1.8, 4.6 |
| clipped by 3, 6, 9 dB | 0.1 to 1.2, 0.7 to 2.7, 2.0 to 4.7 |
| limited by 3, 6, 9 dB | 0.1 to 1.0, 0.6 to 2.1, 1.4 to 3.4 |
| level ridden by +-1, +-2, +-4 dB over 6 s | 0.3, 0.5 to 2.5, 1.9 to 7 |
| side at 0.8, at 0.5, none | 0.9 to 1.5, 2.5 to 3.9, 5.6 to 7.8 |
| low pass at 16 kHz; at 8 kHz | 0.9 to 2.4; 10 to 11 |
| one click as high as the peak | 0.1 (dense metal, electronic) to 1.1 |

It rises with the size in every row and stays silent for nothing.  What it does not hear well: a lone click in dense
music, and what happens in a small part of the excerpt, as it takes the mean over time.  ViSQOL (``visqol-python``)
ranks the same 42 changes nearly alike (0.89 to 0.90 by Spearman) and hears clicks better, but is mono, takes five times
as long and needs a compiler to be installed; ``speequal`` is the same model, and has wheels for Python 3.12 and 3.14
with glibc 2.39 alone.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from functools import cache
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

Array = NDArray[np.float64]

MODEL = "Zimtohrli"
RATE = 48000
LEAST_FRAMES = RATE // 2
"""Below 0.1 s Zimtohrli 0.2.1 writes past its memory."""


def is_installed() -> bool:
    """Say whether the model is there."""
    return importlib.util.find_spec("zimtohrli") is not None


def model_version() -> str | None:
    """Return the name and the version of the model, None where it is not installed."""
    return f"{MODEL} {importlib.metadata.version('zimtohrli')}" if is_installed() else None


def change(original: Array, version: Array, rate: int) -> float:
    """Return how far ``version`` is from ``original``, both ``(channels, frames)`` at ``rate`` Hz and equally loud.

    It is the root of the mean over the channels, 0 for nothing; see above.  Raises ``ValueError`` for audio of other
    shapes or shorter than half a second.
    """
    if original.shape != version.shape:
        raise ValueError(f"{original.shape} cannot be compared with {version.shape}: the shapes must be the same")
    if original.shape[1] < LEAST_FRAMES * rate / RATE:
        raise ValueError(f"{original.shape[1]} frames at {rate} Hz are too short; must be at least 0.5 s")
    pairs = zip(_resampled(original, rate), _resampled(version, rate), strict=True)
    return 100.0 * float(np.sqrt(np.mean([_model().distance(one, other) for one, other in pairs])))


@cache
def _model() -> Any:
    import zimtohrli

    return zimtohrli.Pyohrli()


def _resampled(audio: Array, rate: int) -> Array:
    return audio if rate == RATE else np.asarray(soxr.resample(audio.T, rate, RATE, "VHQ")).T
