"""OSCQuery tells what there is, mDNS where it is, and the layouts for surfaces hold nothing else."""

from __future__ import annotations

import json
import logging
import re
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("pythonosc", reason="python-osc, of the extra 'live', is not installed")

from masterchain.graph.control import ControlError
from masterchain.graph.control.osc.addresses import Tree, movable
from masterchain.graph.control.osc.server import OscServer
from masterchain.graph.control.oscquery.announce import SERVICES, Announcement
from masterchain.graph.control.oscquery.server import OscQuery
from masterchain.graph.control.surfaces.open_stage_control import open_stage_control_layout
from masterchain.graph.control.surfaces.reaper import reaper_patterns, reaper_plugin
from masterchain.graph.control.surfaces.touchosc import touchosc_layout
from masterchain.nodes.params import Switch
from masterchain.scripts.cli.layout import KINDS, write_layout
from osc_client import Client, Desk
from waiting import until


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.console.close()


@pytest.fixture
def query(desk: Desk) -> Iterator[OscQuery]:
    with OscServer(desk.console, port=0) as osc, OscQuery(osc, announce=False) as running:
        yield running


def get(query: OscQuery, path: str, method: str = "GET") -> tuple[int, Any]:
    try:
        with urlopen(Request(f"http://127.0.0.1:{query.port}{path}", method=method), timeout=5.0) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if body else None
    except HTTPError as error:
        with error:
            return error.code, None


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("CONTENTS", {}).values():
        yield from nodes(inner)


def test_a_parameter_is_described(desk: Desk, query: OscQuery) -> None:
    status, node = get(query, "/masterchain/limiter/release_ms")
    del node["CONTENTS"]["norm"], node["CONTENTS"]["str"]
    assert (status, node) == (200, {
        "FULL_PATH": "/masterchain/limiter/release_ms", "ACCESS": 3, "TYPE": "f", "VALUE": [2.5],
        "RANGE": [{"MIN": 2.0, "MAX": 500.0}], "UNIT": ["time.ms"], "CLIPMODE": ["none"], "CONTENTS": {},
        "DESCRIPTION": desk.console.control("limiter.release_ms").declared.doc,
    })  # fmt: skip
    status, node = get(query, "/masterchain/profile")
    assert (node["TYPE"], node["VALUE"], node["RANGE"]) == ("s", ["i"], [{"VALS": list("abcdefghijklmn")}])
    status, node = get(query, "/masterchain/limiter/bypass")
    assert (node["TYPE"], node["VALUE"]) == ("F", [False])
    status, node = get(query, "/masterchain/limiter/lookahead_ms")
    assert node["ACCESS"] == 1, "what cannot move while it runs is only told"
    status, node = get(query, "/masterchain/snapshot/store")
    assert (node["TYPE"], node["ACCESS"]) == ("i", 2)


def test_the_whole_tree_keeps_the_proposals_rules(query: OscQuery) -> None:
    status, tree = get(query, "/")
    objects = list(nodes(tree))
    assert status == 200
    assert {node["FULL_PATH"] for node in objects if "TYPE" in node} == {
        place.address for place in query.osc.tree.top.below()
    }
    for node in objects:
        readable, tags = node["ACCESS"] & 1, node.get("TYPE", "")
        assert ("VALUE" in node) == bool(readable)
        assert "CONTENTS" in node or "TYPE" in node
        for attribute in ("VALUE", "RANGE", "UNIT", "CLIPMODE"):
            assert len(node.get(attribute, tags)) == len(tags), f"{attribute} has an item for each type"
        for name, inner in node.get("CONTENTS", {}).items():
            assert inner["FULL_PATH"] == f"{node['FULL_PATH'].rstrip('/')}/{name}"


def test_host_info_says_where_osc_is_and_claims_no_more_than_there_is(query: OscQuery) -> None:
    status, info = get(query, "/?HOST_INFO")
    assert status == 200
    assert (info["OSC_IP"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("127.0.0.1", query.osc.port, "UDP")
    assert "LISTEN" not in info["EXTENSIONS"]
    assert "WS_PORT" not in info
    assert get(query, "/masterchain?HOST_INFO") == (status, info)


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        ("/masterchain/limiter/ceiling_db?VALUE", 200, {"VALUE": [-1.0]}),
        ("/masterchain/limiter/ceiling_db?RANGE", 200, {"RANGE": [{"MIN": -20.0, "MAX": 0.0}]}),
        ("/masterchain/limiter/ceiling_db/?TYPE", 200, {"TYPE": "f"}),
        ("/masterchain/limiter%2Fceiling_db?ACCESS", 200, {"ACCESS": 3}),
        ("/masterchain/limiter?VALUE", 204, None), ("/masterchain/stop?VALUE", 204, None),
        ("/masterchain/profile?UNIT", 204, None), ("/masterchain?NOTHING", 400, None), ("/?value", 400, None),
        ("/nothing", 404, None), ("/masterchain/limiter/ceiling", 404, None), ("/masterchain//limiter", 404, None),
        ("/../etc/passwd", 404, None), ("/masterchain/*/bypass", 404, None),
    ],
)  # fmt: skip
def test_one_attribute_and_what_is_not_there(query: OscQuery, path: str, status: int, answer: Any) -> None:
    assert get(query, path) == (status, answer)


def test_only_reading_is_possible(query: OscQuery) -> None:
    assert get(query, "/masterchain", "POST")[0] == 501
    assert get(query, "/masterchain", "HEAD") == (200, None)


def test_it_tells_what_osc_moved_and_what_was_added(desk: Desk, query: OscQuery) -> None:
    with Client(query.osc.port) as client:
        client.send("/masterchain/limiter/ceiling_db", "f", -3.5)
        client.sync()
    assert get(query, "/masterchain/limiter/ceiling_db?VALUE") == (200, {"VALUE": [-3.5]})
    desk.add("late", Switch(False, doc="Added later."), 0.0)
    assert get(query, "/masterchain/late?ACCESS") == (200, {"ACCESS": 3})


def test_a_port_that_is_taken_is_said_in_a_line(query: OscQuery) -> None:
    with pytest.raises(ControlError, match=rf"^OSCQuery: 127.0.0.1 port {query.port} cannot be had: [^\n]*$"):
        OscQuery(query.osc, port=query.port, announce=False).start()


# ------------------------------------------------------------------ mDNS


def note(names: list[str], **service: Any) -> None:
    names.append(service["name"])


def test_another_finds_it_by_mdns() -> None:
    zeroconf = pytest.importorskip("zeroconf", reason="zeroconf, of the extra 'live', is not installed")
    announced = Announcement("masterchain", "127.0.0.1", 5678, 9000).start()
    try:
        if not announced.wait(10.0):
            pytest.skip("mDNS is impossible here: the loopback takes no multicast")
        with zeroconf.Zeroconf(interfaces=["127.0.0.1"]) as other:
            for service, port in zip(SERVICES, (5678, 9000), strict=True):
                names: list[str] = []
                browser = zeroconf.ServiceBrowser(other, service, handlers=[partial(note, names)])
                until(partial(bool, names), service)
                browser.cancel()
                info = other.get_service_info(service, names[0])
                assert re.fullmatch(rf"masterchain-.*-9000\.{re.escape(service)}", names[0])
                assert (info.parsed_addresses(), info.port) == (["127.0.0.1"], port)
    finally:
        announced.close()


def test_where_mdns_is_impossible_a_line_says_so(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with caplog.at_level(logging.WARNING), OscServer(desk.console, port=0) as osc, OscQuery(osc) as query:
        assert get(query, "/?HOST_INFO")[0] == 200
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == "OSC is not announced in the network: that needs zeroconf (pip install masterchain[live])"


# ------------------------------------------------------------------ layouts


def test_open_stage_control_gets_every_control_and_only_addresses_that_are(desk: Desk) -> None:
    session = json.loads(open_stage_control_layout(desk.console))
    assert (session["type"], session["content"]["type"]) == ("session", "root")
    widgets = [widget for tab in session["content"]["tabs"] for widget in tab["widgets"]]
    ids = [widget["id"] for widget in widgets]
    assert len(ids) == len(set(ids)), "widgets of one id would be clones"
    assert set(movable(desk.console)) <= set(ids)
    tree = Tree(desk.console)
    addressed = [widget for widget in widgets if widget["address"] != "auto"]
    assert all(widget["address"] in tree.exact for widget in addressed)
    for widget in addressed:
        if widget["type"] == "fader" and widget.get("interaction", True):
            lo, hi = widget["range"]["min"], widget["range"]["max"]
            assert lo <= widget["default"] <= hi
    assert set(re.findall(r"'(/[^']*)'", session["content"]["onCreate"])) <= set(tree.exact)


def test_widgets_of_open_stage_control_do_not_overlap(desk: Desk) -> None:
    session = json.loads(open_stage_control_layout(desk.console))
    for tab in session["content"]["tabs"]:
        boxes = [(w["left"], w["top"], w["left"] + w["width"], w["top"] + w["height"]) for w in tab["widgets"]]
        for i, a in enumerate(boxes):
            assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[:i])


def test_touchosc_gets_every_control_and_only_addresses_that_are(desk: Desk) -> None:
    layout = touchosc_layout(desk.console, 9005)
    assert layout == touchosc_layout(desk.console, 9005), "the same console makes the same file"
    root = ElementTree.fromstring(zlib.decompress(layout))
    elements = list(root.iter("node"))
    identities = [node.attrib["ID"] for node in elements]
    assert len(identities) == len(set(identities))
    addresses = {str(value.text) for value in root.findall(".//osc/path/partial/value")}
    tree = Tree(desk.console)
    assert addresses <= set(tree.exact)
    plain = {address.removeprefix("/masterchain/").removesuffix("/norm") for address in addresses}
    assert {path.replace(".", "/") for path in movable(desk.console)} <= plain
    kinds = {node.attrib["type"] for node in elements}
    assert kinds == {"GROUP", "PAGER", "FADER", "BUTTON", "LABEL"}
    script = next(p for p in elements[0].findall("properties/property") if p.findtext("key") == "script")
    assert "sendOSC('/masterchain/renew', 9005)" in str(script.findtext("value"))


def test_reaper_gets_patterns_by_its_grammar_and_a_slider_per_control(desk: Desk) -> None:
    lines = [line for line in reaper_patterns(desk.console).splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Z_]+ (\d+|DEVICE|REAPER|[nfbtrsi]/\S+)", line) for line in lines)
    paths = movable(desk.console)
    assert f"DEVICE_FX_PARAM_COUNT {len(paths)}" in lines
    tree = Tree(desk.console)
    for line in lines:
        action, _, pattern = line.partition(" ")
        for number in (1, len(paths)) if pattern[1:2] == "/" else ():
            assert pattern[1:].replace("@", str(number)) in tree.exact, action
    sliders = [line for line in reaper_plugin(desk.console).splitlines() if line.startswith("slider")]
    for number, (line, path) in enumerate(zip(sliders, paths, strict=True), start=1):
        match = re.fullmatch(r"slider(\d+):([-\d.e]+)<0,1,0\.00001>(.+)", line)
        assert match
        assert (int(match[1]), match[3].replace(" ", ".")) == (number, path)
        assert float(match[2]) == pytest.approx(desk.console.unit(path), abs=1e-5)
        assert tree.numbers[path] == number


@pytest.mark.parametrize("kind", KINDS)
def test_a_layout_is_written_with_its_own_suffix(desk: Desk, tmp_path: Path, kind: str) -> None:
    where = write_layout(kind, tmp_path / "surface", desk.console)
    assert where == tmp_path / f"surface{KINDS[kind][0]}"
    assert where.stat().st_size > 1000
    assert write_layout(kind, tmp_path / "named.txt", desk.console).read_bytes() == where.read_bytes()


def test_an_unknown_layout_is_refused_in_a_line(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^layout 'paper': must be one of open-stage-control, touchosc, [^\n]*$"):
        write_layout("paper", tmp_path / "x", desk.console)
