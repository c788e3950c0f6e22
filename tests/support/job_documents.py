"""Job documents to test with: the API's own, the odd ones that clients send, and broken ones."""

from __future__ import annotations

import copy
from typing import Any

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
    copied = copy.deepcopy(document)
    node: Any = copied
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return copied


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
