"""What the two processes of the live engine share: the names and places of everything in the segment."""

from __future__ import annotations

from dataclasses import dataclass

from ....nodes.bands import BANDS_HZ
from .shared_memory import Layout, Shared

BANDS = len(BANDS_HZ)
COMMANDS, MARKS = 8192, 256
HISTOGRAM_STEP_US, HISTOGRAM = 5.0, 4000
"""Durations of callbacks are counted in steps of so many microseconds, the last count being all that took longer."""

# Places in ``status``.
(
    FRAME, STAMP_NS, POSITION, PLAYING, ENDED, ACTIVE, SWITCHING, CALLBACKS, OVER, XRUNS, STARVED, LOAD, REDUCTION_DB,
    PERIOD, LATE, ROLLING, URGENCY,
) = range(17)  # fmt: skip
GAINS = 17
STATUS = GAINS + BANDS

# Kinds of commands, and what INDEX and VALUE of each mean.
SET, PLAY, SKIP, LOAD_DECK, LISTEN = 0.0, 1.0, 2.0, 3.0, 4.0
"""A parameter by index; play (1) or pause (0); the tape on to a ring position; a slot onto the idle deck; a weight."""

WET, DRY, LEVEL = 0, 1, 2
"""What LISTEN moves: the share of the chain's sound, of the untouched sound, and the level of the chain's sound."""

# Places in ``courses`` of a slot: hops in frames and lengths of both courses, the deck's level.
TONE_HOP, TONE_POINTS, WIDTH_HOP, WIDTH_POINTS, SLOT_LEVEL, SLOT = 0, 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Size:
    """How much is shared: ``parameters`` of the chain, ``points`` of its courses, frames of the rings."""

    channels: int
    parameters: int
    points: int
    tape_frames: int
    tap_frames: int

    def layout(self) -> Layout:
        """Return the arrays of the segment."""
        points = max(1, self.points)
        return {
            "commands": ((COMMANDS, 4), "f8"), "command_ends": ((2,), "i8"),
            "marks": ((MARKS, 4), "f8"), "mark_ends": ((2,), "i8"),
            "tape": ((self.channels, max(1, self.tape_frames)), "f8"), "tape_ends": ((2,), "i8"),
            "tap": ((self.channels, max(1, self.tap_frames)), "f8"), "tap_ends": ((2,), "i8"),
            "status": ((STATUS,), "f8"), "turn": ((1,), "i8"), "histogram": ((HISTOGRAM,), "i8"),
            "slot_values": ((2, max(1, self.parameters)), "f8"), "slot_courses": ((2, SLOT), "f8"),
            "tone_gains": ((2, points, BANDS), "f8"), "tone_levels": ((2, points, BANDS), "f8"),
            "tone_makeup": ((2, points), "f8"), "width_gains": ((2, points, 3), "f8"),
        }  # fmt: skip

    def create(self) -> Shared:
        """Return a new segment of that size."""
        return Shared(self.layout())

    def attach(self, name: str) -> Shared:
        """Return the segment called ``name``."""
        return Shared(self.layout(), name)
