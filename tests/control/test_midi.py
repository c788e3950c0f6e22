"""What MIDI messages mean: bytes, control changes, parameters by number, clock and machine control."""

from __future__ import annotations

import random

import mido
import pytest
from masterchain.graph.control.midi.bindings.faders import turned
from masterchain.graph.control.midi.mapping.map import Reads
from masterchain.graph.control.midi.messages.assembler import LONGEST_SYSEX, Assembler
from masterchain.graph.control.midi.messages.interpreter import FINE_S, Interpreter, Move, Origin, Step
from masterchain.graph.control.midi.messages.transport import Clock, Transport, machine_control, timecode_seconds
from midi_fixtures import Controller
from signals import SEED


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
    interpreter, now = Interpreter(lambda channel, number: number in (6, 7)), 0.0
    moves = list[Move | Step]()
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


def test_garbage_eats_no_memory() -> None:
    """All parameter numbers of all channels are set by turns, in halves."""
    interpreter = Interpreter()
    for number in range(0, 1 << 14, 2):
        for control, value in ((99, number >> 7), (98, number & 127), (6, 1), (38, 1)):
            for channel in (0, 5):
                said = mido.Message("control_change", channel=channel, control=control, value=value)
                interpreter.feed(said, 0.0)
    held = (interpreter._last, interpreter._fine_seen, interpreter._coarse, interpreter._chosen)
    assert max(map(len, held)) <= 4096


def test_channels_choose_their_parameters_apart() -> None:
    interpreter = Interpreter()
    said = [(0, 99, 1), (0, 98, 2), (1, 6, 5), (0, 6, 3), (0, 38, 4)]
    messages = [mido.Message("control_change", channel=c, control=n, value=v) for c, n, v in said]
    moves = [move for message in messages for move in interpreter.feed(message, 0.0)]
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


def test_a_clock_moves_the_transport_and_tells_its_tempo() -> None:
    held = Controller()
    random.seed(SEED)
    for i in range(97):  # 128 beats a minute, each message up to 2 ms late
        held.now = 100.0 + i * 60.0 / (24 * 128) + random.uniform(0.0, 0.002)
        held.say("clock")
    # 2 ms of even jitter on 97 clocks: the fitted interval (19.5 ms) has a sigma of 2e-3 / sqrt(12) / sqrt(97**3 / 12)
    assert held.surface.transport.clock.tempo(held.now) == pytest.approx(128.0, abs=128 * 5 * 2e-3 / 96**1.5 / 0.0195)
    held.say("start")
    assert held.log == [("seek", 0.0), ("play", 1.0)]
    held.say("stop", "songpos pos=64", "continue")
    assert held.log[2:] == [("play", 0.0), ("seek", pytest.approx(16 * 60 / 128, rel=1e-3)), ("play", 1.0)]
    assert held.surface.transport.clock.tempo(held.now + 1.0) is None


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
    assert held.surface.transport.tell(Transport("locate", 1.0), 120.0, 0.0) is False
