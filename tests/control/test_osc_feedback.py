"""OSC: what moves is told to those who asked, and nothing that comes in stops that."""

from __future__ import annotations

import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pythonosc", reason="python-osc, of the extra 'live', is not installed")

from masterchain.graph.control import ControlError
from masterchain.graph.control.osc import feedback
from masterchain.graph.control.osc.server import OscServer
from masterchain.graph.control.osc.sockets import Peer
from osc_client import Client, Desk, bundle, message, opened
from signals import SEED
from waiting import until

CEILING = "/masterchain/limiter/ceiling_db"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.console.close()


@pytest.fixture
def server(desk: Desk) -> Iterator[OscServer]:
    with OscServer(desk.console, port=0) as running:
        yield running


@pytest.fixture
def client(server: OscServer) -> Iterator[Client]:
    with Client(server.port) as client:
        yield client


def test_a_subscriber_gets_everything_and_then_the_changes(desk: Desk, server: OscServer, client: Client) -> None:
    client.send("/masterchain/subscribe", "iis", 0, 60, "plain norm str")
    came = dict(client.answers(last="/masterchain/intensity/str"))
    told = {address for address in came if not address.startswith("/masterchain/meter")}
    forms = ("", "/norm", "/str")
    paths = [path.replace(".", "/") for path in desk.console.controls]
    assert told == {f"/masterchain/{path}{form}" for path in paths for form in forms}
    desk.console.set("limiter.ceiling_db", -2.0, by="the screen")
    assert client.answers() == [
        (CEILING, [-2.0]),
        (f"{CEILING}/norm", [pytest.approx(0.9)]),
        (f"{CEILING}/str", ["-2.00 dBTP"]),
    ]
    client.send("/masterchain/unsubscribe")
    client.sync()
    desk.console.set("limiter.ceiling_db", -4.0)
    assert client.packets(0.1) == []
    assert server.subscribers == ()


def test_who_moves_a_fader_hears_no_echo_and_the_others_do(desk: Desk, server: OscServer) -> None:
    with Client(server.port) as mover, Client(server.port) as other, Client(server.port) as screen:
        for one, port in ((mover, 0), (other, 0), (screen, screen.port)):
            one.send("/masterchain/subscribe", "iis", port, 60, "plain")
            one.answers(last="/masterchain/intensity")
        mover.send(CEILING, "f", -5.0)
        assert other.answers() == screen.answers() == [(CEILING, [-5.0])]
        mover.send("/masterchain/limiter/link", "f", 50.0)
        other.send("/masterchain/limiter/link", "f", 60.0)  # the last word is another's: this the mover gets
        assert mover.answers() == [("/masterchain/limiter/link", [60.0])]
        assert mover.packets(0.1) == []


def test_a_configured_surface_far_away_is_known_by_its_host(desk: Desk) -> None:
    told = feedback.Feedback(desk.console)
    tablet, sends = Peer("udp", ("192.0.2.7", 9000)), Peer("udp", ("192.0.2.7", 51234))
    told.subscribe(tablet, None, 20.0, (), forever=True)
    assert told.is_from(sends, told.subscribers[tablet])
    assert not told.is_from(Peer("udp", ("192.0.2.8", 51234)), told.subscribers[tablet])
    told.subscribe(Peer("udp", ("192.0.2.7", 9001)), None, 20.0, (), forever=True)
    assert not told.is_from(sends, told.subscribers[tablet]), "which of the two moved cannot be known"


def test_meters_come_as_one_bundle_at_the_rate_asked_for(client: Client) -> None:
    client.send("/masterchain/subscribe", "iis", 0, 50, "meters")
    client.packets(0.1)
    packets = client.packets(0.6)
    assert 20 <= len(packets) <= 32  # 50 a second; a busy machine may miss some
    names = {address.removeprefix("/masterchain/meter/") for address, _ in opened(packets[0])}
    assert len(packets[0]) <= 1472, "what fits in a datagram is not cut"
    assert names == {
        "momentary", "short_term", "integrated", "true_peak", "gain_reduction", "correlation", "position", "load",
        "over", "xruns", "refused", "width/low", "width/mid", "width/high", *(f"band/{i}" for i in range(1, 13)),
    }  # fmt: skip


def test_a_subscription_ends_unless_it_is_renewed(
    server: OscServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "KEPT_S", 0.3)
    with Client(server.port) as other:
        client.send("/masterchain/subscribe", "iis", 0, 60, "plain")
        other.send("/masterchain/subscribe", "iis", 0, 60, "plain")
        for _ in range(5):
            time.sleep(0.1)
            client.send("/masterchain/renew")
        assert server.subscribers == (Peer("udp", ("127.0.0.1", client.port)),)


def test_renewing_what_has_ended_subscribes_anew(server: OscServer, client: Client) -> None:
    client.send("/masterchain/renew")
    assert ("/masterchain/profile", ["i"]) in client.answers(last="/masterchain/profile")
    assert len(server.subscribers) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who refused a datagram; elsewhere time ends it")
def test_who_is_gone_is_dropped_and_who_was_configured_may_come_back(desk: Desk) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port_of_nobody:
        port_of_nobody.bind(("127.0.0.1", 0))
        surface = ("127.0.0.1", port_of_nobody.getsockname()[1])
    with OscServer(desk.console, port=0, to=[surface]) as server, Client(server.port) as alive:
        with Client(server.port) as dying:
            dying.send("/masterchain/subscribe", "ii", 0, 60)
            alive.send("/masterchain/subscribe", "ii", 0, 60)
            dying.answers()
        alive.packets(0.3)
        assert set(server.subscribers) == {Peer("udp", surface), Peer("udp", ("127.0.0.1", alive.port))}
        assert server.counts.ignored == 0
        assert len(alive.packets(0.3)) > 10, "the errors of others hold back nothing"


def test_what_the_console_says_is_told_once(desk: Desk, client: Client) -> None:
    desk.console.say("before anybody read")
    client.send("/masterchain/subscribe", "iis", 0, 60, "plain")
    client.answers(last="/masterchain/intensity")
    desk.console.say("rendered song-i.wav: -9.00 LUFS")
    assert client.answers() == [("/masterchain/said", ["rendered song-i.wav: -9.00 LUFS"])]
    assert client.packets(0.1) == []


def test_number_form_serves_reaper(desk: Desk, client: Client) -> None:
    client.send("/masterchain/subscribe", "iis", 0, 60, "number")
    came = client.answers(last="/masterchain/fxparam/50/value")
    assert ("/masterchain/fxparam/50/value", [pytest.approx(0.95)]) in came
    desk.console.set("limiter.ceiling_db", -10.0)
    assert client.answers() == [("/masterchain/fxparam/50/value", [0.5])]


# ------------------------------------------------------------------ rough ways


def test_garbage_is_counted_and_ignored(desk: Desk, server: OscServer, client: Client) -> None:
    draw = random.Random(SEED)
    sound = [message(CEILING, "f", -7.0), message("/masterchain/profile", "s", "c"),
             bundle(1, message(CEILING, "f", -7.0), message("/masterchain/*/bypass", "i", 1))]  # fmt: skip
    truncated = [packet[:end] for packet in sound for end in range(len(packet))]
    whole = {bundle(1), bundle(1, sound[0]), message("/masterchain/profile")[:24]}  # shorter, and sound
    for i in range(10_000):
        if i % 3 == 0:
            packet = truncated[i % len(truncated)]
        else:
            head = draw.choice([b"", b"/", b"#bundle\0", b"/masterchain/limiter\0\0\0\0,f"])
            packet = head + draw.randbytes(draw.randrange(64))
        if packet not in whole:
            client.raw(packet)
        if i % 100 == 99:
            client.sync()  # no faster than it is taken, so that none is lost on the way
    assert desk.moved == []
    assert server.counts.ignored > 9_900
    client.send(CEILING, "f", -2.5)
    client.sync()
    assert desk.moved == [("limiter.ceiling_db", -2.5, None)]


FLOOD = """
import random, socket, struct, sys, time
to = ("127.0.0.1", int(sys.argv[1]))
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def text(value): return value.encode() + b"\\0" * (4 - len(value) % 4)
paths = ("limiter/ceiling_db/norm", "gain/gain_db", "dynamic_eq/trim_40_db")
heads = [text(f"/masterchain/{path}") + text(",f") for path in paths]
draw = random.Random(1)
start = time.monotonic()
for i in range(28_000):
    while i > 14_000 * (time.monotonic() - start): time.sleep(0.0005)
    out.sendto(heads[i % 3] + struct.pack(">f", draw.random()), to)
print(time.monotonic() - start)
"""


def test_a_flood_is_taken_and_told_on_at_the_rate_of_the_subscriber(
    desk: Desk, server: OscServer, client: Client
) -> None:
    desk.moved = Latest()
    client.send("/masterchain/subscribe", "iis", 0, 30, "plain")
    client.answers(last="/masterchain/intensity")
    before = resident_kb()
    flood = subprocess.Popen([sys.executable, "-c", FLOOD, str(server.port)], stdout=subprocess.PIPE, text=True)
    packets, began = list[bytes](), time.monotonic()
    while flood.poll() is None:
        packets += client.packets(0.1)
    seconds = time.monotonic() - began
    flood.communicate()
    client.sync()
    assert server.counts.ignored == 0
    assert len(packets) <= 30 * seconds + 3
    assert all(len(list(opened(packet))) <= 3 for packet in packets)
    assert resident_kb() - before < 8_000


class Latest(list[Any]):
    def append(self, one: Any) -> None:
        self[:] = [one]


def resident_kb() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("/proc tells how much memory is used, and is not here")
    match = re.search(r"VmRSS:\s+(\d+)", status.read_text())
    assert match
    return int(match[1])


# ------------------------------------------------------------------ TCP and others' clients


def test_tcp_takes_packets_in_pieces_and_answers_on_the_connection(desk: Desk, server: OscServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 2.0) as connection:
        sent = b"".join(struct.pack(">i", len(p)) + p for p in (message(CEILING, "f", -6.0), message(CEILING)))
        for i in range(0, len(sent), 7):
            connection.sendall(sent[i : i + 7])
            time.sleep(0.002)
        (size,) = struct.unpack(">i", connection.recv(4, socket.MSG_WAITALL))
        assert list(opened(connection.recv(size, socket.MSG_WAITALL))) == [(CEILING, [-6.0])]
        connection.sendall(struct.pack(">i", -5))
        assert connection.recv(4) == b"", "after a size that cannot be nothing can be understood"
    assert server.counts.malformed == 1


def test_a_tcp_client_that_does_not_read_is_left(server: OscServer, client: Client) -> None:
    ask = message("/masterchain/list")
    asks = (struct.pack(">i", len(ask)) + ask) * 50
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # before it connects: later is too late
        connection.settimeout(10.0)
        connection.connect(("127.0.0.1", server.port))
        until(lambda: server.connections == 1, "the client is connected")
        with suppress(ConnectionError):  # what the system itself holds for the client differs: ask until it is left
            for _ in range(400):
                connection.sendall(asks)
                client.sync()
                if not server.connections:
                    break
        until(lambda: server.connections == 0, "the client is left")
    assert client.sync(), "others are served"


@pytest.mark.skipif(shutil.which("oscsend") is None, reason="oscsend and oscdump, of liblo-tools, are not installed")
def test_liblo_moves_and_is_told(desk: Desk, server: OscServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(0.2)
        here = f"osc.udp://127.0.0.1:{server.port}"
        subprocess.run(["oscsend", here, "/masterchain/subscribe", "iis", str(port), "30", "plain"], check=True)
        time.sleep(0.2)
        subprocess.run(["oscsend", here, CEILING, "f", "-4.5"], check=True)
        subprocess.run(["oscsend", here.replace("udp", "tcp"), "/masterchain/profile", "s", "c"], check=True)
        subprocess.run(["oscsend", here, "/masterchain/*/bypass", "T"], check=True)
        time.sleep(0.3)
    finally:
        dump.terminate()
        said = dump.communicate()[0]
    assert f"{CEILING} f -1.000000" in said, "all there is comes upon subscription"
    assert f"{CEILING} f -4.500000" in said
    assert '/masterchain/profile s "c"' in said
    assert "/masterchain/gain/bypass i 1" in said
    assert desk.console.plain("profile") == "c"


def test_a_port_that_is_taken_is_said_in_a_line(server: OscServer, desk: Desk) -> None:
    with pytest.raises(ControlError, match=rf"^OSC: 127.0.0.1 port {server.port} \(UDP\) cannot be had: [^\n]*$"):
        OscServer(desk.console, port=server.port).start()
    with pytest.raises(ControlError, match="is no host"):
        OscServer(desk.console, port=0, to=[("no host.invalid", 9000)]).start()
