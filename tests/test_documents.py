"""Job documents: what clients of the API send is understood, and what is wrong is named by its place, in one line."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from masterchain.graph import KINDS, FileSource, Settings, analyse, preview_result
from masterchain.graph.document_errors import DocumentError
from masterchain.graph.documents import job_schema, local_path, read_job
from masterchain.presets import PresetError, deliveries, delivery
from masterchain.scripts.cli import run
from masterchain.scripts.outcome import Session
from songs import song, write

Document = dict[str, Any]
OFF = {"dynamic_eq": {"enable": False}, "loudness": {"enable": False}, "stereo_image": {"enable": False}}


def preview() -> Document:
    """The API's own example of a preview."""
    master = {
        "dynamic_eq": {"enable": True, "preset": "c", "intensity": 80},
        "loudness": {"enable": True, "target_level": -11},
        "stereo_image": {"enable": True},
    }  # fmt: skip
    return {
        "inputs": [{"source": "dlb://in/a.wav", "segment": {"start": 36, "duration": 30}}],
        "outputs": [{"destination": "dlb://out/p.mp4", "master": master}],
    }


def full(**master: Any) -> Document:
    output = {"destination": "dlb://out/m.mp3", "kind": "mp3", "master": {"dynamic_eq": {"preset": "b"}} | master}
    return {"inputs": [{"source": "https://host/a.flac?sig=1"}], "outputs": [output]}


def changed(document: Document, path: str, value: Any) -> Document:
    """Return ``document`` with ``value`` at a path such as ``inputs.0.source``; ... takes it away."""
    made = copy.deepcopy(document)
    node: Any = made
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return made


def test_a_preview_means_what_it_says() -> None:
    job = read_job(json.dumps(preview()))
    assert (job.what, job.start, job.duration) == ("preview", 36.0, 30.0)
    assert job.source.url == "dlb://in/a.wav"
    assert [output.kind for output in job.outputs] == ["mp4"]
    assert job.outputs[0].settings == Settings("c", 80.0, -11.0, stereo_image=True)
    assert job.ignored == ()


def test_a_full_master_is_one_processing_of_several_outputs() -> None:
    document = full()
    document["outputs"] += [{"destination": f"dlb://out/{kind}", "kind": kind} for kind in ("wav", "OGG", "aac")]
    document["outputs"].append({"destination": "dlb://out/same", "master": {"dynamic_eq": {"preset": "B"}}})
    job = read_job(json.dumps(document))
    assert job.what == "master"
    assert [output.kind for output in job.outputs] == ["mp3", "wav", "ogg", "aac", None]
    assert {output.settings for output in job.outputs} == {Settings("b")}
    assert job.settings == Settings("b")


def auth(document: Document, **given: str) -> Document:
    return changed(document, "inputs.0.source", {"url": "s3://bucket/key", "auth": given})


QUIRKS: dict[str, Document] = {
    "nobody is told": changed(preview(), "on_complete", None),
    "somebody is told": changed(preview(), "on_complete", {"url": "https://a/b", "body": [1], "headers": {"X": "y"}}),
    "no metadata": changed(preview(), "inputs.0.metadata", {}),
    "odd metadata": changed(preview(), "inputs.0.metadata", [1, {"a": None}]),
    "unknown keys": changed(preview(), "outputs.0.master.loudness.peak", "x") | {"x": {"y": 1}},
    "source as an object": changed(preview(), "inputs.0.source", {"url": "dlb://a"}),
    "destination as an object": changed(preview(), "outputs.0.destination", {"url": "s3://b/k", "auth": None}),
    "keys of a bucket": auth(preview(), key="k", secret="s", token="t"),
    "a name and a password": auth(preview(), username="u", password=""),
    "a start that is no integer": changed(preview(), "inputs.0.segment.start", 1.25),
    "no duration": changed(preview(), "inputs.0.segment.duration", ...),
    "all disabled": changed(preview(), "outputs.0.master", OFF),
    "a preview called wav": changed(preview(), "outputs.0.destination", "dlb://out/p.wav"),
    "a null for the target": changed(preview(), "outputs.0.master.loudness.target_level", None),
    "no preset where disabled": changed(preview(), "outputs.0.master.dynamic_eq", {"enable": False, "intensity": 10}),
    "a null for the preset where disabled": changed(
        preview(), "outputs.0.master.dynamic_eq", {"enable": False, "preset": None}
    ),
    "no master": changed(full(), "outputs.0.master", ...),
    "a null for the kind": changed(full(), "outputs.0.kind", None),
    "nulls for objects": changed(preview(), "outputs.0.master.stereo_image", None),
    "a web server with a port": changed(preview(), "inputs.0.source", "http://localhost:8080/a%20b.wav"),
    "a file of the server": changed(preview(), "inputs.0.source", "file:///in/a.wav"),
}  # fmt: skip


@pytest.mark.parametrize("name", QUIRKS)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_clients_send_is_accepted(name: str, indent: int | None) -> None:
    job = read_job(json.dumps(QUIRKS[name], indent=indent).encode())
    assert len(job.outputs) == 1


def settings(master: Document) -> Settings | None:
    return read_job(json.dumps(changed(preview(), "outputs.0.master", master))).outputs[0].settings


def test_what_is_left_open_is_what_a_user_expects() -> None:
    assert settings(OFF) is None
    assert settings({}) == Settings()
    assert settings({"dynamic_eq": {"enable": False}}) == Settings(intensity=0.0)
    assert settings(OFF | {"stereo_image": {"enable": True}}) == Settings(
        intensity=0.0, loudness=None, stereo_image=True
    )
    assert settings({"dynamic_eq": {"preset": "d"}, "loudness": {"enable": False}}) == Settings("d", loudness=None)
    assert read_job(json.dumps(full(**OFF))).settings == Settings(intensity=0.0, loudness=None, true_peak=0.0)


@pytest.mark.parametrize(
    ("segment", "means"),
    [
        ({}, (45, 30)), ({"start": -3}, (0, 30)), ({"start": 2.5, "duration": 99}, (2.5, 30)),
        ({"duration": 0.5}, (45, 0.5)),
    ],
)  # fmt: skip
def test_a_segment_is_clamped(segment: Document, means: tuple[float, float]) -> None:
    job = read_job(json.dumps(changed(preview(), "inputs.0.segment", segment)))
    assert (job.start, job.duration) == means


@pytest.mark.parametrize("name", list(deliveries()))
def test_every_service_is_known_by_name(name: str) -> None:
    found = settings({"loudness": {"profile": name}})
    assert found == Settings.for_service(name)
    assert settings({"loudness": {"profile": name, "target_level": -20}}) == Settings.for_service(name, loudness=-20.0)


def test_a_loudness_profile_may_be_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[club]\nloudness = -8\ntrue_peak = -0.5\n[film]\nloudness = -27\ntrue_peak = -2\n")
    assert Settings.for_service(f"{path}#film") == Settings(loudness=-27.0, true_peak=-2.0)
    document = json.dumps(changed(full(), "outputs.0.master.loudness", {"profile": f"{path}#club"}))
    with pytest.raises(DocumentError, match=r"outputs\[0\].master.loudness.profile = .*must be one of spotify"):
        read_job(document)
    local = json.dumps(changed(json.loads(document), "inputs.0.source", "a.wav")).replace("dlb://", "")
    assert read_job(local, local=True).settings == Settings("b", loudness=-8.0, true_peak=-0.5)
    with pytest.raises(PresetError, match=r"a name must be given; use .*#name, one of club, film"):
        delivery(str(path))
    with pytest.raises(PresetError, match=r"there is no \[cinema\]"):
        delivery(f"{path}#cinema")
    path.write_text("[loud]\nloudness = -1\ntrue_peak = 0\npeak = 3\n")
    with pytest.raises(PresetError, match=r"my\.toml, line 4: unknown key 'peak'"):
        delivery(str(path))
    path.write_text("[loud]\nloudness = -1\ntrue_peak = 0\n")
    with pytest.raises(DocumentError, match=r"^outputs\[0\].master: loudness = -1.0: must be -60..-5 LUFS"):
        read_job(local.replace("#club", ""), local=True)


def test_what_a_job_is_says_the_caller_then_the_document() -> None:
    both = preview() | {"path": "/media/master"}
    assert read_job(json.dumps(both)).what == "master"
    assert read_job(json.dumps(both), "preview").what == "preview"
    assert read_job(json.dumps(full() | {"path": "/media/master/preview"})).what == "preview"
    assert read_job(json.dumps(both)).ignored == ("inputs[0].segment: a full master is of the whole track",)


def test_keys_that_nobody_knows_are_named() -> None:
    document = changed(full(loudness={"target_levle": -9}), "outputs.0.destination", {"url": "dlb://b", "x": 1})
    assert read_job(json.dumps(document)).ignored == (
        "outputs[0].destination.x: unknown",
        "outputs[0].master.loudness.target_levle: unknown; did you mean target_level?",
    )


BROKEN: dict[str, tuple[Any, str]] = {
    "no JSON": ("{'inputs': []}", "not JSON at line 1, column 2: "),
    "a text cut short": ('{"inputs": [', "not JSON at line 1, column 13: "),
    "a list": ([], 'the document = []: must be an object with "inputs"'),
    "no inputs": (changed(full(), "inputs", ...), "inputs is missing: must be a list of one input"),
    "two inputs": (full() | {"inputs": 2 * full()["inputs"]}, "inputs = [...]: must be a list of one input"),
    "no outputs": (full() | {"outputs": []}, "outputs = []: must be a list of 1 to 5 outputs"),
    "six outputs": (full() | {"outputs": 6 * full()["outputs"]}, "outputs = [...]: must be a list of 1 to 5"),
    "no source": (changed(full(), "inputs.0.source", ...), "inputs[0].source is missing: must be a URL"),
    "a null for the source": (changed(full(), "inputs.0.source", None), "inputs[0].source is missing: must be a URL"),
    "source without a scheme": (changed(full(), "inputs.0.source", "a.wav"), 'inputs[0].source = "a.wav": must be dlb'),
    "source of no known scheme": (changed(full(), "inputs.0.source", "ftp://a/b"), "inputs[0].source = "),
    "an empty key": (changed(full(), "outputs.0.destination", "dlb://"), 'outputs[0].destination = "dlb://": must be'),
    "an object without url": (changed(full(), "outputs.0.destination", {}), "outputs[0].destination.url is missing"),
    "half of the keys": (auth(full(), key="k"), "inputs[0].source.auth = (not shown): must be an object with"),
    "start is a text": (changed(preview(), "inputs.0.segment.start", "45"), 'inputs[0].segment.start = "45": must'),
    "start is NaN": (changed(preview(), "inputs.0.segment.start", float("nan")), "inputs[0].segment.start = NaN: "),
    "no length": (changed(preview(), "inputs.0.segment.duration", 0), "inputs[0].segment.duration = 0: must be"),
    "negative length": (changed(preview(), "inputs.0.segment.duration", -1), "inputs[0].segment.duration = -1: must"),
    "kind unknown": (changed(full(), "outputs.0.kind", "wma"), 'outputs[0].kind = "wma": must be one of'),
    "preset unknown": (full(dynamic_eq={"preset": "z"}), 'outputs[0].master.dynamic_eq.preset = "z": must be one of'),
    "preset missing": (full(dynamic_eq={"enable": True}), "outputs[0].master.dynamic_eq.preset is missing: must be"),
    "preset is a path": (full(dynamic_eq={"preset": "/etc/x.toml"}), "outputs[0].master.dynamic_eq.preset = "),
    "intensity too high": (
        full(dynamic_eq={"preset": "a", "intensity": 101}),
        "outputs[0].master.dynamic_eq.intensity = 101: must be a number, 0..100 %",
    ),
    "enable is a text": (full(loudness={"enable": "yes"}), 'outputs[0].master.loudness.enable = "yes": must be true'),
    "enable is a number": (full(stereo_image={"enable": 1}), "outputs[0].master.stereo_image.enable = 1: must"),
    "target too loud": (full(loudness={"target_level": 3}), "outputs[0].master.loudness.target_level = 3: must"),
    "target is true": (full(loudness={"target_level": True}), "outputs[0].master.loudness.target_level = true: must"),
    "service unknown": (full(loudness={"profile": "x"}), 'outputs[0].master.loudness.profile = "x": service'),
    "loudness is a number": (full(loudness=-14), "outputs[0].master.loudness = -14: must be an object"),
    "a callback of no URL": (full() | {"on_complete": {"url": "x"}}, 'on_complete.url = "x": must be http://'),
    "a path of no API": (full() | {"path": "/media/x"}, 'path = "/media/x": must be /media/master/preview or'),
    "one place twice": (
        full() | {"outputs": 2 * full()["outputs"]},
        'outputs[1].destination = "dlb://out/m.mp3": must be another place than outputs[0].destination',
    ),
    "the place of the source": (
        changed(full(), "outputs.0.destination", full()["inputs"][0]["source"]),
        'outputs[0].destination = "https://host/a.flac?sig=1": must be another place than inputs[0].source',
    ),
    "two sounds of one master": (
        full() | {"outputs": [*full()["outputs"], {"destination": "dlb://b", "master": {}}]},
        "outputs[1].master differs from outputs[0].master: must be the same or left out",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_refused_in_one_line_that_names_the_place(name: str) -> None:
    document, words = BROKEN[name]
    with pytest.raises(DocumentError) as refused:
        read_job(document if isinstance(document, str) else json.dumps(document))
    assert str(refused.value).startswith(words)
    assert len(str(refused.value).splitlines()) == len(refused.value.problems) == 1
    assert refused.value.json_error == words.startswith("not JSON")


@pytest.mark.parametrize("text", [b"\xff\xfe{", b"[" * 200_000, b"", b"null"])
def test_what_is_no_document_at_all_is_refused_too(text: bytes) -> None:
    with pytest.raises(DocumentError):
        read_job(text)


def test_all_problems_are_told_and_no_secret_is() -> None:
    document = auth(full(dynamic_eq={"preset": "z", "intensity": -1}), key="SECRET")
    with pytest.raises(DocumentError) as refused:
        read_job(json.dumps(document))
    assert len(refused.value.problems) == 3
    assert "SECRET" not in str(refused.value)


def test_a_local_document_names_files() -> None:
    document = changed(full(), "inputs.0.source", "file:///tmp/a%20b.wav")
    with pytest.raises(DocumentError, match=r"^outputs\[0\].destination = .*path or file:///path here; dlb://"):
        read_job(json.dumps(document), local=True)
    job = read_job(json.dumps(changed(document, "outputs.0.destination", "out/m%20m.mp3")), local=True)
    assert local_path(job.source) == "/tmp/a b.wav"
    assert local_path(job.outputs[0].destination) == "out/m%20m.mp3"


def test_the_schema_knows_every_part() -> None:
    schema = job_schema()
    assert schema["required"] == ["inputs", "outputs"]
    parts = schema["$defs"]
    assert schema["properties"]["outputs"]["maxItems"] == 5
    assert {"type": "string"} in parts["Output"]["properties"]["destination"]["anyOf"]
    assert parts["Output"]["properties"]["kind"]["anyOf"][0]["enum"] == list(KINDS)
    assert parts["DynamicEq"]["properties"]["intensity"]["maximum"] == 100.0
    assert json.loads(json.dumps(schema)) == schema


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
        found = FileSource(tmp_path / name)
        assert (found.format.codec, found.frames) == ("aac", 2 * found.sample_rate)


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
        (local(full(), "nodir/m.mp3"), "'nodir' does not exist"),
        (changed(local(full(), "m.mp3"), "inputs.0.source", "none.wav"), "none.wav: no such file"),
        (local(full(), "m.mp3", master={"dynamic_eq": {"preset": "none.toml"}}), "none.toml"),
        (local(full(), "./a.wav"), "a.wav"),
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
