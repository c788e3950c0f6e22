"""The tables that a benchmark left."""

from __future__ import annotations

import json
from typing import Any

from masterchain.scripts.bench.tables import Bench


def rows(bench: Bench, name: str) -> dict[str, dict[str, Any]]:
    """Return a table's rows by their first cell, each as its cells by column."""
    table = json.loads((bench.folder / "bench.json").read_text())["tables"][name]
    return {row[0]: dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
