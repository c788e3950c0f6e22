"""The golden sound: what every node, chain, master, preview and audition gives, as hashes that a change must not move.

The SHA-256 of the samples as they are must be met where the system computes as the one did on which it was written,
which ``arithmetic`` tells.  Elsewhere the last bits of a logarithm or of a matrix product differ; what comes of that in
a profile's chain was measured as up to 4e-10 of full scale (OpenBLAS and numpy held to another processor), which no
rounding before a hash survives: one sample in ten thousand lies that near to a step of any useful grid.  So ``sketch``
is kept beside the hash, rounded to 1e-9: sixteen sums of the sound with random signs, which any change of level, time
or tone moves, and which must be met within 1e-7 of full scale.

The signals are those of ``golden_songs``, which are the same everywhere.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from cases import MADE, import_all
from golden_songs import SONGS
from masterchain.graph import (
    Chain,
    MidSide,
    Output,
    Parallel,
    Preview,
    Settings,
    analyse,
    dry_wet,
    master_all,
    plan,
    preview,
    profile_chain,
    solve,
)
from masterchain.graph.live.devices.base import NullDevice
from masterchain.graph.live.engine import segment as m
from masterchain.graph.live.engine.host import Engine
from masterchain.graph.live.session.plan_values import PATHS, audition_chain, fixed_values, stored_values
from masterchain.graph.streams.arrays import ArraySource
from masterchain.nodes import Dither, DynamicEQ, Gain, Limiter, LowCut, Node, Spec, StereoImager
from masterchain.nodes.dynamic_eq import FIT, RESPONSES, SOLVE
from masterchain.presets import names
from numba import njit
from numpy.typing import NDArray

Sound = NDArray[Any]

RATES = (44100, 48000, 96000)
FRAMES = 60_000
CUT = (1, 512, 37, 1500, 64, 3000, 255)
"""Blocks in which nodes and chains are run, over and over: small, odd, and longer than what kernels work in."""


def material(channels: int = 2, frames: int = FRAMES, rate: int = 48000, level: float = 2.0) -> Sound:
    """Return a song on so many channels, loud enough to move every detector."""
    stereo = SONGS["drums"](frames, rate) * level
    return np.stack([stereo[c % 2] * (1.0 - 0.125 * (c // 2)) for c in range(channels)])


def run(node: Node, sound: Sound, rate: int = 48000, changes: dict[int, tuple[str, Any]] | None = None) -> Sound:
    """Return what ``node`` makes of ``sound`` in blocks of ``CUT``, split at ``changes`` of parameters."""
    changes = changes or {}
    node.prepare(Spec(rate, sound.shape[0], max(CUT)))
    out, at, k = sound.copy(), 0, 0
    while at < out.shape[1]:
        if at in changes:
            name, value = changes[at]
            node.set(**{name: value})
        end = min([at + CUT[k % len(CUT)], out.shape[1], *(frame for frame in changes if frame > at)])
        block = np.ascontiguousarray(out[:, at:end])
        node.process_block(block)
        out[:, at:end] = block
        at, k = end, k + 1
    return np.concatenate([out, node.flush()], axis=1)


def nodes() -> Iterator[tuple[str, Sound]]:
    """Yield every registered node at its defaults, and ours with their parameters moving, by name."""
    import_all()
    for name, cls in sorted(Node.registry.items()):
        if cls.__module__.startswith("masterchain.") and name != "hosted":
            for channels in (1, 2, 6):
                yield f"node/{name}/{channels}", run(MADE.get(name, cls)(), material(channels))
    moving: dict[str, tuple[Callable[[], Node], dict[int, tuple[str, Any]]]] = {
        "gain": (Gain, {1000: ("gain_db", -12.0), 30_000: ("bypass", True), 40_000: ("bypass", False)}),
        "low_cut": (LowCut, {5000: ("cutoff_hz", 150.0), 20_000: ("amount", 40.0), 50_000: ("bypass", True)}),
        "dither_16": (lambda: Dither(bits=16), {9000: ("shaping", "weighted"), 30_000: ("bits", 24)}),
        "dynamic_eq": (
            lambda: DynamicEQ(ratio=2.0, target_112_db=6.0, amount=70.0),
            {7777: ("trim_1120_db", 6.0), 20_000: ("ratio", 0.6), 30_001: ("attack_ms", 50.0), 50_000: ("bypass", 1.0)},
        ),
        "stereo_imager": (
            lambda: StereoImager(amount=100.0, low_width=0.3),
            {5000: ("high_width", 1.8), 20_000: ("wide_mid_db", -12.0), 40_000: ("mid_width", 0.0)},
        ),
        "limiter": (
            lambda: Limiter(ceiling_db=-6.0),
            {8000: ("link", 20.0), 20_000: ("ceiling_db", -3.0), 30_000: ("release_ms", 80.0), 45_000: ("hold_ms", 0)},
        ),
        "limiter_live": (lambda: Limiter(mode="live", ceiling_db=-8.0, link=50.0), {20_000: ("link", 100.0)}),
    }
    for name, (make, changes) in moving.items():
        yield f"moving/{name}", run(make(), material(), changes=changes)
    yield "moving/limiter/6", run(Limiter(ceiling_db=-9.0, link=30.0), material(6))


def chains() -> Iterator[tuple[str, Sound]]:
    """Yield every profile's chain, offline and live, and graphs of nodes."""
    for letter in names():
        for live in (False, True):
            chain = profile_chain(letter, gain_db=6.0, stereo_image=True, live=live)
            rate = 44100 if live else 48000
            chain.schedule(20_001, "limiter.ceiling_db", -3.0)
            chain.schedule(31_000, "dynamic_eq.intensity", 50.0)
            yield f"chain/{letter}/{'live' if live else 'offline'}", run(chain, material(rate=rate), rate)
    late = Limiter(ceiling_db=-10.0)
    yield "graph/parallel", run(Parallel([[], late, [Gain(gain_db=3.0)]], [-6.0, -6.0, -12.0]), material())
    yield "graph/mid_side", run(MidSide(mid=LowCut(), side=Limiter(ceiling_db=-20.0)), material())
    yield "graph/dry_wet", run(dry_wet([DynamicEQ(ratio=3.0)], mix=0.4), material())
    yield "graph/nested", run(Chain([Gain(gain_db=2.0), Chain([LowCut(cutoff_hz=90.0), None])]), material())


def masters() -> Iterator[tuple[str, Sound]]:
    """Yield ``master`` to WAV and FLAC, of three songs at three rates, and previews, as the integers of the files."""
    with tempfile.TemporaryDirectory() as folder:
        for k, (name, make) in enumerate(SONGS.items()):
            for j, rate in enumerate(RATES):
                source = Path(folder, f"{name}-{rate}.wav")
                soundfile.write(source, make(3 * rate, rate).T, rate, subtype="PCM_24")
                settings = Settings(
                    profile="aichn"[(k + 2 * j) % 5], loudness=(-14.0, -11.0)[j % 2], stereo_image=k > 0
                )
                outputs = [Output(Path(folder, "m.wav"), "wav"), Output(Path(folder, "m.flac"), "flac")]
                master_all(source, outputs, settings, overwrite=True)
                for output in outputs:
                    yield f"master/{name}/{rate}/{Path(output.path).suffix[1:]}", _integers(Path(output.path))
        source = Path(folder, "drums-44100.wav")
        previews = [
            Preview(Path(folder, f"{letter}.wav"), Settings(profile=letter), kind="wav") for letter in ("c", "n")
        ]
        preview(source, previews, start=0.5, duration=1.5)
        for letter in ("c", "n"):
            yield f"preview/{letter}", _integers(Path(folder, f"{letter}.wav"))


def _integers(path: Path) -> Sound:
    return np.ascontiguousarray(soundfile.read(str(path), dtype="int32", always_2d=True)[0].T)


def auditions() -> Iterator[tuple[str, Sound]]:
    """Yield an audition on the null device: a plan loaded, parameters and what is listened to changed at frames."""
    sound = material(frames=90_000, level=1.0)
    source = ArraySource(sound, 48000)
    solved = solve(source, plan(analyse(source), Settings(profile="b", stereo_image=True)))
    values = [stored_values(solved)[path] for path in PATHS]
    heard, got = np.zeros((2, 90_000)), 0
    device = NullDevice(48000, 128, paced=False, frames=90_000)
    with Engine(device, partial(audition_chain, fixed_values(solved)), audition=True) as engine:
        engine.open().build(points=len(solved.tone.gains_db))
        engine.load(0, values, solved.tone, solved.width, 1.0, 0)
        engine.mark(0)
        fed = engine.feed(sound)
        engine.command(m.PLAY, 0, 1.0, 0)
        for frame, path, value in (
            (10_001, "dynamic_eq.intensity", 40.0), (25_555, "limiter.ceiling_db", -6.0),
            (40_000, "stereo_imager.high_width", 1.7), (55_000, "dynamic_eq.trim_63_db", 5.0),
        ):  # fmt: skip
            engine.command(m.SET, PATHS.index(path), value, frame)
        engine.command(m.LISTEN, m.DRY, -1.0, 70_000)
        engine.command(m.LISTEN, m.LEVEL, 0.5, 80_000)
        engine.go()
        block, end = np.zeros((2, 4096)), time.monotonic() + 60.0
        while got < 90_000 and time.monotonic() < end:
            fed += engine.feed(sound[:, fed:])
            n = engine.taken(block)
            heard[:, got : got + n] = block[:, :n]
            got += n
    assert got == 90_000, f"only {got} frames came back"
    yield "audition/null", heard


SOUNDS = {"nodes": nodes, "chains": chains, "masters": masters, "auditions": auditions}


def digest(sound: Sound) -> str:
    """Return the SHA-256 of the samples of a sound, every bit of them."""
    return _sha(sound)


def sketch(sound: Sound) -> list[float]:
    """Return sixteen sums of the parts of a sound with random signs, of the size of their effective value."""
    scale = 2.0**-31 if sound.dtype.kind == "i" else 1.0
    signs = np.random.default_rng(5).integers(0, 2, sound.shape) * 2.0 - 1.0
    parts = np.array_split(sound * scale * signs, 16, axis=1)
    return [round(float(part.sum() / np.sqrt(part.size)), 9) for part in parts]


def arithmetic() -> str:
    """Return a hash of what this system makes of the functions whose last bits differ between systems.

    Those of numpy, by its loops for this processor, of the compiler's libm through numba, and of LAPACK and BLAS.
    """
    x = np.linspace(-9.0, 9.0, 4001)
    up = np.linspace(1e-6, 40.0, 4001)
    a = np.outer(np.sin(x[:24]), np.cos(x[:24])) + np.eye(24)
    numbers = [
        np.exp(x), np.log10(up), np.log(up), 10.0**x, np.tan(x / 9.0), np.sin(x), np.cos(x), np.expm1(x), np.i0(up),
        np.sqrt(up), np.linalg.solve(a, a[:, :7]), a @ a, np.array([x.sum(), up.mean(), x @ up]),
        np.fft.rfft(x).view(np.float64), SOLVE, FIT, RESPONSES, compiled(x, up),
    ]  # fmt: skip
    return _sha(np.concatenate([np.ravel(part) for part in numbers]))


@njit
def compiled(x: Sound, up: Sound) -> Sound:
    """Return what compiled code makes of the same functions."""
    out = np.empty((6, x.shape[0]))
    for i in range(x.shape[0]):
        out[0, i], out[1, i], out[2, i] = np.exp(x[i]), np.log10(up[i]), 10.0 ** x[i]
        out[3, i], out[4, i], out[5, i] = np.tan(x[i] / 9.0), np.expm1(x[i]), up[i] ** 0.125
    return out


def _sha(array: Sound) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
