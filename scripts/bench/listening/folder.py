"""A folder to listen to: files ``TRACK--VERSION.flac``, the versions of a track equally long and equally loud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....graph import FileSink, FileSource, Format
from ....nodes import Dither, Report, Spec
from ...shell.outcome import Refused

Array = NDArray[np.float64]

ORIGINAL = "original"
BETWEEN, EXTENSION, BITS = "--", ".flac", 24
ROOM_DBTP = -0.1
"""No version's true peak is higher: originals may come above full scale from a lossy file."""

BLOCK = 1 << 16


@dataclass(frozen=True)
class Sound:
    """One version: audio ``(channels, frames)`` at ``rate`` Hz."""

    rate: int
    audio: Array


def place(folder: Path, track: str, version: str) -> Path:
    """Return where the ``version`` of a ``track`` stands in ``folder``."""
    return folder / f"{track}{BETWEEN}{version}{EXTENSION}"


def tracks_of(folder: Path, option: str) -> dict[str, dict[str, Path]]:
    """Return the files of ``folder`` by track and version; raises ``Refused``, naming ``option``, if there are none."""
    if not folder.is_dir():
        raise Refused(f"{option} {folder}: is no directory; name one that 'masterchain bench listen' wrote")
    tracks: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.glob(f"*{BETWEEN}*{EXTENSION}")):
        track, _, version = path.stem.rpartition(BETWEEN)
        tracks.setdefault(track, {})[version] = path
    whole = {track: versions for track, versions in tracks.items() if ORIGINAL in versions and len(versions) > 1}
    if not whole:
        raise Refused(f"{option} {folder}: holds no TRACK{BETWEEN}{ORIGINAL}{EXTENSION} beside a master of it")
    return whole


def read(path: Path, rate: int | None = None) -> Sound:
    """Return what stands at ``path``, resampled to ``rate`` in Hz if one is given; raises ``MediaError``."""
    stream = FileSource(path, rate)
    return Sound(stream.sample_rate, np.concatenate(list(stream.blocks(BLOCK)), axis=1))


def write(path: Path, sound: Sound) -> None:
    """Write ``sound`` with 24 bits, dithered; raises ``MediaError``."""
    channels, frames = sound.audio.shape
    dither, block = Dither(bits=BITS), sound.audio.copy()
    dither.prepare(Spec(sound.rate, channels, frames))
    dither.process_block(block)
    with FileSink(path, Format("flac", "flac", sound.rate, channels, BITS, "int")) as sink:
        sink.write(block)


def matched_gains_db(reports: dict[str, Report]) -> tuple[float, dict[str, float]]:
    """Return the loudness in LUFS of the quietest version, and the gain in dB that brings each one there.

    All are quieter where a peak would come above ``ROOM_DBTP``.  A silent version counts as it is.
    """
    lufs = {name: report.integrated_lufs for name, report in reports.items()}
    level = min((one for one in lufs.values() if one is not None), default=0.0)
    gains = {name: 0.0 if one is None else level - one for name, one in lufs.items()}
    peaks = [
        gains[name] + report.true_peak_dbtp for name, report in reports.items() if report.true_peak_dbtp is not None
    ]
    over = max(0.0, max(peaks, default=ROOM_DBTP) - ROOM_DBTP)
    return level - over, {name: gain - over for name, gain in gains.items()}
