"""Nodes and chains are copied, pickled and sent to other processes as what they are: settings, not sound."""

from __future__ import annotations

import copy
import multiprocessing
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pedalboard
import pytest
import vst3
from cases import registered
from masterchain.graph import Chain, MidSide, Parallel, dry_wet
from masterchain.nodes import DynamicEQ, Gain, Hosted, Limiter, Node
from signals import music, prepared, same_bits, stream

COPIES: list[Callable[[Any], Any]] = [lambda node: pickle.loads(pickle.dumps(node)), copy.deepcopy]
HOW = pytest.mark.parametrize("copied", COPIES, ids=["pickle", "deepcopy"])


def everything() -> Chain:
    """A chain of all that there is: nested, side by side, plugins by themselves and in nodes, nothing."""
    return Chain(
        [
            pedalboard.HighpassFilter(30.0),
            None,
            Chain([Gain(gain_db=-3.0), Hosted(pedalboard.Gain(2.0), bypass=True)]),
            Parallel([[], Limiter(mode="live")], [-6.0, -9.0]),
            MidSide(side=Gain(gain_db=3.0)),
            dry_wet(DynamicEQ(intensity=40.0), 0.5),
            Limiter(ceiling_db=-2.0),
        ]
    )


@HOW
@pytest.mark.parametrize("make", [pytest.param(case.make, id=case.name) for case in registered()])
def test_every_node_can_be_copied(make: Callable[[], Node], copied: Callable[[Any], Any]) -> None:
    node, x = make(), music(2, 2000, salt=40)
    expected = stream(prepared(make()), x, [512])
    small = len(pickle.dumps(node))
    stream(prepared(node), x[::-1].copy(), [512])
    twin = copied(node)
    assert type(twin) is type(node)
    assert twin.spec is None
    assert twin.latency == 0
    assert len(pickle.dumps(twin)) < small + 500  # no sound in it
    got = stream(prepared(twin), x, [512])
    node.reset()
    assert same_bits(got, expected)
    assert same_bits(stream(node, x, [512]), expected)


@HOW
def test_a_chain_keeps_what_is_in_it(copied: Callable[[Any], Any]) -> None:
    chain, x = everything(), music(2, 4000, salt=41).astype(np.float32)
    expected = chain(x, 48000.0)
    twin = copied(chain)
    assert [type(item) for item in twin] == [type(item) for item in chain]
    assert twin[0] is twin.find("0.bypass")[0].plugin
    assert twin.find("2.1.bypass")[0].bypass
    assert np.array_equal(twin(x, 48000.0), expected)
    twin[0].cutoff_frequency_hz = 2000.0
    twin.find("limiter.ceiling_db")[0].ceiling_db = -9.0
    assert not np.array_equal(twin(x, 48000.0), expected)
    assert np.array_equal(chain(x, 48000.0), expected)


@HOW
def test_changes_for_a_stream_to_come_go_along(copied: Callable[[Any], Any]) -> None:
    chain, x = Chain([Limiter(), Gain()]), music(2, 2000, salt=42)
    chain.schedule(700, "gain.gain_db", -6.0)
    chain.schedule(700, "gain.gain_db", -9.0)
    twin = copied(chain)
    twin.schedule(900, "gain.gain_db", 0.0)
    chain.schedule(900, "gain.gain_db", 0.0)
    expected = stream(prepared(chain), x, [512])
    assert same_bits(stream(prepared(twin), x, [512]), expected)
    chain.schedule(5000, "gain.gain_db", -3.0)
    later = copied(chain)  # of a stream that runs: its changes are its own
    later.schedule(0, "gain.gain_db", -3.0)
    assert stream(prepared(later), x, [512]).shape == x.shape


def test_a_shallow_copy_has_values_of_its_own() -> None:
    node = Gain(gain_db=-3.0)
    twin = copy.copy(node)
    twin.gain_db = -6.0
    assert node.gain_db == -3.0


class Labelled(Gain):
    """A node of a user's own, whose constructor asks for something."""

    def __init__(self, label: str, **values: Any) -> None:
        super().__init__(**values)
        self.label = label


@HOW
def test_a_node_of_ones_own_keeps_its_attributes(copied: Callable[[Any], Any]) -> None:
    twin = copied(prepared(Labelled("first", gain_db=-3.0)))
    assert (twin.label, twin.gain_db, twin.spec) == ("first", -3.0, None)


def plugins() -> list[Any]:
    """One of every plugin that pedalboard brings, none at its defaults."""
    mode = pedalboard.LadderFilter.Mode.HPF24
    return [
        pedalboard.Bitcrush(7.0), pedalboard.BrickwallLimiter(-2.0, 50.0, true_peak=True), pedalboard.Chorus(2.0),
        pedalboard.Clipping(-3.0), pedalboard.Compressor(-12.0, 3.0), pedalboard.Delay(0.01),
        pedalboard.Distortion(3.0), pedalboard.GSMFullRateCompressor(), pedalboard.Gain(3.3),
        pedalboard.HighShelfFilter(900.0, 2.0),
        pedalboard.HighpassFilter(77.0), pedalboard.Invert(), pedalboard.LadderFilter(mode, 123.4),
        pedalboard.Limiter(-4.0), pedalboard.LowShelfFilter(200.0, 1.0), pedalboard.LowpassFilter(999.0),
        pedalboard.MP3Compressor(3.0), pedalboard.NoiseGate(-30.0), pedalboard.PeakFilter(500.0, 3.0, 2.0),
        pedalboard.Phaser(2.0), pedalboard.PitchShift(2.0), pedalboard.Resample(16000.0), pedalboard.Reverb(0.3),
        pedalboard.Pedalboard([pedalboard.Mix([pedalboard.Gain(1.0), pedalboard.Chain([pedalboard.Gain(2.0)])])]),
    ]  # fmt: skip


def told(plugin: Any) -> str:
    """What a plugin says of itself, but for where it lies in memory."""
    return " ".join(word for word in repr(plugin).split() if not word.startswith("0x"))


@HOW
def test_pedalboards_plugins_are_copied_with_their_parameters(copied: Callable[[Any], Any]) -> None:
    for plugin in plugins():
        twin = copied(Hosted(plugin)).plugin
        assert twin is not plugin
        assert told(twin) == told(plugin)


def test_the_list_of_plugins_is_whole() -> None:
    bare = {"Chain", "Mix", "Plugin", "PluginContainer", "ExternalPlugin", "IIRFilter", "Convolution"}
    native = {
        name for name, thing in vars(pedalboard).items()
        if isinstance(thing, type) and issubclass(thing, pedalboard.Plugin) and not issubclass(
            thing, pedalboard.ExternalPlugin
        )
    }  # fmt: skip
    assert {type(plugin).__name__ for plugin in plugins()} == native - bare


@HOW
def test_a_vst3_is_copied_in_its_state(copied: Callable[[Any], Any]) -> None:
    plugin = vst3.load("ZamCompX2")
    plugin.threshold_db = -33.0
    twin = copied(Hosted(plugin)).plugin
    assert twin is not plugin
    assert twin.threshold_db == plugin.threshold_db
    assert Hosted(twin).threshold_db == -33.0


@HOW
def test_what_pedalboard_does_not_tell_is_refused_clearly(copied: Callable[[Any], Any]) -> None:
    by_array = pedalboard.Convolution(np.ones((1, 10), np.float32), 0.5, sample_rate=48000.0)
    with pytest.raises(
        TypeError, match=r"a copy of .*Convolution.* cannot be made: pedalboard does not tell its impulse"
    ):
        copied(Chain([by_array]))


def test_a_chain_runs_in_another_process() -> None:
    chain, x = everything(), music(2, 4000, salt=43).astype(np.float32)
    expected = chain(x, 48000.0)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        got = pool.apply(operator.call, (chain, x, 48000.0))
    assert np.array_equal(got, expected)
