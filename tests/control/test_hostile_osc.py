"""Whatever comes in a packet, OSC answers with messages or with ``Malformed``; what it packs it reads back."""

from __future__ import annotations

import struct

import pytest
from hostile import damaged, floats, limits
from hypothesis import given
from hypothesis import strategies as st
from masterchain.graph.control.osc.addresses import Tree
from masterchain.graph.control.osc.pattern import matches
from masterchain.graph.control.osc.wire import BUNDLE, Malformed, datagrams, pack, pack_together, unpack
from masterchain.graph.live.session.layout_console import paper_console

NOW = 1.7e9

addresses = st.lists(st.text("abcxyz019_.-", min_size=1, max_size=8), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)
arguments = st.lists(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | floats(width=32, allow_nan=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    max_size=6,
)
messages = st.builds(lambda address, values: pack(address, *values), addresses, arguments)
bundles = st.recursive(messages, lambda inner: st.lists(inner, max_size=4).map(pack_together), max_leaves=8)
hostile = (
    st.binary(max_size=120)
    | st.binary(max_size=120).map(lambda rest: BUNDLE + rest)
    | st.binary(max_size=120).map(lambda rest: b"/a\0\0," + rest)
    | bundles.flatmap(lambda packet: damaged(packet, near=64))
)


@given(address=addresses, values=arguments)
def test_what_is_packed_is_read_back(address: str, values: list[bool | int | float | str]) -> None:
    (message,) = unpack(pack(address, *values), NOW)
    assert (message.address, message.at) == (address, None)
    assert message.arguments == tuple(values)
    assert [type(value) for value in message.arguments] == [type(value) for value in values]


@given(packed=st.lists(messages, max_size=40))
def test_messages_come_out_of_their_datagrams_in_their_order(packed: list[bytes]) -> None:
    apart = [unpack(message, NOW)[0] for message in packed]
    assert [message for packet in datagrams(packed) for message in unpack(packet, NOW)] == apart


@given(packet=hostile)
def test_any_packet_is_read_or_malformed(packet: bytes) -> None:
    with limits():
        try:
            messages_read = unpack(packet, NOW)
        except Malformed:
            return
    for message in messages_read:
        assert message.address.isascii()
        assert message.at is None or message.at > NOW


@given(opening=st.integers(0, 2000), closing=st.integers(0, 2000))
def test_arrays_in_arrays_are_read_or_malformed(opening: int, closing: int) -> None:
    tags = "," + "[" * opening + "]" * closing
    packet = b"/a\0\0" + tags.encode() + b"\0" * (4 - len(tags) % 4)
    with limits():
        try:
            unpack(packet, NOW)
        except Malformed:
            return
    assert opening == closing


@given(depth=st.integers(0, 400))
def test_bundles_in_bundles_are_read_or_malformed(depth: int) -> None:
    packet = pack("/a")
    for _ in range(depth):
        packet = BUNDLE + struct.pack(">Qi", 1, len(packet)) + packet
    try:
        assert unpack(packet, NOW) == [("/a", (), None)]
        assert depth <= 16
    except Malformed:
        assert depth > 16


@given(pattern=st.text("ab*?[]{}!-,", max_size=40) | st.text(max_size=40), name=st.text("ab", max_size=40))
def test_any_pattern_matches_or_not_or_is_malformed(pattern: str, name: str) -> None:
    with limits():
        try:
            assert matches(pattern, name) in (True, False)
        except Malformed:
            return


@given(name=st.text("ab_", min_size=1, max_size=12), data=st.data())
def test_a_name_with_a_part_made_a_star_is_matched(name: str, data: st.DataObject) -> None:
    start, end = sorted((data.draw(st.integers(0, len(name))), data.draw(st.integers(0, len(name)))))
    assert matches(f"{name[:start]}*{name[end:]}", name)
    assert matches("?" * len(name), name)
    assert matches("".join(f"[{letter}]" for letter in name), name)
    assert matches(f"{{{name},other}}", name)


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(paper_console())


@given(pattern=st.text("/abclmi*?[]{}!-,_", max_size=60) | st.text(max_size=60))
def test_any_pattern_finds_places_of_the_tree_or_is_malformed(tree: Tree, pattern: str) -> None:
    with limits():
        try:
            places = tree.find(pattern)
        except Malformed:
            return
    assert len(places) <= len(tree.exact) + 2 * len(tree.numbers) + 100


def test_a_range_over_all_of_unicode_takes_no_memory(tree: Tree) -> None:
    """A pattern may come as the argument of a query, where any text may stand."""
    with limits():
        assert len(tree.find("/masterchain/" + "[\x01-\U0010ffff]" * 9 + "*")) > 5
