"""What is installed is what stands in the checkout: every file of the packages, byte for byte, and no other."""

from __future__ import annotations

from pathlib import Path

import masterchain.graph
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
INSTALLED = Path(masterchain.graph.__file__).resolve().parents[1]
ROOTS = ("graph", "nodes", "presets", "scripts")


def files(top: Path, root: str) -> dict[str, bytes]:
    """The contents of all files below ``top / root``, but for what Python and numba keep there."""
    paths = (path for path in (top / root).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(top)): path.read_bytes() for path in paths}


@pytest.mark.skipif(not (CHECKOUT / "graph").is_dir(), reason="runs away from the checkout")
@pytest.mark.parametrize("root", ROOTS)
def test_every_file_of_the_checkout_is_installed_as_it_is(root: str) -> None:
    ours, theirs = files(CHECKOUT, root), files(INSTALLED, root)
    assert theirs.keys() == ours.keys()
    assert [name for name, content in ours.items() if theirs[name] != content] == []


def test_what_is_installed_is_found_by_type_checkers_and_has_its_data() -> None:
    for root in ROOTS:
        assert (INSTALLED / root / "py.typed").exists(), root
    assert (INSTALLED / "presets" / "a.toml").exists()
    assert (INSTALLED / "graph" / "control" / "midi" / "mapping" / "default.toml").exists()
