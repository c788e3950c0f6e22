"""MIDI maps: files that name what is wrong with them, round trips, the default map, and learning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import pytest
from masterchain.graph.control import Console, ControlError
from masterchain.graph.control.midi.bindings.desk import Desk
from masterchain.graph.control.midi.control import MidiControl
from masterchain.graph.control.midi.mapping.file import DEFAULT, default_map, load_map, save_map
from masterchain.graph.control.midi.mapping.map import (
    Binding,
    Button,
    Encoder,
    Fader,
    MapError,
    Message,
    MidiMap,
    Program,
    Trigger,
    target,
)
from masterchain.graph.live.session.layout_console import paper_console
from masterchain.presets import PresetError
from masterchain.presets.toml_table import TomlError
from midi_fixtures import Controller, a_console

GOOD = """\
shift = "note 35"

[transport]
device = 5
tempo = 90

[[fader]]
message = "cc14 7"
channel = 16
moves = "limiter.ceiling_db"
from = -6.0
to = -0.1
takeover = "jump"
touch = "note 104"

[[encoder]]
message = "cc 16"
moves = "intensity"
reads = "sign magnitude"

[[button]]
message = "note 60"
moves = "profile"
presses = "set"
value = "f"

[[trigger]]
message = "note 36"
does = "snapshot.recall"
with = [1]
held = "snapshot.store"

[[program]]
moves = "profile"
channel = 1

[[fader]]
message = "nrpn 130"
moves = "intensity"
feedback = false
"""
MEANT = MidiMap(
    (
        Fader(Message("cc14", 7, 15), "limiter.ceiling_db", -6.0, -0.1, "jump", touch=Message("note", 104)),
        Encoder(Message("cc", 16), "intensity", "sign magnitude"),
        Button(Message("note", 60), "profile", "set", "f"),
        Trigger(Message("note", 36), "snapshot.recall", (1,), held="snapshot.store"),
        Program("profile", 0),
        Fader(Message("nrpn", 130), "intensity", feedback=False),
    ),
    shift=Message("note", 35),
    device=5,
    tempo=90.0,
)


def test_a_file_means_what_it_says_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(GOOD)
    assert load_map(path, a_console()) == MEANT


ODD = replace(
    MEANT,
    bindings=(
        *MEANT.bindings,
        Fader(Message("pitch", 0, 8), 'a "b"\\\n\té\x7f\U0001f39a', 1.0 / 3.0, -1e-7),
        Encoder(Message("nrpn", 16382, 0), "x", steps=16383, feedback=False),
        Button(Message("cc", 119), "x", "momentary"),
        Button(Message("program", 127), "x", "set", True),
        Button(Message("note", 0), "x", "set", -2.5),
        Trigger(Message("program", 3), "save", ("/a/b c.toml", 2, 0.1), shifted="stop"),
        Program("y"),
    ),
    shift=None,
    clock=False,
    mmc=False,
)


@pytest.mark.parametrize("midi_map", [MEANT, ODD, MidiMap(), load_map(DEFAULT)], ids=["good", "odd", "none", "default"])
def test_what_is_written_is_read_back_exactly(tmp_path: Path, midi_map: MidiMap) -> None:
    save_map(midi_map, tmp_path / "map.toml")
    assert load_map(tmp_path / "map.toml") == midi_map


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (('"cc14 7"', '"cc14 32"'), 8, "message = 'cc14 32': must be one of cc 0..97 or 102..119, cc14 0..31"),
        (('"cc14 7"', '"cc 99"'), 8, "message = 'cc 99': must be one of cc 0..97"),
        (('"cc14 7"', '"cc 120"'), 8, "message = 'cc 120': must be one of"),
        (('"cc14 7"', '"fader 1"'), 8, "message = 'fader 1': must be one of"),
        (('"cc14 7"', '"note 7"'), 8, "message = 'note 7': must be of cc, cc14, nrpn, pitch here"),
        (('message = "cc14 7"', ""), 7, "message is missing: must be a text in quotes"),
        (("channel = 16", "channel = 17"), 9, "channel = 17: must be 1..16; leave it out for every channel"),
        (("channel = 16", "channel = true"), 9, "channel = True: must be a whole number 1..16"),
        (('"limiter.ceiling_db"', '"limitter.ceiling_db"'), 10, "no control 'limitter.ceiling_db' here; there are"),
        (('"limiter.ceiling_db"', '"limiter.lookahead_ms"'), 10, "limiter.lookahead_ms cannot be moved while it runs"),
        (("from = -6.0", "from = -60.0"), 11, "from = -60.0: must be -20..0 dBTP, as limiter.ceiling_db is"),
        (("to = -0.1", "to = -6.0"), 12, "to = -6.0: must be another value than from"),
        (("to = -0.1", "to = inf"), 12, "to = inf: must be finite"),
        (('takeover = "jump"', 'takeover = "soft"'), 13, "takeover = 'soft': must be one of pickup, jump"),
        (('"note 104"', '"cc 104"'), 14, "touch = 'cc 104': must be of note here"),
        (("touch =", "touched ="), 14, "unknown key 'touched'; known are message, channel, moves, from, to"),
        (('"cc 16"', '"cc 39"'), 17, "message = 'cc 39': must be another, cc14 7 moves limiter.ceiling_db already"),
        (('"sign magnitude"', '"signed"'), 19, "reads = 'signed': must be one of twos complement, binary offset"),
        (('reads = "sign magnitude"', "steps = 0"), 19, "steps = 0: must be 1..16383"),
        (('presses = "set"', 'presses = "toggle"'), 24, "presses = 'toggle': profile takes next or set"),
        (('value = "f"', ""), 21, 'value goes with presses = "set"'),
        (('value = "f"', 'value = "z"'), 25, "value = 'z': must be one of a, b, c"),
        (('value = "f"', "value = [1]"), 25, "value = [1]: must be a number, a name in quotes, true or false"),
        (('"snapshot.recall"', '"snapshot.recal"'), 29, "does = 'snapshot.recal': must be one of stop, seek, snap"),
        (("with = [1]", "with = [1, 2]"), 30, "snapshot.recall takes number (int); given 2 value(s)"),
        (("with = [1]", 'with = ["x"]'), 30, "number = 'x': must be of kind int"),
        (("with = [1]", "with = 1"), 30, "with = 1: must be a list of numbers and texts"),
        (('held = "snapshot.store"', 'held = "stop"'), 30, "stop takes nothing; given 1 value(s)"),
        (('"note 36"', '"program 36"'), 31, "held = 'snapshot.store': a program is not held"),
        (('[[program]]\nmoves = "profile"', '[[program]]\nmoves = "intensity"'), 34, "intensity has no names"),
        (("feedback = false", "feedback = 0"), 40, "feedback = 0: must be true or false"),
        (("device = 5", "device = 128"), 4, "device = 128: must be 0..127; 127 hears all"),
        (("tempo = 90", "tempo = 5"), 5, "tempo = 5: must be 20..400"),
        (("tempo = 90", "temper = 90"), 5, "unknown key 'temper'; known are clock, mmc, device, tempo"),
        (('shift = "note 35"', 'shift = "pitch"'), 1, "shift = 'pitch': must be of note, cc here"),
        (("[[encoder]]", "[[knob]]"), 16, "unknown key 'knob'; known are shift, transport, fader, encoder"),
        (("[[encoder]]", "[encoder]"), 16, "[encoder] must be a list of tables, [[encoder]]"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_refused_with_its_file_and_line(
    tmp_path: Path, change: tuple[str, str], line: int, says: str
) -> None:
    assert GOOD.count(change[0]) >= 1
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change, 1))
    with pytest.raises(MapError) as refused:
        load_map(path, a_console())
    assert isinstance(refused.value, TomlError)
    assert not isinstance(refused.value, PresetError), "a map is no preset"
    assert str(refused.value).startswith(f"mine.toml, line {line}: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_map_that_is_no_file_or_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"none\.toml: cannot be read: No such file"):
        load_map(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[[fader]")
    with pytest.raises(MapError, match=r"bad\.toml: not valid TOML"):
        MidiControl(a_console(), midi_map=tmp_path / "bad.toml")
    with pytest.raises(MapError, match="there is no control 'x'"):
        Desk(a_console(), MidiMap((Fader(Message("cc", 1), "x"),)))


def test_the_default_map_moves_what_a_session_has() -> None:
    console = paper_console()
    midi_map = default_map(console)
    assert midi_map == load_map(DEFAULT, console)
    trims = [path for path in console.controls if path.startswith("dynamic_eq.trim_")]
    numbers = {target(one): one.message.number for one in midi_map.bindings if isinstance(one, Fader)}
    assert [numbers[path] for path in trims] == list(range(102, 114))
    assert {"intensity", "loudness", "limiter.ceiling_db"} <= numbers.keys()
    pads = tuple(one for one in midi_map.bindings if isinstance(one, Trigger) and one.does != "stop")
    assert default_map(Console()).bindings == pads  # an empty console has snapshots


PRESS, RELEASE = "note_on note=40 velocity=9", "note_off note=40"


def cc(number: int, *values: int, channel: int = 2) -> list[str]:
    return [f"control_change channel={channel} control={number} value={value}" for value in values]


@pytest.mark.parametrize(
    ("path", "said", "binding"),
    [
        ("intensity", cc(70, 5, 6), Fader(Message("cc", 70, 2), "intensity")),
        ("intensity", cc(7, 5, 6), Fader(Message("cc", 7, 2), "intensity")),
        ("intensity", cc(40, 5, 6), Fader(Message("cc", 40, 2), "intensity")),
        ("intensity", [*cc(7, 5), *cc(39, 77)], Fader(Message("cc14", 7, 2), "intensity")),
        ("intensity", [*cc(99, 1), *cc(98, 2), *cc(6, 3), *cc(38, 4)], Fader(Message("nrpn", 130, 2), "intensity")),
        ("intensity", [*cc(99, 1), *cc(98, 2), *cc(6, 3)], Fader(Message("nrpn", 130, 2), "intensity")),
        ("intensity", ["pitchwheel channel=3 pitch=9"], Fader(Message("pitch", 0, 3), "intensity")),
        ("intensity", [PRESS, "pitchwheel pitch=9"],
         Fader(Message("pitch", 0, 0), "intensity", touch=Message("note", 40))),
        ("intensity", cc(16, 1, 1), Encoder(Message("cc", 16, 2), "intensity")),
        ("intensity", cc(16, 65, 65), Encoder(Message("cc", 16, 2), "intensity", "binary offset")),
        ("intensity", [PRESS, RELEASE], Button(Message("note", 40, 0), "intensity", "set", 100.0)),
        ("profile", [PRESS, RELEASE], Button(Message("note", 40, 0), "profile", "set", "i")),
        ("profile", ["program_change channel=4 program=3"], Program("profile", 4)),
        ("bypass", ["program_change channel=4 program=3"], Button(Message("program", 3, 4), "bypass")),
        ("bypass", [PRESS], Button(Message("note", 40, 0), "bypass")),
        ("bypass", cc(64, 127, 0), Button(Message("cc", 64, 2), "bypass")),
        ("bypass", cc(64, 127), Fader(Message("cc", 64, 2), "bypass", takeover="jump")),
        ("snapshot.recall", ["pitchwheel pitch=9", PRESS, RELEASE],
         Trigger(Message("note", 40, 0), "snapshot.recall", (3,))),
        ("stop", cc(64, 127, 0), Trigger(Message("cc", 64, 2), "stop")),
    ],
)  # fmt: skip
def test_learning_finds_what_was_moved(path: str, said: list[str], binding: Binding) -> None:
    held = Controller()
    values = (3.0,) if path == "snapshot.recall" else ()
    held.console.do("midi.learn", path, *values)
    assert held.desk.learning == path
    for message in said:
        held.say(message)
        held.wait(0.001)
    held.wait(1.2)
    assert held.desk.map.bindings == (binding,)
    assert held.desk.learning is None
    assert path in held.desk.word
    assert held.log == []


def test_what_is_learnt_replaces_what_its_message_moved_and_keeps_the_rest() -> None:
    fader, other = (
        Fader(Message("cc", 7), "limiter.ceiling_db"),
        Fader(Message("cc", 8), "eq.attack_ms", takeover="jump"),
    )
    held = Controller(fader, other, Fader(Message("cc", 39, 2), "intensity"), shift=Message("note", 35))
    held.turn(60, control=8)
    held.desk.learn("intensity")
    held.say(*cc(7, 5), *cc(39, 77))
    learnt = Fader(Message("cc14", 7, 2), "intensity")
    assert held.desk.map.bindings == (other, learnt)
    held.say(*cc(7, 127), *cc(39, 127))
    held.say(*cc(7, 64), *cc(39, 0))
    assert held.console.plain("intensity") == pytest.approx(100 * 64 / 127.9921875)
    held.desk.learn("stop")
    held.say("note_on note=35", "note_off note=35")
    assert held.desk.map.shift is None


def test_learning_can_be_cancelled_and_bindings_forgotten() -> None:
    held = Controller(Fader(Message("cc", 7), "intensity", takeover="jump"))
    held.console.do("midi.learn", "bypass")
    held.console.do("midi.cancel")
    held.turn(10)
    assert (held.desk.learning, held.console.plain("intensity")) == (None, pytest.approx(1000 / 127))
    held.console.do("midi.forget", "intensity")
    held.turn(20)
    assert held.console.plain("intensity") == pytest.approx(1000 / 127)
    with pytest.raises(ControlError, match="no MIDI moves 'intensity'"):
        held.console.do("midi.forget", "intensity")


def test_only_what_can_be_moved_is_learnt() -> None:
    console = a_console()
    with MidiControl(console) as midi:
        for path, values, says in (
            ("nothing", (), "there is no control 'nothing'"), ("intensity", (1.0,), "intensity is no action"),
            ("limiter.lookahead_ms", (), "cannot be moved while it runs"), ("seek", (), r"seek takes s \(float\)"),
        ):  # fmt: skip
            with pytest.raises(ControlError, match=says):
                midi.learn(path, *values)
        assert midi.learning is None
    assert not [path for path in console.actions if path.startswith("midi/")]


def test_what_was_learnt_is_saved_where_the_map_came_from(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(GOOD)
    console = a_console()
    with MidiControl(console, midi_map=path) as midi:
        midi.learn("bypass")
        midi.desk.hear(mido.Message("note_on", note=99), 0.0)
        midi.desk.hear(mido.Message("note_off", note=99), 0.1)
        assert console.do("midi.save") == f"MIDI map saved to {path}"
    assert load_map(path, a_console()).bindings == (*MEANT.bindings, Button(Message("note", 99, 0), "bypass"))
    with MidiControl(console) as midi, pytest.raises(ControlError, match="takes the path of"):
        midi.desk.save()
    with MidiControl(console) as midi, pytest.raises(ControlError, match="cannot be written: Is a directory"):
        midi.save(tmp_path)
