"""``masterchain bench listen``: masters at one loudness, and how far a model of hearing finds them from the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....graph import ArraySource, Settings, analyse
from ...shell.outcome import Refused, Session
from ...shell.tables import show
from ..music import Excerpt, excerpts, master
from ..references import residual_db
from ..tables import Bench, Cell, Figures
from .folder import BETWEEN, ORIGINAL, Sound, matched_gains_db, place, read, tracks_of, write
from .perception import MODEL, change, is_installed

LEAST_S = 4.0
SAME_MUSIC_DB = -60.0
"""Originals that differ by more than this are not the same excerpt."""

NOTE = (
    f"How far each master is from its original at equal loudness, as {MODEL} hears it: 0 is nothing, 0.2 a bell of 1 dB, "
    "1 a bell of 6 dB or a tilt of 1 dB an octave (scripts/bench/listening/perception.py); median and worst over the "
    "tracks."
)


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

    def before(self, tracks: Sequence[Excerpt], names: Sequence[str]) -> dict[str, dict[str, Path]]:
        """Return the files of ``against``, none without it; raises ``Refused`` for a file that is not there."""
        if self.against is None:
            return {}
        if self.folder.resolve() == self.against.resolve():
            raise Refused(f"--against {self.against}: is the folder that is to be written; give another")
        before = tracks_of(self.against, "--against")
        for name in (excerpt.name for excerpt in tracks):
            for version in (ORIGINAL, *names):
                if version not in before.get(name, {}):
                    raise Refused(f"--against {self.against}: has no {place(Path(), name, version)}")
        return before


def bench_listen(job: ListenJob, session: Session) -> None:
    """Write the originals and their masters, print and save the distances; see ``ListenJob``."""
    settings = job.settings()
    tracks = excerpts(job.music, job.seconds)
    before = job.before(tracks, list(settings))
    _check(tracks)
    about: dict[str, Cell] = {
        "music": f"{len(tracks)} tracks, {job.seconds:g} s from the middle" if job.music else "the demo's mix",
        "masters": f"at {job.loudness:g} LUFS, then as loud as the quietest version of the track",
    }
    bench = Bench(job.folder, session, about | ({"against": str(job.against)} if before else {}), "listen")
    figures = Figures("change", "Audible change: original to master", NOTE, ("Track", "LUFS", *_columns(settings, before)))
    for excerpt in tracks:
        level = _rendered(job.folder, excerpt, settings, session)
        names = list(settings)
        now = _changes({name: place(job.folder, excerpt.name, name) for name in (ORIGINAL, *names)}, names)
        if before:
            earlier = before[excerpt.name]
            _check_same(earlier[ORIGINAL], place(job.folder, excerpt.name, ORIGINAL))
            was = _changes(earlier, names)
            now = [value for pair in zip(was, now, strict=True) for value in pair]
        figures.add(excerpt.name, level, *now)
    _summarise(figures)
    bench.put(figures)
    if not is_installed():
        show(f"no distances: {MODEL} is missing; pip install 'masterchain[bench]'")
    show(f"{job.folder}: the files to listen to, listen.md and listen.json; masterchain bench blind {job.folder}")


def _columns(names: Sequence[str] | dict[str, Settings], before: dict[str, dict[str, Path]]) -> list[str]:
    return [f"{name}{when}" for name in names for when in ((" before", " now") if before else ("",))]


def _check(tracks: Sequence[Excerpt]) -> None:
    """Raise ``Refused`` for tracks of one name, or without a loudness."""
    names = [excerpt.name for excerpt in tracks]
    for excerpt in tracks:
        if names.count(excerpt.name) > 1:
            raise Refused(f"--music: two tracks are called {excerpt.name!r}; rename one")
        if not excerpt.audio.any():
            raise Refused(f"--music: {excerpt.name} is silent there; take it out, or ask for more --seconds")


def _rendered(folder: Path, excerpt: Excerpt, settings: dict[str, Settings], session: Session) -> float:
    """Write all versions of ``excerpt``, equally loud; return how loud, in LUFS."""
    analysis = analyse(ArraySource(excerpt.audio, excerpt.rate))
    masters = {name: master(excerpt, each, analysis) for name, each in settings.items()}
    audio = {ORIGINAL: excerpt.audio} | {name: each.audio for name, each in masters.items()}
    reports = {ORIGINAL: analysis.report} | {name: each.rendered.after for name, each in masters.items()}
    level, gains_db = matched_gains_db(reports)
    for name, gain_db in gains_db.items():
        path = place(folder, excerpt.name, name)
        write(path, Sound(excerpt.rate, audio[name] * 10.0 ** (gain_db / 20.0)))
        session.written.append(str(path))
    return level


def _changes(files: dict[str, Path], names: Sequence[str]) -> list[float | None]:
    """Return how far ``names`` are from the original; None where there is no model."""
    if not is_installed():
        return [None] * len(names)
    original = read(files[ORIGINAL])
    changes: list[float | None] = []
    for name in names:
        sound = read(files[name])
        if sound.audio.shape != original.audio.shape or sound.rate != original.rate:
            raise Refused(f"{files[name]}: is not as long as {files[ORIGINAL].name}; write the folder anew")
        changes.append(change(original.audio, sound.audio, original.rate))
    return changes


def _check_same(earlier: Path, now: Path) -> None:
    """Raise ``Refused`` unless the two originals are the same but for their level."""
    one, other = read(earlier), read(now)
    same = one.audio.shape == other.audio.shape and one.rate == other.rate
    if not same or residual_db(other.audio, one.audio) > SAME_MUSIC_DB:
        raise Refused(f"--against: {earlier} is another excerpt; give the --music and --seconds that it was made with")


def _summarise(figures: Figures) -> None:
    """Add the median, the worst, and the track that it stands at."""
    tracks = [str(row[0]) for row in figures.rows]
    columns = [list(column) for column in zip(*(row[2:] for row in figures.rows), strict=True)]
    if any(cell is None for column in columns for cell in column):
        return
    values = np.array(columns, dtype=np.float64)
    figures.add("median", None, *np.median(values, axis=1).tolist())
    figures.add("worst", None, *values.max(axis=1).tolist())
    figures.add("worst at", None, *(tracks[k] for k in values.argmax(axis=1)))
