"""The packages that masterchain asks for are in real use: a table of where, held against the imports."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from pathlib import Path

import masterchain.graph
import pytest

ROOT = Path(masterchain.graph.__file__).parents[1]

USED = {
    "numpy": ("numpy", "nodes/base.py"),  # every block of audio
    "pedalboard": ("pedalboard", "nodes/hosted.py"),  # its plugins as nodes, and its calling convention
    "scipy": ("scipy", "nodes/testing/zipper.py"),  # the filters of check_node, and of the bench
    "pyloudnorm": ("pyloudnorm", "scripts/cli/demo.py"),  # the second opinion on a master's loudness
    "mido": ("mido", "graph/control/midi/messages/interpreter.py"),  # messages and ports
    "python-osc": ("pythonosc", "graph/control/osc/wire.py"),  # packs what is told
    "numba": ("numba", "nodes/kernels/compiled.py"),
    "av": ("av", "graph/media/reading/decode.py"),
    "soundfile": ("soundfile", "graph/media/writing/sndfile.py"),
    "soxr": ("soxr", "graph/media/reading"),
    "mutagen": ("mutagen", "graph/media/tags/families.py"),
    "matplotlib": ("matplotlib", "scripts/sheets/palette.py"),
    "pydantic": ("pydantic", "graph/jobs/model.py"),
    "rich": ("rich", "scripts/shell/tables.py"),
    "typer": ("typer", "scripts/shell/outcome.py"),
}
"""By the name that pip knows: the name in Python, and a file or a folder that cannot do without."""


def imported(path: Path) -> set[str]:
    """The packages that the modules at or below ``path`` import."""
    packages: set[str] = set()
    for module in [path] if path.suffix else path.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                packages |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                packages.add((node.module or "").split(".")[0])
    return packages


@pytest.mark.parametrize(("name", "where"), USED.values(), ids=USED)
def test_a_package_is_used_where_the_table_says(name: str, where: str) -> None:
    assert name in imported(ROOT / where)


def test_every_package_that_is_always_installed_is_in_the_table() -> None:
    asked = [line for line in importlib.metadata.requires("masterchain") or [] if "extra ==" not in line]
    assert {re.split(r"[^\w.-]", line)[0].lower() for line in asked} <= set(USED)
