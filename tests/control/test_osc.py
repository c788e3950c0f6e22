"""OSC: what comes in moves the console, at its time, is answered, or is counted; and nothing else happens."""

from __future__ import annotations

import itertools
import struct
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pythonosc", reason="python-osc, of the extra 'live', is not installed")

from masterchain.graph.control import Control, named
from masterchain.graph.control.osc.pattern import compiled, matches
from masterchain.graph.control.osc.server import OscServer
from masterchain.graph.control.osc.wire import Malformed, pack, unpack
from masterchain.nodes.params import Switch
from osc_client import NTP, Client, Desk, bundle, message, opened, tag_of
from pythonosc.osc_message_builder import OscMessageBuilder
from waiting import until

CEILING = "/masterchain/limiter/ceiling_db"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk(clock=lambda seconds: round((seconds - 1.7e9) * 48000))
    yield desk
    desk.console.close()


@pytest.fixture
def server(desk: Desk, tmp_path: Path) -> Iterator[OscServer]:
    with OscServer(desk.console, port=0, files_in=tmp_path) as running:
        yield running


@pytest.fixture
def client(server: OscServer) -> Iterator[Client]:
    with Client(server.port) as client:
        yield client


# ------------------------------------------------------------------ the wire


@pytest.mark.parametrize(
    ("pattern", "name", "meant"),
    [
        ("?", "a", True), ("?", "", False), ("?", "ab", False), ("a?c", "abc", True),
        ("*", "", True), ("*", "anything", True), ("a*", "a", True), ("*c", "abc", True), ("a*c*", "abcd", True),
        ("a*b", "abc", False), ("*ab*ab", "abab", True), ("*ab*ab", "aba", False),
        ("[abc]", "b", True), ("[abc]", "d", False), ("[a-c]x", "bx", True), ("[a-c]", "d", False),
        ("[!a-c]", "d", True), ("[!a-c]", "b", False), ("[!abc]", "", False), ("[a!]", "!", True),
        ("[a-]", "-", True), ("[-a]", "-", True), ("[0-9][0-9]", "42", True), ("[c-a]", "b", True),
        ("{foo,bar}", "foo", True), ("{foo,bar}", "bar", True), ("{foo,bar}", "foobar", False),
        ("{a,ab}c", "abc", True), ("x{,y}", "x", True), ("*{40,63}_db", "trim_63_db", True),
        ("limiter", "limiter", True), ("limiter", "limite", False), ("limit", "limiter", False), ("a,b", "a,b", True),
    ],
)  # fmt: skip
def test_patterns_mean_what_osc_1_0_says(pattern: str, name: str, meant: bool) -> None:
    assert matches(pattern, name) == meant


@pytest.mark.parametrize("pattern", ["[ab", "ab]", "{a,b", "a}", "[]", "[!]", "{a*,b}"])
def test_brackets_that_do_not_match_are_malformed(pattern: str) -> None:
    with pytest.raises(Malformed):
        matches(pattern, "a")


def test_a_pattern_full_of_stars_takes_no_more_steps_than_others() -> None:
    """By backtracking it would outlast the universe; so it is, at most, every step at every place of the name."""
    pattern, name = "*a" * 100 + "b", "a" * 200
    places, work = {0}, 0
    for step in compiled(pattern):
        places = step(name, places)
        work += len(places)
    assert not places
    assert work <= len(pattern) * (len(name) + 1)
    assert not matches(pattern, name)


def test_what_python_osc_packs_is_read_and_it_reads_what_is_packed() -> None:
    values: list[Any] = [1, -2.5, "häm", True, False, 2**40]
    builder = OscMessageBuilder("/a/b")
    for value in values:
        builder.add_arg(value)
    assert unpack(builder.build().dgram, 0.0) == [("/a/b", tuple(values), None)]
    assert list(opened(pack("/a/b", *values))) == [("/a/b", values)]


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"abcd", b"/", b"/abc", b"/a\0\0,f\0\0", b"/a\0\0,f\0\0\0\0", b"/a\0\0,s\0\0abcd",
        b"/a\0\0f\0\0\0\0\0\0\0", b"/\xff\xfe\0,\0\0\0", b"/a\0\0,b\0\0\xff\xff\xff\xf0", b"/a\0\0,b\0\0\0\0\0\x10abcd",
        b"/a\0\0,[f\0\0\0\0\0",
        b"/a\0\0,]\0\0", b"/a\0\0,q\0\0", b"/a\0\0,i\0\0" + bytes(8), b"#bundle\0", b"#bundle\0" + bytes(7),
        bundle(1)[:16] + struct.pack(">i", -4), bundle(1)[:16] + bytes(4), bundle(1, b"abcd"), bundle(1, b"/a\0"),
        bundle(1, message("/a")) + b"\0", bundle(1, message("/a"))[:-4],
    ],
)  # fmt: skip
def test_what_is_no_osc_is_malformed_as_a_whole(packet: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(packet, 0.0)


def test_bundles_in_bundles_end_somewhere() -> None:
    packet = message("/a")
    for _ in range(1000):
        packet = bundle(1, packet)
    with pytest.raises(Malformed, match="deep"):
        unpack(packet, 0.0)


def test_seconds_of_time_tags_wrap_in_2036() -> None:
    in_2040 = 2208988800.0
    (came,) = unpack(bundle(tag_of(in_2040 + 2.5) % 2**64, message("/a")), in_2040)
    assert came.at == in_2040 + 2.5


# ------------------------------------------------------------------ what is taken


@pytest.mark.parametrize(
    ("address", "tags", "values", "path", "stored"),
    [
        (CEILING, "f", (-1.05,), "limiter.ceiling_db", -1.05), (CEILING, "d", (-1.25,), "limiter.ceiling_db", -1.25),
        (CEILING, "i", (-3,), "limiter.ceiling_db", -3.0),
        (f"{CEILING}/norm", "f", (0.25,), "limiter.ceiling_db", -15.0),
        (f"{CEILING}/norm", "f", (7.0,), "limiter.ceiling_db", 0.0),
        (f"{CEILING}/norm", "i", (1,), "limiter.ceiling_db", 0.0),
        ("/masterchain/dynamic_eq/knee_db", "f", (0.1,), "dynamic_eq.knee_db", 0.1),  # its lower end, in 32 bits
        ("/masterchain/limiter/bypass", "T", (), "limiter.bypass", 1.0),
        ("/masterchain/limiter/bypass", "i", (1,), "limiter.bypass", 1.0),
        ("/masterchain/limiter/bypass", "f", (1.0,), "limiter.bypass", 1.0),
        ("/masterchain/limiter/bypass/norm", "T", (), "limiter.bypass", 1.0),
        ("/masterchain/profile", "s", ("c",), "profile", 2.0), ("/masterchain/profile", "i", (2,), "profile", 2.0),
        ("/masterchain/profile", "f", (2.4,), "profile", 2.0),
        ("/masterchain/profile/norm", "f", (1.0,), "profile", 13.0),
        ("/masterchain/intensity", "h", (50,), "intensity", 50.0),
        ("/masterchain/fxparam/3/value", "f", (0.5,), "dynamic_eq.intensity", 50.0),
    ],
)  # fmt: skip
def test_a_message_moves_its_control(
    desk: Desk, client: Client, address: str, tags: str, values: tuple[Any, ...], path: str, stored: float
) -> None:
    client.send(address, tags, *values)
    client.sync()
    assert desk.moved == [(path, stored, None)]
    assert desk.console.stored(path) == stored


@pytest.mark.parametrize(
    ("packet", "kind"),
    [
        (message("/masterchain/nothing", "f", 1.0), "unknown"), (message("/limiter/ceiling_db", "f", 1.0), "unknown"),
        (message("/masterchain/*/nothing", "f", 1.0), "unknown"), (message("/masterchain", "f", 1.0), "unknown"),
        (message(CEILING, "s", "-1"), "wrong_type"), (message(CEILING, "T"), "wrong_type"),
        (message(CEILING, "N"), "wrong_type"), (message(CEILING, "ff", -1.0, -2.0), "wrong_type"),
        (message(f"{CEILING}/norm", "s", "x"), "wrong_type"), (message(f"{CEILING}/str", "s", "-2 dB"), "wrong_type"),
        (message("/masterchain/profile", "T"), "wrong_type"),
        (message("/masterchain/meter/load", "f", 1.0), "wrong_type"),
        (message("/masterchain/limiter/bypass", "s", "on"), "wrong_type"),
        (message("/masterchain/save", "i", 1), "wrong_type"),
        (message("/masterchain/subscribe", "T"), "wrong_type"),
        (message("/masterchain/subscribe", "i", 99999), "wrong_type"),
        (message(CEILING, "f", float("nan")), "not_finite"),
        (message(f"{CEILING}/norm", "f", float("inf")), "not_finite"),
        (message("/masterchain/seek", "d", float("nan")), "not_finite"),
        (message(CEILING, "f", 3.0), "refused"), (message(CEILING, "d", 1e300), "refused"),
        (message("/masterchain/profile", "s", "z"), "refused"), (message("/masterchain/profile", "i", 14), "refused"),
        (message("/masterchain/limiter/bypass", "f", 0.5), "refused"),
        (message("/masterchain/limiter/lookahead_ms", "f", 2.0), "refused"),
        (message("/masterchain/snapshot/recall", "i", 5), "refused"), (message("/masterchain/seek"), "refused"),
        (message("/masterchain/subscribe", "s", "loud"), "refused"),
        (message("/masterchain/[limiter/*", "f", 1.0), "malformed"), (message("/" + "*" * 300, "f", 1.0), "malformed"),
        (bundle(tag_of(time.time() + 86400), message(CEILING, "f", -2.0)), "too_far"),
    ],
    ids=map(str, itertools.count()),
)  # fmt: skip
def test_what_cannot_be_is_counted_and_moves_nothing(
    desk: Desk, server: OscServer, client: Client, packet: bytes, kind: str
) -> None:
    client.raw(packet)
    came = client.sync()
    assert (desk.moved, desk.done, server.subscribers) == ([], [], ())
    assert getattr(server.counts, kind) == server.counts.ignored == 1
    assert (kind == "malformed") == all(address != "/masterchain/error" for address, _ in came)


def test_a_fault_of_the_console_stops_nothing(desk: Desk, server: OscServer, client: Client) -> None:
    def broken(stored: float, frame: int | None) -> None:
        raise RuntimeError("the engine is gone")

    desk.console.add(Control("broken", named("broken", Switch(False, doc="...")), broken), 0.0)
    client.send("/masterchain/broken", "i", 1)  # which was added after the start, and is served
    assert client.sync()[0] == ("/masterchain/error", ["/masterchain/broken: RuntimeError: the engine is gone"])
    assert server.counts.failed == 1


def test_a_pattern_moves_all_that_it_matches_and_does_nothing_else(desk: Desk, client: Client) -> None:
    client.send("/masterchain/*/bypass", "i", 1)
    client.send("/masterchain/{stop,seek,render}", "i", 1)
    client.send("/masterchain/snapshot/*", "i", 1)
    client.sync()
    nodes = ["dynamic_eq", "stereo_imager", "gain", "limiter"]
    assert desk.moved == [(f"{node}.bypass", 1.0, None) for node in nodes]
    assert desk.done == []
    assert desk.console.snapshots.numbers == ()


def test_of_what_a_pattern_matches_each_goes_as_far_as_it_can(desk: Desk, server: OscServer, client: Client) -> None:
    client.send("/masterchain/limiter/*_ms", "f", 4.0)  # release, hold, and the lookahead, which cannot move
    client.sync()
    assert [path for path, _, _ in desk.moved] == ["limiter.release_ms", "limiter.hold_ms"]
    assert server.counts.refused == 1


@pytest.mark.parametrize(
    ("address", "tags", "values", "done"),
    [
        ("stop", "", (), ("stop",)), ("stop", "f", (1.0,), ("stop",)), ("stop", "T", (), ("stop",)),
        ("stop", "I", (), ("stop",)),
        ("stop", "f", (0.0,), None), ("stop", "i", (0,), None), ("stop", "F", (), None),
        ("seek", "f", (45.0,), ("seek", 45.0)), ("seek", "f", (0.0,), ("seek", 0.0)), ("seek", "ff", (9.0, 0.0), None),
        ("seek", "ff", (9.0, 1.0), ("seek", 9.0)),
        ("render", "", (), ("render",)), ("render", "i", (1,), ("render",)), ("render", "i", (0,), None),
    ],
)  # fmt: skip
def test_buttons_act_when_pressed_and_not_when_let_go(
    desk: Desk, client: Client, address: str, tags: str, values: tuple[Any, ...], done: tuple[Any, ...] | None
) -> None:
    client.send(f"/masterchain/{address}", tags, *values)
    client.sync()
    assert desk.done == ([] if done is None else [done])


def test_snapshots_are_stored_by_number_and_by_button(desk: Desk, client: Client) -> None:
    client.send("/masterchain/snapshot/store", "i", 1)
    client.send("/masterchain/snapshot/store", "f", 0.0)
    client.send("/masterchain/snapshot/store", "if", 3, 1.0)
    client.send("/masterchain/snapshot/store", "if", 4, 0.0)
    came = client.sync()
    assert desk.console.snapshots.numbers == (1, 3)
    assert came[0] == ("/masterchain/done", ["/masterchain/snapshot/store", "snapshot 1 stored"])


def test_render_has_an_alias_and_stays_in_its_folder(desk: Desk, client: Client, tmp_path: Path) -> None:
    (tmp_path / "way out").symlink_to("/")
    client.send("/render", "s", "takes/one.wav")
    assert client.answers()[0][0] == "/masterchain/done"
    assert desk.done == [("render", str(tmp_path.resolve() / "takes/one.wav"))]
    for path in (
        "/etc/one.wav",
        "../one.wav",
        "a/../../one.wav",
        "..\\one.wav",
        "C:one.wav",
        "",
        ".",
        "way out/one.wav",
    ):
        client.send("/render", "s", path)
        ((address, (line,)),) = client.answers()
        assert address == "/masterchain/error"
        assert repr(path) in line
        assert "\n" not in line
    assert len(desk.done) == 1


def test_without_a_folder_no_path_is_taken(desk: Desk) -> None:
    with OscServer(desk.console, port=0) as server, Client(server.port) as client:
        client.send("/masterchain/save", "s", "one.toml")
        assert client.answers() == [
            (
                "/masterchain/error",
                ["'one.toml': no folder was given for files by OSC; leave the path out or give a folder"],
            )
        ]
        client.send("/render")
        client.sync()
    assert desk.done == [("render",)]


# ------------------------------------------------------------------ time


def test_a_time_tag_is_kept_to_the_frame(desk: Desk, client: Client) -> None:
    tags = [tag_of(time.time() + ahead) | 0x5A5 for ahead in (1.0, 1.1, 0.02)]
    client.raw(bundle(tags[0], message(CEILING, "f", -2.0), bundle(tags[1], message(CEILING, "f", -3.0))))
    client.raw(bundle(tags[2], message("/masterchain/gain/gain_db", "f", 1.0)))
    client.send("/masterchain/limiter/link", "f", 50.0)  # what is due later holds back nothing
    client.sync()
    assert [path for path, _, _ in desk.moved] == ["gain.gain_db", "limiter.link"]
    until(lambda: len(desk.moved) == 4, "the last of the tags")
    clock = desk.console.clock
    frames = [clock(float(Fraction(tag, 2**32) - NTP)) for tag in tags]
    assert desk.moved == [
        ("gain.gain_db", 1.0, frames[2]), ("limiter.link", 50.0, None),
        ("limiter.ceiling_db", -2.0, frames[0]), ("limiter.ceiling_db", -3.0, frames[1]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "tag", [0, 1, tag_of(1.7e9), tag_of(time.time() - 0.01)], ids=["0", "at once", "years ago", "just now"]
)
def test_what_is_late_or_has_no_time_holds_at_once(desk: Desk, client: Client, tag: int) -> None:
    client.raw(bundle(tag, message(CEILING, "f", -2.0), bundle(1, message(CEILING, "f", -3.0))))
    client.sync()
    assert desk.moved == [("limiter.ceiling_db", -2.0, None), ("limiter.ceiling_db", -3.0, None)]


def test_an_action_waits_for_its_time_too(desk: Desk, client: Client) -> None:
    client.raw(bundle(tag_of(time.time() + 1.0), message("/masterchain/seek", "f", 45.0)))
    client.sync()
    assert desk.done == []
    until(lambda: desk.done, "the action")
    assert desk.done == [("seek", 45.0)]


# ------------------------------------------------------------------ what is answered


def test_an_address_without_arguments_is_a_question(client: Client) -> None:
    expected = {
        CEILING: -1.0, f"{CEILING}/norm": pytest.approx(0.95), f"{CEILING}/str": "-1.00 dBTP",
        "/masterchain/profile": "i", "/masterchain/limiter/bypass": 0, "/masterchain/meter/momentary": -150.0,
    }  # fmt: skip
    for address, value in expected.items():
        client.send(address)
        assert client.answers() == [(address, [value])]


def test_patterns_ask_too(client: Client) -> None:
    client.send("/masterchain/*/bypass")
    bypasses = [(f"/masterchain/{node}/bypass", [0]) for node in ("dynamic_eq", "stereo_imager", "gain", "limiter")]
    assert client.answers() == bypasses
    client.send("/masterchain/query", "s", "*/bypass")
    assert client.answers() == bypasses
    client.send("/masterchain/query", "s", "/masterchain/limiter")
    assert [address.rpartition("/")[2] for address, _ in client.answers()] == [
        "bypass", "ceiling_db", "release_ms", "hold_ms", "link", "lookahead_ms", "mode",
    ]  # fmt: skip


def test_the_list_tells_what_there_is(client: Client) -> None:
    client.send("/masterchain/list", "s", "{stop,render}")
    client.send("/masterchain/list", "s", "limiter/ceiling_db")
    client.send("/masterchain/list", "s", "seek")
    client.send("/masterchain/list", "s", "profile")
    came = client.sync()[:-1]
    assert {address for address, _ in came} == {"/masterchain/listed"}
    assert all(doc for _, (*_, doc) in came)
    assert [what for _, (*what, _) in came] == [
        ["/masterchain/stop", "action", ""], ["/masterchain/render", "action", "path:str"],
        [CEILING, "number", "-20..0 dBTP"], ["/masterchain/seek", "action", "seconds:float"],
        ["/masterchain/profile", "choice", "a|b|c|d|e|f|g|h|i|j|k|l|m|n"],
    ]  # fmt: skip
