"""The test of the tests: nodes that are broken on purpose must each be caught by the contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from masterchain.nodes.base import Block, Node, Spec
from masterchain.nodes.flat import FlatNode
from masterchain.nodes.gain import Gain, from_db
from masterchain.nodes.kernels import gain
from masterchain.nodes.kernels.compiled import kernel
from masterchain.nodes.kernels.smooth import glide_coefficient
from masterchain.nodes.params import Param
from masterchain.nodes.testing.contract import transparent
from masterchain.nodes.testing.promises import PROMISES
from scheduled import schedule

ALL_CHECKS = PROMISES | {"schedule": schedule, "transparent": transparent}

# All have the id of Gain without declaring it, so that none of them is registered.


class PlainGain(Node):
    """A gain written in plain Python, as a user's node may be: sound, and what most of the broken ones are made of."""

    gain_db = Param(0.0, -80.0, 80.0, unit="dB", taper="dB", smooth_ms=20.0, doc="Gain of all channels.")

    def _prepare(self, spec: Spec) -> int:
        self._state = np.zeros(3)
        self._coefficient = glide_coefficient(PlainGain.gain_db.smooth_ms, spec.sample_rate)
        return 0

    def _reset(self) -> None:
        self._state[:] = from_db(self.gain_db)

    def _process(self, block: Block) -> None:
        gain.apply_gain(block, self._state, from_db(self.gain_db), self._coefficient)


PlainGain.id = Gain.id


class Late(PlainGain):
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


class Amnesiac(PlainGain):
    """A one-pole that starts afresh in every block."""

    def _process(self, block: Block) -> None:
        for row in block:
            state = 0.0
            for i, x in enumerate(row):
                state += 0.1 * (x - state)
                row[i] = state


class Averaging(PlainGain):
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


class Ticking(PlainGain):
    """Updates its gain at the start of each block."""

    def _process(self, block: Block) -> None:
        block *= 1.0 / (1.0 + np.abs(block[:, :1]))


class Forgetful(PlainGain):
    """Reset puts its parameters back."""

    def _reset(self) -> None:
        self.gain_db = 0.0
        super()._reset()


class Haunted(PlainGain):
    """A one-pole whose state survives a reset."""

    def _prepare(self, spec: Spec) -> int:
        self._past = np.zeros(spec.channels)
        return super()._prepare(spec)

    def _process(self, block: Block) -> None:
        for i in range(block.shape[1]):
            self._past += 0.01 * (block[:, i] - self._past)
            block[:, i] = self._past


class Gliding(PlainGain):
    """Goes on gliding after a reset."""

    def _prepare(self, spec: Spec) -> int:
        super()._prepare(spec)
        self._state[:] = from_db(self.gain_db)
        return 0

    def _reset(self) -> None:
        pass


class Stepping(PlainGain):
    """Its gain steps."""

    def _process(self, block: Block) -> None:
        block *= from_db(self.gain_db)


class OnePole(PlainGain):
    """Its gain follows one one-pole: no step, but a corner."""

    def _process(self, block: Block) -> None:
        for i in range(block.shape[1]):
            self._state += self._coefficient * (from_db(self.gain_db) - self._state)
            block[:, i] *= self._state[0]


class Tinted(PlainGain):
    """Neutral it is not: one bit off."""

    def _process(self, block: Block) -> None:
        block *= 1.0 + 2.0**-52


class Float32(PlainGain):
    """Rounds to float32 on the way."""

    def _process(self, block: Block) -> None:
        block[:] = block.astype(np.float32)


class Leaking(PlainGain):
    """Divides by the loudest sample."""

    def _process(self, block: Block) -> None:
        with np.errstate(all="ignore"):
            block /= np.abs(block).max(axis=0)


class Stereo(PlainGain):
    """Knows two channels only."""

    def _process(self, block: Block) -> None:
        block[0], block[1] = block[0] * 0.5, block[1] * 0.5


class Growing(PlainGain):
    """Keeps all that it hears."""

    def _prepare(self, spec: Spec) -> int:
        self._heard: list[Any] = []
        return super()._prepare(spec)

    def _process(self, block: Block) -> None:
        self._heard.append(block.copy())


class Temporary(PlainGain):
    """Makes an array for each block."""

    def _process(self, block: Block) -> None:
        block[:] = block * 0.5


@kernel
def _doubled(block: Block) -> None:
    block[0] = block[0] * np.ones(block.shape[1])


class Allocating(PlainGain):
    """Its kernel makes arrays."""

    def _process(self, block: Block) -> None:
        _doubled(block)


class Communal(PlainGain):
    """All nodes of its class share their state."""

    past = np.zeros(1)

    def _reset(self) -> None:
        super()._reset()
        self.past[:] = 0.0

    def _process(self, block: Block) -> None:
        for i in range(block.shape[1]):
            self.past += 0.01 * (block[0, i] - self.past)
            block[0, i] = self.past[0]


class Sloppy(PlainGain):
    """Takes any value."""

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            self.values[self.slots[name]] = np.nan if value in ("loud", None) else value


class Calming(PlainGain):
    """Its state, long after the last sound, is cut where a block ends."""

    def _reset(self) -> None:
        super()._reset()
        self._left = 0.0

    def _process(self, block: Block) -> None:
        self._left = _ringing(block, self._left)


@kernel
def _ringing(block: Block, state: float) -> float:
    for i in range(block.shape[1]):
        state += 0.002 * (block[0, i] - state)
        block[0, i] = state
    return state if abs(state) > 1e-30 else 0.0


class Mute(PlainGain):
    """A parameter without a description."""

    spare_db = Param(0.0, -1.0, 1.0, unit="dB", doc="")


BROKEN = [
    (Late, "impulse"),
    (Overlong, "tail"),
    (Amnesiac, "chunks"),
    (Averaging, "chunks"),
    (Ticking, "chunks"),
    (Calming, "dying_away"),
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


@pytest.mark.parametrize("cls", [Gain, PlainGain])
@pytest.mark.parametrize("check", sorted(ALL_CHECKS))
def test_a_sound_node_passes(check: str, cls: type[Node]) -> None:
    ALL_CHECKS[check](cls)


def test_a_compiled_node_refuses_a_block_in_python() -> None:
    with pytest.raises(TypeError, match="Louder: its block is compiled, _process would never be called"):
        type("Louder", (Gain,), {"_process": lambda self, block: None})


def test_a_kernel_that_reads_other_parameters_is_refused() -> None:
    with pytest.raises(TypeError, match="Renamed: its kernel reads 'gain_db' as parameter 1"):
        type("Renamed", (FlatNode,), {"id": "renamed", "kernels": gain, "level_db": Param(0.0, 0.0, 1.0, doc="A.")})


def test_broken_nodes_are_not_registered() -> None:
    assert not [cls for cls, _ in BROKEN if cls in Node.registry.values()]


def test_a_failure_prints_the_seed() -> None:
    with pytest.raises(AssertionError, match=r"MASTERCHAIN_SEED=[0-9]+"):
        ALL_CHECKS["chunks"](Amnesiac)
