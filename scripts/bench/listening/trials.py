"""X/A/B trials: what is compared, which of the two X is, and what guessing alone would have given."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """Two files of a track, ``a`` and ``b``; ``what`` says of which versions."""

    track: str
    what: str
    a: Path
    b: Path


@dataclass(frozen=True)
class Trial:
    """A pair, and whether X is its ``b``."""

    pair: Pair
    x_is_b: bool


class Trials:
    """``count`` trials drawn from ``pairs`` by ``seed``: every pair as often as another, X by the toss of a coin."""

    def __init__(self, pairs: Sequence[Pair], count: int, seed: int | None = None) -> None:
        draw = random.Random(seed)
        order: list[Pair] = []
        while len(order) < count:
            order += draw.sample(pairs, len(pairs))
        self._trials = [Trial(pair, draw.random() < 0.5) for pair in order[:count]]
        self.answers: list[bool] = []

    @property
    def count(self) -> int:
        """How many trials there are."""
        return len(self._trials)

    @property
    def current(self) -> Trial | None:
        """The trial that waits for its answer, None when all are answered."""
        return self._trials[len(self.answers)] if len(self.answers) < self.count else None

    def answer(self, x_is_b: bool) -> None:
        """Note what the listener says X is."""
        trial = self.current
        if trial is not None:
            self.answers.append(x_is_b == trial.x_is_b)

    def result(self) -> str:
        """Return how many answers were right, and how often guessing gives as many."""
        right, answered = sum(self.answers), len(self.answers)
        if not answered:
            return "no trial was answered"
        chance = by_chance(right, answered)
        return f"{right} of {answered} right; guessing alone gives that or more with a probability of {chance:.2g}"

    def by_pair(self) -> list[tuple[str, int, int]]:
        """Return of each pair that was answered its words, the right answers and all answers."""
        tally: dict[str, list[bool]] = {}
        for trial, right in zip(self._trials, self.answers, strict=False):
            tally.setdefault(f"{trial.pair.track}, {trial.pair.what}", []).append(right)
        return [(words, sum(answers), len(answers)) for words, answers in sorted(tally.items())]


def by_chance(right: int, count: int) -> float:
    """Return the probability of ``right`` or more of ``count`` tosses of a fair coin."""
    ways: int = sum(math.comb(count, k) for k in range(right, count + 1))
    return math.ldexp(ways, -count)
