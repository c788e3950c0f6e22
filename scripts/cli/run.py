"""``masterchain run``: a job document of the mastering API, done on local files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...graph import FileSource, MediaError, Output, Preview, Settings
from ...graph.jobs.errors import DocumentError, at
from ...graph.jobs.read import JobDocument, What, job_schema, local_path, read_job
from ...graph.jobs.run import outputs_of, previews_of, run_job
from ...graph.mastering.outputs import check_outputs
from ..shell.outcome import Refused, Session
from ..shell.progress import Watch
from .master import check_writable


def print_schema() -> None:
    """Print the JSON schema of job documents."""
    print(json.dumps(job_schema(), indent=2))


def run_document(path: Path, what: What | None, dry_run: bool, session: Session) -> None:
    """Do the job in the file at ``path`` (``-``: standard input) and print the API's result; say on stderr what stays.

    ``dry_run`` only checks, files and places too, and prints what would be done.
    """
    try:
        job = read_job(_text(path), what, local=True)
    except DocumentError as error:
        raise Refused(f"{path}: {error}") from None
    plans = _checked(path, job)
    _say(f"{path}: {line}" for line in job.ignored)
    if job.on_complete:
        _say([f"{path}: on_complete: nobody is told; that is for the HTTP service"])
    if dry_run:
        print("\n".join(plans))
        return
    print(json.dumps(_done(job, session), indent=2, ensure_ascii=False))


def _text(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: cannot be read: {error.strerror}") from None


def _done(job: JobDocument, session: Session) -> dict[str, Any]:
    """Do ``job`` and return its result in the API's words."""
    with Watch() as watch, session.working():
        result = run_job(job, watch.progress, session.is_interrupted, _say)
    session.written += [local_path(output.destination) for output in job.outputs]
    return result


def _checked(path: Path, job: JobDocument) -> list[str]:
    """Return what the document at ``path`` would do, a line each; raises ``Refused`` where files do not allow it."""
    with _told_of(path, "inputs[0].source"):
        source = FileSource(local_path(job.source))
    outputs: Sequence[Preview | Output] = previews_of(job) if job.what == "preview" else outputs_of(job)
    formats = []
    for i, one in enumerate(outputs):
        with _told_of(path, at(("outputs", i, "destination"))):
            check_writable([Path(one.path)])
            check_outputs(source.path, [other.path for other in outputs[: i + 1]])
            if os.path.exists(one.path) and os.path.exists(path) and os.path.samefile(one.path, path):
                raise MediaError(one.path, "is the job document itself; give another name")
        with _told_of(path, at(("outputs", i, "kind"))):
            formats.append(one.format_for(source.format))
    passage = f", {job.duration:g} s from {job.start:g} s" if job.what == "preview" else ""
    lines = [f"{job.what} of {source.path}{passage}"]
    for one, output, form in zip(outputs, job.outputs, formats, strict=True):
        size = f"{form.bit_depth} bit" if form.bit_rate is None else f"{form.bit_rate / 1000:g} kb/s"
        shape = f"{form.codec} in {form.container}, {form.sample_rate} Hz, {size}"
        lines.append(f"  {one.path}: {shape}; {_sound(output.settings)}")
    return lines


@contextmanager
def _told_of(path: Path, place: str) -> Iterator[None]:
    """Have what is refused said of ``place`` in the document at ``path``."""
    try:
        yield
    except (MediaError, Refused) as error:
        raise Refused(f"{path}: {place}: {error}") from None


def _sound(settings: Settings | None) -> str:
    if settings is None:
        return "a plain cut"
    level = "level left alone" if settings.loudness is None else f"{settings.loudness:g} LUFS"
    width = "set" if settings.stereo_image else "left alone"
    work = f"profile {settings.profile} at {settings.intensity:g} %"
    return f"{work}, {level}, at most {settings.true_peak:g} dBTP, width {width}"


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"masterchain: {line}", file=sys.stderr)
