"""Job documents: what clients of the API send is understood, and what is wrong is named by its place, in one line."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from job_documents import BROKEN, OFF, QUIRKS, Document, auth, changed, full, preview
from masterchain import graph
from masterchain.graph import KINDS, Settings
from masterchain.graph.jobs.errors import DocumentError
from masterchain.graph.jobs.model import Segment
from masterchain.graph.jobs.read import job_schema, local_path, read_job
from masterchain.presets import LETTERS, PresetError, deliveries, delivery


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
    read = settings({"loudness": {"profile": name}})
    assert read == Settings.for_service(name)
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
    assert parts["DynamicEq"]["properties"]["intensity"]["anyOf"][0]["maximum"] == 100.0
    assert json.loads(json.dumps(schema)) == schema


def test_the_schema_says_what_may_be_left_out_or_null() -> None:
    schema = job_schema()
    for part in (schema, *schema["$defs"].values()):
        for name, shape in part["properties"].items():
            either = shape.get("anyOf", [])
            assert ({"type": "null"} in either) == (name not in part.get("required", ()) and name not in ANYTHING)
    preset = schema["$defs"]["DynamicEq"]["properties"]["preset"]["anyOf"]
    assert preset[0] == {"enum": list(LETTERS)}
    assert re.search(preset[1]["pattern"], "my/own.toml")
    profile = schema["$defs"]["Loudness"]["properties"]["profile"]["anyOf"]
    assert profile[0] == {"enum": list(deliveries())}
    assert re.search(profile[1]["pattern"], "my/own.toml#club")
    assert schema["$defs"]["DynamicEq"]["else"]["required"] == ["preset"]


ANYTHING = ("metadata", "body")
"""What may be of any shape needs no null of its own."""


def test_a_job_document_and_the_preview_function_mean_the_same_passage() -> None:
    asked, segment = inspect.signature(graph.preview).parameters, Segment()
    assert (segment.start, segment.duration) == (asked["start"].default, asked["duration"].default) == (45.0, 30.0)
