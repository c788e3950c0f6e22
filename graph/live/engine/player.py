"""The player: commands in, sound out.  All that happens between two calls of the sound system, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....nodes import Block, Spec
from ....nodes.kernels.blocks import crossfade
from ....nodes.kernels.compiled import kernel
from ....nodes.kernels.smooth import glide, glide_coefficient, settled
from ...chains.alignment import Delay, ScratchBlock
from . import rings as ring
from . import segment as m
from .deck import Deck
from .shared_memory import Shared
from .tape import Tape

PENDING = 8192
WARM_S, SWITCH_MS, LISTEN_MS = 0.25, 40.0, 20.0
"""A plan that is loaded runs unheard for so long, its detectors and its limiter find their state, then it fades in."""

Array = NDArray[np.float64]


class Player:
    """Runs one or two decks by the commands in ``shared``, blocks split where they are due.

    With ``audition`` the sound comes from the tape, otherwise from the block itself.  ``frame`` counts all frames that
    ever went through, played or silent; commands are due at such frames.
    """

    def __init__(self, decks: Sequence[Deck], spec: Spec, shared: Shared, audition: bool) -> None:
        self._decks, self._shared, self._spec = tuple(decks), shared, spec
        self._commands, self._ends = shared["commands"], shared["command_ends"]
        self._pending, self._count = np.zeros((PENDING, ring.RECORD)), 0
        self.latency = decks[0].chain.latency
        self.tape = Tape(shared, spec.sample_rate, self._jumped) if audition else None
        self._beside = Delay(spec.channels, self.latency, spec.max_block)
        self._room = ScratchBlock(spec.channels, spec.max_block)
        self._active, self._incoming, self._warm = 0, -1, 0
        self._mix = np.zeros(1)
        self._switch_step = 1e3 / (SWITCH_MS * spec.sample_rate)
        self._weights, self._targets = np.zeros((2, 3)), np.array([1.0, 0.0])
        self._weights[:] = self._targets[:, None]
        self._coefficient = glide_coefficient(LISTEN_MS, spec.sample_rate)
        self._place = 0
        self.frame, self.late = 0, 0

    @property
    def parameters(self) -> list[tuple[str, float]]:
        """Path and stored value of every parameter of the chain, by the index that commands use."""
        paths = self._decks[0].chain.paths()
        return [(path, float(node.values[node.slots[declared.name]])) for path, node, declared in paths]

    @property
    def active(self) -> int:
        """The deck that is heard."""
        return self._active

    @property
    def switching(self) -> bool:
        """Whether the other deck is about to be heard."""
        return self._incoming >= 0

    def process(self, block: Block) -> None:
        """Put the next sound into ``block`` ``(channels, 0..max_block)``."""
        self._count = ring.gather(self._commands, self._ends, self._pending, self._count)
        start, frames = 0, block.shape[1]
        while start < frames:
            self._obey()
            stop = frames
            if self._count and self._pending[0, ring.DUE] - self.frame < frames - start:
                stop = start + int(self._pending[0, ring.DUE]) - self.frame
            if self._warm > 0:
                stop = min(stop, start + self._warm)
            if self.tape is not None:
                stop = start + self.tape.read(block[:, start:stop])
            self._sound(block[:, start:stop])
            self.frame += stop - start
            start = stop

    def read(self, gains: Array) -> float:
        """Write the gains of the deck that is heard, in dB, into ``gains``; return its limiter's reduction in dB."""
        return self._decks[self._active].read(gains)

    def _sound(self, block: Block) -> None:
        dry = self._beside.delayed(block)
        if self._incoming < 0:
            self._decks[self._active].process(block)
        else:
            fresh = self._room.copy(block)
            self._decks[self._active].process(block)
            self._decks[self._incoming].process(fresh)
            if self._warm > 0:
                self._warm -= block.shape[1]
            else:
                crossfade(block, fresh, self._mix, self._switch_step, 1.0)
                if self._mix[0] >= 1.0:
                    self._active, self._incoming = self._incoming, -1
                    self._mix[0] = 0.0
        weigh(block, dry, self._weights, self._targets[0], self._targets[1], self._coefficient)

    def _obey(self) -> None:
        """Do what is due."""
        done = 0
        while done < self._count and self._pending[done, ring.DUE] <= self.frame:
            kind, due, index, value = self._pending[done]
            self.late += 0.0 <= due < self.frame
            self._do(kind, int(index), float(value))
            done += 1
        if done:
            self._count = ring.drop_first(self._pending, self._count, done)

    def _do(self, kind: float, index: int, value: float) -> None:
        if kind == m.SET:
            for deck in self._decks:
                deck.set(index, value)
        elif kind == m.LISTEN and index == m.LEVEL:
            self._decks[self._active].set_level(value)
            if self._incoming >= 0:
                self._decks[self._incoming].set_level(value)
        elif kind == m.LISTEN:
            self._targets[index] = value
            if self.frame == 0:  # nothing was heard that it could click in
                self._weights[index] = value
        elif kind == m.LOAD_DECK:
            self._load(int(value))
        elif self.tape is not None and kind == m.PLAY:
            self.tape.play(value > 0.0)
        elif self.tape is not None and kind == m.SKIP:
            self.tape.skip(int(value))

    def _load(self, slot: int) -> None:
        """Bring the plan in ``slot`` onto its deck, and that to the ear."""
        if self.switching:  # the plan that was about to be heard gives way at once
            self._active, self._incoming = self._incoming, -1
            self._mix[0] = 0.0
        place = self.tape.position if self.tape is not None else self.frame
        heard = self.tape is not None and self.tape.playing
        self._decks[slot].load(self._shared, slot, place)
        if slot == self._active or not heard:
            self._active = slot
            return
        self._incoming, self._warm = slot, int(WARM_S * self._spec.sample_rate)

    def _jumped(self, frame: int, anew: bool) -> None:
        for deck in self._decks:
            if anew:
                deck.chain.reset()
            deck.chain.locate(frame)


@kernel
def weigh(wet: Block, dry: Block, weights: Array, wet_target: float, dry_target: float, coefficient: float) -> None:
    """Make ``wet`` the sum of both by their gliding weights ``(2, 3)``; at 1 and 0 it stays bit for bit."""
    still = settled(weights[0], wet_target) and settled(weights[1], dry_target)
    if still and wet_target == 1.0 and dry_target == 0.0:
        return
    for i in range(wet.shape[1]):
        a = glide(weights[0], wet_target, coefficient)
        b = glide(weights[1], dry_target, coefficient)
        for c in range(wet.shape[0]):
            wet[c, i] = a * wet[c, i] + b * dry[c, i]
