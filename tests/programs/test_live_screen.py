"""The terminal view: what it shows at any size, and that nobody can stall it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from masterchain.graph.control import Action, Readings
from masterchain.presets import load
from masterchain.scripts.terminal.glyphs import large
from masterchain.scripts.terminal.panes import Pane
from masterchain.scripts.terminal.screen import LiveScreen
from rehearsal import Rehearsal
from stage import Stage, on_stage


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
        stage.house.readings = Readings(nan, nan, nan, nan, nan, (nan,) * 12, (nan, nan, nan), nan, nan)
        await stage.look()
        assert "M    --.-" in stage.shown("meters")
        assert not stage.app.desk.failed, stage.app.desk.message

    on_stage(play)


def test_it_leaves_when_the_engine_has_ended() -> None:
    async def perform() -> None:
        stop = threading.Event()
        app = LiveScreen(Rehearsal().console, stop)
        async with app.run_test() as pilot:
            app.look()
            assert not app._exit
            stop.set()
            app.look()
            await pilot.pause()
            assert app._exit

    asyncio.run(perform())


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


def test_what_the_console_tells_stands_on_the_message_line() -> None:
    async def play(stage: Stage) -> None:
        stage.console.say("rendered song.wav: -14.0 LUFS")
        await stage.look()
        assert stage.message == "rendered song.wav: -14.0 LUFS"

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


def test_nobody_listens_any_more_when_the_screen_is_closed() -> None:
    houses = []

    async def play(stage: Stage) -> None:
        houses.append(stage.house)
        assert stage.console._listeners

    on_stage(play)
    assert not houses[0].console._listeners


def test_the_screen_starts_without_matplotlib() -> None:
    program = "import sys, masterchain.scripts.terminal.screen as s; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
