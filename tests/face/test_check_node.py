"""``nodes.check_node``: the contract suite for nodes of one's own, the same that the project's are held to."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from masterchain import nodes
from masterchain.nodes import Block, Gain, Node, Param, Spec, check_node
from masterchain.nodes.testing.check import BrokenPromises
from masterchain.nodes.testing.promises import PROMISES


class Polarity(Node):
    """A node of a user's own: turns the signal over, by as much as is asked, without a click."""

    id = "polarity_of_ones_own"

    amount: Param = Param(0.0, 0.0, 1.0, smooth_ms=50.0, doc="0 is the input, 1 the input turned over.")

    def __init__(self, label: str = "none", *, amount: float = 0.0, bypass: bool = False) -> None:
        super().__init__(amount=amount, bypass=bypass)
        self.label = label

    def _prepare(self, spec: Spec) -> int:
        self._glide = np.zeros(3)
        self._step = 1.0 / (0.01 * spec.sample_rate)
        return 0

    def _reset(self) -> None:
        self._glide[:] = self.amount

    def _process(self, block: Block) -> None:
        if self._glide[2] == self._glide[1] == self._glide[0] == self.amount:
            if self.amount != 0.0:
                block *= 1.0 - 2.0 * self.amount
            return
        for i in range(block.shape[1]):
            self._glide[0] += self._step * (self.amount - self._glide[0])
            self._glide[1] += self._step * (self._glide[0] - self._glide[1])
            self._glide[2] += self._step * (self._glide[1] - self._glide[2])
            block[:, i] *= 1.0 - 2.0 * self._glide[2]


class Clicking(Polarity):
    """Its amount steps, its state of the last block is kept, and it knows two channels only."""

    def _process(self, block: Block) -> None:
        block[0], block[1] = block[0] * (1.0 - self.amount), block[1] * (1.0 - self.amount)


def test_a_sound_node_passes() -> None:
    check_node(Polarity, neutral={})


def test_a_factory_and_a_node_are_taken_too() -> None:
    check_node(lambda: Polarity("mine", amount=0.25))
    check_node(Polarity("mine", amount=0.25), neutral={"amount": 0.0})
    check_node(Gain, neutral={})


def test_what_is_broken_is_told_with_the_promise_and_the_seed() -> None:
    with pytest.raises(BrokenPromises, match=r"^Clicking breaks \d of \d+ promises; MASTERCHAIN_SEED=\d+ ") as caught:
        check_node(Clicking)
    assert isinstance(caught.value, nodes.MasterchainError)
    assert isinstance(caught.value, AssertionError)
    assert {"layouts", "zipper"} <= set(caught.value.broken)
    told = str(caught.value)
    assert "\n  layouts: Mono, stereo and up to eight channels pass, and come out finite.\n    IndexError: " in told
    assert "\n  zipper: Any parameter can jump while sound plays, and nothing is heard but its smooth way" in told
    assert "amount -" in told


def test_the_neutral_settings_are_held() -> None:
    with pytest.raises(BrokenPromises, match="transparent: At neutral settings the output is the delayed input"):
        check_node(Gain, neutral={"gain_db": -1.0})


def test_an_exemption_has_to_be_needed_and_to_name_a_check() -> None:
    with pytest.raises(BrokenPromises, match=r"memory: it is kept, though it is exempt \(it grows\)"):
        check_node(Gain, exempt={"memory": "it grows"})
    with pytest.raises(ValueError, match="exempt = 'memry': there is no such check; there are chunks"):
        check_node(Gain, exempt={"memry": "it grows"})


def test_every_promise_is_a_sentence() -> None:
    assert all((check.__doc__ or "").strip().endswith(".") for check in PROMISES.values())


def test_the_seed_repeats_and_no_test_runner_is_needed() -> None:
    code = (
        "import sys; from masterchain.nodes import Node, check_node\n"
        "class Off(Node):\n"
        "    id = 'off_in_a_test'\n"
        "    def _process(self, block):\n"
        "        block *= abs(block[:, :1])\n"
        "try:\n    check_node(Off)\nexcept AssertionError as error:\n    print(error)\n"
        "assert 'pytest' not in sys.modules"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"MASTERCHAIN_SEED": "7"}
        ).stdout
        for _ in range(2)
    ]
    assert told[0].startswith("Off breaks ")
    assert "MASTERCHAIN_SEED=7 repeats" in told[0]
    assert told[0] == told[1]


def test_importing_the_nodes_does_not_import_what_checks_them() -> None:
    code = (
        "import sys; import masterchain.nodes\n"
        "assert 'masterchain.nodes.testing.check' in sys.modules\n"
        "assert 'masterchain.nodes.testing.contract' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
