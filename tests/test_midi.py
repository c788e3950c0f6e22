"""What MIDI messages mean, and what a controller's faders, knobs, buttons and transport do to a console."""

from __future__ import annotations

import random

import mido
import pytest
from masterchain.graph.control.midi_bytes import LONGEST_SYSEX, Assembler
from masterchain.graph.control.midi_fader import turned
from masterchain.graph.control.midi_map import Button, Encoder, Fader, Message, Program, Reads, Trigger
from masterchain.graph.control.midi_moves import FINE_S, Interpreter, Move, Origin, Step
from masterchain.graph.control.midi_transport import Clock, Transport, machine_control, timecode_seconds
from midi_fixtures import Controller
from signals import SEED

CC7, CEILING = Message("cc", 7), "limiter/ceiling_db"


def assembled(*data: int) -> tuple[list[str], int]:
    assembler = Assembler()
    return [message.hex() for message in assembler.feed(data)], assembler.malformed


@pytest.mark.parametrize(
    ("data", "messages", "malformed"),
    [
        ((0xB0, 7, 1, 7, 2, 7, 3), ["B0 07 01", "B0 07 02", "B0 07 03"], 0),
        ((0xC2, 5, 6), ["C2 05", "C2 06"], 0),
        ((0x90, 60, 0xF8, 100, 0xFE, 61, 0xFA, 0), ["F8", "90 3C 64", "FE", "FA", "90 3D 00"], 0),
        ((0xB0, 7, 0x90, 60, 1), ["90 3C 01"], 1),
        ((1, 2, 3, 0xB0, 7, 9), ["B0 07 09"], 1),
        ((0xB0, 7, 1, 0xF6, 7, 2), ["B0 07 01", "F6"], 1),
        ((0xF2, 1, 2, 3), ["F2 01 02"], 1),
        ((0xF0, 1, 0xF8, 2, 0xF7, 5), ["F8", "F0 01 02 F7"], 1),
        ((0xF0, 1, 2, 0xB0, 7, 1), ["B0 07 01"], 1),
        ((0xF4, 1, 0xF5, 0xF9, 0xFD, 0xF7, 0xFF), ["FF"], 6),
        ((0xB0, 7, 1, 0xF1), ["B0 07 01"], 0),
        ((0xF0, *[1] * (LONGEST_SYSEX + 100), 0xF7, 0xB0, 1, 2), ["B0 01 02"], 2),
    ],
)
def test_bytes_become_messages_as_the_specification_says(
    data: tuple[int, ...], messages: list[str], malformed: int
) -> None:
    assert assembled(*data) == (messages, malformed)


def test_any_split_and_any_garbage_give_messages_that_mido_takes() -> None:
    random.seed(SEED)
    data = bytes(random.choices(range(256), k=20000))
    whole, pieces = Assembler(), Assembler()
    messages = whole.feed(data)
    cut = sorted(random.sample(range(len(data)), 500))
    split = [message for a, b in zip([0, *cut], [*cut, None], strict=True) for message in pieces.feed(data[a:b])]
    assert messages == split
    assert (whole.malformed, len(messages) > 1000) == (pieces.malformed, True)


def interpreted(*values: int | float, channel: int = 0) -> tuple[list[Move | Step], int]:
    """Return what controller, value, controller, value mean; 0.5 instead of a controller waits so many seconds."""
    interpreter, now, moves = Interpreter(lambda channel, number: number in (6, 7)), 0.0, []
    for i in range(0, len(values), 2):
        now += values[i] if isinstance(values[i], float) else 0.0
        moves += interpreter.due(now)
        if isinstance(values[i], int):
            said = mido.Message("control_change", channel=channel, control=values[i], value=values[i + 1])
            moves += interpreter.feed(said, now)
    return [*moves, *interpreter.due(now + FINE_S)], interpreter.ignored


def cc14(value: int, top: int = 16383) -> Move:
    return Move(Origin("cc14", 0, 7), value, top)


def nrpn(value: int, top: int = 16383, number: int = 1 << 7 | 2) -> Move:
    return Move(Origin("nrpn", 0, number), value, top)


CHOSEN = (99, 1, 98, 2)
TABLE: list[tuple[str, tuple[int | float, ...], list[Move | Step], int]] = [
    ("seven bits", (8, 100), [Move(Origin("cc", 0, 8), 100)], 0),
    ("two halves are one move", (7, 64, 39, 5), [cc14(64 << 7 | 5)], 0),
    ("the coarse half sets the fine one to 0", (7, 64, 39, 5, 7, 65, 0.5, 0), [cc14(64 << 7 | 5), cc14(65 << 7)], 0),
    ("fine moves alone", (7, 64, 39, 5, 39, 6), [cc14(64 << 7 | 5), cc14(64 << 7 | 6)], 0),
    ("a fine half alone says nothing", (39, 5), [], 1),
    ("without fine halves 127 is the top", (7, 127, 0.5, 0, 7, 3), [cc14(127, 127), cc14(3, 127)], 0),
    ("a quick run of coarse halves is not held up", (7, 1, 7, 2, 7, 3), [cc14(v, 127) for v in (1, 2, 3)], 0),
    ("NRPN", (*CHOSEN, 6, 3, 38, 4), [nrpn(3 << 7 | 4)], 0),
    ("NRPN goes on without being chosen again", (*CHOSEN, 6, 3, 38, 4, 38, 5), [nrpn(388), nrpn(389)], 0),
    ("NRPN of 7 bits", (*CHOSEN, 6, 127), [nrpn(127, 127)], 0),
    ("NRPN of 7 bits, ended by null", (*CHOSEN, 6, 9, 99, 127, 98, 127, 6, 1, 8, 1),
     [nrpn(9, 127), Move(Origin("cc", 0, 8), 1), Move(Origin("cc14", 0, 6), 1)], 0),
    ("NRPN up and down", (*CHOSEN, 96, 0, 97, 127), [Step(nrpn(0).origin, 1), Step(nrpn(0).origin, -1)], 0),
    ("the halves of the number in the other order", (98, 2, 99, 1, 6, 0, 38, 1), [nrpn(1)], 0),
    ("a new number lets the old value count", (*CHOSEN, 6, 7, 98, 3, 6, 8), [nrpn(7, 127), nrpn(8, 127, 131)], 0),
    ("registered parameters are left alone", (101, 0, 100, 0, 6, 12, 38, 0), [], 2),
    ("NRPN after a registered one", (101, 0, 100, 0, *CHOSEN, 6, 3, 38, 4), [nrpn(388)], 0),
    ("channel mode means nothing", (120, 0, 121, 0, 123, 0, 127, 1), [], 4),
]  # fmt: skip


@pytest.mark.parametrize(("values", "moves", "ignored"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_control_changes_mean(values: tuple[int | float, ...], moves: list[Move | Step], ignored: int) -> None:
    assert interpreted(*values) == (moves, ignored)


def test_channels_choose_their_parameters_apart() -> None:
    interpreter = Interpreter()
    said = [(0, 99, 1), (0, 98, 2), (1, 6, 5), (0, 6, 3), (0, 38, 4)]
    moves = [m for c, n, v in said for m in interpreter.feed(mido.Message("control_change", channel=c, control=n, value=v), 0.0)]  # fmt: skip
    assert moves == [Move(Origin("cc", 1, 6), 5), nrpn(388)]


@pytest.mark.parametrize(
    ("reads", "steps"),
    [
        ("twos complement", {1: 1, 63: 63, 127: -1, 65: -63, 0: 0}),
        ("binary offset", {65: 1, 63: -1, 64: 0, 127: 63, 1: -63}),
        ("sign magnitude", {1: 1, 65: -1, 67: -3, 0: 0, 64: 0}),
    ],
)
def test_endless_knobs_count_steps_their_own_way(reads: Reads, steps: dict[int, int]) -> None:
    assert {value: turned(value, reads) for value in steps} == steps


@pytest.mark.parametrize(("reads", "right", "left"), [("twos complement", 2, 126), ("binary offset", 66, 62)])
def test_an_encoder_goes_on_from_where_the_control_stands(reads: Reads, right: int, left: int) -> None:
    held = Controller(Encoder(CC7, "intensity", reads, steps=100), Encoder(Message("cc", 8), "profile", reads))
    held.console.set("intensity", 40.0)
    held.turn(right, right)
    assert held.console.plain("intensity") == pytest.approx(44.0, abs=1e-9)
    held.turn(*[left] * 60)
    assert held.console.plain("intensity") == 0.0
    held.turn(right, control=8)
    assert held.console.plain("profile") == "k"


def test_a_fader_moves_nothing_until_it_meets_the_value() -> None:
    held = Controller(Fader(CC7, "intensity"))
    held.console.set("intensity", 50.0)
    held.turn(0, 20, 40, 60)
    assert held.log == [("intensity", 50.0)]
    held.turn(70)
    assert held.console.plain("intensity") == pytest.approx(100 * 70 / 127)


def test_a_fader_within_two_steps_or_across_takes_over() -> None:
    cases = ((61,), False), ((62,), True), ((65,), True), ((66,), False), ((10, 100), True), ((10, 30), False)
    for values, moved in cases:
        held = Controller(Fader(CC7, "intensity"))
        held.console.set("intensity", 50.2)  # between 63 and 64 of 127
        held.turn(*values)
        assert (held.console.plain("intensity") != 50.2) == moved, values


def test_who_else_moves_the_value_takes_it_from_the_fader() -> None:
    held = Controller(Fader(CC7, "intensity"))
    held.turn(127, 100)
    held.console.set("intensity", 20.0, by="osc")
    held.turn(99, 98)
    assert held.console.plain("intensity") == 20.0
    held.turn(25, 30)
    assert held.console.plain("intensity") == pytest.approx(100 * 30 / 127)


def test_a_second_fader_on_the_same_value_takes_it_over_too() -> None:
    held = Controller(Fader(CC7, "intensity"), Fader(Message("cc", 8), "intensity"))
    held.turn(127, 60)
    held.turn(10, control=8)
    assert held.console.plain("intensity") == pytest.approx(100 * 60 / 127)
    held.turn(61, control=8)
    held.turn(50)
    assert held.console.plain("intensity") == pytest.approx(100 * 61 / 127)


def test_a_fader_that_jumps_needs_no_meeting() -> None:
    held = Controller(Fader(CC7, "intensity", takeover="jump"))
    held.turn(3)
    assert held.console.plain("intensity") == pytest.approx(100 * 3 / 127)


def test_the_ends_of_a_fader_are_exactly_what_was_asked_for() -> None:
    held = Controller(
        Fader(CC7, CEILING, start=-0.3, end=-3.1, takeover="jump"), Fader(Message("cc", 8), "eq/attack_ms")
    )
    held.turn(127)
    assert held.console.plain(CEILING) == -3.1
    held.turn(0)
    assert held.console.plain(CEILING) == -0.3
    held.turn(42)
    assert held.console.plain(CEILING) == pytest.approx(-0.3 - 2.8 * 42 / 127)


def test_a_fader_that_says_where_the_value_stands_does_not_round_it() -> None:
    held = Controller(Fader(CC7, "intensity", takeover="jump"))
    held.console.set("intensity", 50.2)
    held.turn(64)
    assert held.console.plain("intensity") == 50.2


def test_buttons_toggle_hold_set_and_go_on() -> None:
    notes = [Message("note", number) for number in range(60, 64)]
    held = Controller(
        Button(notes[0], "bypass"), Button(notes[1], "play", "momentary"), Button(notes[2], "profile", "set", "f"),
        Button(notes[3], "profile", "next"), Button(Message("cc", 64), "bypass"), Program("profile"),
    )  # fmt: skip
    for number in (60, 61, 62, 63):
        held.say(f"note_on note={number} velocity=90")
    assert [held.console.plain(path) for path in ("bypass", "play", "profile")] == [True, True, "g"]
    for number in (60, 61, 62):
        held.say(f"note_on note={number} velocity=0")
    assert [held.console.plain(path) for path in ("bypass", "play", "profile")] == [True, False, "g"]
    held.turn(127, 0, 127, 127, control=64)
    assert held.console.plain("bypass") is False
    held.say("program_change program=13 channel=4")
    assert held.console.plain("profile") == "n"
    held.say("program_change program=14")
    assert held.console.plain("profile") == "n"


def test_a_fader_through_the_middle_is_one_press() -> None:
    held = Controller(Button(CC7, "bypass"))
    held.turn(0, 60, 64, 70, 127, 100, 64, 63, 0)
    assert held.console.plain("bypass") is True


def test_snapshots_are_recalled_at_once_and_stored_by_holding_or_shift() -> None:
    note = [Message("note", number) for number in (36, 37)]
    held = Controller(
        Trigger(note[0], "snapshot/recall", (1,), held="snapshot/store"),
        Trigger(note[1], "snapshot/recall", (2,), shifted="snapshot/store"),
        shift=Message("note", 35),
    )
    held.say("note_on note=36 velocity=1")
    held.wait(0.55)
    assert held.console.snapshots.numbers == ()
    held.wait(0.1)
    assert held.console.snapshots.numbers == (1,)
    held.say("note_off note=36", "note_on note=35 velocity=9", "note_on note=37 velocity=9", "note_off note=35")
    assert held.console.snapshots.numbers == (1, 2)
    held.console.set("intensity", 3.0)
    held.say("note_on note=36 velocity=1")
    assert held.console.plain("intensity") == 3.0
    held.say("note_off note=36")
    assert held.console.plain("intensity") == 100.0
    held.console.set("intensity", 3.0)
    held.say("note_on note=37 velocity=1")
    assert held.console.plain("intensity") == 100.0


def test_what_the_console_refuses_is_counted_and_said() -> None:
    held = Controller(Trigger(Message("note", 36), "snapshot/recall", (7,)))
    held.say("note_on note=36", "note_off note=36", "note_on note=90", "polytouch note=3 value=4", "active_sensing")
    counts = held.surface.counts
    assert (counts.messages, counts.moved, counts.refused, counts.ignored) == (5, 0, 1, 2)
    assert held.surface.refusal == "there is no snapshot 7; stored are none"


def test_of_many_moves_at_once_the_latest_counts_but_nothing_overtakes_a_note() -> None:
    held = Controller(Fader(CC7, "intensity", takeover="jump"), Button(Message("note", 60), "bypass"))
    values = [f"control_change control=7 value={v}" for v in range(100)]
    held.say(*values[:50], "note_on note=60", *values[50:], "note_on note=60", "note_on note=61")
    moved = [pytest.approx(100 * v / 127) for v in (49, 99)]
    assert held.log == [("intensity", moved[0]), ("bypass", 1.0), ("intensity", moved[1]), ("bypass", 0.0)]


def test_of_two_faders_on_one_value_the_last_moved_wins_within_a_batch() -> None:
    held = Controller(*(Fader(Message("cc", n), "intensity", takeover="jump") for n in (7, 8)))
    held.say(*(f"control_change control={n} value={v}" for n, v in ((7, 1), (8, 2), (7, 3))))
    assert [value for _, value in held.log] == [pytest.approx(100 * v / 127) for v in (2, 3)]


def test_feedback_goes_to_faders_that_nobody_moves() -> None:
    held = Controller(
        Fader(CC7, "intensity", takeover="jump"), Fader(Message("cc14", 1, 3), CEILING),
        Fader(Message("nrpn", 130), "eq/attack_ms"), Fader(Message("pitch", 0, 8), CEILING, touch=Message("note", 104)),
        Button(Message("note", 60), "bypass"), Fader(Message("cc", 9), "intensity", feedback=False),
    )  # fmt: skip
    first = held.wait(0.1)
    ceiling = round(16383 * 0.95)
    assert "control_change channel=0 control=7 value=127" in first
    assert f"pitchwheel channel=8 pitch={ceiling - 8192}" in first
    halves = [f"control_change channel=3 control={n} value={v}" for n, v in ((1, ceiling >> 7), (33, ceiling & 127))]
    assert [m for m in first if "channel=3" in m] == halves
    assert [m.split("control=")[1] for m in first if "channel=0" in m and "control=" in m and "=7 " not in m] == [
        f"99 value={130 >> 7}", f"98 value={130 & 127}", f"6 value={(n := round(16383 * held.console.unit('eq/attack_ms'))) >> 7}",
        f"38 value={n & 127}",
    ]  # fmt: skip
    assert "note_on channel=0 note=60 velocity=0" in first
    held.say("note_on note=104 velocity=127")
    held.turn(100)
    assert held.wait(1.0) == []
    held.console.set("bypass", True)
    held.console.set("intensity", 0.0)
    held.console.set(CEILING, -20.0)
    sent = held.wait(0.1)
    assert {"note_on channel=0 note=60 velocity=127", "control_change channel=0 control=7 value=0"} <= set(sent)
    assert not any("pitchwheel" in message for message in sent)
    held.say("note_on note=104 velocity=0")
    assert held.wait(0.25) == []
    assert held.wait(0.2) == ["pitchwheel channel=8 pitch=-8192"]


def test_a_motor_fader_is_left_alone_for_300_ms_after_its_last_move() -> None:
    held = Controller(Fader(CC7, "intensity", takeover="jump"))
    held.wait(0.1)
    held.turn(64)
    held.console.set("intensity", 0.0)
    assert held.wait(0.29) == []
    assert held.wait(0.1) == ["control_change channel=0 control=7 value=0"]


def test_a_fader_that_has_not_met_the_value_is_sent_back_to_it() -> None:
    held = Controller(Fader(CC7, "intensity"))
    held.wait(0.1)
    held.turn(3)
    assert held.wait(0.5) == ["control_change channel=0 control=7 value=127"]


def test_a_clock_moves_the_transport_and_tells_its_tempo() -> None:
    held = Controller()
    random.seed(SEED)
    for i in range(97):  # 128 beats a minute, each message up to 2 ms late
        held.now = 100.0 + i * 60.0 / (24 * 128) + random.uniform(0.0, 0.002)
        held.say("clock")
    # 2 ms of even jitter over 96 intervals of 19.5 ms: sigma of the fitted interval is 2e-3 / sqrt(12) / sqrt(96**3 / 12)
    assert held.surface.deck.clock.tempo(held.now) == pytest.approx(128.0, abs=128 * 5 * 2e-3 / 96**1.5 / 0.0195)
    held.say("start")
    assert held.log == [("seek", 0.0), ("play", 1.0)]
    held.say("stop", "songpos pos=64", "continue")
    assert held.log[2:] == [("play", 0.0), ("seek", pytest.approx(16 * 60 / 128, rel=1e-3)), ("play", 1.0)]
    assert held.surface.deck.clock.tempo(held.now + 1.0) is None


def test_without_a_clock_the_map_places_song_positions() -> None:
    held = Controller(tempo=90.0)
    held.say("songpos pos=6")
    assert held.log == [("seek", 1.0)]
    assert Clock().tempo(0.0) is None
    off = Controller(clock=False, mmc=False)
    off.say("songpos pos=6", "start", "sysex data=(127,127,6,2)")
    assert (off.log, off.surface.counts.ignored) == ([], 3)


LOCATE = (0x44, 6, 1, 0x21, 2, 3, 5, 50)


@pytest.mark.parametrize(
    ("data", "device", "done"),
    [
        ((127, 127, 6, 2), 5, [("play", 1.0)]),
        ((127, 5, 6, 3), 5, [("play", 1.0)]),
        ((127, 5, 6, 9), 127, [("play", 0.0)]),
        ((127, 5, 6, 1), 5, [("stop",)]),
        ((127, 4, 6, 1), 5, []),
        ((127, 127, 6, *LOCATE), 5, [("seek", 3723.22)]),
        ((127, 127, 6, *LOCATE, 2), 5, [("seek", 3723.22), ("play", 1.0)]),
        ((127, 127, 6, 0x40, 3, 1, 2, 3, 4, 2), 5, [("play", 1.0)]),
        ((127, 127, 6, 6, 7), 5, []),
        ((126, 127, 6, 1), 5, []),
    ],
)
def test_machine_control_moves_the_transport(
    data: tuple[int, ...], device: int, done: list[tuple[object, ...]]
) -> None:
    held = Controller(device=device)
    held.say(f"sysex data=({','.join(map(str, data))})")
    assert held.log == done


@pytest.mark.parametrize("length", range(4, 11))
def test_machine_control_that_is_cut_short_is_malformed(length: int) -> None:
    held = Controller()
    held.say(f"sysex data=({','.join(map(str, (127, 127, 6, *LOCATE)[:length]))})")
    assert (held.log, held.surface.counts.malformed) == ([], 1)
    assert list(machine_control((127, 127, 6), 127)) == []


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ((0x00, 0, 1, 12, 0), 1.5),
        ((0x20, 1, 0, 5, 50), 60.22),
        ((0x60, 0, 0, 15, 0), 0.5),
        ((0x40, 0, 59, 29, 0), 1799 * 1.001 / 30),
        ((0x40, 1, 0, 2, 0), 1800 * 1.001 / 30),  # 00:01:00;02 follows 00:00:59;29
        ((0x41, 0, 0, 0, 0), 107892 * 1.001 / 30),
    ],
)
def test_timecode_of_all_rates_means_seconds(code: tuple[int, ...], seconds: float) -> None:
    assert timecode_seconds(code) == pytest.approx(seconds, abs=1e-9)


def test_a_transport_that_the_console_lacks_is_left_alone() -> None:
    held = Controller()
    del held.console.actions["seek"], held.console.actions["stop"]
    held.say("songpos pos=3", "sysex data=(127,127,6,1)")
    assert held.log == [("play", 0.0)]
    assert held.surface.deck.tell(Transport("locate", 1.0), 120.0, 0.0) is False
