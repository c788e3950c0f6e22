"""``masterchain bench blind``: is X A or B?  Versions of a folder to listen to, told apart without knowing them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ....graph.live.devices.base import Device
from ...shell.outcome import Failed, Refused
from ...shell.tables import show, table
from .folder import ORIGINAL, tracks_of
from .listener import KEYS, Blind
from .player import Player
from .trials import Pair, Trials

MOST_TRIALS = 1000


@dataclass(frozen=True)
class BlindJob:
    """What was asked: A is the original of ``folder``, or the same version in ``against``; B a master of ``folder``."""

    folder: Path
    profile: str | None = None
    against: Path | None = None
    trials: int = 12
    seed: int | None = None

    def pairs(self) -> list[Pair]:
        """Return what can be compared; raises ``Refused``."""
        if not 1 <= self.trials <= MOST_TRIALS:
            raise Refused(f"--trials {self.trials}: must be 1..{MOST_TRIALS}")
        here = tracks_of(self.folder, "DIR")
        before = tracks_of(self.against, "--against") if self.against else {}
        pairs = []
        for track, versions in here.items():
            for name, path in versions.items():
                first = before.get(track, {}).get(name) if self.against else versions[ORIGINAL]
                if name != ORIGINAL and name == (self.profile or name) and first is not None:
                    what = f"{name} {'before and now' if self.against else 'and the original'}"
                    pairs.append(Pair(track, what, first, path))
        if not pairs:
            beside = f" and in {self.against}" if self.against else ""
            raise Refused(f"{self.folder}: no master {self.profile or ''} is there{beside} that could be compared")
        return pairs


def bench_blind(job: BlindJob, device: Device, headless: bool) -> None:
    """Hold the trials of ``job`` on ``device`` and tell the outcome; keys come from the screen or standard input."""
    trials = Trials(job.pairs(), job.trials, job.seed)
    with Player(device) as player:
        blind = Blind(trials, player)
        if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
            hold(blind, _characters())
        else:
            from .screen import BlindScreen

            BlindScreen(blind).run()
        failure = player.failure
    tell(trials)
    if failure is not None:
        raise Failed(failure)


def hold(blind: Blind, keys: Iterable[str]) -> None:
    """Take ``keys`` one by one and print what happens, until it is done."""
    show(", ".join(f"{key.shown}: {key.doc}" for key in KEYS), blind.words())
    for name in keys:
        if blind.press(name):
            show(blind.words())
        if blind.done:
            break


def tell(trials: Trials) -> None:
    """Print how many were right, of each pair and in all."""
    by_pair = trials.by_pair()
    if by_pair:
        shown = table("Compared", "right", "of", right=(1, 2))
        for words, right, answered in by_pair:
            shown.add_row(words, str(right), str(answered))
        show(shown)
    show(trials.result())


def _characters() -> Iterator[str]:
    """Yield what comes in on standard input, a character at a time."""
    while character := sys.stdin.read(1):
        yield character
