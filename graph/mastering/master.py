"""A file goes in, a master comes out, in as many formats as are asked for: analyse, plan, render."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from ..analysis.analysis import Analysis, analyse
from ..media import FileSink, FileSource, MediaError
from ..planning.plan import plan
from ..planning.settings import Settings
from ..rendering.destinations import FileDestination
from ..rendering.publish import Several, SeveralSinks, publish
from ..rendering.render import Rendered, render_shaped
from ..rendering.shaped_sound import Shaping
from ..rendering.solve import solve
from ..streams.paths import PathLike
from ..streams.progress import Monitor, Progress
from .outputs import Output, check_outputs
from .result import Result, Results, result_of

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
    check_outputs(source, [output], overwrite)
    wanted = Output.named(output, FileSource(source).format, format)
    return master_all(
        source, [wanted], settings, analysis=analysis, overwrite=overwrite, progress=progress, cancelled=cancelled
    )[0]


def master_all(
    source: PathLike,
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
    check_outputs(source, [output.path for output in outputs], overwrite)
    original = FileSource(source)
    formats = [output.format_for(original.format) for output in outputs]
    places = [FileDestination(o.path, f, tags_from=source) for o, f in zip(outputs, formats, strict=True)]
    if analysis is None:
        analysis = analyse(original, monitor)
    else:
        same_audio(analysis, original, monitor)
    made: dict[str, _Made] = {}
    try:
        for rate in sorted({format.sample_rate for format in formats}):
            alike = [place for place in places if place.format.sample_rate == rate]
            for one in _at_rate(FileSource(source, rate), alike, analysis, settings, monitor):
                made[os.fspath(one.sink.path)] = one
        ordered = [made[os.fspath(place.path)] for place in places]
        publish([one.sink for one in ordered])
    finally:
        for one in made.values():
            one.sink.abort()
    return Results(one.result(original.path, analysis, settings) for one in ordered)


@dataclass(frozen=True)
class _Made:
    """An output that is finished but for its name."""

    sink: FileSink
    rendered: Rendered

    def result(self, source: str, analysis: Analysis, settings: Settings) -> Result:
        names, sink = (source, self.sink.path), self.sink
        notes = _notes(sink, settings)
        return result_of(self.rendered, analysis.report, names, asdict(sink.format), sink.clipped, notes)


def _at_rate(
    stream: FileSource, places: Sequence[FileDestination], analysis: Analysis, settings: Settings, monitor: Monitor
) -> Iterator[_Made]:
    """Make the outputs at ``places``, all at the rate of ``stream``."""
    made = plan(analysis, settings, stream.sample_rate)
    with Shaping(stream, made) as shaping:
        made = solve(stream, made, monitor, shaping)
        for lossy, alike in groupby(sorted(places, key=_level_of), key=_level_of):
            for group in ([place] for place in alike) if lossy[0] else [list(alike)]:
                rendered, sinks = render_shaped(stream, shaping, Several(group), made, monitor)
                assert isinstance(sinks, SeveralSinks)
                for sink in sinks.parts:
                    yield _Made(sink, rendered)


def _level_of(place: FileDestination) -> tuple[bool, int]:
    """Return what outputs have in common that can share one pass of limiter and dither; lossy ones never can."""
    return place.lossy, place.bits or 0


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
