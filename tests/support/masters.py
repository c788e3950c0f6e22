"""Masters of the test song, made once, and how loud they are by libebur128."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyebur128
import soundfile
from masterchain.graph import Analysis, ArrayDestination, ArraySource, Settings, analyse, plan, render
from masterchain.nodes.base import Block
from songs import RATE, song


def loudness(audio: Block, rate: int = RATE) -> float:
    """Integrated loudness by libebur128."""
    state = pyebur128.R128State(audio.shape[0], rate, pyebur128.MeasurementMode.MODE_I)
    state.add_frames(np.ascontiguousarray(audio.T).reshape(-1), audio.shape[1])
    return float(pyebur128.get_loudness_global(state))


@cache
def analysis() -> Analysis:
    return analyse(ArraySource(song(), RATE))


@cache
def mastered(profile: str = "i", target: float = -14.0, stereo: bool = False, intensity: float = 100.0) -> Block:
    settings = Settings(profile=profile, loudness=target, stereo_image=stereo, intensity=intensity)
    destination = ArrayDestination(bits=16)
    render(ArraySource(song(), RATE), destination, plan(analysis(), settings))
    assert destination.audio is not None
    return destination.audio


def read(path: object) -> Block:
    return np.ascontiguousarray(soundfile.read(str(path), dtype="float64", always_2d=True)[0].T)
