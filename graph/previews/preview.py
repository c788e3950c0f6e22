"""Previews: the same passage of up to five masters of one track, without writing the masters.

The loudness is solved for the whole track, and the whole track goes through each chain: a preview is the passage of
the master, not a master of the passage.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field

from ..analysis.analysis import Analysis, measure
from ..mastering.master import analysis_of, opened_file, path_of
from ..mastering.outputs import MOST_OUTPUTS, Output, check_outputs
from ..mastering.result import Levels
from ..media import FileSource, Format
from ..media.reading.resample import ResampledSource, resampled_length
from ..media.reading.spooled import SpooledSource
from ..planning.settings import Settings, SettingsError
from ..rendering.destinations import FileDestination
from ..rendering.publish import publish
from ..streams.paths import PathLike
from ..streams.progress import Monitor, Progress
from ..streams.protocols import Source
from .maker import Passage, Unpublished, cut, make_cut, make_mastered
from .matched_copies import Copies, Matched, match
from .result import PreviewResult, Previews
from .window import DURATION_S, START_S, Window
from .workers import Workers


@dataclass(frozen=True)
class Preview:
    """One preview: where, of which master, and as what.

    ``settings`` None is a plain cut.  ``kind`` is one of ``media.KINDS``, None for the source's format; a whole
    ``format`` takes its place.  The extension of ``path`` says nothing.
    """

    path: PathLike
    settings: Settings | None = field(default_factory=Settings)
    kind: str | None = "mp4"
    format: Format | None = None

    def format_for(self, source: Format) -> Format:
        """Return the format of this preview of a ``source``; raises ``MediaError`` for what cannot be written."""
        return Output(self.path, None if self.format else self.kind, self.format).format_for(source)


def preview(
    source: PathLike | FileSource,
    previews: Sequence[Preview],
    *,
    start: float = START_S,
    duration: float = DURATION_S,
    matched: bool = False,
    analysis: Analysis | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Previews:
    """Write one to five ``previews`` of the file ``source``, by its path or as it was opened.

    They hold ``duration`` s from ``start`` s.

    A PCM preview is bit for bit what a master in the same format has there.  A window that would end behind the track
    moves back; a track that is shorter is previewed whole.  ``matched`` adds copies of all previews and of the
    original, all as loud as the quietest and none above its ceiling, their names ending in ``-matched``.
    ``analysis`` spares the first pass.  Raises ``MediaError``, ``SettingsError`` and ``Cancelled``; either all files
    appear, or none.
    """
    _check(start, duration)
    path = path_of(source)
    check_outputs(path, [preview.path for preview in previews])
    copies = Copies.beside(path, [preview.path for preview in previews]) if matched else None
    if copies:
        check_outputs(path, [*(preview.path for preview in previews), *copies.paths], most=2 * MOST_OUTPUTS + 1)
    monitor = Monitor(progress, cancelled)
    original = opened_file(source)
    formats = [preview.format_for(original.format) for preview in previews]
    with ExitStack() as stack:
        track = SpooledSource(original)
        stack.callback(track.forget)
        analysis = analysis_of(original, track, analysis, monitor)
        job = _Job(original.path, track, analysis, (start, duration), stack)
        workers = Workers(len(previews), progress, cancelled)
        tasks = [
            lambda own, one=one, format=format: job.make(one, format, own)
            for one, format in zip(previews, formats, strict=True)
        ]
        finished = workers.run(tasks, stack)
        return job.published(previews, finished, copies, monitor)


def _check(start: float, duration: float) -> None:
    """Raise ``SettingsError`` for a window that cannot be."""
    if not 0.0 <= start < float("inf"):
        raise SettingsError(f"start = {start!r}: must be 0 s or later")
    if not 0.0 < duration < float("inf"):
        raise SettingsError(f"duration = {duration!r}: must be more than 0 s")


class _Job:
    """The track of all previews and the passage of it, ``(start, duration)`` in seconds.

    It is decoded once; the temporary files of other sample rates and of the passage belong to ``stack``.
    """

    def __init__(
        self, path: str, track: Source, analysis: Analysis, passage: tuple[float, float], stack: ExitStack
    ) -> None:
        self._path, self._track, self._analysis, self._stack = path, track, analysis, stack
        self._start, self._duration = passage
        self._streams = {track.sample_rate: track}
        self._lock = threading.Lock()

    def make(self, preview: Preview, format: Format, monitor: Monitor) -> Unpublished:
        """Write one preview."""
        stream = self._stream(format.sample_rate)
        place = FileDestination(preview.path, format, tags_from=self._path)
        window = self._window(format.sample_rate)
        if preview.settings is None:
            return make_cut(stream, window, place, monitor)
        return make_mastered(stream, window, self._analysis, preview.settings, place, monitor)

    def published(
        self, previews: Sequence[Preview], finished: Sequence[Unpublished], copies: Copies | None, monitor: Monitor
    ) -> Previews:
        """Give all files their names and return what came of them."""
        plain = self._cut(self._track.sample_rate, monitor)
        window = self._window(plain.sample_rate)
        result = Previews(
            source=self._path,
            start=window.first / plain.sample_rate,
            duration=window.frames / plain.sample_rate,
            previews=tuple(_result(preview, one) for preview, one in zip(previews, finished, strict=True)),
            before=self._analysis.report,
            original=measure(plain, monitor),
        )
        sinks = [one.sink for one in finished]
        if copies:
            matched = self._matched(finished, copies, monitor)
            sinks += matched.sinks
            result = result.with_copies(copies.original, copies.previews, matched.loudness, matched.gains_db[1:])
        publish(sinks)
        return result

    def _matched(self, finished: Sequence[Unpublished], copies: Copies, monitor: Monitor) -> Matched:
        first = finished[0].sink.format
        formats = [first, *(one.sink.format for one in finished)]
        places = [FileDestination(path, format, self._path) for path, format in zip(copies.paths, formats, strict=True)]
        passages = [self._cut(first.sample_rate, monitor), *(one.passage for one in finished)]
        ceilings = [0.0, *(one.plan.settings.true_peak if one.plan else 0.0 for one in finished)]
        matched = match(passages, places, ceilings, monitor)
        for sink in matched.sinks:
            self._stack.callback(sink.abort)
        return matched

    def _cut(self, rate: int, monitor: Monitor) -> Passage:
        passage = cut(self._stream(rate), self._window(rate), monitor)
        self._stack.callback(passage.sound.forget)
        return passage

    def _stream(self, rate: int) -> Source:
        with self._lock:
            if rate not in self._streams:
                stream = SpooledSource(ResampledSource(self._track, rate))
                self._stack.callback(stream.forget)
                self._streams[rate] = stream
            return self._streams[rate]

    def _window(self, rate: int) -> Window:
        report = self._analysis.report
        total = resampled_length(report.frames, int(report.sample_rate), rate)
        return Window.of(total, rate, self._start, self._duration)


def _result(preview: Preview, finished: Unpublished) -> PreviewResult:
    sink, plan = finished.sink, finished.plan
    return PreviewResult(
        output=os.fspath(preview.path),
        output_format=asdict(sink.format),
        settings=preview.settings,
        profile_title=plan.profile.title if plan else "",
        track_loudness=None if finished.track_loudness is None else round(finished.track_loudness, 2),
        levels=Levels.of(finished.report),
        gain_db=round(plan.gain_db or 0.0, 3) if plan else 0.0,
        after_codec=finished.after_codec,
        limits=plan.limits if plan else (),
        notes=tuple(sink.tag_losses),
        after=finished.report,
    )
