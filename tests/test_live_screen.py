"""The terminal view and its plain counterpart: what they show, what keys do, and that nobody can stall them."""

from __future__ import annotations

import asyncio
import colorsys
import io
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from masterchain.graph.control import Action, Readings
from masterchain.nodes.params import Choice, Param, Switch
from masterchain.presets import load
from masterchain.scripts import live_colours, palette
from masterchain.scripts.live_desk import Desk
from masterchain.scripts.live_glyphs import bar, clock, fitted, grouped, hang, hertz, large, number, rise, slider
from masterchain.scripts.live_headless import run_headless
from masterchain.scripts.live_keys import KEYS, draw_hints, there
from masterchain.scripts.live_moves import Moves
from masterchain.scripts.live_panes import Menu, Pane
from masterchain.scripts.live_screen import LiveScreen
from masterchain.scripts.live_steps import stepped
from rehearsal import LENGTH_S, Rehearsal
from textual.events import Key
from textual.pilot import Pilot

Play = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A running screen with its pilot."""

    def __init__(self, house: Rehearsal, app: LiveScreen, pilot: Pilot[None]) -> None:
        self.house, self.console, self.app, self.pilot = house, house.console, app, pilot

    async def press(self, *keys: str) -> None:
        """Press ``keys`` as a terminal sends them; ``Pilot.press`` takes a tenth of a second for each."""
        for key in keys:
            self.app.post_message(Key(key, key if len(key) == 1 else " " if key == "space" else None))
        await self.pilot.pause()
        self.app.hands.wait()
        await self.look()

    async def look(self) -> None:
        self.app.look()
        await self.pilot.pause()

    def shown(self, name: str) -> str:
        return self.app.query_one(f"#{name}", Pane).shown

    @property
    def message(self) -> str:
        return self.shown("line")[:50].strip()


def on_stage(play: Play, size: tuple[int, int] = (80, 24), session: bool = True, **shown: Any) -> None:
    async def perform() -> None:
        house = Rehearsal(session)
        length = {"length_s": LENGTH_S} if session else {}
        app = LiveScreen(house.console, **({"title": "Song", "target_lufs": -14.0} | length | shown))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await play(Stage(house, app, pilot))

    asyncio.run(perform())


def test_it_shows_track_profile_transport_and_meters() -> None:
    async def play(stage: Stage) -> None:
        stage.house.read(
            momentary_lufs=-13.2, short_term_lufs=-14.4, integrated_lufs=-14.1, true_peak_dbtp=-1.52,
            gain_reduction_db=2.3, width=(-18.3, -9.1, -8.2), correlation=0.63, position_s=83.4, load=0.12, xruns=3,
        )  # fmt: skip
        stage.console.set("play", True)
        await stage.look()
        head, meters = stage.shown("head").splitlines(), stage.shown("meters")
        assert head[0].split() == ["Song", "i", load("i").title]
        assert load("i").sound in head[1]
        assert "▶  1:23.4 / 3:45" in head[2]
        assert [line[1:18].rstrip() for line in meters.splitlines()[:3]] == [line.rstrip() for line in large("-14.1")]
        for part in ("target -14.0", "-0.1 LU", "M   -13.2", "S   -14.4", "TP  -1.52", "GR    2.3", "+0.63", "low -18"):
            assert part in meters, part
        assert "load 12%  over 0  xruns 3" in stage.shown("line")

    on_stage(play)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12), (12, 5)])
def test_any_size_is_filled_and_not_overrun(size: tuple[int, int]) -> None:
    async def play(stage: Stage) -> None:
        stage.house.read(band_gains_db=(9.0, -9.0) * 6, true_peak_dbtp=0.5, gain_reduction_db=30.0)
        await stage.look()
        for pane in stage.app.query(Pane):
            assert len(pane.lines) <= max(1, pane.size.height), pane.id
            if size[0] >= 80:
                assert all(line.cell_len <= pane.size.width for line in pane.lines), (pane.id, pane.shown)

    on_stage(play, size)


def test_readings_that_are_no_numbers_do_no_harm() -> None:
    async def play(stage: Stage) -> None:
        nan = float("nan")
        stage.house.readings = Readings(nan, nan, nan, nan, nan, (nan,) * 12, (nan,) * 3, nan, nan)
        await stage.look()
        assert "M    --.-" in stage.shown("meters")
        assert not stage.app.desk.failed, stage.app.desk.message

    on_stage(play)


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


def test_a_parameter_is_found_by_typing_moved_typed_and_put_back() -> None:
    async def play(stage: Stage) -> None:
        await stage.press("/", *"ceil", "enter")
        assert stage.app.table.listed() == ["limiter/ceiling_db"]
        assert "True peak that is never exceeded" in stage.shown("doc")
        await stage.press("-", "-")
        assert stage.console.plain("limiter/ceiling_db") == -1.4
        await stage.press(".")
        assert stage.console.plain("limiter/ceiling_db") == -1.38
        assert "-1.38 dBTP" in stage.shown("table")
        await stage.press("enter", *"-3,5", "enter")
        assert stage.console.plain("limiter/ceiling_db") == -3.5
        await stage.press("backspace")
        assert stage.console.plain("limiter/ceiling_db") == -1.0
        await stage.press("escape")
        assert len(stage.app.table.listed()) > 50

    on_stage(play)


def test_a_wrong_value_is_told_on_one_line_and_moves_nothing() -> None:
    async def play(stage: Stage) -> None:
        stage.app.table.chosen = "limiter/ceiling_db"
        await stage.press("enter", "3", "enter")
        assert stage.message.startswith("! ceiling_db = '3': must be -20..0 dBTP")
        assert stage.console.plain("limiter/ceiling_db") == -1.0
        stage.app.table.chosen = "limiter/mode"
        await stage.press("+")
        assert stage.message.startswith("! limiter/mode cannot be moved")

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
        assert draw_hints(Desk(Rehearsal().console), cells).cell_len <= cells
    hints = draw_hints(Desk(Rehearsal().console), 80).plain
    assert "? help" in hints
    assert "q quit" in hints


def test_a_flood_from_other_threads_costs_no_redrawing() -> None:
    """Twenty looks a second whatever comes; the last value stands there in the end."""

    async def play(stage: Stage) -> None:
        drawn = 0
        draw = stage.app.table.draw

        def counted(cells: int, rows: int) -> Any:
            nonlocal drawn
            drawn += 1
            return draw(cells, rows)

        stage.app.query_one("#table", Pane)._draw_text = counted

        def flood() -> None:
            for i in range(3000):
                stage.console.set("loudness", -10.0 - i % 7, by="osc")
            stage.console.set("loudness", -11.5, by="osc")

        thread = threading.Thread(target=flood)
        began = time.monotonic()
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0.01)
        thread.join()
        await stage.look()
        assert drawn <= 25.0 * (time.monotonic() - began) + 3
        assert "-11.50 LUFS" in stage.shown("table")
        assert "•loudness" in stage.shown("table")

    on_stage(play)


def test_a_slow_console_does_not_stop_the_meters() -> None:
    async def play(stage: Stage) -> None:
        hold = threading.Event()
        stage.console.actions["stop"] = Action("stop", (), "Stop.", lambda: str(hold.wait(20.0)))
        stage.app.moves.press("s")
        stage.house.read(momentary_lufs=-7.7)
        await stage.look()
        assert stage.app.hands.busy
        assert "-7.7" in stage.shown("meters")
        hold.set()
        stage.app.hands.wait()

    on_stage(play)


def test_what_fails_inside_is_a_line_not_a_traceback() -> None:
    async def play(stage: Stage) -> None:
        def broken() -> Readings:
            raise OSError("the engine is gone")

        stage.console.meter = broken
        await stage.look()
        assert stage.message == "! no readings: the engine is gone"
        stage.console.meter = Readings
        stage.console.actions["stop"] = Action("stop", (), "Stop.", lambda: str(1 // 0))
        await stage.press("s")
        assert stage.message.startswith("! ZeroDivisionError")
        await stage.press("space")
        assert stage.console.plain("play") is True

    on_stage(play)


def test_peaks_over_the_ceiling_are_remembered_and_a_switch_is_not_blamed() -> None:
    now = [100.0]
    house = Rehearsal()
    desk = Desk(house.console, now=lambda: now[0])
    house.read(true_peak_dbtp=-0.98)
    desk.look()
    assert desk.overs == 0
    house.read(true_peak_dbtp=-0.5)
    desk.look()
    desk.look()
    assert (desk.overs, desk.highest_peak) == (1, -0.5)
    desk.forget_peaks()
    house.console.set("bypass", True)
    desk.look()
    now[0] += 1.0
    desk.look()
    assert desk.overs == 0, "the original may use all of full scale"
    house.console.set("bypass", False)
    desk.look()
    assert desk.overs == 0, "the meter still holds the original's peaks"
    now[0] += 1.0
    desk.look()
    assert desk.overs == 1


def test_the_history_is_the_highest_of_each_slice_of_30_seconds() -> None:
    now = [0.0]
    house = Rehearsal()
    desk = Desk(house.console, now=lambda: now[0])
    for i in range(1200):
        now[0] = i * 0.05
        house.read(gain_reduction_db=float(i % 5 == 2) * (i // 5))
        desk.look()
    assert len(desk.reductions) == 120
    assert list(desk.reductions) == [float(k) for k in range(120, 240)]
    assert grouped(list(desk.reductions), desk.slice - 119, 41) == [float(k) for k in range(122, 240, 3)]


def test_backspace_means_the_profiles_own_value() -> None:
    house = Rehearsal()
    desk = Desk(house.console)
    house.console.set("profile", "h")
    house.console.set("dynamic_eq/ratio", 3.0)
    desk.reset("dynamic_eq/ratio")
    assert house.console.plain("dynamic_eq/ratio") == load("h").values["dynamic_eq"]["ratio"] != 1.5


@pytest.mark.parametrize(
    ("declared", "stored", "steps", "fine", "wanted"),
    [
        (Param(0, -12, 12, doc=""), 0.0, 1, False, 0.2),
        (Param(0, -12, 12, doc=""), 0.2, 1, True, 0.22),
        (Param(0, -12, 12, doc=""), 11.95, 1, False, 12.0),
        (Param(0, 0, 100, doc=""), 33.0, -1, False, 32.0),
        (Param(12, 5, 200, taper="log", doc=""), 12.0, 1, False, 13.2),
        (Param(12, 5, 200, taper="log", doc=""), 12.0, -1, True, 11.9),
        (Param(12, 5, 200, taper="log", doc=""), 5.0, -1, False, 5.0),
        (Switch(False, doc=""), 0.0, 1, False, True),
        (Switch(False, doc=""), 1.0, 1, False, True),
        (Choice("a", ("a", "b", "c"), doc=""), 2.0, 1, False, "a"),
    ],
)
def test_a_step_goes_to_the_next_round_value(declared: Any, stored: float, steps: int, fine: bool, wanted: Any) -> None:
    assert stepped(declared, stored, steps, fine) == wanted


def test_every_parameter_reaches_both_ends_in_steps() -> None:
    console = Rehearsal().console
    for path, control in console.controls.items():
        declared = control.declared
        if isinstance(declared, Param):
            for direction, end in ((1, declared.hi), (-1, declared.lo)):
                value, count = declared.default, 0
                while value != end and count < 300:
                    value, count = stepped(declared, value, direction), count + 1
                assert value == end, path


def test_characters_say_what_they_should() -> None:
    assert bar(0.5, 8) == "████    "
    assert bar(1 / 16, 2) == "▏ "
    assert rise(0.75, 2) == ["▄", "█"]
    assert hang(0.75, 2) == [("█", False), ("▄", True)]
    assert slider(0.0, 1.0, 5) == "●───┼"
    assert large("-1.") == ["    ▄█   ", "▀▀▀  █   ", "    ▀▀▀ ▀"]
    assert [clock(seconds) for seconds in (83.46, 59.99, 3600.0)] == ["1:23.4", "0:59.9", "1:00:00.0"]
    assert [hertz(hz) for hz in (40, 112, 1120, 2000, 11200)] == ["40", "112", "1.1k", "2k", "11k"]
    assert (number(-0.04), number(0.3, 1, True), number(-150.0)) == ("0.0", "+0.3", "--.-")
    assert (fitted("日本語", 4), fitted("a\nb", 5)) == ("日 …", "a b  ")


def test_the_colours_are_those_of_the_sheet() -> None:
    def hue(code: str) -> float:
        red, green, blue = (int(code[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
        return colorsys.rgb_to_hls(red, green, blue)[0]

    for name in ("BEFORE", "AFTER", "ASKED", "REDUCTION"):
        assert abs(hue(getattr(live_colours, name)) - hue(getattr(palette, name))) < 0.03, name


def headless(house: Rehearsal, during: Callable[[Callable[[int], list[str]]], None], **options: Any) -> list[str]:
    """Run the plain view in a thread while ``during`` moves things; it gets what waits for so many lines."""
    out, stop = io.StringIO(), threading.Event()
    options = {"title": "Söng", "length_s": LENGTH_S, "every_s": 0.01} | options
    thread = threading.Thread(target=run_headless, args=(house.console,), kwargs=options | {"out": out, "stop": stop})

    def lines(least: int) -> list[str]:
        late = time.monotonic() + 10.0
        while out.getvalue().count("\n") < least and time.monotonic() < late:
            time.sleep(0.005)
        return out.getvalue().splitlines()

    thread.start()
    try:
        during(lines)
    finally:
        stop.set()
        thread.join()
    return [line.split(" ", 1)[1] for line in out.getvalue().splitlines()]


def test_headless_prints_how_it_is_in_plain_text() -> None:
    house = Rehearsal()
    house.console.set("play", True)
    house.read(momentary_lufs=-13.24, integrated_lufs=-14.0, true_peak_dbtp=-1.0, position_s=83.4, load=0.12, xruns=2)
    lines = headless(house, lambda wait: wait(3) and None)
    assert lines[0] == "begin S?ng, 3:45.0, target -14.0 LUFS"
    assert lines[1] == (
        "play 1:23.4/3:45  profile i  M -13.2 S --.- I -14.0 LUFS  TP -1.00 dBTP  GR 0.0 dB  load 12% over 0 xruns 2"
    )
    assert lines[-1] == "end"
    assert all(line.isascii() for line in lines)


def test_headless_on_change_is_silent_until_something_happens() -> None:
    house = Rehearsal()

    def during(lines: Callable[[int], list[str]]) -> None:
        lines(1)
        time.sleep(0.1)
        assert len(lines(1)) == 1
        house.console.set("profile", "c", by="osc")
        lines(2)
        house.read(xruns=1)
        lines(3)
        for path in house.console.controls:
            if path.startswith("dynamic_eq/t"):
                house.console.set(path, house.console.plain(path), by="osc")
        lines(4)

    lines = headless(house, during, only_changes=True)
    assert lines[1] == "moved profile = c"
    assert lines[2].endswith("xruns 1")
    assert lines[3].startswith("moved dynamic_eq/")
    assert lines[-1] == "end"
    assert len(lines) <= 8, "a flood is counted, not listed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_headless_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    program = (
        "from masterchain.graph.control import Console\n"
        "from masterchain.scripts.live_headless import run_headless\n"
        "run_headless(Console(), every_s=0.02); print('after', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "begin live input" in process.stdout.readline()
        process.stdout.readline()
        process.send_signal(number)
        rest = process.stdout.read().splitlines()
        assert process.wait(20) == 0
    assert rest[-2].endswith(" end")
    assert rest[-1] == "after"


def test_headless_ends_when_nobody_reads_any_more() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    house = Rehearsal()
    run_headless(house.console, out=Gone(), every_s=0.01)
    assert not house.console._listeners


def test_nobody_listens_any_more_when_the_screen_is_closed() -> None:
    houses = []

    async def play(stage: Stage) -> None:
        houses.append(stage.house)
        assert stage.console._listeners

    on_stage(play)
    assert not houses[0].console._listeners


def test_the_screen_starts_without_matplotlib() -> None:
    program = "import sys, masterchain.scripts.live_screen as s; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
