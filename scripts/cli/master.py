"""The job of ``masterchain master``: everything is checked before the work, and every file is whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...graph import Analysis, FileSource, MediaError, Output, Result, Results, Settings, master_all
from ...graph.mastering.outputs import check_outputs
from ...graph.media.delivery_kinds import KINDS
from ...graph.media.writing.hidden_output import check_place
from ...graph.storage.atomic import write_bytes, write_text
from ..sheets.waveform import Outline, outline
from ..shell.outcome import Failed, Refused, Session
from ..shell.progress import Watch

SHEETS = (".png", ".pdf", ".svg")


@dataclass(frozen=True)
class Job:
    """What was asked on the command line; ``options`` are the settings that were named."""

    source: Path
    output: Path
    options: dict[str, Any]
    service: str | None = None
    stereo: bool = False
    format: str | None = None
    report: Path | None = None
    plot: Path | None = None
    analysis: Path | None = None
    overwrite: bool = False
    codec_safe: bool = True
    also: Sequence[str] = ()

    def outputs(self) -> list[tuple[str | None, Path]]:
        """Return kind, where one was named, and place of every output."""
        outputs: list[tuple[str | None, Path]] = [(None, self.output)]
        for asked in self.also:
            kind, path = _kind_and_path(asked)
            outputs.append((kind, Path(path)))
        return outputs

    def settings(self) -> Settings:
        """Return the settings; raises ``SettingsError`` or ``PresetError``."""
        asked: dict[str, Any] = self.options | {"stereo_image": self.stereo, "codec_safe": self.codec_safe}
        return Settings.for_service(self.service, **asked) if self.service else Settings(**asked)


def run(job: Job, session: Session) -> Results:
    """Do ``job`` and return its result; the files that were finished are noted in ``session``."""
    settings = job.settings()
    _check_places(job)
    analysis = Analysis.load(job.analysis) if job.analysis else None
    before = outline(job.source) if job.plot else None
    results = _mastered(job, settings, analysis, session)
    session.written += [str(path) for _, path in job.outputs()]
    if job.report:
        report = results[0] if len(results) == 1 else results
        write_text(job.report, report.to_json() + "\n")
        session.written.append(str(job.report))
    if job.plot:
        draw(results[0], job.plot, before)
        session.written.append(str(job.plot))
    return results


def _kind_and_path(asked: str) -> tuple[str | None, str]:
    """Return the kind, if one is named, and the path of ``KIND:FILE`` or ``FILE``; raises ``Refused``."""
    kind, colon, path = asked.partition(":")
    if kind.lower() in KINDS and path:
        return kind.lower(), path
    # A word and a colon are meant as a kind; one letter is a drive.
    if colon and kind.isalnum() and len(kind) > 1:
        cure = f"; a file of that name is ./{asked}" if path else ", and a file behind it"
        raise Refused(f"--also {asked}: the word before the colon must be one of {', '.join(KINDS)}{cure}")
    return None, asked


def draw(result: Result, path: Path, before: Outline | None) -> None:
    """Write the sheet of ``result`` to ``path``; ``before`` is the source's waveform, where it is short enough."""
    # matplotlib takes half a second, which a job without a plot need not wait for
    from ..sheets.master_sheet import sheet

    after = outline(Path(result.output)) if before else None
    write_bytes(path, sheet(result, before, after, path.suffix.lower().lstrip(".")))


def _mastered(job: Job, settings: Settings, analysis: Analysis | None, session: Session) -> Results:
    stage, asked = "", job.outputs()

    def progress(name: str, share: float) -> None:
        nonlocal stage
        stage = name
        watch.progress(name, share)

    with Watch() as watch, session.working():
        try:
            check_outputs(job.source, [path for _, path in asked], job.overwrite)
            file = FileSource(job.source)
            source = file.format
            outputs = [Output.named(job.output, source, job.format)]
            outputs += [
                Output.of_kind(path, source, kind) if kind else Output.named(path, source) for kind, path in asked[1:]
            ]
            return master_all(
                file, outputs, settings, analysis=analysis, overwrite=job.overwrite,
                progress=progress, cancelled=session.is_interrupted,
            )  # fmt: skip
        except MediaError as error:
            # What is wrong with the source, or with the wish, shows before anything is rendered; after that it is the
            # writing that failed.
            if stage in ("render", "decode") and str(error).startswith(tuple(f"{path}:" for _, path in asked)):
                raise Failed(str(error)) from None
            raise


def _check_places(job: Job) -> None:
    """Raise ``Refused`` or ``MediaError`` for files that could not be written, or would overwrite one another."""
    if str(job.source) == "-":
        raise Refused("-: standard input can't be read, as a mix is read twice; save it to a file first")
    if job.plot and job.plot.suffix.lower() not in SHEETS:
        raise Refused(f"--plot {job.plot}: the name must end in {', '.join(SHEETS)}")
    places = {"OUT": job.output, "--report": job.report, "--plot": job.plot}
    places |= {f"--also {asked}": path for asked, (_, path) in zip(job.also, job.outputs()[1:], strict=True)}
    asked = {name: path for name, path in places.items() if path is not None}
    check_writable(asked.values())
    inputs = {"IN": job.source, "--analysis": job.analysis}
    taken = {os.path.realpath(path): name for name, path in inputs.items() if path is not None}
    for name, path in asked.items():
        other = taken.setdefault(os.path.realpath(path), name)
        if other != name and (name, other) != ("OUT", "IN"):  # OUT may take the place of IN, if --overwrite says so
            raise Refused(f"{name} and {other} are the same file, {path}; give them different names")


def check_writable(paths: Iterable[Path]) -> None:
    """Raise ``Refused`` or ``MediaError`` unless each of ``paths`` can be a new file where it is."""
    for path in paths:
        if str(path) == "-":
            raise Refused("-: nothing is written to standard output, as a file is finished whole; name a file")
        check_place(path)
