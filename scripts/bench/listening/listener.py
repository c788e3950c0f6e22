"""What a listener does in X/A/B trials: keys choose what is heard, and say what X is."""

from __future__ import annotations

from ....graph import ArraySource, analyse
from ...shell.outcome import Refused
from ...terminal.keys import Key
from .folder import Array, matched_gains_db, read
from .player import Player
from .trials import Pair, Trials

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
