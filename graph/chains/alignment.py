"""What lines up two branches: a delay, and room for a block."""

from __future__ import annotations

import numpy as np

from ...nodes.base import Block
from ...nodes.kernels.blocks import remember


class ScratchBlock:
    """Memory for one block, allocated once."""

    def __init__(self, channels: int, max_block: int) -> None:
        self._memory = np.zeros(channels * max_block)

    def like(self, block: Block) -> Block:
        """Return a C-contiguous block of the shape of ``block``, good until the next call; its content is stale."""
        return self._memory[: block.size].reshape(block.shape)

    def copy(self, block: Block) -> Block:
        """Return a copy of ``block``, good until the next call."""
        out = self.like(block)
        out[:] = block
        return out


class Delay:
    """A delay by a fixed number of frames: what lines up two branches."""

    def __init__(self, channels: int, frames: int, max_block: int) -> None:
        self._frames = frames
        self._history = np.zeros((channels, frames))
        self._room = ScratchBlock(channels, max_block)

    def reset(self) -> None:
        """Forget all audio."""
        self._history[:] = 0.0

    def delayed(self, block: Block) -> Block:
        """Return ``block`` delayed, good until the next call."""
        out = self._room.like(block)
        remember(self._history, block, self._frames, out)
        return out
