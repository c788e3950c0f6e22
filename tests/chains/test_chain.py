"""A chain is a list of nodes, has paths to their parameters, and can be edited while it runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pedalboard
import pytest
from cases import late
from masterchain.graph.chains.chain import Chain
from masterchain.graph.chains.parallel import Parallel
from masterchain.nodes.base import Node, Spec
from masterchain.nodes.gain import Gain
from masterchain.nodes.hosted import Hosted
from masterchain.nodes.params import ParamError
from signals import delayed, music, noise, prepared, same_bits, stream


def db(value: float) -> float:
    return float(10.0 ** (value / 20.0))


def test_it_is_a_list_that_gives_back_what_was_put_in() -> None:
    gain, plugin = Gain(), pedalboard.Gain(3.0)
    chain = Chain([gain, None, plugin])
    assert len(chain) == 3
    assert chain[0] is gain
    assert chain[1] is None
    assert chain[-1] is plugin
    assert chain[::2] == [gain, plugin]
    assert list(chain) == [gain, None, plugin]
    assert plugin in chain
    assert Gain() not in chain
    assert chain.index(plugin) == 2


def test_it_is_edited_like_a_list() -> None:
    a, b, c, d = (Gain(gain_db=float(k)) for k in range(4))
    chain = Chain([a])
    chain.append(c)
    chain.insert(1, b)
    assert list(chain) == [a, b, c]
    chain[0] = d
    del chain[1]
    assert list(chain) == [d, c]
    chain.remove(c)
    chain[1:] = [a, b]
    del chain[:1]
    assert list(chain) == [a, b]
    chain.extend([c])
    assert chain.pop() is c
    assert repr(chain) == "<Chain with 2 nodes: [Gain(), Gain(gain_db=1.0)]>"


@pytest.mark.parametrize("index", [2, -2])
def test_an_index_out_of_range_is_refused(index: int) -> None:
    chain = Chain([Gain()])
    with pytest.raises(IndexError):
        chain[index]
    with pytest.raises(IndexError):
        chain.insert(index, Gain())
    assert len(chain) == 1


@pytest.mark.parametrize("item", [5, "gain", Gain, lambda x: x])
def test_what_is_no_node_is_refused_and_changes_nothing(item: object) -> None:
    chain = Chain([Gain()])
    with pytest.raises(TypeError, match="nodes, pedalboard plugins and None"):
        chain.append(item)
    assert len(chain) == 1


def test_one_instance_cannot_run_twice() -> None:
    gain, plugin = Gain(), pedalboard.Gain()
    chain = Chain([gain, plugin])
    for twice in (gain, plugin, Hosted(plugin), Chain([gain]), Parallel([[gain], []]), chain):
        with pytest.raises(ValueError, match="twice"):
            chain.append(twice)
    assert list(chain) == [gain, plugin]


def test_an_instance_added_inside_later_is_found_too() -> None:
    gain, inner = Gain(), Chain()
    chain = Chain([gain, inner])
    inner.append(gain)
    with pytest.raises(ValueError, match="twice"):
        chain.prepare(Spec(48000.0, 2))


def test_latency_is_the_sum() -> None:
    chain = prepared(Chain([late(), Gain(), Chain([late()]), None]))
    assert chain.latency == 480
    x = noise(2, 3000).astype(np.float32).astype(np.float64)
    assert same_bits(stream(chain, x, [512]), delayed(x, 480))


def test_an_empty_chain_and_one_of_nothing_pass_the_input() -> None:
    x = noise(2, 1000)
    assert same_bits(stream(prepared(Chain()), x, [100]), x)
    assert same_bits(stream(prepared(Chain([None, None])), x, [100]), x)


def test_of_two_nodes_with_one_id_the_second_is_numbered() -> None:
    first, second, inner = Gain(), Gain(), Gain()
    chain = Chain([first, None, second, Chain([inner])])
    assert chain.find("gain.gain_db") == (first, "gain_db")
    assert chain.find("gain_2.gain_db") == (second, "gain_db")
    assert chain.find("2.gain_db") == (second, "gain_db")
    assert chain.find("chain.gain.gain_db") == chain.find("3.0.gain_db") == (inner, "gain_db")
    assert chain.find("bypass") == (chain, "bypass")
    assert [path for path, _, _ in chain.paths()] == [
        "bypass", "gain.bypass", "gain.gain_db", "gain_2.bypass", "gain_2.gain_db",
        "chain.bypass", "chain.gain.bypass", "chain.gain.gain_db",
    ]  # fmt: skip
    for path, node, declared in chain.paths():
        assert chain.find(path) == (node, declared.name)


@pytest.mark.parametrize(
    "path", ["gain_3.gain_db", "gain.volume", "1.gain_db", "gain", "", "chain.9.gain_db", "hosted.q"]
)
def test_an_unknown_path_is_refused_with_what_is_there(path: str) -> None:
    chain = Chain([Gain(), None, Chain([Gain()]), pedalboard.Gain()])
    with pytest.raises(ParamError, match=r"it has .*bypass"):
        chain.find(path)


def test_a_scheduled_change_comes_at_its_frame() -> None:
    gain = Gain()
    chain = Chain([gain])
    chain.schedule(1000, "gain.gain_db", -6.0)
    x = np.ones((2, 6000))
    y = chain(x, 48000.0, buffer_size=700)
    assert np.array_equal(y[:, :1000], x[:, :1000])
    assert (np.diff(y[0, 1000:1500]) < 0.0).all()
    assert y[0, -1] == pytest.approx(db(-6.0))
    assert gain.gain_db == -6.0


def test_behind_latency_a_change_waits_for_the_sound_of_its_frame() -> None:
    chain = Chain([late(), Chain([late(), Gain()])])
    chain.schedule(1000, "chain.gain.gain_db", -6.0)
    y = chain(np.full((2, 6000), 0.5), 48000.0)
    assert np.array_equal(y[:, 100:1000], np.full((2, 900), 0.5, np.float32))
    assert (np.diff(y[0, 1000:1500]) < 0.0).all()


def test_the_last_of_several_changes_at_a_frame_holds_and_late_ones_come_at_once() -> None:
    gain = Gain()
    chain = Chain([gain])
    prepared(chain)
    for value in (1.0, 2.0, 3.0):
        chain.schedule(10, "gain.gain_db", value)
    stream(chain, noise(2, 100), [100])
    assert gain.gain_db == 3.0
    assert chain.frame == 100
    chain.schedule(5, "gain.gain_db", 4.0)
    assert gain.gain_db == 3.0
    stream(chain, noise(2, 1), [1])
    assert gain.gain_db == 4.0


def test_a_plugins_parameter_is_scheduled_too() -> None:
    plugin = pedalboard.Gain(0.0)
    chain = Chain([plugin])
    chain.schedule(1000, "hosted.gain_db", 6.0)
    y = chain(np.full((1, 2000), 0.25), 48000.0)
    assert np.array_equal(y[:, :1000], np.full((1, 1000), 0.25, np.float32))
    assert y[0, 1500] == pytest.approx(0.25 * db(6.0))


@pytest.mark.parametrize(("path", "value"), [("gain.gain_db", 99.0), ("gain.gain_db", "loud"), ("gain.q", 1.0)])
def test_a_change_that_cannot_be_is_refused_when_it_is_scheduled(path: str, value: object) -> None:
    with pytest.raises(ParamError):
        Chain([Gain()]).schedule(0, path, value)


def test_a_frame_before_the_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="frame = -1"):
        Chain([Gain()]).schedule(-1, "gain.gain_db", 0.0)


def test_changes_belong_to_one_stream() -> None:
    gain = Gain()
    chain = Chain([gain])
    chain.schedule(500, "gain.gain_db", 6.0)  # of the stream to come: prepare and reset keep it
    prepared(chain).reset()
    stream(chain, noise(2, 400), [100])
    chain.reset()  # a stream has begun: it ends with its changes
    stream(chain, noise(2, 1000), [100])
    assert gain.gain_db == 0.0


def test_an_edit_in_a_running_stream_is_heard_at_the_next_block() -> None:
    chain = Chain([Gain(gain_db=6.0)])
    x = np.full((2, 500), 0.1)
    first = chain(x, 48000.0, reset=False)
    chain.append(late())
    rest: list[Any] = [chain(x, 48000.0, reset=False), chain(x, 48000.0, reset=False), chain.flush()]
    assert first[0, -1] == pytest.approx(0.1 * db(6.0))
    assert chain.latency == 240
    assert sum(part.shape[1] for part in rest) == 1000
    assert rest[1][0, -1] == pytest.approx(0.1 * db(6.0))


def test_an_edit_further_inside_is_seen_and_keeps_the_clock() -> None:
    inner = Chain()
    gain = Gain()
    chain = Chain([Parallel([inner]), gain])
    x = noise(2, 600)
    prepared(chain)
    stream(chain, x, [100])
    chain.schedule(1000, "gain.gain_db", -6.0)
    inner.append(late())
    stream(chain, x[:, :100], [100])
    assert (chain.latency, chain.frame) == (240, 700)
    stream(chain, x[:, :540], [100])
    assert gain.gain_db == 0.0
    stream(chain, x[:, :1], [1])
    assert gain.gain_db == -6.0


def test_a_chain_in_a_chain_sounds_like_its_nodes() -> None:
    def nodes() -> list[Node]:
        return [Gain(gain_db=-3.0), late(), Gain(gain_db=2.0)]

    x = music(2, 3000)
    a, b, c = nodes()
    flat = stream(prepared(Chain(nodes())), x, [512])
    assert same_bits(stream(prepared(Chain([a, Chain([b, Chain([c])])])), x, [512]), flat)


def test_bypassed_nodes_and_chains_keep_their_latency() -> None:
    for chain in (Chain([late(), Gain(gain_db=6.0)], bypass=True), Chain([Hosted(late().plugin, bypass=True)])):
        x = noise(2, 3000)
        assert same_bits(stream(prepared(chain), x, [512]), delayed(x, 240))
