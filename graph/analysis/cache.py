"""Analyses of files that were met before, in the user's cache folder, by what the files hold."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path

from ..media import FileSource
from ..streams.progress import Monitor
from .analysis import VERSION, Analysis, AnalysisError, analyse

FOLDER = "MASTERCHAIN_CACHE"
"""The environment variable that names another folder."""
MOST_FILES = 200


def cache_folder() -> Path:
    """Return the folder: that of the environment variable, or where the system keeps a user's caches."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "masterchain"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "masterchain" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "masterchain"


def known_analysis(source: FileSource, monitor: Monitor | None = None) -> Analysis:
    """Return the analysis of ``source``, from the cache if its audio was met before; a new one is kept.

    A cache that cannot be read or written costs time, no more.  Raises what ``analyse`` does.
    """
    monitor = monitor or Monitor()
    print_ = source.fingerprint(lambda: monitor.check("analyse"))
    facts = f"{VERSION} {print_} {source.sample_rate} {source.channels}"
    place = cache_folder() / f"{hashlib.sha256(facts.encode()).hexdigest()[:32]}.json"
    with contextlib.suppress(AnalysisError):
        known = Analysis.load(place)
        with contextlib.suppress(OSError):
            place.touch()
        return known
    fresh = analyse(source, monitor)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh.save(place)
        _sweep(place.parent)
    return fresh


def _sweep(folder: Path) -> None:
    """Delete all but the files that were asked for last."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in files[MOST_FILES:]:
        old.unlink()
