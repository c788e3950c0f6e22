"""pedalboard's own containers inside ours are run by ours: the branches aligned, streamed or not, and the same sum."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pedalboard
import pytest
from masterchain.graph.chains.chain import Chain
from masterchain.graph.chains.parallel import Parallel
from masterchain.nodes.base import Node
from masterchain.nodes.hosted import Hosted
from pedalboard_native._internal import AddLatency
from signals import music

EMPTY: Any = None
"""An empty place in a container, which pedalboard takes and its types do not know."""

RATE = 48000


def audio(frames: int = 12000) -> Any:
    return music(2, frames, salt=60).astype(np.float32)


def streamed(chain: Chain, x: Any, size: int) -> Any:
    parts = [chain(x[:, at : at + size], RATE, reset=False) for at in range(0, x.shape[1], size)]
    return np.concatenate([*parts, chain.flush().astype(np.float32)], axis=1)


def node(chain: Chain, place: int = 0) -> Node:
    return chain.members()[place].node


def test_each_kind_becomes_ours_over_its_members() -> None:
    a, b, c = pedalboard.Gain(1.0), pedalboard.Gain(2.0), pedalboard.Gain(3.0)
    given = [pedalboard.Mix([a]), pedalboard.Chain([b]), pedalboard.Pedalboard([c])]
    chain = Chain(given)
    assert [type(member.node) for member in chain.members()] == [Parallel, Chain, Chain]
    mix = node(chain)
    assert isinstance(mix, Parallel)
    assert list(mix[0]) == [a]
    assert list(chain.members()[1].node) == [b]  # type: ignore[call-overload]
    assert list(chain.members()[2].node) == [c]  # type: ignore[call-overload]
    assert all(chain[i] is item for i, item in enumerate(given))


@pytest.mark.parametrize("size", [1, 7, 512, 5000])
@pytest.mark.parametrize(("first", "second"), [(0, 0), (300, 0), (0, 300), (500, 9000), (9000, 500)])
def test_dry_and_latent_branches_line_up_in_a_stream(first: int, second: int, size: int) -> None:
    x = audio(1500 if size == 1 else 12000)
    chain = Chain([pedalboard.Mix([AddLatency(first), EMPTY, AddLatency(second)])])
    y = streamed(chain, x, size)
    np.testing.assert_allclose(y, 3.0 * x, rtol=1e-6)
    assert chain.latency == max(first, second)
    np.testing.assert_array_equal(chain(x, RATE), y)


def test_a_limiter_beside_the_dry_sound_lines_up() -> None:
    x = 0.1 * audio()  # below the ceiling: the limiter is a delay
    chain = Chain([pedalboard.Mix([pedalboard.BrickwallLimiter(ceiling_db=-1.0), pedalboard.Gain(-6.0)])])
    np.testing.assert_allclose(streamed(chain, x, 333), x * (1.0 + 10.0 ** (-6.0 / 20.0)), atol=1e-6)
    assert chain.latency > 0


def test_latencies_add_up_however_deep_they_lie() -> None:
    inner = pedalboard.Mix([pedalboard.Chain([AddLatency(100), AddLatency(50)]), pedalboard.Pedalboard([])])
    chain = Chain([AddLatency(7), pedalboard.Pedalboard([pedalboard.Mix([inner, EMPTY]), AddLatency(3)])])
    x = audio()
    np.testing.assert_allclose(streamed(chain, x, 900), 3.0 * x, rtol=1e-6)
    assert chain.latency == 160


def test_sums_are_those_of_pedalboard() -> None:
    def boards() -> list[Any]:
        return [pedalboard.Mix([pedalboard.PeakFilter(500.0, 6.0), pedalboard.Chain([pedalboard.Gain(-9.0), EMPTY])]),
                None, pedalboard.Mix([EMPTY, pedalboard.Gain(-40.0)])]  # fmt: skip

    x = audio()
    np.testing.assert_allclose(Chain(boards())(x, RATE), pedalboard.Pedalboard(boards())(x, RATE), atol=1e-6)


@pytest.mark.parametrize("kind", [pedalboard.Mix, pedalboard.Chain, pedalboard.Pedalboard])
@pytest.mark.parametrize("members", [[], [None], [None, None]])
def test_a_container_with_nothing_in_it_is_what_it_is_in_pedalboard(kind: Any, members: list[None]) -> None:
    x = audio()
    theirs = pedalboard.Pedalboard([kind(members)])(x, RATE)  # silence, of a mix of nothing
    np.testing.assert_array_equal(Chain([kind(members)])(x, RATE), theirs)


def test_what_is_put_in_later_is_heard_from_the_next_whole_signal_on() -> None:
    mix = pedalboard.Mix([pedalboard.Gain(0.0)])
    deep = pedalboard.Pedalboard([pedalboard.Chain([mix])])
    chain, x = Chain([deep]), audio()
    np.testing.assert_array_equal(chain(x, RATE), x)
    chain(x[:, :500], RATE, reset=False)
    mix.append(AddLatency(40))
    np.testing.assert_array_equal(chain(x[:, 500:900], RATE, reset=False), x[:, 500:900])
    np.testing.assert_allclose(chain(x, RATE), 2.0 * x, rtol=1e-6)
    assert chain.latency == 40
    del mix[1]
    np.testing.assert_array_equal(chain(x, RATE), x)
    assert chain[0] is deep


def test_a_plugin_in_two_places_is_refused() -> None:
    gain = pedalboard.Gain()
    mix = pedalboard.Mix([gain])
    for items in ([gain, mix], [mix, pedalboard.Chain([gain])], [pedalboard.Mix([gain, gain])], [mix, mix]):
        with pytest.raises(ValueError, match="twice: make a second instance"):
            Chain(items)
    chain = Chain([mix])
    mix.append(gain)
    with pytest.raises(ValueError, match="twice"):
        chain(audio(), RATE)
    del mix[1]
    chain(audio(), RATE)


def test_a_chain_with_a_mix_pickles_with_its_settings() -> None:
    chain = Chain([pedalboard.Mix([pedalboard.Gain(-3.0), pedalboard.Chain([pedalboard.Gain(-12.0), EMPTY])])])
    x = audio()
    wanted = chain(x, RATE)
    copy: Any = pickle.loads(pickle.dumps(chain))
    assert isinstance(copy[0], pedalboard.Mix)
    assert isinstance(node(copy), Parallel)
    np.testing.assert_array_equal(copy(x, RATE), wanted)
    mix: Any = copy[0]
    mix[0].gain_db = 0.0
    assert np.abs(copy(x, RATE) - wanted).max() > 0.01, "the copy's plugins are not those that sound"
    np.testing.assert_array_equal(chain(x, RATE), wanted)


def test_one_plugin_in_chains_of_several_threads_gives_each_its_sound() -> None:
    plugins = [pedalboard.Reverb() for _ in range(6)]
    orders = [plugins, plugins[::-1], plugins[3:] + plugins[:3]]
    chains = [Chain([pedalboard.Mix([order[0], EMPTY]), *order[1:]]) for order in orders for _ in range(2)]
    x = audio(6000)
    wanted = [chain(x, RATE) for chain in chains]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(4):
            for got, expected in zip(pool.map(lambda chain: chain(x, RATE), chains), wanted, strict=True):
                np.testing.assert_array_equal(got, expected)


def test_a_plugin_of_its_own_is_not_a_container() -> None:
    assert isinstance(node(Chain([pedalboard.Gain()])), Hosted)
