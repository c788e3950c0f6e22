"""Imports point one way, scripts -> graph -> presets -> nodes, and nodes/ touches nothing outside the process."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT: dict[str, set[str]] = {
    "nodes": set(),
    "presets": {"nodes"},
    "graph": {"nodes", "presets"},
    "scripts": {"nodes", "presets", "graph"},
}
FOLDERS = {"graph", "nodes", "presets", "scripts", "tests"}
OUTSIDE = {
    "asyncio", "fsspec", "http", "io", "mmap", "multiprocessing", "os", "pickle", "requests", "shutil", "socket",
    "soundfile", "sqlite3", "subprocess", "tempfile", "threading", "tomllib", "urllib",
}  # fmt: skip


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the absolute name of every module that ``path`` imports."""
    package = ("masterchain", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_lies_below_it(folder: str) -> None:
    for path in sources(folder):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("masterchain.")}
        assert ours <= MAY_IMPORT[folder] | {folder}, f"{path} imports {ours - MAY_IMPORT[folder] - {folder}}"


@pytest.mark.parametrize("folder", [*MAY_IMPORT, "tests"])
def test_nothing_is_imported_under_its_folder_name(folder: str) -> None:
    for path in sources(folder):
        bare = {name for name in imported(path) if name.split(".")[0] in FOLDERS}
        assert not bare, f"{path} imports {bare}: outside this checkout they are masterchain.{folder}"


@pytest.mark.parametrize("path", sources("nodes"), ids=lambda p: str(p.relative_to(ROOT)))
def test_nodes_open_no_file_and_no_socket(path: Path) -> None:
    outside = {name for name in imported(path) if name.split(".")[0] in OUTSIDE}
    assert not outside, f"{path} imports {outside}"
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    opened = [f.id for f in calls if isinstance(f, ast.Name) and f.id in ("open", "exec", "eval")]
    opened += [f.attr for f in calls if isinstance(f, ast.Attribute) and f.attr in ("read_text", "read_bytes", "open")]
    assert not opened, f"{path} calls {opened}"


def test_the_top_level_holds_only_the_folders_of_the_design() -> None:
    found = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))}
    made_here = {"build", "dist", "masterchain.egg-info", "masterchain-demo"}
    assert found - made_here <= FOLDERS, f"{found - made_here - FOLDERS} do not belong at the top"
