"""What an audition leaves behind: profiles found by ear, and whole masters as they were heard."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from ....presets import load, profile_text
from ...media import FileSource
from ...planning.plan import Plan
from ...rendering.destinations import FileDestination
from ...rendering.render import render
from ...storage.atomic import write_text
from ...streams.paths import PathLike
from ...streams.progress import Monitor
from .plan_values import by_hand, changed_by_hand

Say = Callable[[str], None]


class Keeping:
    """Saves and renders what is heard of ``source``; relative paths are in ``folder``.

    ``say`` is told how a render ended; ``close`` ends those that go on, and nothing half written is left.
    """

    def __init__(self, source: FileSource, folder: PathLike, say: Say) -> None:
        self._source, self._folder, self._say = source, Path(folder), say
        self._closed = threading.Event()
        self._renders: list[threading.Thread] = []

    def close(self) -> None:
        """End the renders that go on."""
        self._closed.set()
        for rendering in self._renders:
            rendering.join()

    def save(self, plan: Plan, stored: Mapping[str, float], path: str) -> str:
        """Write ``plan`` with what is ``stored`` otherwise as a profile file; return a word."""
        place = self._folder / path
        changed = changed_by_hand(plan, stored)
        write_text(place, profile_text(load(plan.settings.profile), place.stem, changed))
        return f"saved {place}"

    def render(self, plan: Plan, stored: Mapping[str, float], path: str | None) -> str:
        """Write the whole master by ``plan`` with what is ``stored`` otherwise, in a thread; return a word.

        Raises ``MediaError`` for a place or a format that cannot be, ``ValueError`` for the track's own place.
        """
        name = path or f"{Path(self._source.path).stem}-{Path(plan.settings.profile).stem}.wav"
        place = self._folder / name
        if place.exists() and Path(self._source.path).exists() and os.path.samefile(place, self._source.path):
            raise ValueError(f"{place} is the track itself; give another name")
        destination = FileDestination.like(self._source, place)
        thread = threading.Thread(
            target=self._render, args=(by_hand(plan, stored), destination), name="render", daemon=True
        )
        self._renders = [*(other for other in self._renders if other.is_alive()), thread]
        thread.start()
        return f"rendering {place}"

    def _render(self, plan: Plan, destination: FileDestination) -> None:
        try:
            source = FileSource(self._source.path, destination.format.sample_rate)
            done = render(source, destination, plan.at(source.sample_rate), Monitor(cancelled=self._closed.is_set))
            loudness = done.after.integrated_lufs
            level = "silence" if loudness is None else f"{loudness:.2f} LUFS"
            self._say(f"rendered {destination.path}: {level}, {done.after.true_peak_dbtp:.2f} dBTP")
        except Exception as failed:
            self._say(f"could not render {destination.path}: {failed}")
