"""The outline of a waveform, column by column, for the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...graph import FileSource

COLUMNS = 1200
LONGEST_SECONDS = 1200.0
"""Of longer files the analysis, with a point a second, has more than enough points to draw."""


@dataclass(frozen=True)
class Outline:
    """Lowest and highest sample of any channel, ``(columns,)``, a column every ``hop_seconds``."""

    hop_seconds: float
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]


def outline(path: Path) -> Outline | None:
    """Return the outline of the file at ``path``; None where it is long, or only decoding would tell how long."""
    source = FileSource(path)
    if source.frames is None or source.frames > LONGEST_SECONDS * source.sample_rate:
        return None
    hop = -(-source.frames // COLUMNS)
    reach = np.array([(block.min(), block.max()) for block in source.blocks(hop)])
    return Outline(hop / source.sample_rate, reach[:, 0], reach[:, 1])
