"""Imports point one way: between the folders, between the wings of graph/, and nowhere in a circle.

The rules stand in ``support/house.py``; every one of them is tried here on a small made-up house that breaks it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import masterchain.graph
import pytest
from house import (
    House,
    by_string,
    circles,
    crowded,
    folders_upward,
    own_faces,
    private_reaches,
    wings_upward,
    without_sign,
)

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT = CHECKOUT if (CHECKOUT / "graph").is_dir() else Path(masterchain.graph.__file__).parents[1]
"""Where the sources stand: beside the tests, or where they are installed."""

MAY_IMPORT: dict[str, set[str]] = {
    "nodes": set(),
    "presets": {"nodes"},
    "graph": {"nodes", "presets"},
    "scripts": {"nodes", "presets", "graph"},
}
ROOTS = tuple(MAY_IMPORT)
FOLDERS = {*ROOTS, "tests"}
WINGS = (
    {"jobs"}, {"previews"}, {"live"}, {"mastering"}, {"rendering"}, {"planning"}, {"control", "analysis", "export"},
    {"chains"}, {"media"}, {"streams", "storage"},
)  # fmt: skip
"""From top to bottom; what stands side by side does not import each other."""

MAY_BE_CROWDED = {
    "nodes/kernels": "one file a node, and what they share",
    "tests/support": "helpers, found by their plain names",
}
OUTSIDE = {
    "asyncio", "fsspec", "http", "io", "mmap", "multiprocessing", "os", "pickle", "requests", "shutil", "socket",
    "soundfile", "sqlite3", "subprocess", "tempfile", "threading", "tomllib", "urllib",
}  # fmt: skip
MAY_LOOK_OUTSIDE = {"nodes/testing/signals.py": {"os"}, "nodes/hosting/locks.py": {"threading"}}
"""The seed of a run stands in the environment; a plugin is held by one thread at a time."""


@pytest.fixture(scope="module")
def house() -> House:
    built = House(ROOT, ROOTS)
    assert len(built.files) > 200
    return built


def sources(folder: str) -> list[Path]:
    root = CHECKOUT if folder == "tests" else ROOT
    return sorted((root / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The names of all modules that ``path`` imports absolutely."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}


def test_a_folder_imports_only_what_lies_below_it(house: House) -> None:
    assert folders_upward(house, MAY_IMPORT) == []


def test_a_wing_imports_only_what_lies_below_it(house: House) -> None:
    assert wings_upward(house, WINGS) == []


def test_files_import_files_not_the_face_of_their_own_room(house: House) -> None:
    assert own_faces(house) == []


def test_no_module_is_on_a_circle(house: House) -> None:
    assert circles(house) == []


def test_nothing_is_imported_by_string(house: House) -> None:
    assert by_string(house) == []


def test_private_names_stay_in_their_module(house: House) -> None:
    assert private_reaches(house) == []


def test_no_room_is_crowded() -> None:
    assert crowded(ROOT, ROOTS, MAY_BE_CROWDED) == []
    assert crowded(CHECKOUT, ["tests"], MAY_BE_CROWDED) == []


def test_every_room_has_a_sign_on_its_door() -> None:
    assert without_sign(ROOT, ROOTS) == []


def test_graph_itself_holds_its_face_alone() -> None:
    assert [path.name for path in (ROOT / "graph").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("folder", [*MAY_IMPORT, "tests"])
def test_nothing_is_imported_under_its_folder_name(folder: str) -> None:
    for path in sources(folder):
        bare = {name for name in imported(path) if name.split(".")[0] in FOLDERS}
        assert not bare, f"{path} imports {bare}: outside this checkout they are masterchain.{folder}"


@pytest.mark.parametrize("path", sources("nodes"), ids=lambda p: str(p.relative_to(ROOT)))
def test_nodes_open_no_file_and_no_socket(path: Path) -> None:
    outside = {name for name in imported(path) if name.split(".")[0] in OUTSIDE}
    outside -= MAY_LOOK_OUTSIDE.get(path.relative_to(ROOT).as_posix(), set())
    assert not outside, f"{path} imports {outside}"
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    opened = [f.id for f in calls if isinstance(f, ast.Name) and f.id in ("open", "exec", "eval")]
    opened += [f.attr for f in calls if isinstance(f, ast.Attribute) and f.attr in ("read_text", "read_bytes", "open")]
    assert not opened, f"{path} calls {opened}"


def test_the_top_level_holds_only_the_folders_of_the_design() -> None:
    folders = {p.name for p in CHECKOUT.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))}
    made_here = {"build", "dist", "masterchain.egg-info", "masterchain-demo"}
    assert folders - made_here <= FOLDERS, f"{folders - made_here - FOLDERS} do not belong at the top"


# The rules, each on a house that breaks it.

SOUND = {
    "graph/__init__.py": "from .media import open_file\nfrom .rendering.render import render",
    "graph/media/__init__.py": "from .reading import open_file",
    "graph/media/reading.py": "import soundfile\nfrom ...nodes import Gain\nopen_file = soundfile._open",
    "graph/rendering/__init__.py": "",
    "graph/rendering/render.py": "from ..media import open_file\ndef render(self): self._go(); super()._go()",
    "graph/streams/__init__.py": "",
    "nodes/__init__.py": "from .gain import Gain",
    "nodes/gain.py": "class Gain:\n    def _own(self): return self.other._own()",
    "presets/__init__.py": "",
    "scripts/__init__.py": "",
    "scripts/app.py": "def main():\n    from ..graph import render\n    from masterchain.nodes import gain",
}  # fmt: skip


def built(root: Path, changed: dict[str, str]) -> House:
    for name, text in {**SOUND, **changed}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return House(root, ROOTS)


RULES: dict[str, Callable[[House], list[str]]] = {
    "folders": lambda house: folders_upward(house, MAY_IMPORT),
    "wings": lambda house: wings_upward(house, WINGS),
    "faces": own_faces,
    "circles": circles,
    "strings": by_string,
    "private": private_reaches,
    "crowded": lambda house: crowded(house.root, ROOTS, {}),
}
IN_A_FUNCTION = "def f():\n    "
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
BROKEN: list[tuple[str, dict[str, str]]] = [
    ("folders", {"nodes/gain.py": "from ..presets import load"}),
    ("folders", {"nodes/gain.py": f"{IN_A_FUNCTION}import masterchain.graph"}),
    ("folders", {"presets/a.py": f"{FOR_TYPES}from masterchain.graph.media import open_file"}),
    ("folders", {"graph/media/reading.py": "from ... import scripts"}),
    ("wings", {"graph/media/reading.py": "from ..rendering.render import render"}),
    ("wings", {"graph/media/reading.py": f"{IN_A_FUNCTION}from ..rendering import render"}),
    ("wings", {"graph/streams/a.py": "from ..storage import b", "graph/storage/b.py": ""}),
    ("wings", {"graph/media/reading.py": "from masterchain.graph import render"}),
    ("wings", {"graph/attic/a.py": ""}),
    ("faces", {"graph/media/writing.py": "from . import open_file"}),
    ("faces", {"graph/media/wav/pcm.py": "from .. import open_file"}),
    ("faces", {"graph/media/writing.py": "from ...graph import render"}),
    ("faces", {"nodes/limiter.py": "from masterchain.nodes import Gain"}),
    ("circles", {"nodes/a.py": "from .b import b", "nodes/b.py": "from . import c", "nodes/c.py": "from .a import a"}),
    ("circles", {"nodes/a.py": "from .b import b", "nodes/b.py": f"{FOR_TYPES}from .a import A"}),
    ("circles", {"nodes/a.py": "from .b import b", "nodes/b.py": f"{IN_A_FUNCTION}from .a import A"}),
    ("strings", {"nodes/a.py": "from importlib import import_module"}),
    ("strings", {"nodes/a.py": "import importlib\nimportlib.import_module('x')"}),
    ("strings", {"nodes/a.py": "__import__('x')"}),
    ("private", {"nodes/a.py": "from .gain import _own"}),
    ("private", {"nodes/a.py": "from . import _b", "nodes/_b.py": ""}),
    ("private", {"nodes/a.py": "def f(gain): return gain._own()"}),
    ("private", {"nodes/a.py": "def f(gain): gain._secret = 1", "nodes/b.py": "class B:\n    _secret = 0"}),
    ("crowded", {f"nodes/n{i}.py": "" for i in range(14)}),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_sound_house_breaks_no_rule(rule: str, tmp_path: Path) -> None:
    assert RULES[rule](built(tmp_path, {})) == []


@pytest.mark.parametrize(("rule", "changed"), BROKEN)
def test_what_breaks_a_rule_is_told(rule: str, changed: dict[str, str], tmp_path: Path) -> None:
    told = RULES[rule](built(tmp_path, changed))
    assert told
    places = [place.removesuffix(".py").replace("/", ".") for place in changed]
    assert any(place in line or line.startswith(("graph/attic", "nodes holds")) for line in told for place in places)


def test_a_crowd_with_a_reason_may_be(tmp_path: Path) -> None:
    house = built(tmp_path, {f"nodes/n{i}.py": "" for i in range(14)})
    assert crowded(house.root, ROOTS, {"nodes": "many"}) == []


def test_a_room_without_a_sign_is_told(tmp_path: Path) -> None:
    (tmp_path / "nodes" / "bare").mkdir(parents=True)
    (tmp_path / "nodes" / "bare" / "a.py").touch()
    (tmp_path / "nodes" / "__init__.py").write_text('"""Nodes."""')
    (tmp_path / "nodes" / "py.typed").touch()
    assert without_sign(tmp_path, ["nodes"]) == [
        "nodes/bare has no __init__ that says what it is for", "nodes/bare has no py.typed",
    ]  # fmt: skip
