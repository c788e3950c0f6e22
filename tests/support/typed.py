"""What mypy says of a piece of code that a user could write."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def complaints(code: str, folder: Path, config: pytest.Config) -> dict[int, str]:
    """Return the errors of ``mypy --strict`` in ``code``, joined, by the number of the line, from 1."""
    (folder / "snippet.py").write_text(code)
    assert config.cache is not None
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", "--no-error-summary",
         f"--cache-dir={config.cache.mkdir('mypy')}", "snippet.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said: dict[int, str] = {}
    for number, what in re.findall(r"^snippet\.py:(\d+): error: (.*)$", done.stdout, re.M):
        said[int(number)] = said.get(int(number), "") + what
    return said
