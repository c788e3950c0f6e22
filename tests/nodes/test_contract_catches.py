"""The test of the tests: nodes that are broken on purpose must each be caught by the contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from masterchain.nodes.base import Block, Node, Spec
from masterchain.nodes.gain import Gain, from_db
from masterchain.nodes.kernels.compiled import kernel
from masterchain.nodes.params import Param
from masterchain.nodes.testing.contract import transparent
from masterchain.nodes.testing.promises import PROMISES
from scheduled import schedule

ALL_CHECKS = PROMISES | {"schedule": schedule, "transparent": transparent}

# All inherit the id of Gain, so that none of them is registered.


class Late(Gain):
    """Says a latency of 9 frames and delays by 10."""

    TRUE = 10

    def _prepare(self, spec: Spec) -> int:
        super()._prepare(spec)
        self._line = np.zeros((spec.channels, self.TRUE))
        return 9

    def _reset(self) -> None:
        super()._reset()
        self._line[:] = 0.0

    def _process(self, block: Block) -> None:
        joined = np.concatenate([self._line, block], axis=1)
        block[:] = joined[:, : block.shape[1]]
        self._line[:] = joined[:, block.shape[1] :]


class Overlong(Late):
    """Delays by 9 frames as it says, and gives one frame more than that when flushed."""

    TRUE = 9

    def flush(self) -> Block:
        return np.concatenate([super().flush(), np.zeros((2, 1))], axis=1)


class Amnesiac(Gain):
    """A one-pole that starts afresh in every block."""

    def _process(self, block: Block) -> None:
        for row in block:
            state = 0.0
            for i, x in enumerate(row):
                state += 0.1 * (x - state)
                row[i] = state


class Averaging(Gain):
    """A moving sum by cumulative sums anchored to the block: right, but its rounding depends on the split."""

    def _prepare(self, spec: Spec) -> int:
        self._past = np.zeros((spec.channels, 20))
        return super()._prepare(spec)

    def _reset(self) -> None:
        super()._reset()
        self._past[:] = 0.0

    def _process(self, block: Block) -> None:
        joined = np.concatenate([self._past, block], axis=1)
        sums = np.cumsum(joined, axis=1)
        self._past[:] = joined[:, -20:]
        block[:] = (sums[:, 20:] - sums[:, :-20]) / 20.0


class Ticking(Gain):
    """Updates its gain at the start of each block."""

    def _process(self, block: Block) -> None:
        block *= 1.0 / (1.0 + np.abs(block[:, :1]))


class Forgetful(Gain):
    """Reset puts its parameters back."""

    def _reset(self) -> None:
        self.gain_db = 0.0
        super()._reset()


class Haunted(Gain):
    """A one-pole whose state survives a reset."""

    def _prepare(self, spec: Spec) -> int:
        self._past = np.zeros(spec.channels)
        return super()._prepare(spec)

    def _process(self, block: Block) -> None:
        for i in range(block.shape[1]):
            self._past += 0.01 * (block[:, i] - self._past)
            block[:, i] = self._past


class Gliding(Gain):
    """Goes on gliding after a reset."""

    def _prepare(self, spec: Spec) -> int:
        super()._prepare(spec)
        self._state[:] = from_db(self.gain_db)
        return 0

    def _reset(self) -> None:
        pass


class Stepping(Gain):
    """Its gain steps."""

    def _process(self, block: Block) -> None:
        block *= from_db(self.gain_db)


class OnePole(Gain):
    """Its gain follows one one-pole: no step, but a corner."""

    def _process(self, block: Block) -> None:
        for i in range(block.shape[1]):
            self._state += self._coefficient * (from_db(self.gain_db) - self._state)
            block[:, i] *= self._state[0]


class Tinted(Gain):
    """Neutral it is not: one bit off."""

    def _process(self, block: Block) -> None:
        block *= 1.0 + 2.0**-52


class Float32(Gain):
    """Rounds to float32 on the way."""

    def _process(self, block: Block) -> None:
        block[:] = block.astype(np.float32)


class Leaking(Gain):
    """Divides by the loudest sample."""

    def _process(self, block: Block) -> None:
        with np.errstate(all="ignore"):
            block /= np.abs(block).max(axis=0)


class Stereo(Gain):
    """Knows two channels only."""

    def _process(self, block: Block) -> None:
        block[0], block[1] = block[0] * 0.5, block[1] * 0.5


class Growing(Gain):
    """Keeps all that it hears."""

    def _prepare(self, spec: Spec) -> int:
        self._heard: list[Any] = []
        return super()._prepare(spec)

    def _process(self, block: Block) -> None:
        self._heard.append(block.copy())


class Temporary(Gain):
    """Makes an array for each block."""

    def _process(self, block: Block) -> None:
        block[:] = block * 0.5


@kernel
def _doubled(block: Block) -> None:
    block[0] = block[0] * np.ones(block.shape[1])


class Allocating(Gain):
    """Its kernel makes arrays."""

    def _process(self, block: Block) -> None:
        _doubled(block)


class Communal(Gain):
    """All nodes of its class share their state."""

    past = np.zeros(1)

    def _reset(self) -> None:
        super()._reset()
        self.past[:] = 0.0

    def _process(self, block: Block) -> None:
        for i in range(block.shape[1]):
            self.past += 0.01 * (block[0, i] - self.past)
            block[0, i] = self.past[0]


class Sloppy(Gain):
    """Takes any value."""

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            self.values[self.slots[name]] = np.nan if value in ("loud", None) else value


class Mute(Gain):
    """A parameter without a description."""

    spare_db = Param(0.0, -1.0, 1.0, unit="dB", doc="")


BROKEN = [
    (Late, "impulse"),
    (Overlong, "tail"),
    (Amnesiac, "chunks"),
    (Averaging, "chunks"),
    (Ticking, "chunks"),
    (Forgetful, "reset"),
    (Haunted, "reset"),
    (Gliding, "reset_in_a_glide"),
    (Stepping, "zipper"),
    (OnePole, "zipper"),
    (Tinted, "transparent"),
    (Float32, "transparent"),
    (Leaking, "hostile"),
    (Stereo, "layouts"),
    (Growing, "memory"),
    (Temporary, "arrays"),
    (Allocating, "allocations"),
    (Communal, "alone"),
    (Sloppy, "parameters"),
    (Mute, "parameters"),
]


@pytest.mark.parametrize(("cls", "check"), [pytest.param(c, k, id=f"{c.__name__}-{k}") for c, k in BROKEN])
def test_the_contract_catches(cls: type[Node], check: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        ALL_CHECKS[check](cls)


@pytest.mark.parametrize("check", sorted(ALL_CHECKS))
def test_a_sound_node_passes(check: str) -> None:
    ALL_CHECKS[check](Gain)


def test_broken_nodes_are_not_registered() -> None:
    assert not [cls for cls, _ in BROKEN if cls in Node.registry.values()]


def test_a_failure_prints_the_seed() -> None:
    with pytest.raises(AssertionError, match=r"MASTERCHAIN_SEED=[0-9]+"):
        ALL_CHECKS["chunks"](Amnesiac)
