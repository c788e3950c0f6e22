"""The house as a graph of imports, and its rules: each returns a sentence for everything that breaks it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

TOP = "masterchain"
BY_STRING = {"import_module", "__import__", "resolve_name", "run_module", "spec_from_file_location"}
MOST_FILES = 14


@dataclass(frozen=True)
class Arrow:
    """An import at ``line`` of the module ``source``: the module ``target`` and, of that, ``name``, if it is one."""

    source: str
    line: int
    target: str
    name: str | None

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}{f' ({self.name})' if self.name else ''}"


class House:
    """The modules below ``root`` in the folders ``roots``, which are imported as ``masterchain.<folder>``.

    Modules are named without ``masterchain``; a folder's own module is its ``__init__``.  Imports count wherever they
    stand: in functions, and under ``TYPE_CHECKING``.
    """

    def __init__(self, root: Path, roots: Sequence[str]) -> None:
        self.root, self.roots = root, roots
        self.files: dict[str, Path] = {}
        for folder in roots:
            for path in sorted((root / folder).rglob("*.py")):
                self.files[self._name(path)] = path
        self.trees = {name: ast.parse(path.read_text("utf-8")) for name, path in self.files.items()}

    def _name(self, path: Path) -> str:
        parts = path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def is_face(self, module: str) -> bool:
        """Whether ``module`` is the ``__init__`` of a folder."""
        return module in self.files and self.files[module].name == "__init__.py"

    @cached_property
    def arrows(self) -> list[Arrow]:
        """All imports of one module of the house by another."""
        return [arrow for name in self.files for arrow in self._arrows_of(name)]

    def _arrows_of(self, module: str) -> Iterator[Arrow]:
        package = (TOP, *self.files[module].relative_to(self.root).parent.parts)
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.Import):
                targets: list[tuple[str, str | None]] = [(alias.name, None) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                up = package[: len(package) - node.level + 1] if node.level else ()
                base = ".".join([*up, *([node.module] if node.module else [])])
                targets = [(f"{base}.{a.name}", None) if self._is_ours(f"{base}.{a.name}") else (base, a.name)
                         for a in node.names]  # fmt: skip
            else:
                continue
            for full, name in targets:
                if full.startswith(f"{TOP}."):
                    yield Arrow(module, node.lineno, full.removeprefix(f"{TOP}."), name)

    def _is_ours(self, full: str) -> bool:
        return full.startswith(f"{TOP}.") and full.removeprefix(f"{TOP}.") in self.files


def folder_of(module: str) -> str:
    return module.split(".")[0]


def wing_of(module: str) -> str:
    """The wing of a module of ``graph``; ``""`` for the face itself."""
    return ".".join(module.split(".")[1:2])


def folders_upward(house: House, may_import: Mapping[str, set[str]]) -> list[str]:
    """Arrows from a top folder to one that does not lie below it."""
    return [
        str(a) for a in house.arrows
        if folder_of(a.target) not in may_import[folder_of(a.source)] | {folder_of(a.source)}
    ]  # fmt: skip


def wings_upward(house: House, order: Sequence[set[str]]) -> list[str]:
    """Arrows inside graph/ to a wing that does not lie below, and wings that have no place in ``order``."""
    floor = {wing: at for at, wings in enumerate(order) for wing in wings}
    inside = [a for a in house.arrows if folder_of(a.source) == folder_of(a.target) == "graph" and wing_of(a.source)]
    unknown = {wing_of(m) for m in house.files if folder_of(m) == "graph" and wing_of(m)} - set(floor)
    return [f"graph/{wing} has no place in the order of the wings" for wing in sorted(unknown)] + [
        str(a) for a in inside
        if wing_of(a.source) != wing_of(a.target)
        and not floor.get(wing_of(a.source), -1) < floor.get(wing_of(a.target), -1)
    ]  # fmt: skip


def own_faces(house: House) -> list[str]:
    """Arrows to the ``__init__`` of a folder from what lies in it."""
    return [str(a) for a in house.arrows if house.is_face(a.target) and a.source.startswith(f"{a.target}.")]


def circles(house: House) -> list[str]:
    """Modules that import each other, by however many steps."""
    after: dict[str, set[str]] = {module: set() for module in house.files}
    for arrow in house.arrows:
        if arrow.target in after and arrow.target != arrow.source:
            after[arrow.source].add(arrow.target)
    while leaves := [module for module, targets in after.items() if not targets & after.keys()]:
        for module in leaves:
            del after[module]
    while leaves := [module for module in after if not any(module in targets for targets in after.values())]:
        for module in leaves:
            del after[module]
    return [f"{module} is on a circle, by {sorted(targets & after.keys())}" for module, targets in after.items()]


def by_string(house: House) -> list[str]:
    """Places where a module is imported by its name in a string."""
    return [
        f"{module}:{line} uses {name}"
        for module, tree in house.trees.items()
        for line, name in _names(tree)
        if name in BY_STRING
    ]


def _names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """All names that stand in ``tree``, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)


def private_reaches(house: House) -> list[str]:
    """Private names of one module that another imports or reaches for.

    A reach is ``thing._name``, ``thing`` not being ``self``, ``cls`` or ``super()``, where the house defines ``_name``,
    but not this module; private names of other libraries are not of the house.
    """
    defined = {module: set(_privates(tree)) for module, tree in house.trees.items()}
    anywhere = set().union(*defined.values())
    reaches = [str(a) for a in house.arrows if _is_private(a.name or a.target.split(".")[-1])]
    for module, tree in house.trees.items():
        foreign = anywhere - defined[module]
        reaches += [
            f"{module}:{node.lineno} reaches for {ast.unparse(node)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in foreign and not _is_own(node.value)
        ]
    return reaches


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _is_own(thing: ast.expr) -> bool:
    if isinstance(thing, ast.Call):
        return isinstance(thing.func, ast.Name) and thing.func.id == "super"
    return isinstance(thing, ast.Name) and thing.id in ("self", "cls")


def _privates(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names = [node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_own(node.value):
            names = [node.attr]
        yield from filter(_is_private, names)


def crowded(root: Path, roots: Sequence[str], exempt: Mapping[str, str]) -> list[str]:
    """Folders with more than 14 modules beside the ``__init__``; ``exempt`` maps those that may to the reason."""
    return [
        f"{folder} holds {count} modules, {MOST_FILES} at most"
        for folder, count in _modules_by_folder(root, roots)
        if count > MOST_FILES and folder not in exempt
    ]


def _modules_by_folder(root: Path, roots: Sequence[str]) -> Iterator[tuple[str, int]]:
    for top in roots:
        for folder in sorted({path.parent for path in (root / top).rglob("*.py")}):
            yield folder.relative_to(root).as_posix(), sum(p.name != "__init__.py" for p in folder.glob("*.py"))


def without_sign(root: Path, roots: Sequence[str]) -> list[str]:
    """Folders of modules without an ``__init__`` that says what they are for, or without ``py.typed``."""
    missing = []
    for folder, _ in _modules_by_folder(root, roots):
        face = root / folder / "__init__.py"
        if not face.exists() or not (ast.get_docstring(ast.parse(face.read_text("utf-8"))) or "").strip():
            missing.append(f"{folder} has no __init__ that says what it is for")
        if not (root / folder / "py.typed").exists():
            missing.append(f"{folder} has no py.typed")
    return missing
