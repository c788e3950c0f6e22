"""Analysis: what a track is, measured in one pass, saved and used again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...nodes import Analyzer, Report, Spec
from ...nodes.errors import MasterchainError
from ...nodes.measuring.plain_json import jsonable
from ..media import FileSource
from ..storage.atomic import write_text
from ..streams.progress import Monitor
from ..streams.protocols import BLOCK, Source
from ..streams.read_ahead import ReadAhead

VERSION = 2


class AnalysisError(MasterchainError, ValueError):
    """A saved analysis that cannot be used: one line that says why."""


@dataclass(frozen=True)
class Analysis:
    """The measurements of a whole track, at the rate it is processed at.

    ``name`` says of what; ``media`` is the container's and the codec's facts, and ``fingerprint`` tells the audio of
    the file from any other, whatever its tags and the rate it is processed at; both are empty for audio from memory.
    """

    name: str
    media: dict[str, Any]
    report: Report = field(repr=False)
    fingerprint: str = ""

    def to_json(self) -> str:
        """Return all of it as JSON."""
        return json.dumps(
            {
                "masterchain_analysis": VERSION, "name": self.name, "fingerprint": self.fingerprint,
                "media": jsonable(self.media), "report": self.report.to_dict(),
            }
        )  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Analysis:
        """Return the analysis that ``to_json`` wrote; raises ``AnalysisError`` for anything else."""
        try:
            saved = json.loads(text)
            if saved["masterchain_analysis"] != VERSION:
                version = saved["masterchain_analysis"]
                raise AnalysisError(f"analysis of version {version!r}: must be {VERSION}; analyse again")
            report = Report.from_dict(saved["report"])
            return cls(saved["name"], saved["media"], report, saved["fingerprint"])
        except (ValueError, KeyError, TypeError) as broken:
            if isinstance(broken, AnalysisError):
                raise
            raise AnalysisError(f"not a saved analysis: {broken}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON to ``path``, whole or not at all."""
        write_text(path, self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Analysis:
        """Return what ``save`` wrote; raises ``AnalysisError`` with the path."""
        try:
            return cls.from_json(Path(path).read_text("utf-8"))
        except OSError as failed:
            raise AnalysisError(f"{path}: cannot be read: {failed.strerror}") from None
        except UnicodeDecodeError:
            raise AnalysisError(f"{path}: not a saved analysis: not a text file") from None
        except AnalysisError as broken:
            raise AnalysisError(f"{path}: {broken}") from None


def analyse(source: Source | str | os.PathLike[str], monitor: Monitor | None = None) -> Analysis:
    """Return the analysis of ``source``, a stream or the path of a file, read once from its start to its end.

    Raises ``MediaError`` for a file that cannot be read whole, ``Cancelled`` when ``monitor`` says so.
    """
    monitor = monitor or Monitor()
    stream: Source = FileSource(source) if isinstance(source, (str, os.PathLike)) else source
    report = measure(stream, monitor)
    if isinstance(stream, FileSource):
        known = stream.fingerprint(lambda: monitor.check("analyse"))
        return Analysis(stream.path, stream.info.to_dict(), report, known)
    return Analysis("audio in memory", {}, report)


def measure(stream: Source, monitor: Monitor) -> Report:
    """Return the measurements of ``stream``, read once; raises what ``analyse`` does."""
    analyzer = Analyzer()
    analyzer.prepare(Spec(stream.sample_rate, stream.channels, BLOCK))
    with ReadAhead(stream.blocks(BLOCK)) as ahead:
        for block in monitor.watch("analyse", ahead, stream.frames):
            analyzer.process_block(block)
    return analyzer.report()
