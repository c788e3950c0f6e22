"""Nodes inside a container are run by their addresses: whatever is done to them, none is used that is no more."""

from __future__ import annotations

import copy
import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import pedalboard
import pytest
from masterchain.graph.chains.chain import Chain
from masterchain.graph.chains.parallel import Parallel, dry_wet
from masterchain.graph.chains.profile_chain import profile_chain
from masterchain.nodes.base import Block, Node, Spec
from masterchain.nodes.gain import Gain
from masterchain.nodes.hosted import Hosted
from masterchain.nodes.limiter import Limiter
from signals import music, prepared, same_bits

RATE = 48000
SPEC = Spec(RATE, 2, 256)


class Scripted(Node):
    """A node in Python that does in each block what it is told."""

    def __init__(self, act: Callable[[Block], None], **values: Any) -> None:
        super().__init__(**values)
        self._act = act

    def _process(self, block: Block) -> None:
        self._act(block)


Scripted.id = "scripted"  # not registered: the contract suite would take it for one of ours


def blocks(chain: Node, x: Block, size: int = 256) -> Block:
    out = x.copy()
    for start in range(0, x.shape[1], size):
        chain.process_block(out[:, start : start + size])
    return out


def churn() -> None:
    """Have freed memory collected and written over."""
    gc.collect(0)
    for size in (64, 500, 4000, 30000, 200000):
        np.full(size, np.nan)


def test_a_node_in_python_may_prepare_the_chain_that_runs_it() -> None:
    def act(block: Block) -> None:
        outer.prepare(Spec(RATE, 2, 256))
        churn()

    outer = Chain([Chain([Gain(gain_db=-6.0), Scripted(act), Limiter()]), Parallel([Gain(), Gain()])])
    outer.prepare(SPEC)
    x = music(2, 1024)
    for _ in range(20):
        blocks(outer, x)


def test_a_node_in_python_may_edit_the_chain_that_runs_it() -> None:
    def act(block: Block) -> None:
        inner[0] = Limiter()
        outer.append(Gain(gain_db=1.0))
        outer.flush()
        churn()
        while len(outer) > 2:
            del outer[-1]

    def act_once(block: Block) -> None:
        if not once.is_set():
            once.set()
            act(block)

    inner = Chain([Limiter(), dry_wet([Limiter()], 0.5)])
    once = threading.Event()
    outer = Chain([Scripted(act_once), inner])
    outer.prepare(SPEC)
    x = music(2, 1024)
    for _ in range(5):
        once.clear()
        blocks(outer, x)


def test_a_node_that_could_not_be_prepared_says_so_instead_of_passing_the_sound() -> None:
    class Refusing(Gain):
        def _prepare(self, spec: Spec) -> int:
            if spec.channels > 2:
                raise ValueError("two at most")
            return super()._prepare(spec)

    node = prepared(Refusing(gain_db=-6.0), 2, RATE)
    with pytest.raises(ValueError, match="two at most"):
        node.prepare(Spec(RATE, 4, 256))
    for channels in (2, 4):
        with pytest.raises(RuntimeError, match="prepare"):
            node.process_block(np.ones((channels, 64)))
    node.reset()
    copy.deepcopy(node).prepare(SPEC)
    node.prepare(SPEC)
    node.process_block(np.ones((2, 64)))


def test_a_chain_with_a_refused_node_goes_on_once_that_is_taken_out() -> None:
    chain = Chain([Gain(gain_db=-6.0)])
    chain.prepare(Spec(RATE, 3, 256))
    x = np.ones((3, 100))
    chain.process_block(x)
    chain.append(Hosted([pedalboard.Gain(), pedalboard.Gain()]))
    for _ in range(3):
        with pytest.raises(ValueError, match="one a channel"):
            chain.process_block(x)
    assert chain.frame == 100
    del chain[-1]
    y = np.ones((3, 100))
    chain.process_block(y)
    np.testing.assert_allclose(y, 10 ** (-6 / 20))
    assert chain.frame == 200


def test_branches_that_are_replaced_are_taken_in_with_the_next_prepare() -> None:
    parallel = Parallel([Gain(), Gain(), Limiter()])
    outer = Chain([parallel])
    outer.prepare(SPEC)
    x = music(2, 1024)
    blocks(outer, x)
    parallel.branches = parallel.branches[:1]
    churn()
    Gain().prepare(SPEC)  # any: all containers look at what is inside
    assert same_bits(blocks(outer, x), x)


def test_a_shallow_copy_has_a_schedule_of_its_own() -> None:
    first = Chain([Gain()])
    for frame in range(60):
        first.schedule(frame, "gain.gain_db", -1.0)
    second = copy.copy(first)
    first.prepare(SPEC)
    second.prepare(SPEC)
    for frame in range(2000):
        second.schedule(frame, "gain.gain_db", -2.0)
    churn()
    blocks(first, music(2, 4096))
    blocks(second, music(2, 4096))


def test_thousands_of_changes_in_the_middle_of_a_stream() -> None:
    chain = Chain([Gain(), Chain([Hosted(pedalboard.Gain()), Gain()]), Limiter()])
    chain.prepare(SPEC)
    x = music(2, 256)
    for k in range(40):
        for frame in range(200):
            chain.schedule(chain.frame + frame * 7, ("gain.gain_db", "chain.gain.gain_db")[frame % 2], float(-(k % 7)))
            chain[1].schedule(chain.frame + frame, "hosted.gain_db", float(-(frame % 5)))
        chain.process_block(x.copy())
        churn()
    blocks(chain, music(2, 8192))
    assert chain[0].gain_db == float(-(39 % 7))


def test_what_a_hosted_plugin_was_asked_for_and_never_did_is_forgotten() -> None:
    plugin = pedalboard.Gain()
    chain = prepared(Chain([plugin]), 2, RATE)
    for k in range(500):
        chain.schedule(10, "hosted.gain_db", float(k % 30))
    for _ in range(20):
        chain.prepare(SPEC)
    chain.process_block(np.zeros((2, 64)))
    assert plugin.gain_db == 499 % 30
    chain.schedule(100, "hosted.gain_db", 1.0)
    chain.reset()
    hosted: Any = chain.members()[0].node
    assert not hosted._asked_values


def test_a_value_that_a_hosted_plugin_refuses_is_told_once() -> None:
    chain = prepared(Chain([pedalboard.Compressor()]), 2, RATE)
    chain.schedule(0, "hosted.ratio", 0.1)
    with pytest.raises(ValueError, match=r"(?i)ratio"):
        chain.process_block(np.zeros((2, 64)))
    chain.process_block(np.zeros((2, 64)))


def test_more_names_than_a_hosted_plugin_may_be_asked_for_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masterchain.nodes.hosted.ASKED", 1)
    chain = prepared(Chain([pedalboard.Compressor()]), 2, RATE)
    chain.schedule(0, "hosted.ratio", 3.0)
    with pytest.raises(ValueError, match="more than 1"):
        chain.schedule(0, "hosted.threshold_db", -3.0)
    chain.schedule(0, "hosted.ratio", 2.0)
    chain.process_block(np.zeros((2, 64)))
    assert chain[0].ratio == 2.0


def test_a_failure_stays_in_its_thread_and_the_chain_goes_on() -> None:
    class Stop(BaseException):
        pass

    def fails(error: BaseException) -> Callable[[Block], None]:
        def act(block: Block) -> None:
            if block[0, 0] > 0.5:
                raise error

        return act

    def work(k: int) -> None:
        error = [KeyboardInterrupt(), Stop(), ValueError(str(k)), MemoryError()][k % 4]
        chain = Chain([Parallel([Chain([Scripted(fails(error))]), dry_wet([Limiter()], 0.3)]), Gain()])
        chain.prepare(SPEC)
        for _ in range(50):
            with pytest.raises(type(error)) as caught:
                chain.process_block(np.ones((2, 64)))
            assert caught.value is error
            chain.process_block(np.zeros((2, 64)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))


@pytest.mark.parametrize(
    "block",
    [
        np.ones((2, 64), np.float32), np.ones((3, 64)), np.ones((2, 300)), np.ones(64), np.ones((2, 64), ">f8"),
        np.ones((2, 64), np.int64), np.ones((2, 8, 8)),
    ],
    ids=["float32", "channels", "long", "flat", "big-endian", "integers", "deep"],
)  # fmt: skip
def test_a_block_that_does_not_fit_is_refused_and_left(block: Any) -> None:
    for node in (Gain(gain_db=-6.0), Chain([Gain(gain_db=-6.0)]), Chain([Chain([pedalboard.Gain(-6.0)])])):
        node.prepare(SPEC)
        with pytest.raises(ValueError, match="block"):
            node.process_block(block)
        assert (block == 1).all()


def test_a_block_that_cannot_be_written_is_refused() -> None:
    block = np.ones((2, 64))
    block.flags.writeable = False
    for node in (Gain(gain_db=-6.0), Chain([Gain(gain_db=-6.0)]), Chain([pedalboard.Gain(-6.0)])):
        node.prepare(SPEC)
        with pytest.raises(ValueError, match="read-only"):
            node.process_block(block)
        with pytest.raises(ValueError, match="read-only"):
            node.process_block(block[:, ::2])


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda x: np.repeat(x, 2, axis=1)[:, ::2], lambda x: x[::-1]])
def test_any_layout_of_memory_gives_the_same_sound(layout: Callable[[Any], Any]) -> None:
    one, other = (prepared(profile_chain("a", gain_db=6.0), 2, RATE) for _ in range(2))
    for k in range(8):
        x = layout(music(2, 256, salt=k))
        y = np.ascontiguousarray(x)
        one.process_block(x)
        other.process_block(y)
        assert same_bits(np.ascontiguousarray(x), y)


def test_members_prepared_edited_and_dropped_in_any_order() -> None:
    rng = np.random.default_rng(7)
    chain = Chain([Gain(), Limiter(), Parallel([[], Limiter(), pedalboard.Gain()]), pedalboard.BrickwallLimiter()])
    specs = [SPEC, Spec(RATE, 1, 32), Spec(96000, 6, 4096)]
    chain.prepare(SPEC)
    for _ in range(150):
        match rng.integers(9):
            case 0:
                chain.members()[0].node.prepare(specs[rng.integers(3)])
            case 1:
                chain.insert(int(rng.integers(len(chain))), Chain([Limiter(mode="live"), None]))
            case 2 if len(chain) > 3:
                del chain[int(rng.integers(len(chain)))]
            case 3:
                chain.reset()
            case 4:
                chain.flush()
            case 5:
                chain.prepare(specs[rng.integers(3)])
            case 6:
                path = next(path for path, _, _ in chain.paths() if path.endswith("bypass"))
                for frame in range(70):
                    chain.schedule(chain.frame + frame, path, frame % 2)
            case 7:
                chain = copy.deepcopy(chain)
                chain.prepare(SPEC)
            case _:
                churn()
        spec = chain.spec
        assert spec is not None
        block = np.ones((spec.channels, int(rng.integers(spec.max_block + 1))))
        chain.process_block(block)
        assert np.isfinite(block).all()


def test_chains_run_while_another_thread_prepares_nodes() -> None:
    x, stop = music(2, 9600).astype(np.float32), threading.Event()

    def prepare() -> None:
        while not stop.is_set():
            Chain([Gain(), Limiter()]).prepare(Spec(RATE, 2, 64))

    def run(k: int) -> Any:
        chain = Chain([profile_chain("a"), Parallel([[], pedalboard.Gain(-6.0)]), Limiter()])
        return [chain(x, RATE, buffer_size=128) for _ in range(3)]

    wanted = run(0)[0]
    worker = threading.Thread(target=prepare)
    worker.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            for results in pool.map(run, range(8)):
                for result in results:
                    np.testing.assert_array_equal(result, wanted)
    finally:
        stop.set()
        worker.join()


def test_one_node_called_by_several_threads_at_once_gives_each_its_sound() -> None:
    limiter = Limiter(ceiling_db=-6.0)
    chains = [limiter, Chain([Gain(gain_db=3.0), limiter]), Parallel([[limiter], pedalboard.Gain()]), Chain()]
    rates = (44100, 48000, 96000)
    x = music(2, 6000).astype(np.float32)
    wanted = {(k, rate): chain(x, rate) for k, chain in enumerate(chains) for rate in rates}

    def run(k: int) -> None:
        which, rate = k % 4, rates[k % 3]
        np.testing.assert_array_equal(chains[which](x, rate, buffer_size=8192), wanted[which, rate])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(200)))


def test_a_member_prepared_by_another_thread_does_not_pull_memory_from_under_a_block() -> None:
    """It is told, by an error of either thread; what never happens is that a block runs on what is no more."""
    inner = Chain([Limiter(), Chain([Limiter(), Scripted(lambda block: None)])])
    outer, stop = Chain([inner]), threading.Event()
    outer.prepare(SPEC)
    told = (RuntimeError, ValueError, IndexError)

    def prepare() -> None:
        rng = np.random.default_rng(1)
        while not stop.is_set():
            with suppress(*told):
                inner.prepare([SPEC, Spec(RATE, 2, 64), Spec(RATE, 1, 512)][rng.integers(3)])
            time.sleep(1e-3)  # locks are not fair: let the other thread have one

    worker = threading.Thread(target=prepare)
    worker.start()
    try:
        for _ in range(100):
            with suppress(*told):
                outer.process_block(np.ones((2, 256)))
    finally:
        stop.set()
        worker.join()
    outer.prepare(SPEC)
    outer.process_block(np.ones((2, 256)))


def test_a_node_in_python_may_schedule_changes_while_it_runs() -> None:
    def act(block: Block) -> None:
        for k in range(20):
            chain.schedule(chain.frame + 5 * k, "gain.gain_db", -1.0 if k % 2 else -2.0)
        churn()

    gain = Gain()
    chain = Chain([Scripted(act), gain])
    chain.prepare(SPEC)
    chain.schedule(10, "gain.gain_db", -3.0)
    for _ in range(4):
        chain.process_block(np.ones((2, 256)))
    assert gain.gain_db in (-1.0, -2.0)
