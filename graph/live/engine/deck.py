"""A deck: one chain that can be set, by index, to any plan of a track."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....nodes import Block, DynamicEQ, Limiter, Spec, StereoImager, ToneCourse, WidthCourse
from ....nodes.gain import from_db
from ....nodes.kernels.gain import apply_gain
from ....nodes.kernels.smooth import glide_coefficient
from ...chains.chain import Chain
from . import segment as m
from .shared_memory import Shared

LEVEL_MS = 20.0


class Deck:
    """Runs ``chain``, prepared for ``spec``, with a level behind it.

    ``load`` is for a deck that nobody hears; everything else leaves the sound whole.
    """

    def __init__(self, chain: Chain, spec: Spec) -> None:
        chain.prepare(spec)
        self.chain = chain
        self._places = [(node.values, node.slots[declared.name]) for _, node, declared in chain.paths()]
        nodes = [member.node for member in chain.members()]
        self._eq = next((node for node in nodes if isinstance(node, DynamicEQ)), None)
        self._imager = next((node for node in nodes if isinstance(node, StereoImager)), None)
        self._limiter = next((node for node in nodes if isinstance(node, Limiter)), None)
        self._level, self._state = 1.0, np.ones(3)
        self._coefficient = glide_coefficient(LEVEL_MS, spec.sample_rate)

    def set(self, index: int, value: float) -> None:
        """Set the parameter ``index`` to the stored ``value``."""
        values, slot = self._places[index]
        values[slot] = value

    def set_level(self, factor: float) -> None:
        """Glide to the level ``factor``."""
        self._level = factor

    def load(self, shared: Shared, slot: int, frame: int) -> None:
        """Become what ``slot`` of ``shared`` says, for the track from ``frame`` on; all sound is forgotten.

        What is fixed while a chain runs must be there as it is here already.
        """
        stored = shared["slot_values"][slot]
        for i in range(len(self._places)):
            self.set(i, stored[i])
        self._follow(shared, slot)
        self._level = float(shared["slot_courses"][slot, m.SLOT_LEVEL])
        self._state[:] = self._level
        self.chain.reset()
        self.chain.locate(frame)

    def process(self, block: Block) -> None:
        """Process ``block`` ``(channels, frames)`` in place."""
        self.chain.process_block(block)
        apply_gain(block, self._state, self._level, self._coefficient)

    def read(self, gains: NDArray[np.float64]) -> float:
        """Write the equaliser's gains in dB into ``gains`` ``(bands,)``; return the limiter's reduction in dB."""
        if self._eq is not None:
            gains[:] = self._eq.gains_db()
        return self._limiter.gain_reduction_db() if self._limiter is not None else 0.0

    def _follow(self, shared: Shared, slot: int) -> None:
        facts = shared["slot_courses"][slot]
        points = int(facts[m.TONE_POINTS])
        if self._eq is not None and points:
            gains, levels = shared["tone_gains"][slot, :points], shared["tone_levels"][slot, :points]
            makeup = shared["tone_makeup"][slot, :points]
            self._eq.follow(ToneCourse(float(facts[m.TONE_HOP]), gains, levels, makeup))
        points = int(facts[m.WIDTH_POINTS])
        if self._imager is not None:
            course = WidthCourse(float(facts[m.WIDTH_HOP]), shared["width_gains"][slot, :points]) if points else None
            self._imager.follow(course)


def weight(db: float) -> float:
    """Return the factor of ``db``; -150 dB and less is nothing at all."""
    return 0.0 if db <= -150.0 else from_db(db)
