"""What the screen remembers, how far a key moves a parameter, and the characters that meters are made of."""

from __future__ import annotations

import colorsys
from typing import Any

import pytest
from masterchain.nodes.params import Choice, Param, Switch
from masterchain.presets import load
from masterchain.scripts.sheets import palette
from masterchain.scripts.terminal import colours
from masterchain.scripts.terminal.glyphs import bar, clock, fitted, grouped, hang, hertz, large, number, rise, slider
from masterchain.scripts.terminal.steps import stepped
from masterchain.scripts.terminal.view import ConsoleView
from rehearsal import Rehearsal


def test_peaks_over_the_ceiling_are_remembered_and_a_switch_is_not_blamed() -> None:
    now = [100.0]
    house = Rehearsal()
    desk = ConsoleView(house.console, now=lambda: now[0])
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
    desk = ConsoleView(house.console, now=lambda: now[0])
    for i in range(1200):
        now[0] = i * 0.05
        house.read(gain_reduction_db=float(i % 5 == 2) * (i // 5))
        desk.look()
    assert len(desk.reductions) == 120
    assert list(desk.reductions) == [float(k) for k in range(120, 240)]
    assert grouped(list(desk.reductions), desk.slice - 119, 41) == [float(k) for k in range(122, 240, 3)]


def test_backspace_means_the_profiles_own_value() -> None:
    house = Rehearsal()
    desk = ConsoleView(house.console)
    house.console.set("profile", "h")
    house.console.set("dynamic_eq.ratio", 3.0)
    desk.reset("dynamic_eq.ratio")
    assert house.console.plain("dynamic_eq.ratio") == load("h").values["dynamic_eq"]["ratio"] != 1.5


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
        assert abs(hue(getattr(colours, name)) - hue(getattr(palette, name))) < 0.03, name
