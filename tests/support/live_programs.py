"""Clients of a JACK server, each run in a process of its own by the tests; what they find they print."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import tempfile
import time
from functools import partial
from typing import Any

import jack
import numpy as np
import soundfile
from masterchain.graph import Settings, profile_chain
from masterchain.graph.live.devices.base import JackDevice, PortAudioDevice
from masterchain.graph.live.session.audition import Audition
from masterchain.graph.live.session.insert import Insert
from masterchain.nodes import Spec
from numpy.typing import NDArray

RATE = 48000
LISTENS_EVERY = 512
"""Frames: what a chain hears of itself it updates on such a grid of the stream."""
LIVE = partial(profile_chain, "i", gain_db=9.0, live=True)
NEUTRAL = partial(profile_chain, "i", intensity=0.0, live=True)


class Player:
    """A client that plays ``sound`` ``(2, frames)`` once it is told to."""

    def __init__(self, sound: NDArray[Any]) -> None:
        self.sound, self.at, self.rolling = sound.astype(np.float32), 0, False
        self.client = jack.Client("player", no_start_server=True)
        self.ports: list[Any] = [self.client.outports.register(f"out_{n}") for n in (1, 2)]
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames: int) -> None:
        """Play the next block."""
        part = self.sound[:, self.at : self.at + frames] if self.rolling else self.sound[:, :0]
        for port, row in zip(self.ports, part, strict=True):
            out = port.get_array()
            out[: len(row)], out[len(row) :] = row, 0.0
        self.at += part.shape[1]


class Recorder:
    """A client that records for ``frames`` from the first sample on that is not silent."""

    def __init__(self, frames: int) -> None:
        self.heard, self.at = np.zeros((2, frames), np.float32), 0
        self.client = jack.Client("recorder", no_start_server=True)
        self.ports: list[Any] = [self.client.inports.register(f"in_{n}") for n in (1, 2)]
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames: int) -> None:
        """Record the next block."""
        block = [port.get_array() for port in self.ports]
        if self.at == 0 and not (block[0].any() or block[1].any()):
            return
        n = min(frames, self.heard.shape[1] - self.at)
        for row, new in zip(self.heard, block, strict=True):
            row[self.at : self.at + n] = new[:n]
        self.at += n


def through(sound: NDArray[Any], name: str, freewheel: bool, tail: int = 0) -> Recorder:
    """Play ``sound`` through the insert called ``name``; return the recorder, which heard ``tail`` frames more."""
    player, recorder = Player(sound), Recorder(sound.shape[1] + tail)
    for n in (1, 2):
        player.client.connect(f"player:out_{n}", f"{name}:in_{n}")
        player.client.connect(f"{name}:out_{n}", f"recorder:in_{n}")
    time.sleep(0.3)
    player.client.set_freewheel(freewheel)
    time.sleep(0.3)
    player.rolling = True
    until = time.monotonic() + 60.0
    while recorder.at < recorder.heard.shape[1] and time.monotonic() < until:
        time.sleep(0.01)
    player.client.set_freewheel(False)
    for peer in (player, recorder):
        peer.client.deactivate()
        peer.client.close()
    return recorder


def music(seconds: float) -> NDArray[Any]:
    """Return noise bursts over a bass, loud enough to be limited; it begins at once."""
    draw, t = np.random.default_rng(5), np.arange(int(seconds * RATE)) / RATE
    beat = (t * 2.0 % 1.0 < 0.2) * 0.5
    return 0.4 * np.cos(2 * np.pi * 55.0 * t) + beat * draw.standard_normal((2, len(t)))


def offline(sound: NDArray[Any], before: int) -> NDArray[Any]:
    """Return ``sound`` through a new chain that has heard ``before`` frames of silence, in float32."""
    chain = LIVE()
    chain.prepare(Spec(RATE, 2, 8192))
    chain.process_block(np.zeros((2, before)))
    block = sound.astype(np.float32).astype(np.float64)
    for start in range(0, block.shape[1], 4096):
        part = np.ascontiguousarray(block[:, start : start + 4096])
        chain.process_block(part)
        block[:, start : start + 4096] = part
    return block.astype(np.float32)


def freewheel() -> None:
    """Player, insert, recorder, faster than real time: the recording is the offline render."""
    sound = music(20.0)
    with Insert(JackDevice("mc"), factory=LIVE) as insert:
        began = time.perf_counter()
        recorder = through(sound, "mc", freewheel=True)
        took, period = time.perf_counter() - began, insert.engine.period
    # What the engine heard before was silence, but for how long decides where its grid lies.
    for before in range(0, LISTENS_EVERY, period):
        expected = offline(sound, before)
        first = int(np.flatnonzero(expected.any(axis=0))[0]) // period * period
        if np.array_equal(recorder.heard[:, : expected.shape[1] - first], expected[:, first:]):
            print(f"equal, {expected.shape[1] - first} frames, {20.0 / took:.1f} times real time")
            return
    print("differs")


def urgency() -> None:
    """Print, in time and freewheeling and in time again, the engine's word and whether a thread of it is real-time."""
    with Insert(JackDevice("mc"), factory=LIVE) as insert:
        other = jack.Client("other", no_start_server=True)
        other.activate()
        for turn in (lambda: None, lambda: other.set_freewheel(True), lambda: other.set_freewheel(False)):
            turn()
            time.sleep(0.5)
            tasks = [int(task) for task in os.listdir(f"/proc/{insert.engine.pid}/task")]
            hurried = [os.sched_getscheduler(task) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO for task in tasks]
            print(insert.engine.status().urgency, sum(hurried))
        other.close()


def latency() -> None:
    """Print what JACK says of the latency to the recorder, what an impulse takes, and the chain's own in ms."""
    sound = np.zeros((2, RATE))
    sound[:, 0], sound[:, RATE // 2] = 0.125, 0.25
    with Insert(JackDevice("mc"), factory=NEUTRAL) as insert:
        library, told = ctypes.CDLL("libjack.so.0"), (ctypes.c_uint32 * 2)()
        client = jack.Client("asks", no_start_server=True)
        port: Any = client.inports.register("in")
        client.activate()
        client.connect("mc:out_1", "asks:in")
        time.sleep(0.3)
        pointer = int(vars(jack)["_ffi"].cast("uintptr_t", port._ptr))
        library.jack_port_get_latency_range(ctypes.c_void_p(pointer), 0, ctypes.byref(told))
        client.close()
        recorder = through(sound, "mc", freewheel=True)
        own, period = insert.engine.latency, insert.engine.period
    # The recorder begins with the block that the first impulse comes out in.
    first = int(np.argmax(recorder.heard[0] == 0.125))
    second = int(np.argmax(recorder.heard[0] == 0.25))
    print(told[1], first + own // period * period, second - first - RATE // 2, 1e3 * own / RATE)


def audition() -> None:
    """Play until the server is gone, and for a while after it has come back."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MASTERCHAIN_CACHE"] = folder
        path = f"{folder}/song.wav"
        soundfile.write(path, music(30.0).T * 0.3, RATE, subtype="FLOAT")
        with Audition(path, Settings(), JackDevice("mc", insert=False, outputs=("system:playback_",))) as playing:
            playing.console.read(lambda said: print(said, flush=True))
            while playing.readings().position_s < 0.5:
                time.sleep(0.02)
            before, back = playing.engine, time.monotonic() + 60.0
            print("plays", flush=True)
            while playing.engine is before and time.monotonic() < back:
                time.sleep(0.05)
            at = 0.0
            while at < 1.0 and time.monotonic() < back:
                time.sleep(0.05)
                at = playing.readings().position_s
            print(f"plays on at {playing.engine.sample_rate} Hz, {at:.2f} s", flush=True)


def transport() -> None:
    """Let the server's transport roll, jump and stop; print how far the track is from it each time, in frames."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MASTERCHAIN_CACHE"] = folder
        path = f"{folder}/song.wav"
        soundfile.write(path, music(30.0).T * 0.3, RATE, subtype="FLOAT")
        client = jack.Client("conductor", no_start_server=True)
        client.activate()
        client.transport_locate(3 * RATE)
        with Audition(path, Settings(), JackDevice("mc", insert=False, transport=True), playing=False) as playing:
            time.sleep(0.5)
            client.transport_start()
            for place in (None, 20 * RATE):
                if place is not None:
                    client.transport_locate(place)
                time.sleep(1.0)
                status = playing.engine.status()
                print(status.position - status.period - status.rolling, status.position / RATE)
            client.transport_stop()
            time.sleep(0.5)
            print("plays" if playing.engine.status().playing else "rests")


def load() -> None:
    """Flood a mastering chain with OSC messages and CCs; print what its callbacks did meanwhile, and what was taken."""
    from masterchain.graph.control.midi.control import MidiControl
    from masterchain.graph.control.osc.server import OscServer
    from pythonosc.udp_client import SimpleUDPClient
    from waiting import until

    paths = ("limiter/ceiling_db", "gain/gain_db", "dynamic_eq/trim_1120_db")
    with (
        Insert(JackDevice("mc"), "i", gain_db=6.0, stereo_image=True) as insert,
        OscServer(insert.console, port=0) as osc,
        MidiControl(insert.console, ["tcp:0"]) as midi,
        socket.create_connection(("127.0.0.1", int(midi.status()[0].name.rpartition(":")[2]))) as keys,
    ):
        surface = SimpleUDPClient("127.0.0.1", osc.port)
        until(lambda: insert.engine.status().callbacks > 0, "sound")
        before = insert.engine.status()
        for sent in range(0, 3000, 10):
            for k in range(sent, sent + 10):
                surface.send_message(f"/masterchain/{paths[k % 3]}/norm", k % 97 / 97.0)
            keys.send(bytes([0xB0, 21 + sent % 3, sent % 128]) * 5)
            time.sleep(0.01)

        def settled() -> bool:
            for path in paths:
                surface.send_message(f"/masterchain/{path}/norm", 1.0)  # a datagram may be lost
            return all(insert.console.unit(path.replace("/", ".")) == 1.0 for path in paths)

        until(settled, "the last values")
        after = insert.engine.status()
        print(after.frame - before.frame, after.callbacks - before.callbacks, osc.counts.ignored)


def portaudio() -> None:
    """Play an audition by PortAudio, on the card that JACK is for it; print how far it came in a second or so."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MASTERCHAIN_CACHE"] = folder
        path = f"{folder}/song.wav"
        soundfile.write(path, music(10.0)[0] * 0.3, RATE, subtype="FLOAT")
        with Audition(path, Settings(), PortAudioDevice("system")) as playing:
            until = time.monotonic() + 20.0
            while playing.readings().position_s < 1.0 and time.monotonic() < until:
                time.sleep(0.05)
            print(playing.engine.sample_rate, playing.readings().position_s, playing.readings().momentary_lufs)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
