"""Whatever bytes come off a wire, MIDI makes messages and moves of them, or counts them as malformed."""

from __future__ import annotations

import mido
from hostile import floats, limits
from hypothesis import given
from hypothesis import strategies as st
from masterchain.graph.control.midi.messages.assembler import Assembler
from masterchain.graph.control.midi.messages.interpreter import Interpreter, Kind, Move, Origin, Step, changes, top

# Statuses come often, so that messages are begun, cut short and run on.
wire = st.lists(st.integers(0, 255) | st.integers(0x80, 0xFF) | st.sampled_from((0xB0, 99, 98, 6, 38, 96)), max_size=80)
origins = st.one_of(
    st.builds(Origin, st.just("cc"), st.integers(0, 15), st.integers(0, 97)),
    st.builds(Origin, st.just("cc14"), st.integers(0, 15), st.integers(0, 31)),
    st.builds(Origin, st.just("nrpn"), st.integers(0, 15), st.integers(0, 16382)),
    st.builds(Origin, st.just("note"), st.integers(0, 15), st.integers(0, 127)),
    st.builds(Origin, st.just("pitch"), st.integers(0, 15), st.just(0)),
)


@given(data=wire)
def test_any_bytes_are_messages_or_malformed(data: list[int]) -> None:
    with limits():
        assembler = Assembler()
        for message in assembler.feed(data):
            assert mido.Message.from_bytes(message.bytes()) == message


@given(data=wire, cut=st.integers(0, 80))
def test_where_bytes_are_cut_does_not_matter(data: list[int], cut: int) -> None:
    whole, pieces = Assembler(), Assembler()
    assert whole.feed(data) == pieces.feed(data[:cut]) + pieces.feed(data[cut:])
    assert whole.malformed == pieces.malformed


@given(data=wire)
def test_messages_are_read_back_from_their_own_bytes(data: list[int]) -> None:
    messages = Assembler().feed(data)
    again = Assembler()
    assert again.feed([byte for message in messages for byte in message.bytes()]) == messages
    assert again.malformed == 0


@given(data=wire, times=st.lists(floats(0.0, 0.02), min_size=80, max_size=80), paired=st.booleans())
def test_any_messages_are_moves_within_their_range_or_ignored(
    data: list[int], times: list[float], paired: bool
) -> None:
    with limits():
        interpreter, now = Interpreter(lambda channel, number: paired), 0.0
        for message, later in zip(Assembler().feed(data), times, strict=False):
            now += later
            for said in [*interpreter.feed(message, now), *interpreter.due(now + 1.0)]:
                assert isinstance(said, Step) or 0 <= said.value <= said.top
                assert 0 <= said.origin.channel <= 15


@given(origin=origins, share=floats(0.0, 1.0))
def test_what_is_told_to_a_motor_fader_is_heard_as_it_was_told(origin: Origin, share: float) -> None:
    kind: Kind = origin.kind
    interpreter = Interpreter(lambda channel, number: kind == "cc14")
    bytes_sent = [byte for message in changes(origin, share) for byte in message.bytes()]
    heard = [said for message in Assembler().feed(bytes_sent) for said in interpreter.feed(message, 0.0)]
    assert heard == [Move(origin, round(share * top(kind)), top(kind))]
