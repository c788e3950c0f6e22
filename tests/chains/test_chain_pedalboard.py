"""Called as a pedalboard, a chain does what pedalboard does: pedalboard's own result on the same call is the oracle."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pedalboard
import pytest
from masterchain.graph.chains.chain import Chain
from masterchain.nodes.gain import Gain
from pedalboard.io import AudioFile
from signals import music
from vst3 import load

RATE = 44100


def plugins() -> list[Any]:
    return [
        pedalboard.HighpassFilter(30.0),
        None,
        pedalboard.PeakFilter(1000.0, 3.0),
        pedalboard.Chain([pedalboard.Compressor(-18.0, 2.0), pedalboard.BrickwallLimiter()]),
        pedalboard.BrickwallLimiter(ceiling_db=-2.0, lookahead_ms=1.5),
    ]


def audio(*shape: int) -> Any:
    """Music of that shape: the smaller side is the channels."""
    if len(shape) == 1:
        return music(1, shape[0], salt=50)[0].astype(np.float32)
    x = music(min(shape), max(shape), salt=50).astype(np.float32)
    return x if x.shape == shape else np.ascontiguousarray(x.T)


@pytest.mark.parametrize("shape", [(2, 5000), (5000, 2), (1, 5000), (5000, 1), (5000,), (6, 5000), (2, 100), (3, 2)])
def test_the_same_call_gives_the_same_audio(shape: tuple[int, ...]) -> None:
    x = audio(*shape)
    wanted = pedalboard.Pedalboard(plugins())(x, RATE)
    got = Chain(plugins())(x, RATE)
    assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
    # Between the plugins pedalboard clips nothing and rounds to float32, as the hosted plugins do.
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("shape", [(2, 0), (0,), (1, 0)])
def test_no_audio_gives_no_audio_in_the_same_shape(shape: tuple[int, ...]) -> None:
    x = np.zeros(shape, np.float32)
    got, wanted = Chain(plugins())(x, RATE), pedalboard.Pedalboard(plugins())(x, RATE)
    assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.astype(np.float64),
        np.asfortranarray,
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x.astype(">f4"),
    ],
    ids=["float64", "Fortran", "strided", "big-endian"],
)
def test_the_same_arrays_are_taken(change: Callable[[Any], Any]) -> None:
    x = change(audio(2, 3000))
    np.testing.assert_array_equal(Chain(plugins())(x, RATE), pedalboard.Pedalboard(plugins())(x, RATE))


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float16, np.complex64, np.bool_])
def test_the_same_arrays_are_refused(dtype: Any) -> None:
    for board in (Chain(plugins()), pedalboard.Pedalboard(plugins())):
        with pytest.raises(TypeError):
            board(np.zeros((2, 100), dtype), RATE)


@pytest.mark.parametrize(
    "call", [lambda b, x: b(x, RATE, 512, True), lambda b, x: b.process(x, sample_rate=RATE, buffer_size=512)]
)
def test_positional_and_named_arguments_are_the_same(call: Callable[..., Any]) -> None:
    x = audio(2, 3000)
    np.testing.assert_array_equal(call(Chain(plugins()), x), call(pedalboard.Pedalboard(plugins()), x))


def test_with_reset_calls_are_independent() -> None:
    chain, x = Chain(plugins()), audio(2, 3000)
    first = chain(x, RATE)
    chain(audio(2, 700), RATE)
    np.testing.assert_array_equal(chain(x, RATE), first)


@pytest.mark.parametrize("size", [256, 1000])
def test_a_stream_of_equal_blocks_is_the_same_and_flush_gives_what_pedalboard_loses(size: int) -> None:
    x = audio(2, 20 * size)
    chain, board = Chain(plugins()), pedalboard.Pedalboard(plugins())
    pieces = [x[:, i : i + size] for i in range(0, x.shape[1], size)]
    ours = [chain(piece, RATE, buffer_size=size, reset=False) for piece in pieces]
    theirs = [board(piece, RATE, buffer_size=size, reset=False) for piece in pieces]
    assert [a.shape for a in ours] == [b.shape for b in theirs]
    np.testing.assert_array_equal(np.concatenate(ours, axis=1), np.concatenate(theirs, axis=1))
    whole = np.concatenate([*ours, chain.flush().astype(np.float32)], axis=1)
    np.testing.assert_array_equal(whole, pedalboard.Pedalboard(plugins())(x, RATE, buffer_size=size))
    assert sum(b.shape[1] for b in theirs) == x.shape[1] - chain.latency


def test_growing_blocks_lose_their_state_in_pedalboard_and_not_in_ours() -> None:
    x = audio(2, 6000)
    chain, board = Chain(plugins()), pedalboard.Pedalboard(plugins())
    cuts = [(0, 100), (100, 400), (400, 1400), (1400, 6000)]
    ours = np.concatenate([chain(x[:, a:b], RATE, reset=False) for a, b in cuts], axis=1)
    theirs = np.concatenate([board(x[:, a:b], RATE, reset=False) for a, b in cuts], axis=1)
    wanted = pedalboard.Pedalboard(plugins())(x, RATE)
    np.testing.assert_array_equal(ours, wanted[:, : ours.shape[1]])
    n = min(theirs.shape[1], wanted.shape[1])
    assert np.abs(theirs[:, :n] - wanted[:, :n]).max() > 0.01


def test_a_small_block_is_not_taken_for_its_transpose() -> None:
    chain, x = Chain(plugins()), audio(2, 5000)
    cut = [0, *range(1, 9), *range(10, 5001, 10)]
    parts = [chain(x[:, a:b], RATE, reset=False) for a, b in pairwise(cut)]
    whole = np.concatenate([*parts, chain.flush().astype(np.float32)], axis=1)
    np.testing.assert_array_equal(whole, chain(x, RATE))


def test_a_file_streams_through_as_in_pedalboards_readme(tmp_path: Path) -> None:
    source, target = str(tmp_path / "in.wav"), str(tmp_path / "out.wav")
    x = 0.25 * audio(2, 30000)
    with AudioFile(source, "w", RATE, 2, bit_depth=32) as written:
        written.write(x)
    chain = Chain([pedalboard.HighpassFilter(30.0), Gain(gain_db=-3.0), pedalboard.BrickwallLimiter()])
    with AudioFile(source) as f, AudioFile(target, "w", f.samplerate, f.num_channels, bit_depth=32) as o:
        while f.tell() < f.frames:
            o.write(chain(f.read(4096), f.samplerate, reset=False))
        o.write(chain.flush().astype(np.float32))
    with AudioFile(target) as f:
        np.testing.assert_array_equal(f.read(f.frames), chain(x, RATE))


def test_it_is_a_list_as_a_pedalboard_is() -> None:
    ours, theirs = Chain(), pedalboard.Pedalboard([])
    board: Any
    for board in (ours, theirs):
        board.append(pedalboard.Gain(1.0))
        board.append(None)
        board.insert(0, pedalboard.Gain(2.0))
        board.insert(-1, pedalboard.Gain(3.0))
        board[0] = pedalboard.Gain(4.0)
        del board[1]
    assert [getattr(p, "gain_db", p) for p in ours] == [getattr(p, "gain_db", p) for p in theirs]
    assert len(ours) == len(theirs)
    assert (ours.is_effect, ours.is_instrument) == (theirs.is_effect, theirs.is_instrument)
    for board in (ours, theirs):
        with pytest.raises(IndexError):
            board[9]
        with pytest.raises(IndexError):
            board.insert(9, pedalboard.Gain())
        with pytest.raises(ValueError, match=r"remove|not in|^$"):
            board.remove(pedalboard.Gain())
        assert board[-2] in board


def test_ours_and_theirs_stand_side_by_side() -> None:
    x = audio(2, 5000)
    got = Chain([pedalboard.HighpassFilter(30.0), Gain(gain_db=-6.0), pedalboard.BrickwallLimiter()])(x, RATE)
    theirs = [pedalboard.HighpassFilter(30.0), pedalboard.Gain(-6.0), pedalboard.BrickwallLimiter()]
    np.testing.assert_allclose(got, pedalboard.Pedalboard(theirs)(x, RATE), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["ZaMaximX2", "ZamCompX2"])
@pytest.mark.parametrize("size", [512, 8192])
def test_a_real_vst3_sounds_as_in_pedalboard_and_lines_up(name: str, size: int) -> None:
    x = audio(2, 20000)
    chain = Chain([pedalboard.HighpassFilter(30.0), load(name)])
    chain[1].threshold_db = -20.0
    board: Any = pedalboard.Pedalboard([pedalboard.HighpassFilter(30.0), load(name)])
    board[1].threshold_db = -20.0
    wanted = board(x, 48000, buffer_size=size)
    np.testing.assert_array_equal(chain(x, 48000, buffer_size=size), wanted)
    parts = [chain(x[:, i : i + 333], 48000, buffer_size=size, reset=False) for i in range(0, 20000, 333)]
    streamed = np.concatenate([*parts, chain.flush().astype(np.float32)], axis=1)
    np.testing.assert_array_equal(streamed, wanted)
    assert np.abs(wanted - x).max() > 0.05, "the plugin did nothing"
