"""The promises of the node contract, each one a check of a factory of nodes.

A check gets ``make``, which returns a new node, and raises ``AssertionError`` when a promise is broken.  Its docstring
says what it protects.  ``check_node`` runs them over a node of one's own; of the project's tests ``test_contract.py``
runs them over every node, ``test_contract_catches.py`` over broken ones.
"""

from __future__ import annotations

import copy
import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import Block, Node
from ..params import Choice, Numbers, Param, ParamError, Switch
from .signals import (
    SEED,
    delayed,
    first_difference,
    music,
    noise,
    prepared,
    random_cut,
    rewound,
    rng,
    same_bits,
    stream,
)

Make = Callable[[], Node]
FRAMES = 3000
CUTS = {"frame by frame": [1], "small, large and empty blocks": [64, 1, 511, 0, 7], "whole blocks": [512]}


def hold(ok: bool, what: str) -> None:
    """Raise ``AssertionError`` with ``what`` and the seed unless ``ok``."""
    if not ok:
        raise AssertionError(f"{what} [MASTERCHAIN_SEED={SEED}]")


def any_settings(node: Node, salt: int, live_only: bool = False) -> dict[str, Any]:
    """Values for all parameters of ``node`` but bypass, anywhere in their ranges."""
    draw = rng(salt, 5)
    settings = {}
    for name, p in node.params().items():
        value = p.from_unit(float(draw.uniform()))
        if name != "bypass" and (p.live or not live_only):
            settings[name] = p.plain(value)
    return settings


def some_changes(node: Node, frames: int, salt: int) -> dict[int, dict[str, Any]]:
    """Changes of live parameters, bypass too, at six frames."""
    draw = rng(salt, 6)
    changes: dict[int, dict[str, Any]] = {}
    for k, frame in enumerate(sorted(draw.choice(frames, 6, replace=False))):
        changes[int(frame)] = any_settings(node, salt + k, live_only=True) | {"bypass": bool(k % 3 == 1)}
    return changes


def settled(make: Make, salt: int | None) -> Node:
    """Return a prepared node: at its defaults, or with a ``salt`` at random settings."""
    node = make()
    if salt is not None:
        node.set(**any_settings(node, salt))
    return prepared(node)


def chunks(make: Make) -> None:
    """However the input is cut into blocks, the output is the same to the bit, while parameters change too."""
    for salt in (None, 1):
        node = settled(make, salt)
        frames, values = FRAMES + node.latency, node.values.copy()
        x = music(2, frames, salt=3)
        for changes in ({}, some_changes(node, frames, 11)):
            expected = stream(rewound(node, values), x, [512], changes)
            for name, cut in (CUTS | {"a random cut": random_cut(frames, 512, 13)}).items():
                got = stream(rewound(node, values), x, cut, changes)
                what = f"{name}, {'random settings' if salt else 'defaults'}, {len(changes)} changes"
                hold(same_bits(got, expected), f"{what}: {first_difference(got, expected)}")


def dying_away(make: Make) -> None:
    """Blocks of 37 and of 1500 frames give the same bits, also long after a sound, where small states are cut."""
    node = prepared(make(), max_block=1500)
    x = np.concatenate([music(2, FRAMES, salt=3), np.zeros((2, 42_000))], axis=1)
    expected, got = stream(node, x, [37]), stream(rewound(node, node.values.copy()), x, [1500])
    hold(same_bits(got, expected), first_difference(got, expected))


def impulse(make: Make) -> None:
    """An impulse comes out ``latency`` frames late, at every sample rate, and latency stays what prepare said."""
    for rate in (44100.0, 48000.0, 96000.0):
        node = prepared(make(), rate=rate)
        latency = node.latency
        x = np.zeros((2, latency + 2000))
        x[:, 1000] = 0.5
        y = stream(node, x, [512, 100])
        at = int(np.abs(y).max(axis=0).argmax())
        hold(at == 1000 + latency, f"at {rate:g} Hz the impulse is {at - 1000} frames late, latency says {latency}")
        hold(node.latency == latency, f"latency went from {latency} to {node.latency} while streaming")


def tail(make: Make) -> None:
    """``flush`` gives what latency holds back and no more, so a file keeps its length; then a new stream begins."""
    node, fresh = prepared(make()), prepared(make())
    for frames in (FRAMES, 1, 0):
        x = music(2, frames, salt=5)
        longer = np.concatenate([x, np.zeros((2, node.latency))], axis=1)
        fresh.reset()
        expected = stream(fresh, longer, [512])
        for _ in range(2):
            got = np.concatenate([stream(node, x, [512]), node.flush()], axis=1)
            hold(same_bits(got, expected), f"{frames} frames: {first_difference(got, expected)}")


def calls(make: Make) -> None:
    """Called as a pedalboard plugin it keeps length, layout and alignment, whole or in parts, short or long."""
    node = make()
    for frames in (FRAMES, 100, 1, 0):
        x = music(2, frames, salt=6).astype(np.float32)
        original = x.copy()
        whole = node(x, 48000.0, buffer_size=512)
        hold(whole.shape == x.shape and whole.dtype == np.float32, f"{x.shape} gave {whole.dtype} {whole.shape}")
        hold(np.array_equal(x, original), "the caller's array was written to")
        expected = np.concatenate([stream(node, x.astype(np.float64), [512]), node.flush()], axis=1)
        hold(np.array_equal(whole, expected[:, node.latency :].astype(np.float32)), f"{frames} frames are not aligned")
        for _ in range(2 if frames else 0):
            parts = [node(x[:, i : i + 37], 48000.0, 512, reset=False) for i in range(0, frames, 37)]
            streamed = np.concatenate([*parts, node.flush().astype(np.float32)], axis=1)
            hold(np.array_equal(streamed, whole), f"{frames} frames in parts, then flush, are not what they are whole")


def bypass(make: Make) -> None:
    """Bypass passes the delayed input bit for bit, keeps the latency, and comes and goes while a stream runs."""
    for salt in (None, 2):
        node = settled(make, salt)
        x, d = noise(2, 6 * 1024 + node.latency, 0.5, salt=7), node.latency
        node.set(bypass=True)
        node.reset()
        y = stream(node, x, [512, 3])
        hold(node.latency == d and same_bits(y, delayed(x, d)), first_difference(y, delayed(x, d)))
        node.set(bypass=False)
        node.reset()
        y = stream(node, x, [512, 3], {500: {"bypass": True}, 4096: {"bypass": False}, 4200: {"bypass": True}})
        faded = slice(500 + 960, 4096)
        hold(same_bits(y[:, faded], delayed(x, d)[:, faded]), "after its fade bypass is not the delayed input")


def transparent(make: Make) -> None:
    """At neutral settings the output is the delayed input bit for bit, in every layout."""
    for channels in (1, 2, 3, 6, 8):
        node = prepared(make(), channels)
        x = noise(channels, FRAMES + node.latency, salt=8)
        y = stream(node, x, [512, 100])
        expected = delayed(x, node.latency)
        hold(same_bits(y, expected), f"{channels} channels: {first_difference(y, expected)}")


def reset(make: Make) -> None:
    """Reset forgets all sound and nothing else, as often as it is called, and before prepare too."""
    node = make()
    node.reset()
    node.set(**any_settings(node, 3))
    values = {name: getattr(node, name) for name in node.params()}
    prepared(node)
    before = values, node.spec, node.latency
    x = music(2, FRAMES, salt=9)
    first = stream(node, x, [512])
    for times in (1, 2):
        stream(node, noise(2, 777, 1.0, salt=10), [512])
        for _ in range(times):
            node.reset()
        after = {name: getattr(node, name) for name in node.params()}, node.spec, node.latency
        hold(after == before, f"reset changed {before} to {after}")
        again = stream(node, x, [512])
        hold(same_bits(again, first), f"after {times} resets: {first_difference(again, first)}")


def reset_in_a_glide(make: Make) -> None:
    """After a reset parameters are at their values, as in a node that was made with them."""
    settings = any_settings(make(), 4, live_only=True)
    moved = prepared(make())
    stream(moved, music(2, 1000, salt=12), [512], {500: settings})
    moved.set(**settings)
    moved.reset()
    fresh = make()
    fresh.set(**settings)
    x = music(2, FRAMES, salt=13)
    got, expected = stream(moved, x, [512]), stream(prepared(fresh), x, [512])
    hold(same_bits(got, expected), first_difference(got, expected))


def alone(make: Make) -> None:
    """Two nodes of a class share no state."""
    x, other = music(2, FRAMES, salt=14), noise(2, FRAMES, 1.0, salt=15)
    expected = stream(prepared(make()), x, [100])
    a, b = prepared(make()), prepared(make())
    y = x.copy()
    for start in range(0, FRAMES, 100):
        a.process_block(y[:, start : start + 100])
        b.process_block(other[:, start : start + 100])
    hold(same_bits(y, expected), first_difference(y, expected))


def hostile_signals(channels: int, frames: int) -> dict[str, Block]:
    """What must not break a node."""
    square = np.where(np.arange(frames) // 50 % 2 == 0, 1.0, -1.0)
    broken = music(channels, frames, salt=16)
    broken[:, 100], broken[:, 200], broken[0, 300:310], broken[:, 400] = np.nan, np.inf, -np.inf, 1e300
    return {
        "silence": np.zeros((channels, frames)),
        "denormals": noise(channels, frames, 1e-310, salt=17),
        "DC": np.full((channels, frames), 1.0),
        "a full-scale square wave": np.tile(square, (channels, 1)),
        "NaN, Inf and 1e300": broken,
        "one frame": np.full((channels, 1), 0.5),
        "no frame": np.zeros((channels, 0)),
        "music, then silence": np.concatenate([music(channels, frames // 2, salt=18), np.zeros((channels, frames))], 1),
    }


def hostile(make: Make) -> None:
    """Silence, DC, denormals, NaN, Inf and full scale come out finite, and leave nothing behind a reset."""
    calm = music(2, 1000, salt=19)
    expected = stream(prepared(make()), calm, [512])
    for salt in (None, 6):
        node = settled(make, salt)
        for name, x in hostile_signals(2, 2000).items():
            y = np.concatenate([stream(node, x, [512]), stream(node, calm, [512])], axis=1)
            hold(bool(np.isfinite(y).all()), f"{name}: {int((~np.isfinite(y)).sum())} samples are not finite")
            node.reset()
        if salt is None:
            got = stream(node, calm, [512])
            hold(same_bits(got, expected), f"after all that and a reset: {first_difference(got, expected)}")


def layouts(make: Make) -> None:
    """Mono, stereo and up to eight channels pass, and come out finite."""
    for channels in (1, 2, 3, 6, 8):
        for salt in (None, 7):
            node = make()
            if salt is not None:
                node.set(**any_settings(node, salt))
            y = stream(prepared(node, channels), music(channels, 1500, salt=20), [512])
            hold(bool(np.isfinite(y).all()), f"{channels} channels are not finite")


def rates(make: Make) -> None:
    """From 8 to 384 kHz, odd rates too, the output is finite."""
    for k, rate in enumerate((8000.0, 11025.0, 44100.0, 88200.0, 192000.0, 384000.0, 47999.5)):
        for salt in (None, 8) if k % 3 == 0 else (None,):
            node = make()
            if salt is not None:
                node.set(**any_settings(node, salt))
            y = stream(prepared(node, rate=rate), music(2, 2000, rate, salt=22), [512])
            hold(bool(np.isfinite(y).all()), f"at {rate:g} Hz the output is not finite")


def running_memory(make: Make) -> tuple[int, int, list[int]]:
    """Return the bytes of a block, the most that one block allocates in Python, and what 60 leave behind, thrice."""
    node = prepared(make())
    source = music(2, 512, salt=24)
    block, most, left = source.copy(), 0, []
    # Long enough for whatever comes once a second only, and for kernels to be compiled.
    for _ in range(120):
        node.process_block(block)
    gc.freeze()  # what is there already need not be searched again by every collection, a tenth of a second each
    tracemalloc.start()
    try:
        node.process_block(block)
        for _ in range(3):
            gc.collect()
            start = tracemalloc.get_traced_memory()[0]
            for _ in range(60):
                block[:] = source
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
                node.process_block(block)
                most = max(most, tracemalloc.get_traced_memory()[1] - before)
            gc.collect()
            left.append(tracemalloc.get_traced_memory()[0] - start)
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    return source.nbytes, most, left


def memory(make: Make) -> None:
    """The memory of a running node does not grow, so that a stream can last for days."""
    left = running_memory(make)[2]
    # What fills up once may show in one stretch, what grows shows in all.  60 empty arrays are more than this.
    hold(min(left) < 4096, f"60 blocks leave {left} bytes behind, each time")


def arrays(make: Make) -> None:
    """A running node makes no arrays of a block's size, so that it does not wait for an allocator."""
    size, most, _ = running_memory(make)
    hold(most < size // 2, f"a block of {size} bytes allocates up to {most} bytes")


def parameters(make: Make) -> None:
    """A parameter refuses what is out of its range by name, keeps its value then, and fits its knob and its docs."""
    for name, p in make().params().items():
        hold(p.doc.endswith("."), f"{name} has no sentence that describes it")
        bad: list[Any] = [p.lo - 1.0, p.hi + 1.0, float("nan"), "loud", None]
        for value in [*bad, True] if isinstance(p, Param) else bad:
            node = make()
            before = node.values.copy()
            try:
                node.set(**{name: value})
            except ParamError as error:
                hold(name in str(error), f"the error for {name} = {value!r} does not name it: {error}")
            else:
                hold(False, f"{name} = {value!r} was taken")
            hold(np.array_equal(node.values, before), f"{name} = {value!r} was refused but changed something")
        for u in (0.0, 0.25, 1.0):
            back = p.to_unit(p.from_unit(u))
            hold(
                abs(back - u) < 1e-9 or isinstance(p, (Switch, Choice, Numbers)),
                f"{name}: knob {u} comes back as {back}",
            )
            hold(p.check(p.plain(p.from_unit(u))) == p.from_unit(u), f"{name}: knob {u} gives a value it refuses")


def copies(make: Make) -> None:
    """A copy of a running node has its settings and none of its sound, and leaves it alone."""
    node, x = make(), music(2, FRAMES, salt=25)
    node.set(**any_settings(node, 9))
    expected = stream(prepared(copy.deepcopy(node)), x, [512])
    stream(prepared(node), noise(2, 777, 1.0, salt=26), [512])
    twin = copy.deepcopy(node)
    hold(twin.spec is None, "the copy is prepared already")
    hold(np.array_equal(twin.values, node.values), f"the copy has the values {twin.values}, not {node.values}")
    got = stream(prepared(twin), x, [512])
    hold(same_bits(got, expected), f"the copy: {first_difference(got, expected)}")
    node.reset()
    again = stream(node, x, [512])
    hold(same_bits(again, expected), f"what was copied: {first_difference(again, expected)}")


CHECKS: dict[str, Callable[[Make], None]] = {
    check.__name__: check
    for check in (
        chunks, dying_away, impulse, tail, calls, bypass, reset, reset_in_a_glide, alone, hostile, layouts, rates,
        memory, arrays, parameters, copies,
    )
}  # fmt: skip
"""The checks that need a node only; ``transparent`` needs a neutral one."""
