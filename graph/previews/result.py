"""What a preview came to: typed results that print well and serialise to JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...nodes import Report
from ...nodes.measuring.plain_json import jsonable
from ..mastering.result import Levels
from ..planning.settings import Settings
from ..rendering.verdict import AfterCodec


@dataclass(frozen=True)
class PreviewResult:
    """One preview: what was asked, and what is heard in it.

    ``settings`` None is a plain cut.  ``levels`` are those of the passage as it is heard (a lossy one decoded),
    ``track_loudness`` the LUFS of the whole master that it is a passage of, ``gain_db`` what goes into the limiter.
    ``matched`` is the path of the copy at the common loudness, ``matched_db`` its gain.  ``after`` holds all
    measurements of the passage.
    """

    output: str
    output_format: dict[str, Any]
    settings: Settings | None
    profile_title: str
    track_loudness: float | None
    levels: Levels
    gain_db: float
    after_codec: AfterCodec | None
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    after: Report = field(repr=False)
    matched: str | None = None
    matched_db: float | None = None

    @property
    def title(self) -> str:
        """A word for the preview: its profile, or that there is none."""
        return "plain cut" if self.settings is None else f"{self.settings.profile} · {self.profile_title}"

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data, without the measurements over time."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "after"}
        figures: dict[str, Any] = jsonable(plain)
        return figures


@dataclass(frozen=True)
class Previews:
    """Previews of one passage of ``source``, ``duration`` s from ``start`` s.

    ``before`` are the measurements of the whole original, ``original`` those of its passage; ``original_matched`` is
    the path of that passage at the common loudness ``matched_loudness`` in LUFS, where matched copies were asked for.
    """

    source: str
    start: float
    duration: float
    previews: tuple[PreviewResult, ...]
    before: Report = field(repr=False)
    original: Report = field(repr=False)
    original_matched: str | None = None
    matched_loudness: float | None = None

    def with_copies(
        self, original: Path, copies: Sequence[Path], loudness: float, gains_db: Sequence[float]
    ) -> Previews:
        """Return this with the copies that were made, turned down by ``gains_db`` to ``loudness`` in LUFS."""
        each = zip(self.previews, copies, gains_db, strict=True)
        previews = tuple(replace(one, matched=str(path), matched_db=round(gain, 2)) for one, path, gain in each)
        return replace(self, previews=previews, original_matched=str(original), matched_loudness=round(loudness, 2))

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        figures: dict[str, Any] = jsonable(
            {
                "source": self.source, "start": self.start, "duration": self.duration,
                "before": Levels.of(self.before), "original": Levels.of(self.original),
                "original_matched": self.original_matched, "matched_loudness": self.matched_loudness,
                "previews": [preview.to_dict() for preview in self.previews],
            }
        )  # fmt: skip
        return figures

    def to_json(self, indent: int | None = 2) -> str:
        """Return the figures as JSON."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def __str__(self) -> str:
        was = Levels.of(self.original)
        lines = [
            f"{self.source}: {self.duration:.2f} s from {self.start:.2f} s",
            f"  {'original':<44}{_levels(was)}",
        ]
        for preview in self.previews:
            lines.append(f"  {preview.output:<44}{_levels(preview.levels)}   {preview.title}")
            lines += [f"    limited by  {limit}" for limit in preview.limits]
            lines += [f"    note        {note}" for note in preview.notes]
        if self.original_matched is not None and self.matched_loudness is not None:
            paths = [self.original_matched, *(preview.matched or "" for preview in self.previews)]
            lines += [f"  all at {self.matched_loudness:.2f} LUFS:", *(f"    {path}" for path in paths)]
        return "\n".join(lines)


def _levels(levels: Levels) -> str:
    shown = [
        f"{'-' if value is None else format(value, '.2f'):>8} {unit}"
        for value, unit in ((levels.loudness, "LUFS"), (levels.true_peak, "dBTP"))
    ]
    return "".join(shown)
