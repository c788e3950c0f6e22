"""``masterchain bench speed``: how long things take, each beside a yardstick that was measured in the same run."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...graph.chains.profile_chain import profile_chain
from ...graph.live.devices.base import NullDevice
from ...graph.live.engine.segment import HISTOGRAM_STEP_US
from ...graph.live.session.insert import Insert
from ...nodes import GainModel, Limiter, Spec
from ..shell.outcome import Session
from ..shell.tables import show
from .peers import versions
from .tables import Bench, Figures

RATE = 48000
FLOOD_S = 5.0
A_SECOND = 1000
"""OSC messages in a second of the flood; half as many controllers come by MIDI."""

STARTS = {
    "masterchain --help": "sys.argv[1:] = ['--help']; cli.main()",
    "masterchain master, to the first sign of work": (
        "from masterchain.scripts.shell import progress; progress.Watch.progress = lambda *told: os._exit(0); "
        "sys.argv[1:] = ['master', 'mix.wav', 'out.wav']; cli.main()"
    ),
}


def bench_speed(folder: Path, session: Session) -> None:
    """Measure, print and save how long things take."""
    about = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
    bench = Bench(folder, session, about, "speed")
    for part in (bench_blocks, bench_flood, bench_kernels, bench_starts):
        part(bench)
    show(f"{folder / 'speed.md'} and speed.json are written")


def bench_blocks(bench: Bench, periods: tuple[int, ...] = (64, 128, 256), blocks: int = 4000) -> None:
    """One block of the live profile chain, from Python."""
    table = Figures(
        "blocks", "A block of the live chain", "Profile i with the imager, stereo, 48 kHz; share of a block's time.",
        ("frames", "p50, us", "p99, us", "p50, %", "p99, %"),
    )  # fmt: skip
    sound = 0.3 * np.random.default_rng(1).standard_normal((2, 256))
    for period in periods:
        chain = profile_chain("i", gain_db=6.0, stereo_image=True, live=True)
        chain.prepare(Spec(RATE, 2, period))
        took = [_seconds(chain.process_block, sound[:, :period].copy()) for _ in range(blocks)][blocks // 10 :]
        middle, late = (float(np.percentile(took, share)) for share in (50, 99))
        table.add(period, 1e6 * middle, 1e6 * late, 100.0 * middle * RATE / period, 100.0 * late * RATE / period)
    bench.put(table)


def bench_flood(bench: Bench, periods: tuple[int, ...] = (128, 256), seconds: float = FLOOD_S) -> None:
    """The callbacks of an insert while OSC and MIDI flood it."""
    table = Figures(
        "flood", "An insert under a flood",
        f"{A_SECOND} OSC messages and {A_SECOND // 2} CCs a second for {seconds:g} s; share of the period.",
        ("frames", "p50, %", "p99, %", "too long, %", "taken, %"),
    )  # fmt: skip
    for period in periods:
        took, taken = _flooded(period, seconds)
        edges, shares = (np.arange(len(took)) + 1) * HISTOGRAM_STEP_US, np.cumsum(took) / max(took.sum(), 1)
        budget = 1e6 * period / RATE
        middle, late = (float(edges[np.searchsorted(shares, share)]) / budget for share in (0.5, 0.99))
        table.add(period, 100 * middle, 100 * late, 100.0 * took[edges > budget].sum() / took.sum(), 100.0 * taken)
    bench.put(table)


def _flooded(period: int, seconds: float) -> tuple[np.ndarray, float]:
    """Return the histogram of the callbacks, and the share of the OSC messages that was taken."""
    from ...graph.control.midi.control import MidiControl
    from ...graph.control.osc.server import OscServer
    from ...graph.control.osc.wire import pack

    with (
        Insert(NullDevice(RATE, period), "i", gain_db=6.0, stereo_image=True) as insert,
        OscServer(insert.console, port=0) as osc,
        MidiControl(insert.console, ["tcp:0"]) as midi,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as surface,
        socket.create_connection(("127.0.0.1", int(midi.status()[0].name.rpartition(":")[2]))) as keys,
    ):
        time.sleep(0.5)
        before, began, sent = insert.engine.histogram(), time.monotonic(), 0
        while time.monotonic() - began < seconds:
            for k in range(10):
                path = ("limiter/ceiling_db", "gain/gain_db", "dynamic_eq/trim_1120_db")[k % 3]
                message = pack(f"/masterchain/{path}/norm", (sent + k) % 97 / 97.0)
                surface.sendto(message, ("127.0.0.1", osc.port))
            keys.send(bytes([0xB0, 21 + sent % 3, sent % 128]) * 5)
            sent += 10
            time.sleep(max(0.0, began + sent / A_SECOND - time.monotonic()))
        return insert.engine.histogram() - before, osc.counts.messages / sent


def bench_kernels(bench: Bench) -> None:
    """Loops that run often, beside numpy's running sum of as many numbers."""
    from pythonosc.osc_packet import OscPacket

    from ...graph.control.osc.wire import pack, unpack

    table = Figures(
        "kernels", "What runs often", "Time for one, and how often numpy adds up a number meanwhile; the best of ten.",
        ("what", "ns", "running sums"),
    )  # fmt: skip
    numbers = np.random.default_rng(1).uniform(0.0, 1.5, 100_000)
    model, packet = GainModel(Limiter(), RATE, 32), pack("/masterchain/limiter/ceiling_db", -1.0)
    yardstick = _best(lambda: np.cumsum(numbers)) / numbers.size
    for name, seconds in (
        ("a point of the limiter's model", _best(lambda: model.gains(numbers)) / numbers.size),
        ("reading an OSC message", _best(lambda: [unpack(packet, 1.7e9) for _ in range(1000)]) / 1000),
        ("the same by python-osc", _best(lambda: [OscPacket(packet) for _ in range(1000)]) / 1000),
    ):
        table.add(name, 1e9 * seconds, seconds / yardstick)
    bench.put(table)


def bench_starts(bench: Bench) -> None:
    """Processor time of a new process until it does something, beside one that imports numpy; the best of three."""
    import soundfile

    table = Figures("starts", "Starting", "Processor time in a new process; kernels are compiled before.",
                    ("what", "s", "imports of numpy"))  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        soundfile.write(f"{folder}/mix.wav", 0.1 * np.random.default_rng(2).standard_normal(RATE), RATE)
        yardstick = min(_processor_seconds("import numpy", folder) for _ in range(3))
        for name, code in STARTS.items():
            run = f"import os, sys; from masterchain.scripts import cli; {code}"
            seconds = min(_processor_seconds(run, folder) for _ in range(3))
            table.add(name, seconds, seconds / yardstick)
    bench.put(table)


def _processor_seconds(code: str, folder: str) -> float:
    """Return the processor time of ``code`` in a new process, which other work on the machine does not lengthen."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _best(do: Callable[[], object]) -> float:
    do()
    return min(_seconds(do) for _ in range(10))


def _seconds(do: Callable[..., object], *arguments: object) -> float:
    begun = time.perf_counter()
    do(*arguments)
    return time.perf_counter() - begun
