"""Job documents: from the mastering API's JSON to what is to be done, with every error named by its place.

The HTTP service and ``masterchain run`` read them here.  What the API's descriptions leave open is decided here:

* A full master is one processing: of its outputs any may carry ``master``, and all that do must carry the same.
* Without ``dynamic_eq`` the default profile works; with it, enabled, a preset must be named.
* With everything disabled a preview is a plain cut; a full master keeps its level and is only held below 0 dBTP.
* ``segment`` is of no meaning for a full master.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ValidationError

from ..planning.settings import Settings
from .errors import DocumentError, at, problem, problems_of
from .expected import PREVIEW_PATH, RIGHT
from .model import Auth, Input, JobModel, Location, Master, OnComplete

What = Literal["preview", "master"]


@dataclass(frozen=True)
class WantedOutput:
    """One file to be made; ``kind`` None is the source's format (of a preview: AAC in MP4).

    ``settings`` None, in previews only, is a plain cut.
    """

    destination: Location
    kind: str | None
    settings: Settings | None


@dataclass(frozen=True)
class JobDocument:
    """A job that can be begun: ``what`` it is, of which track, and what is to be made.

    ``start`` and ``duration`` in seconds are of meaning for previews.  ``ignored`` says what the document holds and
    nothing is done with.
    """

    what: What
    source: Location
    outputs: tuple[WantedOutput, ...]
    start: float
    duration: float
    on_complete: OnComplete | None
    metadata: Any = field(repr=False)
    ignored: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        """The settings of a full master, the same for all its outputs."""
        return self.outputs[0].settings or _untouched()


def read_job(text: str | bytes, what: What | None = None, local: bool = False) -> JobDocument:
    """Return the job that the JSON ``text`` describes; raises ``DocumentError`` with every problem found.

    ``what`` it is says the caller, else the document's ``path``, else its having a ``segment``: that is a preview.
    ``local``: URLs are paths or ``file://``, and presets and loudness profiles may be files, of which nothing is read
    otherwise.
    """
    return job_of(_parsed(text), what, local)


def job_of(document: Any, what: What | None = None, local: bool = False) -> JobDocument:
    """Return the job that ``document``, plain data, describes; see ``read_job``."""
    if not isinstance(document, dict):
        raise DocumentError([problem((), document, RIGHT[""])])
    try:
        model = JobModel.model_validate(document, context={"local": local})
    except ValidationError as error:
        raise DocumentError(problems_of(error, document, RIGHT)) from None
    track = model.inputs[0]
    kind: What = what or _what(model, track)
    asked, problems = _asked(model)
    problems += [*_same_places(model), *(_different_masters(asked) if kind == "master" else [])]
    if problems:
        raise DocumentError(problems)
    outputs = _wanted_previews(model, asked) if kind == "preview" else _wanted_masters(model, asked)
    return JobDocument(
        kind, track.source, outputs, track.segment.start, track.segment.duration, model.on_complete, track.metadata,
        tuple(_ignored(model, kind)),
    )  # fmt: skip


def job_schema() -> dict[str, Any]:
    """Return the JSON schema of job documents: what is not ``required`` is optional, and null is its default too."""
    schema = JobModel.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for name, shape in part["properties"].items():
            if name not in part.get("required", ()):
                part["properties"][name] = _or_null(shape)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _or_null(shape: dict[str, Any]) -> dict[str, Any]:
    """Return ``shape`` with null allowed, as ``Part`` allows it."""
    null, about = {"type": "null"}, ("default", "description", "title")
    bare = {key: value for key, value in shape.items() if key not in about}
    if not bare or null in bare.get("anyOf", ()):
        return shape
    return {"anyOf": [bare, null]} | {key: shape[key] for key in about if key in shape}


def local_path(location: Location) -> str:
    """Return the path that a location of a ``local`` document names."""
    return unquote(urlsplit(location.url).path) if location.url.lower().startswith("file:") else location.url


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DocumentError([f"not JSON at {place}: {error.msg}"], json_error=True) from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else f"not text in UTF-8 ({error})"
        raise DocumentError([f"not JSON: {why}"], json_error=True) from None


def _what(model: JobModel, track: Input) -> What:
    if model.path is not None:
        return "preview" if model.path == PREVIEW_PATH else "master"
    return "preview" if "segment" in track.model_fields_set else "master"


def _same_places(model: JobModel) -> Iterator[str]:
    taken = {_place_of(model.inputs[0].source): "inputs[0].source"}
    for i, output in enumerate(model.outputs):
        name = at(("outputs", i, "destination"))
        other = taken.setdefault(_place_of(output.destination), name)
        if other != name:
            yield f"{problem(('outputs', i, 'destination'), output.destination.url, 'another place')} than {other}"


def _place_of(location: Location) -> str:
    return local_path(location) if "://" not in location.url or location.url.startswith("file:") else location.url


def _asked(model: JobModel) -> tuple[dict[int, Settings | None], list[str]]:
    """Return the settings of each output that carries ``master``, None for a plain one, and what is wrong with them."""
    asked: dict[int, Settings | None] = {}
    problems = []
    for i, output in enumerate(model.outputs):
        try:
            if output.master is not None:
                asked[i] = _settings(output.master)
        except ValueError as refused:  # a loudness profile of the user's own is only checked here
            problems.append(f"{at(('outputs', i, 'master'))}: {refused}")
    return asked, problems


def _different_masters(asked: dict[int, Settings | None]) -> Iterator[str]:
    first = min(asked, default=0)
    for i, settings in asked.items():
        if settings != asked[first]:
            yield (
                f"{at(('outputs', i, 'master'))} differs from {at(('outputs', first, 'master'))}: must be the same or "
                "left out, as a full master is processed once; for another sound send another job"
            )


def _wanted_previews(model: JobModel, asked: dict[int, Settings | None]) -> tuple[WantedOutput, ...]:
    outputs = enumerate(model.outputs)
    return tuple(WantedOutput(o.destination, o.kind or "mp4", asked.get(i, Settings())) for i, o in outputs)


def _wanted_masters(model: JobModel, asked: dict[int, Settings | None]) -> tuple[WantedOutput, ...]:
    settings = next(iter(asked.values()), Settings()) or _untouched()
    return tuple(WantedOutput(output.destination, output.kind, settings) for output in model.outputs)


def _untouched() -> Settings:
    """Return the settings that leave a track as it is, but for peaks that no format should hold."""
    return Settings(intensity=0.0, loudness=None, true_peak=0.0)


def _settings(master: Master) -> Settings | None:
    """Return what ``master`` asks for; None where everything in it is disabled."""
    eq, loudness, width = master.dynamic_eq, master.loudness, master.stereo_image.enable
    if not (eq.enable or loudness.enable or width):
        return None
    values: dict[str, Any] = {"intensity": eq.intensity if eq.enable else 0.0, "stereo_image": width}
    if eq.preset is not None:
        values["profile"] = eq.preset
    if loudness.true_peak is not None:
        values["true_peak"] = loudness.true_peak
    if not loudness.enable:
        return Settings(**values, loudness=None)
    if loudness.target_level is not None:
        values["loudness"] = loudness.target_level
    return Settings.for_service(loudness.profile, **values) if loudness.profile else Settings(**values)


def _ignored(model: JobModel, what: What) -> Iterator[str]:
    if what == "master" and "segment" in model.inputs[0].model_fields_set:
        yield "inputs[0].segment: a full master is of the whole track"
    yield from _unknown(model, ())


def _unknown(part: BaseModel, place: tuple[str | int, ...]) -> Iterator[str]:
    if isinstance(part, Auth):
        return
    known = list(type(part).model_fields)
    for key in part.model_extra or {}:
        near = difflib.get_close_matches(key, known, 1)
        yield f"{at((*place, key))}: unknown" + (f"; did you mean {near[0]}?" if near else "")
    for name in known:
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from _unknown(value, (*place, name))
        elif isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _unknown(item, (*place, name, i))
