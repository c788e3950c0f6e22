"""What a controller's faders, knobs and buttons do to a console, and what is sent back to them."""

from __future__ import annotations

import pytest
from masterchain.graph.control.midi.mapping.map import Button, Encoder, Fader, Message, Program, Reads, Trigger
from midi_fixtures import Controller

CC7, CEILING = Message("cc", 7), "limiter.ceiling_db"


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
        Fader(CC7, CEILING, start=-0.3, end=-3.1, takeover="jump"), Fader(Message("cc", 8), "eq.attack_ms")
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
        Trigger(note[0], "snapshot.recall", (1,), held="snapshot.store"),
        Trigger(note[1], "snapshot.recall", (2,), shifted="snapshot.store"),
        shift=Message("note", 35),
    )
    held.say("note_on note=36 velocity=1")
    held.wait(0.55)
    assert list(held.console.snapshots.numbers) == []
    held.wait(0.1)
    assert list(held.console.snapshots.numbers) == [1]
    held.say("note_off note=36", "note_on note=35 velocity=9", "note_on note=37 velocity=9", "note_off note=35")
    assert list(held.console.snapshots.numbers) == [1, 2]
    held.console.set("intensity", 3.0)
    held.say("note_on note=36 velocity=1")
    assert held.console.plain("intensity") == 3.0
    held.say("note_off note=36")
    assert held.console.plain("intensity") == 100.0
    held.console.set("intensity", 3.0)
    held.say("note_on note=37 velocity=1")
    assert held.console.plain("intensity") == 100.0


def test_what_the_console_refuses_is_counted_and_said() -> None:
    held = Controller(Trigger(Message("note", 36), "snapshot.recall", (7,)))
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
        Fader(Message("nrpn", 130), "eq.attack_ms"), Fader(Message("pitch", 0, 8), CEILING, touch=Message("note", 104)),
        Button(Message("note", 60), "bypass"), Fader(Message("cc", 9), "intensity", feedback=False),
    )  # fmt: skip
    first = held.wait(0.1)
    ceiling = round(16383 * 0.95)
    assert "control_change channel=0 control=7 value=127" in first
    assert f"pitchwheel channel=8 pitch={ceiling - 8192}" in first
    halves = [f"control_change channel=3 control={n} value={v}" for n, v in ((1, ceiling >> 7), (33, ceiling & 127))]
    assert [m for m in first if "channel=3" in m] == halves
    attack = round(16383 * held.console.unit("eq.attack_ms"))
    chosen = [(99, 130 >> 7), (98, 130 & 127), (6, attack >> 7), (38, attack & 127)]
    assert [m for m in first if "channel=0" in m and "_change" in m and "=7 " not in m] == [
        f"control_change channel=0 control={n} value={v}" for n, v in chosen
    ]
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
