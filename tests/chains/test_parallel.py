"""Branches line up, and what should change nothing changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from cases import late
from masterchain.graph.chains.chain import Chain
from masterchain.graph.chains.mid_side import MidSide
from masterchain.graph.chains.parallel import Branch, Parallel, delta, dry_wet
from masterchain.nodes.base import Block, Node
from masterchain.nodes.gain import Gain
from masterchain.nodes.params import ParamError
from signals import delayed, music, noise, prepared, same_bits, stream


def float32(x: Block) -> Block:
    """What passes a hosted plugin without loss."""
    return x.astype(np.float32).astype(np.float64)


def test_shorter_branches_are_delayed_by_what_they_lack() -> None:
    x = float32(noise(2, 3000))
    node = prepared(Parallel([[], late(), [late(), late()]]))
    assert node.latency == 480
    assert same_bits(stream(node, x, [512, 1]), delayed(x + x + x, 480))


@pytest.mark.parametrize("branches", [[], [None], [[]], [Chain()]])
def test_an_empty_branch_is_the_dry_signal(branches: list[object]) -> None:
    x = noise(2, 1000)
    assert same_bits(stream(prepared(Parallel(branches)), x, [100]), x)


def test_each_branch_has_its_gain() -> None:
    x = noise(2, 1000)
    node = Parallel([None, Gain(gain_db=6.0)], gains_db=[-6.0, -12.0])
    wanted = x * (10.0 ** (-6.0 / 20.0) + 10.0 ** (-6.0 / 20.0))
    np.testing.assert_allclose(stream(prepared(node), x, [100]), wanted, rtol=1e-14)
    assert node[1].gain_db == -12.0
    assert [path for path, _, _ in node.paths()][1:3] == ["0.bypass", "0.gain_db"]
    node.schedule(0, "1.gain_db", -3.0)
    stream(node, x, [100])
    assert node.branches[1].gain_db == -3.0


def test_a_branch_can_be_given_ready_made() -> None:
    branch = Branch([Gain()], gain_db=-6.0)
    node = Parallel([branch, []])
    assert node[0] is branch
    assert (len(node), list(node)) == (2, list(node.branches))


def test_gains_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="1 gains_db for 2 branches"):
        Parallel([None, None], gains_db=[0.0])
    with pytest.raises(ParamError, match="gain_db"):
        Parallel([None], gains_db=[99.0])


def test_one_instance_in_two_branches_is_refused() -> None:
    gain = Gain()
    with pytest.raises(ValueError, match="twice"):
        Parallel([gain, [gain]])


def test_dry_and_wet_are_bit_exact_at_both_ends_and_line_up_between() -> None:
    x = float32(music(2, 3000))
    wet = stream(prepared(Chain([late(), Gain(gain_db=-12.0)])), x, [512])
    for mix in (0.0, 0.25, 1.0):
        node = prepared(dry_wet([late(), Gain(gain_db=-12.0)], mix))
        y = stream(node, x, [512])
        dry = delayed(x, 240)
        assert node.latency == 240
        if mix in (0.0, 1.0):
            assert same_bits(y, dry if mix == 0.0 else wet)
        np.testing.assert_allclose(y, (1.0 - mix) * dry + mix * wet, rtol=0, atol=1e-15)


@pytest.mark.parametrize("chain", [None, [], late(), [Gain(), late()], Chain([Gain()])])
def test_the_delta_of_a_chain_that_changes_nothing_is_silence(chain: object) -> None:
    x = float32(noise(2, 3000))
    assert not stream(prepared(delta(chain)), x, [512]).any()


def test_the_delta_is_output_minus_aligned_input() -> None:
    x = music(2, 3000)
    wet = stream(prepared(Chain([late(), Gain(gain_db=-3.0)])), x, [512])
    y = stream(prepared(delta([late(), Gain(gain_db=-3.0)])), x, [512])
    assert same_bits(y, wet - delayed(x, 240))


def test_empty_mid_and_side_chains_are_exact() -> None:
    x = noise(2, 3000)
    for node in (MidSide(), MidSide(mid=[Gain()], side=Chain([Gain(), Gain()]))):
        assert same_bits(stream(prepared(node), x, [512, 3]), x)


def test_mid_and_side_line_up() -> None:
    x = float32(noise(2, 3000))
    node = prepared(MidSide(mid=late(), side=[late(), late()]))
    y = stream(node, x, [512, 3])
    assert node.latency == 480
    np.testing.assert_allclose(
        y, delayed(x, 480), rtol=0, atol=7.5e-9
    )  # mid and side are rounded to float32: half an ulp of 0.1 each


@pytest.mark.parametrize(("mid", "side", "wanted"), [(6.0, 0.0, (1.5, 0.5)), (0.0, 6.0, (1.5, -0.5))])
def test_a_gain_on_mid_or_side_acts_on_it_alone(mid: float, side: float, wanted: tuple[float, float]) -> None:
    x = np.zeros((2, 100))
    x[0] = 1.0
    two = 20.0 * np.log10(2.0) / 6.0
    y = stream(prepared(MidSide(mid=Gain(gain_db=mid * two), side=Gain(gain_db=side * two))), x, [100])
    np.testing.assert_allclose(y[:, -1], wanted, rtol=1e-12)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_other_layouts_than_stereo_pass_untouched(channels: int) -> None:
    x = noise(channels, 1000)
    node = prepared(MidSide(mid=late(), side=Gain(gain_db=6.0)), channels)
    assert node.latency == 0
    assert same_bits(stream(node, x, [100]), x)


def test_a_change_inside_a_branch_comes_at_its_frame() -> None:
    node = Parallel([late(), [Gain(), late()]])
    gain: Node = node[1][0]
    node.schedule(1000, "1.gain.gain_db", -6.0)
    node.schedule(2000, "0.hosted.bypass", True)
    y = node(np.full((2, 4000), 0.25), 48000.0)
    assert np.array_equal(y[:, 100:1000], np.full((2, 900), 0.5, np.float32))
    assert (np.diff(y[0, 1000:1400]) < 0.0).all()
    assert gain.values[gain.slots["gain_db"]] == -6.0
