"""Plain data for JSON: arrays become lists, paths text, and what is not finite null."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np


def jsonable(value: Any) -> Any:
    """Return ``value`` as dicts, lists, texts, finite numbers, booleans and None."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, (np.floating, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value
