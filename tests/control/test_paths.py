"""One spelling of a path: dots inside, slashes in OSC, and both taken from a user."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import masterchain.graph.control.console.paths as spelling
import pytest
from masterchain.graph.control import Console, ControlError
from masterchain.graph.control.midi.bindings.desk import Desk
from masterchain.graph.control.midi.mapping.file import load_map, written
from masterchain.graph.control.midi.mapping.map import Fader, Message, MidiMap, Trigger
from masterchain.graph.control.osc.addresses import ROOT, Doing, Tree, Value
from masterchain.graph.live.session.layout_console import paper_console
from midi_fixtures import Controller, a_console
from osc_client import Client
from osc_client import Desk as OscDesk

CEILING = "limiter.ceiling_db"


def test_every_path_inside_has_dots_and_every_address_slashes() -> None:
    console = paper_console()
    Desk(console)
    assert not [path for path in (*console.controls, *console.actions) if "/" in path]
    assert {CEILING, "gain.gain_db", "profile"} <= console.controls.keys()
    assert {"snapshot.store", "midi.learn"} <= console.actions.keys()
    own = [(at, place.target) for at, place in Tree(console).exact.items() if isinstance(place.target, (Value, Doing))]
    assert not [at for at, _ in own if "." in at]
    plain = {target.path: at for at, target in own if isinstance(target, Value) and target.form == "plain"}
    assert plain[CEILING] == f"{ROOT}/limiter/ceiling_db"


@pytest.mark.parametrize("typed", [CEILING, "limiter/ceiling_db"])
def test_a_user_may_type_either(typed: str) -> None:
    console, told = a_console(), list[str]()
    console.listen(lambda control, stored, by: told.append(control.path))
    console.set(typed, -2.5)
    console.set_unit(typed, 0.5)
    assert (console.stored(typed), console.plain(typed), console.unit(typed)) == (-10.0, -10.0, 0.5)
    assert console.text(typed) == "-10.00 dBTP"
    assert told == [CEILING] * 2
    console.note(typed, -3.0)
    assert console.values()[CEILING] == -3.0
    assert typed == CEILING or typed not in console.values()


def moved_by(console: Console, act: Callable[[], object]) -> list[str]:
    told = list[str]()
    end = console.listen(lambda control, stored, by: told.append(control.path))
    act()
    end()
    return told


@pytest.mark.parametrize(("store", "recall"), [(f"snapshot{dot}store", f"snapshot{dot}recall") for dot in "./"])
def test_actions_go_by_either(store: str, recall: str) -> None:
    console = a_console()
    console.do(store, 1)
    console.set(CEILING, -7.0)
    assert moved_by(console, lambda: console.do(recall, 1)) == [CEILING]
    with pytest.raises(ControlError, match=r"there is no action 'snapshot/recal'; there are .*snapshot\.recall"):
        console.do("snapshot/recal", 1)


def test_a_midi_map_goes_by_either_and_is_written_with_dots(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[fader]]\nmessage = "cc 7"\nmoves = "limiter/ceiling_db"\n'
        '[[trigger]]\nmessage = "note 36"\ndoes = "snapshot/recall"\nwith = [1]\nheld = "snapshot/store"\n'
    )
    read = load_map(path, a_console())
    wanted = (
        Fader(Message("cc", 7), CEILING),
        Trigger(Message("note", 36), "snapshot.recall", (1,), held="snapshot.store"),
    )
    assert read.bindings == wanted
    assert "/" not in written(MidiMap((Fader(Message("cc", 7), "limiter/ceiling_db"), *wanted[1:]))).replace(HEAD, "")


HEAD = "# A MIDI map of masterchain. What the keys mean stands in default.toml beside the program.\n"


def test_a_fader_that_was_bound_with_slashes_gets_feedback() -> None:
    held = Controller(Fader(Message("cc", 7), "limiter/ceiling_db", takeover="jump"))
    held.wait(0.1)
    held.console.set(CEILING, 0.0)
    assert held.wait(0.1) == ["control_change channel=0 control=7 value=127"]


@pytest.mark.parametrize("typed", [CEILING, "limiter/ceiling_db"])
def test_learning_and_forgetting_go_by_either(typed: str) -> None:
    held = Controller()
    held.console.do("midi/learn", typed)
    assert held.desk.learning == CEILING
    held.turn(3, 9, control=70)
    assert list(held.desk.map.bindings) == [Fader(Message("cc", 70, 0), CEILING)]
    held.console.do("midi.forget", typed)
    assert list(held.desk.map.bindings) == []


def test_osc_learns_a_control_though_it_may_write_no_file() -> None:
    """A control's path is no path of a file: it was put below the folder for files, or refused without one."""
    from masterchain.graph.control.osc.server import OscServer

    osc = OscDesk()
    desk = Desk(osc.console, MidiMap())
    with OscServer(osc.console, port=0) as server, Client(server.port) as client:
        client.send("/masterchain/midi/learn", "s", "limiter/ceiling_db")
        client.sync()
    assert desk.learning == CEILING


def test_the_rule_of_slashes_and_dots_stands_in_one_place() -> None:
    home = Path(spelling.__file__)
    graph = home.parents[2]
    rule = re.compile(r"""replace\((["'])[./]\1, (["'])[./]\2\)""")
    files = [path for wing in ("control", "live") for path in (graph / wing).rglob("*.py")]
    assert [path.name for path in files if rule.search(path.read_text())] == [home.name]
