"""``masterchain bench listen``: masters at one loudness, and how far from their originals they sound to a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....graph import Analysis, ArraySource, Settings, analyse
from ...shell.outcome import Refused, Session
from ...shell.tables import show
from ..music import Excerpt, excerpts, master
from ..references import residual_db
from ..tables import Bench, Cell, Figures
from .folder import BETWEEN, ORIGINAL, Sound, matched_gains_db, place, read, tracks_of, write
from .perception import MODEL, change, model_version

LEAST_S = 4.0
SAME_MUSIC_DB = -60.0
"""What is left of an original after the best gain is below this, or it is another excerpt."""

NOTE = (
    f"How far each master is from its original at equal loudness, as {MODEL} hears it: 0 is nothing, 0.2 a bell of "
    "1 dB, 1 a bell of 6 dB or a tilt of 1 dB an octave (scripts/bench/listening/perception.py). LUFS: how loud the "
    "files of a track are."
)


Files = dict[str, dict[str, Path]]
"""Those of a folder, by track and version."""

Rows = list[list[float | None]]
"""Changes, a row a track, a column a profile."""


@dataclass(frozen=True)
class ListenJob:
    """What was asked on the command line: ``profiles`` with commas between, ``loudness`` in LUFS of the masters."""

    folder: Path
    music: Path | None = None
    profiles: str = "i"
    seconds: float = 20.0
    loudness: float = -14.0
    against: Path | None = None

    def settings(self) -> dict[str, Settings]:
        """Return what makes each version, by its name; raises ``Refused``, ``SettingsError`` and ``PresetError``."""
        if self.seconds < LEAST_S:
            raise Refused(f"--seconds {self.seconds:g}: must be at least {LEAST_S:g}")
        settings: dict[str, Settings] = {}
        for profile in filter(None, (word.strip() for word in self.profiles.split(","))):
            name = Path(profile).stem
            if name in settings or name == ORIGINAL or BETWEEN in name:
                raise Refused(f"--profiles: {name!r} is taken already, or no name for a file; give each profile once")
            settings[name] = Settings(profile, loudness=self.loudness)
        if not settings:
            raise Refused("--profiles names none; give some, such as a,c,i")
        return settings

    def earlier(self) -> Files:
        """Return the files of ``against``, none without it; raises ``Refused``."""
        if self.against is None:
            return {}
        if self.folder.resolve() == self.against.resolve():
            raise Refused(f"--against {self.against}: is the folder that is to be written; give another")
        return tracks_of(self.against, "--against")


def check_earlier(before: Files, where: Path | None, tracks: Sequence[Excerpt], names: Iterable[str]) -> None:
    """Raise ``Refused`` unless ``before``, the files of ``where``, hold the same excerpts and the same versions."""
    versions = (ORIGINAL, *names)
    for excerpt in tracks:
        for version in versions:
            if version not in before.get(excerpt.name, {}):
                raise Refused(f"--against {where}: has no {place(Path(), excerpt.name, version)}")
        path = before[excerpt.name][ORIGINAL]
        if not _same(read(path), excerpt):
            raise Refused(f"{path}: is another excerpt; give the --music and --seconds that it was made with")


def _same(sound: Sound, excerpt: Excerpt) -> bool:
    """Say whether ``sound`` is ``excerpt`` but for its level."""
    alike = sound.rate == excerpt.rate and sound.audio.shape == excerpt.audio.shape
    return alike and residual_db(sound.audio, excerpt.audio) < SAME_MUSIC_DB


def bench_listen(job: ListenJob, session: Session) -> None:
    """Write the originals and their masters, print and save the distances; see ``ListenJob``."""
    settings, before = job.settings(), job.earlier()
    tracks = excerpts(job.music, job.seconds)
    if before:
        check_earlier(before, job.against, tracks, settings)
    analyses = _analysed(tracks)
    about: dict[str, Cell] = {
        "music": f"{len(tracks)} tracks, {job.seconds:g} s from the middle" if job.music else "the demo's mix",
        "masters": f"at {job.loudness:g} LUFS, then as loud as the quietest version of the track",
        "model": model_version() or f"{MODEL} is missing",
    }
    bench = Bench(job.folder, session, about | ({"against": str(job.against)} if before else {}), "listen")
    levels, now, was = [], [], []
    for excerpt, analysis in zip(tracks, analyses, strict=True):
        levels.append(_rendered(job.folder, excerpt, analysis, settings, session))
        now.append(_changes({name: place(job.folder, excerpt.name, name) for name in (ORIGINAL, *settings)}, settings))
        if before:
            was.append(_changes(before[excerpt.name], settings))
    names = [excerpt.name for excerpt in tracks]
    bench.put(_by_track(names, list(settings), levels, was, now))
    if model_version():
        bench.put(_by_profile(names, list(settings), was, now))
    else:
        show(f"no distances: {MODEL} is missing; pip install 'masterchain[bench]'")
    show(f"{job.folder}: the files to listen to, listen.md and listen.json; masterchain bench blind {job.folder}")


def _analysed(tracks: Sequence[Excerpt]) -> list[Analysis]:
    """Return the analysis of each; raises ``Refused`` for tracks of one name, or without a loudness."""
    names, analyses = [excerpt.name for excerpt in tracks], []
    for excerpt in tracks:
        if names.count(excerpt.name) > 1:
            raise Refused(f"--music: two tracks are called {excerpt.name!r}; rename one")
        analyses.append(analyse(ArraySource(excerpt.audio, excerpt.rate)))
        if analyses[-1].report.integrated_lufs is None:
            raise Refused(f"--music: {excerpt.name} is silent there; take it out, or ask for more --seconds")
    return analyses


def _rendered(
    folder: Path, excerpt: Excerpt, analysis: Analysis, settings: dict[str, Settings], session: Session
) -> float:
    """Write all versions of ``excerpt``, equally loud; return how loud, in LUFS."""
    masters = {name: master(excerpt, each, analysis) for name, each in settings.items()}
    audio = {ORIGINAL: excerpt.audio} | {name: each.audio for name, each in masters.items()}
    reports = {ORIGINAL: analysis.report} | {name: each.rendered.after for name, each in masters.items()}
    level, gains_db = matched_gains_db(reports)
    for name, gain_db in gains_db.items():
        path = place(folder, excerpt.name, name)
        write(path, Sound(excerpt.rate, audio[name] * 10.0 ** (gain_db / 20.0)))
        session.written.append(str(path))
    return level


def _changes(files: dict[str, Path], names: Iterable[str]) -> list[float | None]:
    """Return how far ``names`` are from the original; None where there is no model."""
    if not model_version():
        return [None for _ in names]
    original = read(files[ORIGINAL])
    changes: list[float | None] = []
    for name in names:
        sound = read(files[name])
        if sound.audio.shape != original.audio.shape or sound.rate != original.rate:
            raise Refused(f"{files[name]}: is not as long as {files[ORIGINAL].name}; write the folder anew")
        changes.append(change(original.audio, sound.audio, original.rate))
    return changes


def _by_track(names: Sequence[str], profiles: Sequence[str], levels: Sequence[float], was: Rows, now: Rows) -> Figures:
    columns = [f"{name}{when}" for name in profiles for when in ((" before", " now") if was else ("",))]
    figures = Figures("change", "Audible change: original to master", NOTE, ("Track", "LUFS", *columns))
    for k, name in enumerate(names):
        cells = [cell for pair in zip(was[k], now[k], strict=True) for cell in pair] if was else now[k]
        figures.add(name, levels[k], *cells)
    return figures


def _by_profile(names: Sequence[str], profiles: Sequence[str], was: Rows, now: Rows) -> Figures:
    kinds = [f"{what}{when}" for when in ((" before", " now") if was else ("",)) for what in ("median", "worst", "at")]
    figures = Figures("change_by_profile", "Audible change: by profile", "Over the tracks.", ("Profile", *kinds))
    for column, profile in enumerate(profiles):
        cells: list[Cell] = []
        for rows in filter(None, (was, now)):
            values = np.array([row[column] for row in rows], dtype=np.float64)
            cells += [float(np.median(values)), float(values.max()), names[int(values.argmax())]]
        figures.add(f"{profile}", *cells)
    return figures
