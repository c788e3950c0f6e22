"""``masterchain preview``: the same passage in several sounds, to listen to one beside the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...graph import Preview, Previews, Settings, preview
from ...graph.media.delivery_kinds import KINDS
from ...graph.previews.window import DURATION_S, START_S
from ...graph.storage.atomic import write_bytes, write_text
from ..shell.outcome import Refused, Session
from ..shell.progress import Watch
from .master import SHEETS, check_writable

EXTENSIONS = {"alac": "m4a"}


@dataclass(frozen=True)
class PreviewJob:
    """What was asked on the command line; ``options`` are the settings that were named, the profiles aside."""

    source: Path
    directory: Path
    profiles: str
    options: dict[str, Any]
    service: str | None = None
    kind: str = "m4a"
    start: float | None = None
    duration: float | None = None
    matched: bool = False
    plot: Path | None = None
    report: Path | None = None

    def previews(self) -> list[Preview]:
        """Return a preview for each profile; raises ``Refused``, ``SettingsError`` and ``PresetError``."""
        if self.kind not in KINDS:
            raise Refused(f"--format {self.kind!r}: must be one of {', '.join(KINDS)}")
        previews = []
        for profile in filter(None, (word.strip() for word in self.profiles.split(","))):
            asked: dict[str, Any] = self.options | {"profile": profile}
            settings = Settings.for_service(self.service, **asked) if self.service else Settings(**asked)
            name = f"{self.source.stem}-{Path(profile).stem}.{EXTENSIONS.get(self.kind, self.kind)}"
            previews.append(Preview(self.directory / name, settings, self.kind))
        if not previews:
            raise Refused("--profiles names none; give one to five, such as a,c,i")
        return previews


def run_preview(job: PreviewJob, session: Session) -> Previews:
    """Do ``job`` and return its result; the files that were finished are noted in ``session``."""
    previews = job.previews()
    if job.plot and job.plot.suffix.lower() not in SHEETS:
        raise Refused(f"--plot {job.plot}: the name must end in {', '.join(SHEETS)}")
    with _made(job.directory):
        check_writable([path for path in (job.plot, job.report) if path])
        with Watch() as watch, session.working():
            result = preview(
                job.source, previews, matched=job.matched, progress=watch.progress, cancelled=session.is_interrupted,
                start=START_S if job.start is None else job.start,
                duration=DURATION_S if job.duration is None else job.duration,
            )  # fmt: skip
    session.written += [one.output for one in result.previews]
    if job.report:
        write_text(job.report, result.to_json() + "\n")
        session.written.append(str(job.report))
    if job.plot:
        from ..sheets.preview_sheet import preview_sheet  # matplotlib takes half a second

        write_bytes(job.plot, preview_sheet(result, job.plot.suffix.lower().lstrip(".")))
        session.written.append(str(job.plot))
    return result


@contextmanager
def _made(directory: Path) -> Iterator[None]:
    """Make ``directory`` unless it exists, and remove it again if nothing comes of it."""
    new = not directory.exists()
    if new:
        directory.mkdir()
    try:
        yield
    except BaseException:
        if new:
            with suppress(OSError):
                directory.rmdir()
        raise
