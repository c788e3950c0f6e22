"""``masterchain bench sound``: the project's figures beside those of the peers that are installed."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..shell.outcome import Refused, Session
from ..shell.tables import show
from .adaptivity import bench_adapt
from .hand.dynamics import bench_dynamics
from .hand.harm import bench_harm
from .hand.restoration import bench_restoration
from .hand.restraint import bench_restraint
from .hand.sentences import bench_sentences
from .hand.trade import bench_trade
from .limiters import bench_limiter
from .meters import bench_meters
from .music import Excerpt, excerpts
from .peers import versions
from .profiles import bench_profiles
from .tables import Bench

Section = Callable[[Bench, Sequence[Excerpt]], None]

SECTIONS: dict[str, Section] = {
    "meters": bench_meters,
    "limiter": bench_limiter,
    "profiles": bench_profiles,
    "adaptivity": bench_adapt,
    "restraint": bench_restraint,
    "restoration": bench_restoration,
    "trade": bench_trade,
    "harm": bench_harm,
    "dynamics": bench_dynamics,
    "sentences": bench_sentences,
}


def bench_sound(folder: Path, music: Path | None, seconds: float, only: Sequence[str], session: Session) -> None:
    """Measure, print and save the sections called ``only``, all if there is none.

    ``music`` is a folder of tracks, of which the middle ``seconds`` are taken; None takes the demo's mix.
    """
    unknown = [name for name in only if name not in SECTIONS]
    if unknown:
        raise Refused(f"--only {unknown[0]}: must be one of {', '.join(SECTIONS)}")
    if seconds < 4.0:
        raise Refused(f"--seconds {seconds:g}: must be at least 4, as the range is measured over windows of 3 s")
    tracks = excerpts(music, seconds)
    about = {
        "music": f"{len(tracks)} tracks, {seconds:g} s from the middle" if music else "the demo's mix",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
    bench = Bench(folder, session, about)
    for name in only or SECTIONS:
        begun = time.monotonic()
        SECTIONS[name](bench, tracks)
        show(f"{name}: {time.monotonic() - begun:.0f} s")
    show(f"{folder / 'bench.md'}, bench.json and the plots are written")
