"""The view of machines without a screen: plain lines, and a clean end."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from masterchain.scripts.terminal.headless import run_headless
from rehearsal import LENGTH_S, Rehearsal


def headless(house: Rehearsal, during: Callable[[Callable[[int], list[str]]], object], **options: Any) -> list[str]:
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
    lines = headless(house, lambda wait: wait(3))
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
        house.console.say("rendered m\u00fcx.wav")
        lines(4)
        for path in house.console.controls:
            if path.startswith("dynamic_eq.t"):
                house.console.set(path, house.console.plain(path), by="osc")
        lines(5)

    lines = headless(house, during, only_changes=True)
    assert lines[1] == "moved profile = c"
    assert lines[2].endswith("xruns 1")
    assert lines[3] == "rendered m?x.wav"
    assert lines[4].startswith("moved dynamic_eq.")
    assert lines[-1] == "end"
    assert len(lines) <= 9, "a flood is counted, not listed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_headless_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    program = (
        "from masterchain.graph.control import Console\n"
        "from masterchain.scripts.terminal.headless import run_headless\n"
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
