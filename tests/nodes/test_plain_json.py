"""One rule for what goes into JSON: reports, results and figures alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from masterchain.nodes.measuring.plain_json import jsonable


@dataclass(frozen=True)
class Pair:
    first: Any
    second: Any


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.1), 0.1),
        (np.array([[0.1, np.nan], [np.inf, -3.0]], dtype=np.float32), [[0.1, None], [None, -3.0]]),
        (np.array([0.1, np.nan]), [0.1, None]),
        (np.arange(3), [0, 1, 2]),
        (np.array(1.5), 1.5),
        (np.int64(7), 7),
        (float("-inf"), None),
        (Pair(Path("a") / "b", (1, None)), {"first": str(Path("a") / "b"), "second": [1, None]}),
        ({1: True, "x": Pair(np.zeros(0), "text")}, {"1": True, "x": {"first": [], "second": "text"}}),
    ],
)
def test_everything_becomes_plain(value: Any, plain: Any) -> None:
    assert jsonable(value) == plain
    json.dumps(jsonable(value), allow_nan=False)
