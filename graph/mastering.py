"""A file goes in, a master comes out: analyse, plan, render."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from .analysis import Analysis, analyse
from .media import FileSink, FileSource, Format, MediaError, output_format
from .monitor import Monitor, Progress
from .places import FileDestination, PathLike, keep_source
from .planner import plan
from .renderer import render
from .result import Result, result_of
from .settings import Settings

SAME_SECONDS = 0.1


def master(
    source: PathLike,
    output: PathLike,
    settings: Settings | None = None,
    *,
    format: str | None = None,
    analysis: Analysis | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Master the file ``source`` into the file ``output`` and return what came of it.

    The output has the format, codec, bit depth, sample rate, bit rate and channels of the source unless its extension
    or ``format`` says otherwise.  ``analysis`` spares the first pass; it must be of the same audio.  ``overwrite``
    lets the output take the source's own place.  Raises ``MediaError`` for files, ``Cancelled``, and leaves either
    the finished output or what was there before.
    """
    settings = settings or Settings()
    monitor = Monitor(progress, cancelled)
    keep_source(source, output, overwrite)
    wanted = output_format(FileSource(source).format, output, format)
    _named_as_it_is(output, wanted)
    stream = FileSource(source, sample_rate=wanted.sample_rate)
    if analysis is None:
        analysis = analyse(stream, monitor)
    else:
        _same_audio(analysis, stream, monitor)
    destination = FileDestination(output, wanted, tags_from=source)
    rendered = render(stream, destination, plan(analysis, settings, stream.sample_rate), monitor)
    sink = destination.sink
    assert sink is not None
    names = (os.fspath(source), os.fspath(output))
    return result_of(rendered, analysis.report, names, asdict(wanted), sink.clipped, _notes(sink, settings))


def _named_as_it_is(output: PathLike, wanted: Format) -> None:
    """Refuse a name whose extension speaks of another format than the one asked for."""
    extension = Path(output).suffix
    try:
        named = output_format(wanted, output)
    except MediaError:
        return
    if extension and named.container != wanted.container:
        raise MediaError(output, f"{wanted.container} was asked for, the name ends in {extension}; change one")


def _same_audio(analysis: Analysis, stream: FileSource, monitor: Monitor) -> None:
    """Refuse an analysis of other audio; one at the file's own rate serves an output at another."""
    report, frames = analysis.report, stream.frames
    far = frames is not None and abs(frames / stream.sample_rate - report.duration_s) > SAME_SECONDS
    if far or report.channels != stream.channels:
        length = "unknown length" if frames is None else f"{frames / stream.sample_rate:.2f} s"
        raise MediaError(
            stream.path,
            f"the analysis given is of {report.duration_s:.2f} s in {report.channels} channel(s), this is {length} in "
            f"{stream.channels}; analyse this file",
        )
    if analysis.fingerprint and analysis.fingerprint != stream.fingerprint(lambda: monitor.check("analyse")):
        raise MediaError(stream.path, f"the analysis given is of other audio ({analysis.name}); analyse this file")


def _notes(sink: FileSink, settings: Settings) -> tuple[str, ...]:
    """Say what the user should know of the output besides its figures."""
    lossy = (
        f"peaks are those that went into the {sink.format.codec} encoder; decoded, some may lie higher: "
        "codec_safe was turned off",
    )
    return (*sink.tag_losses, *(() if sink.format.lossless or settings.codec_safe else lossy))
