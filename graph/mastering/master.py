"""A file goes in, a master comes out, in as many formats as are asked for: analyse, plan, render."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from ..analysis.analysis import Analysis, measure
from ..media import FileSink, FileSource, MediaError
from ..media.reading.resample import ResampledSource
from ..media.reading.spooled import SpooledSource
from ..planning.plan import plan
from ..planning.settings import Settings
from ..rendering.destinations import FileDestination
from ..rendering.publish import Several, SeveralSinks, publish
from ..rendering.render import Rendered, render_shaped
from ..rendering.shaped_sound import Shaping
from ..rendering.solve import solve
from ..streams.paths import PathLike
from ..streams.progress import Monitor, Progress
from ..streams.protocols import Source
from .outputs import Output, check_outputs
from .result import Result, Results, result_of

SAME_SECONDS = 0.1


def master(
    source: PathLike | FileSource,
    output: PathLike,
    settings: Settings | None = None,
    *,
    format: str | None = None,
    analysis: Analysis | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Master the file ``source``, by its path or as it was opened, into the file ``output``; return what came of it.

    The output has the format, codec, bit depth, sample rate, bit rate and channels of the source unless its extension
    or ``format`` says otherwise.  ``analysis`` spares the first pass; it must be of the same audio.  ``overwrite``
    lets the output take the source's own place.  Raises ``MediaError`` for files, ``Cancelled``, and leaves either
    the finished output or what was there before.
    """
    check_outputs(path_of(source), [output], overwrite)
    file = opened_file(source)
    target = Output.named(output, file.format, format)
    return master_all(
        file, [target], settings, analysis=analysis, overwrite=overwrite, progress=progress, cancelled=cancelled
    )[0]


def master_all(
    source: PathLike | FileSource,
    outputs: Sequence[Output],
    settings: Settings | None = None,
    *,
    analysis: Analysis | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Results:
    """Master the file ``source`` into one to five ``outputs`` and return what came of each, in their order.

    Each is what it would be alone: at its own sample rate, under its ceiling there.  The track is analysed once;
    outputs of one rate share what is shaped, those of one bit depth too what is limited.  See ``master`` for the rest;
    either all outputs appear, or none does and what was there before stays.
    """
    settings = settings or Settings()
    monitor = Monitor(progress, cancelled)
    check_outputs(path_of(source), [output.path for output in outputs], overwrite)
    original = opened_file(source)
    formats = [output.format_for(original.format) for output in outputs]
    places = [FileDestination(o.path, f, tags_from=original.path) for o, f in zip(outputs, formats, strict=True)]
    rates = sorted({format.sample_rate for format in formats})
    track = SpooledSource(original, again=analysis is None or len(rates) > 1)
    finished: dict[str, _Unpublished] = {}
    try:
        analysis = analysis_of(original, track, analysis, monitor)
        for rate in rates:
            alike = [place for place in places if place.format.sample_rate == rate]
            for one in _at_rate(at_rate(track, rate), alike, analysis, settings, monitor):
                finished[os.fspath(one.sink.path)] = one
        ordered = [finished[os.fspath(place.path)] for place in places]
        publish([one.sink for one in ordered])
    finally:
        track.forget()
        for one in finished.values():
            one.sink.abort()
    return Results(one.result(path_of(source), analysis, settings) for one in ordered)


@dataclass(frozen=True)
class _Unpublished:
    """An output that is finished but for its name."""

    sink: FileSink
    rendered: Rendered

    def result(self, source: str, analysis: Analysis, settings: Settings) -> Result:
        names, sink = (source, self.sink.path), self.sink
        notes = _notes(sink, settings)
        return result_of(self.rendered, analysis.report, names, asdict(sink.format), sink.clipped, notes)


def _at_rate(
    stream: Source, places: Sequence[FileDestination], analysis: Analysis, settings: Settings, monitor: Monitor
) -> Iterator[_Unpublished]:
    """Make the outputs at ``places``, all at the rate of ``stream``."""
    unsolved = plan(analysis, settings, stream.sample_rate)
    with Shaping(stream, unsolved) as shaping:
        solved = solve(stream, unsolved, monitor, shaping)
        for lossy, alike in groupby(sorted(places, key=_level_of), key=_level_of):
            for group in ([place] for place in alike) if lossy[0] else [list(alike)]:
                rendered, sinks = render_shaped(stream, shaping, Several(group), solved, monitor)
                assert isinstance(sinks, SeveralSinks)
                for sink in sinks.parts:
                    yield _Unpublished(sink, rendered)


def _level_of(place: FileDestination) -> tuple[bool, int]:
    """Return what outputs have in common that can share one pass of limiter and dither; lossy ones never can."""
    return place.lossy, place.bits or 0


def opened_file(source: PathLike | FileSource) -> FileSource:
    """Return ``source`` as a file that was looked at."""
    return source if isinstance(source, FileSource) else FileSource(source)


def path_of(source: PathLike | FileSource) -> str:
    """Return where the file ``source`` is."""
    return source.path if isinstance(source, FileSource) else os.fspath(source)


def analysis_of(file: FileSource, track: Source, analysis: Analysis | None, monitor: Monitor) -> Analysis:
    """Return the analysis of ``track``, what ``file`` holds, or ``analysis`` itself, if it is of that."""
    if analysis is None:
        return Analysis(file.path, file.info.to_dict(), measure(track, monitor))
    same_audio(analysis, file, monitor)
    return analysis


def at_rate(track: Source, sample_rate: int) -> Source:
    """Return ``track`` at ``sample_rate`` in Hz."""
    return track if track.sample_rate == sample_rate else ResampledSource(track, sample_rate)


def same_audio(analysis: Analysis, stream: FileSource, monitor: Monitor) -> None:
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
