"""The keys of the terminal view: each does what it is for, or says why not."""

from __future__ import annotations

import threading

from masterchain.graph.control import Action
from masterchain.presets import load
from masterchain.scripts.terminal.actions import Moves
from masterchain.scripts.terminal.keys import KEYS, draw_hints, there
from masterchain.scripts.terminal.panes import Menu
from masterchain.scripts.terminal.view import ConsoleView
from rehearsal import Rehearsal
from stage import Stage, on_stage


def test_the_transport_obeys_its_keys() -> None:
    async def play(stage: Stage) -> None:
        await stage.press("space")
        assert stage.console.plain("play") is True
        stage.house.read(position_s=70.0)
        await stage.look()
        await stage.press("[", "right", "shift+right")
        stage.app.desk._sought = 0.0, -1.0
        await stage.press("]", "l")
        assert stage.house.done == [("seek", 75.0), ("seek", 105.0)]
        assert (stage.console.plain("loop_start"), stage.console.plain("loop_end")) == (70.0, 105.0)
        assert stage.console.plain("loop") is True
        assert "loop 1:10-1:45" in stage.shown("head")
        await stage.press("left")
        await stage.press("s")
        assert stage.house.done[2:] == [("seek", 100.0), ("stop",)]
        assert stage.console.plain("play") is False

    on_stage(play)


def test_what_is_heard_changes_by_one_key_each_and_is_told() -> None:
    async def play(stage: Stage) -> None:
        for key, path, word in (("b", "bypass", "ORIGINAL"), ("d", "delta", "DELTA"), ("m", "matched", "MATCHED")):
            assert word not in stage.shown("head")
            await stage.press(key)
            assert stage.console.plain(path) is True
            assert word in stage.shown("head")

    on_stage(play)


def test_profiles_come_by_letter_and_one_by_one() -> None:
    async def play(stage: Stage) -> None:
        await stage.press("p")
        assert isinstance(stage.app.screen, Menu)
        await stage.press("c")
        assert not isinstance(stage.app.screen, Menu)
        assert stage.console.plain("profile") == "c"
        assert load("c").sound in stage.shown("head")
        await stage.press("pagedown", "pagedown", "pageup")
        assert stage.console.plain("profile") == "d"
        await stage.press("p", "q")
        assert stage.console.plain("profile") == "d"

    on_stage(play)


def test_keys_that_come_all_at_once_each_do_what_they_are_for() -> None:
    """A slow line delivers what was typed in one piece, before a box or a prompt has opened or gone."""

    async def play(stage: Stage) -> None:
        await stage.press("p", "c", "p", "d", "k", "1", "/", "r", "a", "t", "i", "o", "enter", "-", "p", "q", "b")
        assert stage.console.plain("profile") == "d"
        assert stage.console.snapshots.numbers == (1,)
        assert stage.app.table.chosen == "dynamic_eq.ratio"
        assert stage.console.plain("dynamic_eq.ratio") < 1.5
        assert stage.console.plain("bypass") is True

    on_stage(play)


def test_a_parameter_is_found_by_typing_moved_typed_and_put_back() -> None:
    async def play(stage: Stage) -> None:
        await stage.press("/", *"ceil", "enter")
        assert stage.app.table.listed() == ["limiter.ceiling_db"]
        assert "True peak that is never exceeded" in stage.shown("doc")
        await stage.press("-", "-")
        assert stage.console.plain("limiter.ceiling_db") == -1.4
        await stage.press(".")
        assert stage.console.plain("limiter.ceiling_db") == -1.38
        assert "-1.38 dBTP" in stage.shown("table")
        await stage.press("enter", *"-3,5", "enter")
        assert stage.console.plain("limiter.ceiling_db") == -3.5
        await stage.press("backspace")
        assert stage.console.plain("limiter.ceiling_db") == -1.0
        await stage.press("escape")
        assert len(stage.app.table.listed()) > 50

    on_stage(play)


def test_a_wrong_value_is_told_on_one_line_and_moves_nothing() -> None:
    async def play(stage: Stage) -> None:
        stage.app.table.chosen = "limiter.ceiling_db"
        await stage.press("enter", "3", "enter")
        assert stage.message.startswith("! ceiling_db = '3': must be -20..0 dBTP")
        assert stage.console.plain("limiter.ceiling_db") == -1.0
        stage.app.table.chosen = "limiter.mode"
        await stage.press("+")
        assert stage.message.startswith("! limiter.mode cannot be moved")

    on_stage(play)


def test_snapshots_are_kept_and_recalled_by_digits() -> None:
    async def play(stage: Stage) -> None:
        await stage.press("7")
        assert stage.message.startswith("! there is no snapshot 7")
        await stage.press("k", "7")
        assert stage.message == "snapshot 7 stored"
        stage.console.set("loudness", -9.0)
        await stage.press("ctrl+8")
        await stage.press("7")
        assert stage.console.plain("loudness") == -14.0
        await stage.press("8")
        assert stage.console.plain("loudness") == -9.0

    on_stage(play)


def test_render_and_save_ask_where() -> None:
    async def play(stage: Stage) -> None:
        await stage.press("r", *"a b", "enter")
        stage.app.renderer.wait()
        await stage.press("r", "enter")
        stage.app.renderer.wait()
        await stage.press("w", *"m", "enter")
        await stage.press("w", "escape", "w", "enter")
        assert stage.house.done == [("render", "a b"), ("render",), ("save", "m")]

    on_stage(play)


def test_leaving_while_it_renders_takes_two_presses() -> None:
    async def play(stage: Stage) -> None:
        hold = threading.Event()
        stage.console.actions["render"] = Action("render", (), "Render.", lambda: str(hold.wait(20.0)))
        stage.app.do_long(lambda: stage.console.do("render"))
        await stage.press("q")
        assert stage.message.startswith("! it still renders")
        assert stage.app.is_running
        stage.app.moves.press("q")
        hold.set()
        await stage.pilot.pause()
        assert stage.app._exit

    on_stage(play)


def test_a_console_without_transport_and_profiles_hides_them() -> None:
    async def play(stage: Stage) -> None:
        assert stage.shown("head").splitlines()[0].strip() == "insert"
        assert "0:00" not in stage.shown("head")
        shown = [key.act for key in there(stage.app.desk)]
        assert not {"play", "seek", "loop", "profile", "render"} & set(shown)
        assert "play" not in stage.shown("hints")
        for key in (" ", "s", "left", "l", "[", "p", "pagedown", "d", "m", "r", "w"):
            stage.app.desk.say("")
            stage.app.moves.press(key)
            stage.app.hands.wait()
            assert stage.app.desk.failed, key
            assert stage.app.desk.message.startswith("no "), (key, stage.app.desk.message)

    on_stage(play, session=False, title="insert")


def test_every_key_is_told_and_does_something_that_exists() -> None:
    names = [name for key in KEYS for name in key.names]
    assert len(names) == len(set(names))
    assert all(callable(getattr(Moves, key.act)) for key in KEYS)
    for cells in (20, 80, 120):
        assert draw_hints(ConsoleView(Rehearsal().console), cells).cell_len <= cells
    hints = draw_hints(ConsoleView(Rehearsal().console), 80).plain
    assert "? help" in hints
    assert "q quit" in hints
