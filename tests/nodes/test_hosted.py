"""A pedalboard plugin, built in or VST3, keeps the node contract when it is hosted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pedalboard
import pytest
from masterchain.nodes.base import Spec
from masterchain.nodes.hosted import Hosted
from signals import delayed, first_difference, music, noise, prepared, random_cut, same_bits, stream
from vst3 import load

IMPULSE_RESPONSE = np.exp(-np.arange(2000) / 300.0).astype(np.float32)

EXACT: dict[str, Callable[[], Any]] = {
    "Bitcrush": lambda: pedalboard.Bitcrush(8),
    "BrickwallLimiter": lambda: pedalboard.BrickwallLimiter(true_peak=True),
    "Chain": lambda: pedalboard.Chain([pedalboard.HighpassFilter(30.0), pedalboard.BrickwallLimiter()]),
    "Chorus": pedalboard.Chorus,
    "Clipping": pedalboard.Clipping,
    "Compressor": lambda: pedalboard.Compressor(-20.0, 4.0),
    "Delay": lambda: pedalboard.Delay(0.01),
    "HighShelfFilter": lambda: pedalboard.HighShelfFilter(5000.0, 6.0),
    "HighpassFilter": lambda: pedalboard.HighpassFilter(30.0),
    "LadderFilter": pedalboard.LadderFilter,
    "Limiter": pedalboard.Limiter,
    "NoiseGate": pedalboard.NoiseGate,
    "PeakFilter": lambda: pedalboard.PeakFilter(1000.0, 6.0),
    "Phaser": pedalboard.Phaser,
    "Reverb": pedalboard.Reverb,
    "ZaMaximX2": lambda: load("ZaMaximX2"),
    "ZamCompX2": lambda: load("ZamCompX2"),
}
IN_WHOLE_BLOCKS: dict[str, Callable[[], Any]] = {
    "Convolution": lambda: pedalboard.Convolution(IMPULSE_RESPONSE, 0.5, 48000.0),
    "GSMFullRateCompressor": pedalboard.GSMFullRateCompressor,
    "MP3Compressor": pedalboard.MP3Compressor,
    "PitchShift": lambda: pedalboard.PitchShift(2.0),
    "Resample": lambda: pedalboard.Resample(16000.0),
    "a chain with one": lambda: pedalboard.Chain([pedalboard.Gain(1.0), pedalboard.Resample(16000.0)]),
}


@pytest.mark.parametrize("name", [*EXACT, *IN_WHOLE_BLOCKS])
def test_chunking_does_not_change_the_sound(name: str) -> None:
    """Blocks smaller than the number of channels, growing ones, empty ones: state survives them all."""
    node = prepared(Hosted((EXACT | IN_WHOLE_BLOCKS)[name]()))
    x = music(2, 4000 + node.latency)
    expected = stream(node, x, [512])
    for cut in ([64, 1, 511, 37], [1, 2, 3], [2], random_cut(x.shape[1], 512, 40)):
        node.reset()
        got = stream(node, x, cut)
        assert same_bits(got, expected), first_difference(got, expected)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_it_sounds_as_in_pedalboard(name: str, channels: int) -> None:
    if name.startswith("Za") and channels != 2:
        pytest.skip("a stereo plugin")
    x = music(channels, 4000, salt=41).astype(np.float32)
    node = Hosted(EXACT[name]())
    expected = pedalboard.Pedalboard([EXACT[name]()])(x, 48000, buffer_size=512)
    for _ in range(2):  # The first stream leaves nothing behind.
        assert np.array_equal(node(x, 48000, buffer_size=512), expected)


@pytest.mark.parametrize(
    ("plugin", "latency"),
    [
        (lambda: pedalboard.BrickwallLimiter(lookahead_ms=5.0), 240),
        (lambda: pedalboard.BrickwallLimiter(lookahead_ms=5.0, true_peak=True), 300),
        (lambda: pedalboard.HighpassFilter(30.0), 0),
        (lambda: load("ZaMaximX2"), 480),
        (lambda: load("ZamCompX2"), 0),
    ],
)
@pytest.mark.parametrize("max_block", [1, 64, 4096])
def test_latency_is_measured(plugin: Callable[[], Any], latency: int, max_block: int) -> None:
    node = Hosted(plugin())
    node.prepare(Spec(48000.0, 2, max_block))
    assert node.latency == latency


@pytest.mark.parametrize("name", IN_WHOLE_BLOCKS)
def test_every_block_comes_back_whole_and_in_time(name: str) -> None:
    node = prepared(Hosted(IN_WHOLE_BLOCKS[name]()))
    x = music(2, 3000, salt=42)
    whole = node(x, 48000, buffer_size=512)
    parts = [node(x[:, i : i + 300], 48000, reset=False) for i in range(0, 3000, 300)]
    assert np.array_equal(np.concatenate([*parts, node.flush().astype(np.float32)], axis=1), whole)


@pytest.mark.parametrize("name", ["Convolution", "MP3Compressor", "Resample"])
def test_in_whole_blocks_it_sounds_as_in_pedalboard(name: str) -> None:
    x = music(2, 8 * 512, salt=43).astype(np.float32)
    expected = pedalboard.Pedalboard([IN_WHOLE_BLOCKS[name]()])(x, 48000, buffer_size=512)
    np.testing.assert_allclose(Hosted(IN_WHOLE_BLOCKS[name]())(x, 48000, buffer_size=512), expected, rtol=0, atol=1e-7)


def test_any_plugin_can_be_fed_whole_blocks() -> None:
    node = prepared(Hosted(load("ZaMaximX2"), whole_blocks=True))
    assert node.latency == 480 + 511
    x = music(2, 3000, salt=44)
    assert same_bits(stream(node, x, [1, 100]), delayed(stream(prepared(Hosted(load("ZaMaximX2"))), x, [512]), 511))


def test_parameters_of_the_plugin_are_attributes() -> None:
    plugin = pedalboard.Compressor(-20.0, 4.0)
    node = Hosted(plugin)
    assert (node.threshold_db, node.ratio) == (-20.0, 4.0)
    node.threshold_db = -30.0
    assert plugin.threshold_db == -30.0
    assert node.plugin is plugin
    with pytest.raises(AttributeError):
        node.treshold_db
    with pytest.raises(AttributeError, match="no parameter 'treshold_db'"):
        node.treshold_db = -3.0


def test_parameters_of_a_vst3_are_attributes_and_checked() -> None:
    node = Hosted(load("ZaMaximX2"))
    node.threshold_db = -12.0
    assert node.plugin.threshold_db == pytest.approx(-12.0, abs=0.1)
    assert "threshold_db" in node.parameters
    with pytest.raises(AttributeError, match="no parameter 'treshold_db'"):
        node.treshold_db = -3.0
    with pytest.raises(ValueError, match="out of range"):
        node.threshold_db = 300.0


def test_a_mono_vst3_runs_once_for_each_channel() -> None:
    plugin = load("ZamComp")
    node = Hosted(plugin)
    x = music(2, 3000, salt=45).astype(np.float32)
    x[1] *= 0.1
    for threshold_db in (-30.0, -10.0):
        plugin.threshold_db = threshold_db  # set on the plugin itself: its twin follows
        alone = load("ZamComp")
        alone.threshold_db = threshold_db
        y = node(x, 48000, buffer_size=512)
        for c in range(2):
            alone.reset()
            assert np.array_equal(y[c : c + 1], alone(x[c : c + 1], 48000, buffer_size=512))
    assert len(node.plugins) == 2
    assert Hosted([load("ZamComp"), load("ZamComp")])(x, 48000).shape == x.shape


def test_a_stereo_vst3_takes_a_mono_stream_twice() -> None:
    x = music(1, 3000, salt=46).astype(np.float32)
    expected = load("ZaMaximX2")(np.concatenate([x, x]), 48000, buffer_size=512)
    assert np.array_equal(Hosted(load("ZaMaximX2"))(x, 48000, buffer_size=512), expected[:1])


def test_a_layout_that_the_plugin_cannot_have_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="ZaMaximX2 does not take 6 channels"):
        prepared(Hosted(load("ZaMaximX2")), 6)
    with pytest.raises(ValueError, match="2 plugins, one a channel, but 1 channels"):
        prepared(Hosted([load("ZamComp"), load("ZamComp")]), 1)


@pytest.mark.parametrize("plugin", [5, pedalboard.Gain, [pedalboard.Gain(), 5]])
def test_what_is_no_plugin_is_refused(plugin: object) -> None:
    with pytest.raises(TypeError, match="not an instance of a pedalboard plugin"):
        Hosted(plugin)


def test_a_stream_leaves_nothing_in_the_next() -> None:
    for plugin in (pedalboard.Delay(0.05, 0.9), pedalboard.Reverb(), load("ZaMaximX2")):
        node = prepared(Hosted(plugin))
        stream(node, noise(2, 4000, 1.0), [512])
        node.reset()
        assert not stream(node, np.zeros((2, 4000)), [512]).any()


def test_a_prepared_vst3_runs_in_another_thread() -> None:
    node = prepared(Hosted(load("ZaMaximX2")))
    x = music(2, 2000, salt=47)
    expected = stream(node, x, [512])
    node.reset()
    got = []
    worker = threading.Thread(target=lambda: got.append(stream(node, x, [512])))
    worker.start()
    worker.join()
    assert same_bits(got[0], expected)
