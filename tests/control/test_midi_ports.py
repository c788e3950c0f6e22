"""Lines to controllers: unplugged and back, over TCP with running status and garbage, over a real JACK server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import mido.sockets
import pytest
from jackd import jack_environment, jackd
from masterchain.graph.control.midi.control import MidiControl
from masterchain.graph.control.midi.mapping.map import Button, Fader, Message, MidiMap
from masterchain.graph.control.midi.ports import line as midi_line
from masterchain.graph.control.midi.ports.tcp import LONGEST_BACKLOG, MOST, TcpLink
from midi_fixtures import a_console
from signals import SEED
from waiting import SLOW_S, until

MAP = MidiMap((Fader(Message("cc", 7), "intensity", takeover="jump"), Button(Message("note", 60), "bypass")))


class Plugged:
    """A controller that a test plugs in and out; ``trouble`` is what happens to who reads it."""

    def __init__(self, name: str, there: bool = True) -> None:
        self.name, self.there = name, there
        self.trouble: Exception | None = None
        self.came, self.sent = bytearray(), bytearray()
        self.opened = self.closed = 0

    def open(self) -> Plugged | None:
        self.opened += self.there
        return self if self.there else None

    def read(self) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        data = bytes(self.came)
        del self.came[: len(data)]
        if not data:
            time.sleep(0.001)
        return data

    def send(self, data: bytes) -> None:
        self.sent += data

    def alive(self) -> bool:
        return self.there

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_line, "RETRY_S", 0.02)
    monkeypatch.setattr(midi_line, "CHECK_S", 0.02)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("trouble", [None, OSError("unplugged"), RuntimeError("a driver of its own kind")])
def test_a_controller_that_was_gone_goes_on_and_the_others_never_stop(trouble: Exception | None) -> None:
    console, one, other = a_console(), Plugged("one"), Plugged("other")
    with MidiControl(console, [one, other], MAP) as midi:
        one.came += bytes((0xB0, 7, 10))
        until(lambda: console.plain("intensity") == pytest.approx(1000 / 127), "a fader")
        one.there, one.trouble = False, trouble
        until(lambda: midi.status()[0].device is None, "noticing that it is gone")
        assert midi.status()[0].trouble == ("" if trouble is None else str(trouble))
        other.came += bytes((0xB0, 7, 20))
        until(lambda: console.plain("intensity") == pytest.approx(2000 / 127), "the other's fader")
        one.sent.clear()
        one.trouble, one.there = None, True
        until(lambda: one.sent == bytes((0xB0, 7, 20, 0x90, 60, 0)), "feedback to the one that is back")
        one.came += bytes((7, 30, 0xB0, 7, 30))  # nothing runs on from before
        until(lambda: console.plain("intensity") == pytest.approx(3000 / 127), "a fader of the one that is back")
        status = midi.status()
        assert [(s.name, s.device) for s in status] == [("one", "one"), ("other", "other")]
        assert [(s.counts.messages, s.counts.malformed) for s in status] == [(2, 1), (1, 0)]
    assert (one.opened, other.opened) == (2, 1)
    assert (one.closed - one.opened, other.closed - other.opened) == (1, 1)  # the line, and the opener at the end
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("midi")]


@pytest.mark.usefixtures("quick")
def test_a_controller_that_comes_later_is_found() -> None:
    console, late = a_console(), Plugged("late", there=False)
    with MidiControl(console, [late], MAP) as midi:
        time.sleep(0.1)
        assert str(midi.status()[0]) == "late: not there yet"
        late.there = True
        late.came += bytes((0x90, 60, 1))
        until(lambda: console.plain("bypass"), "its note")
        assert str(midi.status()[0]) == "late: late"


@pytest.mark.usefixtures("quick")
def test_an_action_that_fails_does_not_end_the_line() -> None:
    console, one = a_console(), Plugged("one")

    def fails(stored: float, frame: int | None) -> None:
        raise ZeroDivisionError("inside the console")

    object.__setattr__(console.controls["bypass"], "apply", fails)
    with MidiControl(console, [one], MAP) as midi:
        one.came += bytes((0x90, 60, 1, 0xB0, 7, 64))
        until(lambda: console.plain("intensity") != 100.0, "what comes after")
        assert midi.status()[0].trouble == "ZeroDivisionError: inside the console"


CLIENT = """
import random, socket, sys, time
random.seed(int(sys.argv[2]))
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def pieces(data):
    while data:
        cut = random.randrange(1, 40)
        peer.sendall(data[:cut])
        data = data[cut:]
pieces(bytes(random.choices(range(256), k=20000)))
pieces(bytes([0xFF, 0xB0, 7, 1] + [byte for value in range(128) for byte in (7, value, 0xF8)] + [7, 50, 0x90, 60, 1]))
peer.shutdown(socket.SHUT_WR)
print(sum(len(got) for got in iter(lambda: peer.recv(4096), b"")))
"""


def test_another_process_plays_over_tcp_with_running_status_after_garbage() -> None:
    console = a_console()
    with MidiControl(console, ["tcp:0"], MAP) as midi:
        port = midi.status()[0].name.rpartition(":")[2]
        ran = subprocess.run(
            [sys.executable, "-c", CLIENT, port, str(SEED)], capture_output=True, text=True, check=True, timeout=SLOW_S
        )
        assert int(ran.stdout) > 0, "no feedback"
        assert console.plain("intensity") == pytest.approx(5000 / 127)
        until(lambda: midi.status()[0].device is None, "noticing that it hung up")
        counts = midi.status()[0].counts
        assert counts.messages > 2 * 128
        assert min(counts.malformed, counts.ignored) > 100
        assert counts.moved > 0
        assert midi.status()[0].trouble == ""


def test_mido_itself_is_heard_over_tcp_and_gets_feedback() -> None:
    console = a_console()
    with MidiControl(console, ["tcp:0"], MAP) as midi:
        peer = mido.sockets.connect("127.0.0.1", int(midi.status()[0].name.rpartition(":")[2]))
        peer.send(mido.Message("control_change", control=7, value=64, channel=5))
        until(lambda: console.plain("intensity") == pytest.approx(6400 / 127), "a fader")
        console.set("bypass", True)
        lamp = "note_on channel=0 note=60 velocity=127 time=0"
        until(lambda: lamp in map(str, peer.iter_pending()), "a lamp")
        peer.close()


def test_a_peer_that_does_not_read_is_let_go_and_no_one_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near, far = socket.create_connection(server.getsockname()), server.accept()[0]
        link = TcpLink(near, "peer")
        assert not near.getblocking()

        def send_much() -> None:
            for _ in range(10_000):
                link.send(bytes(LONGEST_BACKLOG // 2))

        with pytest.raises(ConnectionAbortedError, match="peer does not read what it is sent"):
            send_much()
        link.close()
        far.close()


def test_too_many_peers_are_sent_away() -> None:
    with MidiControl(a_console(), ["tcp:0"], MAP) as midi:
        address = ("127.0.0.1", int(midi.status()[0].name.rpartition(":")[2]))
        peers = [socket.create_connection(address) for _ in range(MOST + 1)]
        while peers[-1].recv(1000):
            raise AssertionError("the last one was let in")
        assert f"{MOST} are connected already" in midi.status()[0].trouble
        for peer in peers:
            peer.close()


@pytest.mark.parametrize("port", ["tcp:", "tcp:x", "tcp:1:99999", "tcp:-3"])
def test_a_tcp_port_that_cannot_be_is_refused(port: str) -> None:
    console = a_console()
    with pytest.raises(ValueError, match="must be tcp:PORT or tcp:HOST:PORT"):
        MidiControl(console, ["tcp:0", port])
    assert "midi.learn" not in console.actions


def test_a_tcp_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"MIDI at 127.0.0.1, port {number}: .*in use"):
            MidiControl(a_console(), [f"tcp:{number}"])


LISTENER = """
import json, select, sys
from masterchain.graph.control.midi.control import MidiControl
from masterchain.graph.control.midi.mapping.map import Button, Fader, Message, MidiMap
from masterchain.graph.control.midi.ports.system import ports
from midi_fixtures import a_console
console = a_console()
bindings = (Fader(Message("cc", 7), "intensity", takeover="jump"), Button(Message("note", 60), "play", "momentary"))
console.listen(lambda control, stored, by: print(json.dumps([control.path, stored]), flush=True))
with MidiControl(console, ["virtual:ours", "surface"], MidiMap(bindings), api="jack") as midi:
    def devices():
        return [status.device for status in midi.status()]
    last = None
    while True:
        if select.select([sys.stdin], [], [], 0.02)[0]:
            line = sys.stdin.readline()
            if not line:
                break
            told = json.loads(line)
            print(json.dumps(ports("jack")), flush=True) if told is None else console.set(*told)
        if devices() != last:
            last = devices()
            print(json.dumps(last), flush=True)
"""
WAITER = """
import time
from masterchain.graph.control.midi.control import MidiControl
from midi_fixtures import a_console
with MidiControl(a_console(), ["keys"], api="jack") as midi:
    while not midi.status()[0].trouble:
        time.sleep(0.01)
    time.sleep(1.5)
    print(midi.status()[0].trouble, flush=True)
"""
PEER = """
import rtmidi, sys
peer = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="keys")
peer.open_virtual_port("surface")
for line in sys.stdin:
    peer.send_message([int(word) for word in line.split()])
"""
SEQUENCE = ("sequence", "12000", "0", "60", "4000")


class Child:
    """A process that is told lines and tells lines."""

    def __init__(self, *command: str, server: str) -> None:
        here = str(Path(__file__).parents[1] / "support")
        path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = jack_environment(server) | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.listens = command[0] == sys.executable
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def says(self, line: Any, after: int = 0) -> None:
        text = line if isinstance(line, str) else json.dumps(line)
        end = time.monotonic() + SLOW_S
        while not any(text in said for said in self.lines[after:]):
            assert time.monotonic() < end, f"{text} not within {SLOW_S} s, but {self.lines}"
            time.sleep(0.005)

    def end(self) -> None:
        """Close what it is told by, and end it by force only if it does not go by that."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(5.0 if self.listens else 0.0)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)


@contextmanager
def child(*command: str, server: str) -> Iterator[Child]:
    started = Child(*command, server=server)
    try:
        yield started
    finally:
        started.end()


def connected(server: str, source: str, target: str) -> None:
    def tried() -> bool:
        asked = ["jack_connect", source, target]
        return subprocess.run(asked, env=jack_environment(server), capture_output=True, check=False).returncode == 0

    until(tried, f"{source} to {target}")


def test_jack_clients_of_others_play_and_come_and_go_and_so_may_the_server() -> None:
    """Nothing else is printed, so that a screen in the terminal stays as it is."""
    for program in ("jack_midiseq", "jack_midi_dump", "jack_connect"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt install jackd2 jack-tools")
    with ExitStack() as stack:
        with jackd() as server:
            ours = stack.enter_context(child(sys.executable, "-c", LISTENER, server=server))
            ours.says(["ours", None])
            with child("jack_midiseq", *SEQUENCE, server=server), child("jack_midi_dump", server=server) as dump:
                connected(server, "sequence:out", "ours:in")
                connected(server, "ours-out:out", "midi-monitor:input")
                ours.says(["play", 1.0])
                ours.says(["play", 0.0])
                ours.tell(json.dumps(["intensity", 50.0]))
                dump.says("b0 07 40")
            with child(sys.executable, "-c", PEER, server=server) as peer:
                ours.says(["ours", "keys:surface"])
                ours.tell("null")
                ours.says([["ours-out:out", "keys:surface"], ["ours:in", "masterchain:in"]])
                peer.tell("176 7 0")
                ours.says(["intensity", 0.0])
                seen = len(ours.lines)
            ours.says(["ours", None], seen)
        ours.says([None, None])
        assert ours.process.poll() is None
        seen = len(ours.lines)
        with jackd(name=server):
            stack.enter_context(child("jack_midiseq", *SEQUENCE, server=server))
            connected(server, "sequence:out", "ours:in")
            ours.says(["ours", None], seen)
            ours.says(["play", 1.0], seen)
        assert not [line for line in ours.lines if not line.startswith("[")]


def test_without_a_jack_server_midi_waits_and_says_so() -> None:
    pytest.importorskip("rtmidi")
    with child(sys.executable, "-c", WAITER, server=f"none-{os.getpid()}") as waits:
        waits.says("the JACK server does not run")
        waits.process.wait(SLOW_S)
        assert waits.lines == ["MIDI keys: the JACK server does not run\n", "the JACK server does not run\n"]


def test_an_api_that_is_not_here_is_refused() -> None:
    pytest.importorskip("rtmidi")
    with pytest.raises(ValueError, match="MIDI by 'midishare': must be one of "):
        MidiControl(a_console(), ["keys"], api="midishare")
