"""Plain data for JSON: the one rule by which arrays, paths and what is not finite are written."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Any

import numpy as np


def jsonable(value: Any) -> Any:
    """Return ``value`` as dicts, lists, texts, finite numbers, booleans and None.

    Dataclasses become dicts of their fields, arrays lists, paths text; NaN and infinity are null.  A float32 becomes
    the shortest decimal that tells it from any other.
    """
    if isinstance(value, np.float32):
        value = float(str(value))
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        if not value.ndim:
            return jsonable(value[()])
        # Through its own shortest decimal a float32 becomes the short one of the doubles that round to it.
        return [jsonable(item) for item in (value if value.dtype == np.float32 else value.tolist())]
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.integer):
        return int(value)
    return str(value) if isinstance(value, PurePath) else value
