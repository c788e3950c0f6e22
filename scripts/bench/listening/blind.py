"""``masterchain bench blind``: is X A or B?  Versions of a folder to listen to, told apart without knowing them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ....graph import ArraySource, analyse
from ....graph.live.devices.base import Device
from ...shell.outcome import Failed, Refused
from ...shell.tables import show, table
from ...terminal.keys import Key
from .folder import ORIGINAL, Array, matched_gains_db, read, tracks_of
from .player import Player
from .trials import Pair, Trials

MOST_TRIALS = 1000

KEYS = (
    Key(("a",), "a", "a", "hear A"),
    Key(("b",), "b", "b", "hear B"),
    Key(("x",), "x", "x", "hear X, which is one of them"),
    Key(("1",), "1", "is_a", "X is A"),
    Key(("2",), "2", "is_b", "X is B"),
    Key((" ", "space"), "space", "pause", "pause, or go on"),
    Key(("q", "ctrl+c"), "q", "leave", "stop here; what was answered counts"),
)
HEARD = ("a", "b", "x")


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


class Blind:
    """The state of a listener's session: ``player`` plays A, B and X of the current trial, keys choose and answer."""

    def __init__(self, trials: Trials, player: Player) -> None:
        self.trials, self._player, self.left = trials, player, False
        self._load()

    @property
    def done(self) -> bool:
        """Whether nothing is left to answer, or the listener has gone, or the sound has."""
        return self.left or self.trials.current is None or self._player.failure is not None

    def press(self, name: str) -> bool:
        """Do what the key called ``name`` does; say whether it does anything."""
        key = next((key for key in KEYS if name in key.names), None)
        if key is None or self.done:
            return False
        if key.act in HEARD:
            self._player.hear(HEARD.index(key.act))
            self._player.playing = True
        elif key.act == "pause":
            self._player.playing = not self._player.playing
        elif key.act == "leave":
            self.left = True
        else:
            self.trials.answer(key.act == "is_b")
            self._load()
        return True

    def words(self) -> str:
        """Return which trial this is and what is heard; never what X is."""
        trial = self.trials.current
        if trial is None:
            return "all trials are answered"
        heard = HEARD[self._player.heard].upper() if self._player.playing else "nothing"
        return f"trial {len(self.trials.answers) + 1} of {self.trials.count}: {trial.pair.track}; you hear {heard}"

    def _load(self) -> None:
        trial = self.trials.current
        if trial is not None:
            a, b = matched(trial.pair, self._player.sample_rate)
            self._player.load([a, b, b if trial.x_is_b else a])


def matched(pair: Pair, rate: int) -> tuple[Array, Array]:
    """Return both sounds of ``pair`` at ``rate`` in Hz, equally loud; raises ``Refused`` and ``MediaError``."""
    sounds = {"a": read(pair.a, rate), "b": read(pair.b, rate)}
    shapes = {sound.audio.shape for sound in sounds.values()}
    if len(shapes) > 1 or any(shape[0] != 2 for shape in shapes):
        raise Refused(f"{pair.a} and {pair.b}: are not both stereo and equally long; write their folders anew")
    _, gains_db = matched_gains_db({name: analyse(ArraySource(s.audio, rate)).report for name, s in sounds.items()})
    a, b = (sound.audio * 10.0 ** (gains_db[name] / 20.0) for name, sound in sounds.items())
    return a, b


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
