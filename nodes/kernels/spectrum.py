"""Power spectra: which bands there are, how bins are shared among them, and the sums over frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel

Array = NDArray[np.float64]

THIRD_OCTAVES_HZ: Array = np.logspace(1.3, 4.3, 31)
"""Exact centres of the 31 bands of 20 Hz to 20 kHz (IEC 61260-1, base 10); each reaches a 10th of a decade."""

THIRD_OCTAVE_EDGES_HZ: Array = np.logspace(1.25, 4.35, 32)

SUBSONIC_EDGES_HZ: Array = np.array([0.0, THIRD_OCTAVE_EDGES_HZ[0]])
"""What lies below all bands: 17.8 Hz, constant offset included."""

EQ_EDGES_HZ: Array = np.geomspace(20.0, 20000.0, 17)
"""The 16 EQ bands: 20 Hz to 20 kHz in equal steps of 0.62 octaves."""

WIDTH_EDGES_HZ = np.array([20.0, 200.0, 3000.0, 20000.0])
"""Low, mid and high band of the stereo width."""

FRAME_S = 0.17
"""Wanted length of an FFT frame; the nearest power of two (on a log scale) is taken."""


def frame_length(sample_rate: float) -> int:
    """Return the frames of an FFT: 8192 at 44.1 and 48 kHz."""
    return int(2 ** round(np.log2(FRAME_S * sample_rate)))


@kernel
def gather(spectrum: Array, spacing: float, edges: Array, bands: Array) -> None:
    """Sum a power spectrum ``(bins,)``, bins ``spacing`` Hz apart, over the bands between ``edges`` ``(bands + 1,)``.

    A bin is taken to spread evenly half a spacing to both sides (the first and last one inward only), so that a flat
    spectrum reads right in bands narrower than a bin.  A band with its geometric middle above the last bin is NaN,
    one that only its edge takes there is summed as far as it goes.
    """
    last = spectrum.shape[0] - 1
    for b in range(bands.shape[0]):
        low, high = min(edges[b] / spacing, float(last)), min(edges[b + 1] / spacing, float(last))
        if edges[b] * edges[b + 1] > (last * spacing) ** 2:
            bands[b] = np.nan
            continue
        total = 0.0
        for i in range(int(low + 0.5), int(high + 0.5) + 1):
            left, right = max(i - 0.5, 0.0), min(i + 0.5, float(last))
            total += spectrum[i] * max(0.0, min(high, right) - max(low, left)) / (right - left)
        bands[b] = total


@kernel
def accumulate_pair(left: NDArray[np.complex128], right: NDArray[np.complex128], sums: Array) -> None:
    """Add two channels' spectra ``(bins,)`` to ``sums`` ``(3, bins)``: power left, power right, real cross power."""
    a, b, ab = sums[0], sums[1], sums[2]
    for i in range(left.shape[0]):
        l, r = left[i], right[i]  # noqa: E741
        a[i] += l.real * l.real + l.imag * l.imag
        b[i] += r.real * r.real + r.imag * r.imag
        ab[i] += l.real * r.real + l.imag * r.imag


@kernel
def accumulate(spectrum: NDArray[np.complex128], total: Array) -> None:
    """Add a channel's power spectrum ``(bins,)`` to ``total`` ``(bins,)``."""
    for i in range(spectrum.shape[0]):
        z = spectrum[i]
        total[i] += z.real * z.real + z.imag * z.imag
