"""What stages did over time, in bounded memory: neighbours merge by the rule of the Analyzer's course."""

from __future__ import annotations

import numpy as np
import pytest
from masterchain.graph.rendering.stage_history import MOST_POINTS, StageRecorder
from masterchain.nodes.measuring.timeline import merge_pairs


@pytest.mark.parametrize("deepest", [False, True])
def test_a_long_history_merges_in_pairs(deepest: bool) -> None:
    values = np.random.default_rng(3).uniform(0.0, 12.0, (MOST_POINTS + 10, 2)).astype(np.float32).astype(float)
    rows = iter(values)
    recorder = StageRecorder(100.0, lambda: next(rows, values[0]), deepest)
    rows = iter(values)
    for _ in values:
        recorder.note(50)
    pairs = values[:MOST_POINTS].reshape(-1, 2, 2)
    expected = pairs.max(axis=1) if deepest else pairs.mean(axis=1)
    assert recorder.hop_seconds == 1.0
    assert recorder.points()[: len(expected)] == pytest.approx(expected, abs=1e-6)


def test_pairs_merge_into_the_first_half() -> None:
    rows = np.arange(12.0).reshape(6, 2)
    merge_pairs(rows, np.add)
    assert rows[:3].tolist() == [[2.0, 4.0], [10.0, 12.0], [18.0, 20.0]]
