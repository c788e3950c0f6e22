"""The command from outside: what it writes and prints, and the one line and the exit code of every refusal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session

RATE = 22050


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERMINAL_WIDTH", "160")

    def ran(*arguments: str) -> Ran:
        code = run(arguments, Session())
        out, err = capsys.readouterr()
        lines = [line for line in err.splitlines(keepends=True) if not line.startswith("Compiling kernels")]
        return Ran(code, out, "".join(lines))

    return ran


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    audio = 0.05 * np.random.default_rng(5).standard_normal((RATE * 4, 2)).cumsum(axis=0) % 0.4 - 0.2
    soundfile.write(tmp_path / "mix.wav", audio, RATE, subtype="PCM_24")
    return tmp_path / "mix.wav"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_master_writes_what_was_asked_and_nothing_else(command: Command, mix: Path, tmp_path: Path) -> None:
    before = digest(mix)
    ran = command("master", "mix.wav", "out.flac", "--stereo", "--report", "r.json", "--plot", "p.png", "-l", "-16")
    assert (ran.code, ran.err) == (0, "")
    assert names(tmp_path) == ["mix.wav", "out.flac", "p.png", "r.json"]
    assert digest(mix) == before
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["output_format"]["codec"] == "flac"
    assert report["target"] == -16.0
    assert report["target_reached"]
    assert f"-> {report['levels_after']['loudness']:.2f} LUFS (target -16 LUFS)" in ran.out
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_what_could_not_be_reached_is_printed_and_reported(command: Command, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "quiet.wav", np.zeros((RATE, 1)), RATE)
    ran = command("master", "quiet.wav", "out.wav", "--stereo", "--report", "r.json")
    assert ran.code == 0
    limits = json.loads((tmp_path / "r.json").read_text())["limits"]
    assert len(limits) == 2
    assert all(limit in ran.out for limit in limits)
    assert "loudness    not measurable -> not measurable LUFS" in ran.out
    assert "nothing to measure (silence" in command("analyze", "quiet.wav").out


@pytest.mark.usefixtures("mix")
@pytest.mark.parametrize("word", ["keep", "none", "KEEP"])
def test_loudness_can_be_left_alone(command: Command, tmp_path: Path, word: str) -> None:
    assert command("master", "mix.wav", "o.wav", "--loudness", word, "--intensity", "0", "--report", "r.json").code == 0
    assert json.loads((tmp_path / "r.json").read_text())["gain_db"] == 0.0


@pytest.mark.usefixtures("mix")
def test_a_service_sets_loudness_and_true_peak(command: Command, tmp_path: Path) -> None:
    assert command("master", "mix.wav", "o.wav", "--for", "apple-music", "--report", "r.json").code == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["target"], report["ceiling"]) == (-16.0, -1.0)


@pytest.mark.usefixtures("mix")
def test_a_saved_analysis_gives_the_same_master(command: Command, tmp_path: Path) -> None:
    assert command("analyze", "mix.wav", "--save", "a.json").code == 0
    assert command("master", "mix.wav", "one.wav").code == 0
    assert command("master", "mix.wav", "two.wav", "--analysis", "a.json").code == 0
    assert digest(tmp_path / "one.wav") == digest(tmp_path / "two.wav")


def test_the_source_is_replaced_only_if_that_is_asked_for(command: Command, mix: Path, tmp_path: Path) -> None:
    before = digest(mix)
    ran = command("master", "mix.wav", "./mix.wav")
    assert ran.code == 2
    assert "--overwrite" in ran.err
    assert digest(mix) == before
    assert command("master", "mix.wav", "mix.wav", "--overwrite", "--plot", "p.pdf").code == 0
    assert digest(mix) != before
    assert names(tmp_path) == ["mix.wav", "p.pdf"]


def test_what_is_there_is_replaced_but_not_if_it_is_write_protected(command: Command, mix: Path) -> None:
    for name in ("out.wav", "report.json"):
        (mix.parent / name).write_text("of last week")
    (mix.parent / "out.wav").chmod(0o444)
    refused(command("master", "mix.wav", "out.wav"), "out.wav: is write-protected")
    refused(command("master", "mix.wav", "new.wav", "--report", "out.wav"), "out.wav: is write-protected")
    assert (mix.parent / "out.wav").read_text() == "of last week"
    (mix.parent / "out.wav").chmod(0o644)
    assert command("master", "mix.wav", "out.wav", "--report", "report.json").code == 0
    assert (mix.parent / "out.wav").read_bytes()[:4] == b"RIFF"
    assert json.loads((mix.parent / "report.json").read_text())["target_reached"]


@pytest.mark.usefixtures("mix")
def test_analyze_prints_figures_for_people_and_for_programs(command: Command) -> None:
    shown = command("analyze", "mix.wav")
    assert shown.code == 0
    assert "LUFS" in shown.out
    assert "dBTP" in shown.out
    values = json.loads(command("analyze", "mix.wav", "--json").out)
    assert values["channels"] == 2
    assert f"{values['integrated_lufs']:.2f} LUFS" in shown.out
    assert len(values["thirds_db"]) == len(values["thirds_hz"]) == 31


def test_profiles_lists_all_fourteen(command: Command) -> None:
    profiles = json.loads(command("profiles", "--json").out)
    assert [row["profile"] for row in profiles] == list("abcdefghijklmn")
    table = command("profiles").out
    assert all(row["title"] in table for row in profiles)


def test_help_carries_the_declared_ranges(command: Command) -> None:
    from masterchain.graph.planning.settings import INTENSITY, LOUDNESS, TRUE_PEAK
    from masterchain.presets import deliveries

    ran = command("master", "--help")
    assert ran.code == 0
    words = " ".join(ran.out.replace("│", " ").split())
    for declared in (INTENSITY, LOUDNESS, TRUE_PEAK):
        assert f"{declared.lo:g}..{declared.hi:g} {declared.unit}" in words
    assert all(service in words for service in deliveries())


@pytest.mark.parametrize("words", [[], ["master"], ["analyze"], ["profiles"], ["demo"]])
def test_help_shows_no_type_behind_a_switch(command: Command, words: list[str]) -> None:
    ran = command(*words, "--help")
    assert "--help" in ran.out
    assert "bool" not in ran.out.lower()


def test_no_command_shows_the_help_and_version_the_version(command: Command) -> None:
    assert "analyze" in command().out
    assert command("--version").out.startswith("masterchain ")


BAD_OPTIONS = {
    "intensity too high": (["--intensity", "150"], "intensity = 150.0: must be 0..100 %"),
    "intensity is no number": (["--intensity", "much"], "--intensity"),
    "intensity is NaN": (["--intensity", "nan"], "must be 0..100 %"),
    "loudness is no number": (["--loudness", "loud"], "--loudness 'loud'"),
    "loudness out of range": (["--loudness", "3"], "-60..-5 LUFS"),
    "loudness twice": (["--loudness", "-9", "--for", "spotify"], "--loudness and --for"),
    "service unknown": (["--for", "nobody"], "known are spotify"),
    "true peak too high": (["--true-peak", "2"], "-20..0 dBTP"),
    "profile unknown": (["--profile", "z"], "a..n"),
    "profile file missing": (["--profile", "nope.toml"], "nope.toml"),
    "shaping unknown": (["--shaping", "odd"], "none, weighted"),
    "format unknown": (["--format", "xyz"], "flac"),
    "analysis is no analysis": (["--analysis", "mix.wav"], "mix.wav: "),
    "plot of no known kind": (["--plot", "p.gif"], ".png, .pdf, .svg"),
    "plot in no directory": (["--plot", "nodir/p.png"], "'nodir' does not exist"),
    "report in no directory": (["--report", "nodir/r.json"], "'nodir' does not exist"),
    "report over the output": (["--report", "out.wav"], "same file"),
    "report over the source": (["--report", "mix.wav"], "same file"),
    "option unknown": (["--nope"], "--nope"),
}


def refused(ran: Ran, words: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("masterchain: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_a_bad_option_is_refused_in_one_line(
    command: Command, mix: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    before = digest(mix)
    refused(command("master", "mix.wav", "out.wav", *options), words)
    assert names(tmp_path) == ["mix.wav"]
    assert digest(mix) == before


def spoilt(folder: Path) -> dict[str, str]:
    """Write files that can't be mastered; return a word of what must be said of each."""
    audio = 0.1 * np.random.default_rng(1).standard_normal((RATE, 2))
    soundfile.write(folder / "whole.wav", audio, RATE)
    whole = (folder / "whole.wav").read_bytes()
    (folder / "whole.wav").unlink()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("no audio at all\n" * 99)
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    soundfile.write(folder / "zero.wav", np.zeros((0, 2)), RATE)
    audio[RATE // 2] = np.nan
    soundfile.write(folder / "nan.wav", audio, RATE, subtype="FLOAT")
    soundfile.write(folder / "nine.wav", np.zeros((99, 9)), RATE)
    return {
        "missing.wav": "no such file", "empty.wav": "is empty", "text.wav": "not audio", "cut.wav": "truncated",
        "zero.wav": "no audio", "nan.wav": "NaN at 0.5", "nine.wav": "9 channels", ".": "directory",
    }  # fmt: skip


@pytest.mark.parametrize("doing", ["master", "analyze"])
def test_a_bad_file_is_refused_in_one_line(command: Command, tmp_path: Path, doing: str) -> None:
    bad = spoilt(tmp_path)
    there = names(tmp_path)
    for name, words in bad.items():
        refused(command(doing, name, *(["out.wav"] if doing == "master" else [])), words)
    assert names(tmp_path) == there


@pytest.mark.usefixtures("mix")
def test_a_bad_place_is_refused_before_the_work(command: Command, tmp_path: Path) -> None:
    refused(command("master", "mix.wav", "nodir/out.wav"), "'nodir' does not exist")
    refused(command("master", "mix.wav", "."), "directory")
    refused(command("master", "mix.wav", "mix.wav/out.wav"), "'mix.wav' is not a directory")
    refused(command("master", "mix.wav", "-"), "nothing is written to standard output")
    refused(command("master", "-", "out.wav"), "standard input can't be read")
    refused(command("master", "mix.wav", "out.xyz"), "'xyz'")
    refused(command("analyze", "mix.wav", "--save", "nodir/a.json"), "'nodir' does not exist")
    refused(command("demo", "mix.wav"), "mix.wav")
    assert names(tmp_path) == ["mix.wav"]


def test_a_wrong_command_line_is_refused(command: Command) -> None:
    refused(command("frobnicate"), "frobnicate")
    refused(command("master"), "IN")
    refused(command("master", "a.wav"), "OUT")


@pytest.mark.usefixtures("mix")
def test_an_internal_error_is_one_line_and_tells_what_was_written(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from masterchain.scripts.cli import master

    def broken(*arguments: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(master, "draw", broken)
    ran = command("master", "mix.wav", "out.wav", "--plot", "p.png")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "RuntimeError: first line second line" in ran.err
    assert "written before that: out.wav" in ran.err
