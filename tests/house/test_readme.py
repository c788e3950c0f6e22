"""The README says what is true: its Python runs, its commands are known, its tables are those of the data files."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from masterchain.presets import deliveries, load, names
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from songs import song, write

README = (Path(__file__).parents[2] / "README.md").resolve()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize(("number", "names"), [(0, ["master.wav"]), (1, ["loud.flac", "out.flac"]), (2, ["out.wav"])])
def test_its_python_runs(number: int, names: list[str], tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        write("mix.wav", song(4.0))
        exec(compile(blocks("python")[number], "README", "exec"), {})
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "mix.wav"])
        for name in names:
            audio = soundfile.read(name)[0]
            assert audio.shape == song(4.0).T.shape
            assert np.abs(audio).max() > 0.05


def test_its_commands_run(tmp_path: Path) -> None:
    lines = [line.split("#")[0].split() for line in blocks("sh")[0].splitlines()]
    assert len(lines) == 9
    with contextlib.chdir(tmp_path):
        for name in ("mix.wav", "mix.flac", "mix.aiff"):
            write(name, song(3.0))
        for words in lines:
            assert words[0] == "masterchain"
            assert run(words[1:], Session()) == 0, words
        written = {path.name for path in tmp_path.iterdir()}
        assert {"master.wav", "master.m4a", "master.aiff", "report.json", "sheet.png"} <= written


def test_its_table_of_profiles_is_that_of_the_files() -> None:
    rows = dict(re.findall(r"^\| ([a-n]) \| (.+?) \|$", README.read_text("utf-8"), re.M))
    assert list(rows) == names()
    for name, row in rows.items():
        assert row == f"{load(name).sound} | {', '.join(load(name).suits)}"


def test_the_services_that_it_names_are_known() -> None:
    named = re.findall(r"--for (\w+)|for_service\(\"(\w+)\"", README.read_text("utf-8"))
    assert {a or b for a, b in named} <= set(deliveries())
