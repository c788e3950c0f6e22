"""Do a job document on local files: for the command line, the service and batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..analysis.analysis import Analysis
from ..analysis.figures import master_result, preview_result
from ..mastering.master import master_all
from ..mastering.outputs import Output
from ..media import FileSource
from ..previews.preview import Preview, preview
from ..streams.progress import Progress
from .read import JobDocument, local_path


def run_job(
    job: JobDocument, progress: Progress, cancelled: Callable[[], bool], say: Callable[[Iterable[str]], None]
) -> dict[str, Any]:
    """Do ``job`` and return its result in the API's words; ``say`` is told the limits and notes of its outputs.

    Raises what ``master_all`` and ``preview`` do.
    """
    watched = {"progress": progress, "cancelled": cancelled}
    return (_previewed if job.what == "preview" else _mastered)(job, FileSource(local_path(job.source)), watched, say)


def previews_of(job: JobDocument) -> list[Preview]:
    """Return the previews that ``job`` wants."""
    return [Preview(local_path(one.destination), one.settings, kind=one.kind) for one in job.outputs]


def outputs_of(job: JobDocument) -> list[Output]:
    """Return the outputs that ``job`` wants."""
    return [Output(local_path(one.destination), kind=one.kind) for one in job.outputs]


def _previewed(
    job: JobDocument, source: FileSource, watched: dict[str, Any], say: Callable[[Iterable[str]], None]
) -> dict[str, Any]:
    result = preview(source, previews_of(job), start=job.start, duration=job.duration, **watched)
    say(f"{one.output}: {limit}" for one in result.previews for limit in (*one.limits, *one.notes))
    return preview_result(Analysis(source.path, source.info.to_dict(), result.before))


def _mastered(
    job: JobDocument, source: FileSource, watched: dict[str, Any], say: Callable[[Iterable[str]], None]
) -> dict[str, Any]:
    results = master_all(source, outputs_of(job), job.settings, **watched)
    say(f"{one.output}: {limit}" for one in results for limit in (*one.limits, *one.notes))
    return dict(master_result(results[0].levels_before.loudness, results[0].levels_after.loudness))
