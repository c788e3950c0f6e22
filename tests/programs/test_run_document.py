"""``masterchain run``: a job document is done on local files, or refused in one line with nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from job_documents import OFF, Document, changed, full, preview
from masterchain.graph import FileSource, analyse, preview_result
from masterchain.graph.jobs.read import job_schema
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from songs import song, write

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.wav", song(5.0))

    def ran(document: Any, *words: str) -> tuple[int, str, str]:
        (tmp_path / "job.json").write_text(document if isinstance(document, str) else json.dumps(document))
        code = run(["run", "job.json", *words], Session())
        out, err = capsys.readouterr()
        told = [line for line in err.splitlines(keepends=True) if not line.startswith("Compiling kernels")]
        return code, out, "".join(told)

    return ran


def local(document: Document, *places: str, **output: Any) -> Document:
    outputs = [document["outputs"][0] | {"destination": place} | output for place in places]
    return changed(document | {"outputs": outputs}, "inputs.0.source", "a.wav")


def test_run_masters_to_every_kind_asked_for(command: Command, tmp_path: Path) -> None:
    job = local(full(), "one.mp3", f"file://{tmp_path}/two.xyz")
    job["outputs"][1] |= {"kind": "FLAC"}
    code, out, err = command(job)
    assert (code, err) == (0, "")
    assert set(json.loads(out)) == {"initial_level", "final_level"}
    assert json.loads(out)["final_level"] == pytest.approx(-14.0, abs=0.1)
    assert FileSource(tmp_path / "one.mp3").format.codec == "mp3"
    assert FileSource(tmp_path / "two.xyz").format.codec == "flac"


def test_run_makes_previews_and_prints_the_metrics_of_the_original(command: Command, tmp_path: Path) -> None:
    job = local(changed(preview(), "inputs.0.segment", {"start": 1, "duration": 2}), "p.wav")
    job["outputs"].append({"destination": "plain.mp4", "master": OFF})
    code, out, _ = command(job)
    assert code == 0
    assert json.loads(out) == preview_result(analyse(tmp_path / "a.wav")) | {
        "media_info": FileSource("a.wav").info.to_dict()
    }
    for name in ("p.wav", "plain.mp4"):
        file = FileSource(tmp_path / name)
        assert (file.format.codec, file.frames) == ("aac", 2 * file.sample_rate)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(command: Command, tmp_path: Path) -> None:
    code, out, err = command(local(preview(), "p.wav") | {"hello": 1, "on_complete": {"url": "http://a"}}, "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "preview of a.wav, 30 s from 36 s",
        "  p.wav: aac in mp4, 44100 Hz, 256 kb/s; profile c at 80 %, -11 LUFS, at most -1 dBTP, width set",
    ]
    assert "hello: unknown" in err
    assert "on_complete: nobody is told" in err
    assert command(local(preview(), "p.wav"), "--dry-run", "--master")[1].startswith("master of a.wav\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "job.json"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (full(), "job.json: inputs[0].source = "),
        ("{", "job.json: not JSON at line 1, column 2"),
        (local(full(), "nodir/m.mp3"), "outputs[0].destination: nodir/m.mp3: the directory 'nodir' does not exist"),
        (changed(local(full(), "m.mp3"), "inputs.0.source", "none.wav"), "inputs[0].source: none.wav: no such file"),
        (changed(local(full(), "m.mp3"), "inputs.0.source", "job.json"), "inputs[0].source: job.json: is not audio"),
        (local(full(), "m.mp3", master={"dynamic_eq": {"preset": "none.toml"}}), "dynamic_eq.preset = "),
        (local(full(), "a.wav"), 'outputs[0].destination = "a.wav": must be another place than inputs[0].source'),
        (local(full(), "m.mp3", "./a.wav"), "outputs[1].destination: ./a.wav: is the source itself"),
        (local(full(), "m.mp3", "./m.mp3"), "outputs[1].destination: ./m.mp3: is asked for twice"),
        (local(full(), "m.mp3", "./job.json"), "outputs[1].destination: ./job.json: is the job document itself"),
        (local(preview(), "-"), "outputs[0].destination: -: nothing is written to standard output"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line_and_writes_nothing(
    command: Command, tmp_path: Path, document: Any, words: str
) -> None:
    code, out, err = command(document)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "job.json"]


def test_run_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--schema"], Session()) == 0
    assert json.loads(capsys.readouterr().out) == job_schema()
    assert run(["run"], Session()) == 2
    assert "name a job document" in capsys.readouterr().err
