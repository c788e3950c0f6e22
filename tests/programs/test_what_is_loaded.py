"""What an import and a master load: nothing heavy before it is needed, and scipy not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

NOT_BY_GRAPH = {"av", "matplotlib", "mutagen", "pedalboard", "pydantic", "rich", "scipy", "soundfile", "soxr", "typer"}
NOT_BY_MASTER = {"av", "matplotlib", "pedalboard", "scipy", "soxr", "numba.np.linalg"}


def loaded(code: str, folder: Path) -> set[str]:
    """Return the modules that a new process has loaded after ``code``."""
    code += "\nimport sys; print('\\nLOADED', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "mix.wav", 0.1 * np.random.default_rng(2).standard_normal((48000, 2)), 48000)
    return tmp_path / "mix.wav"


def test_importing_graph_loads_nothing_that_only_some_work_needs(tmp_path: Path) -> None:
    here = loaded("import masterchain.graph", tmp_path)
    assert "masterchain.graph.mastering.master" in here
    assert not NOT_BY_GRAPH & here


def test_a_master_of_a_wav_file_loads_no_scipy_no_ffmpeg_and_no_compiler(mix: Path) -> None:
    code = "from masterchain import graph; graph.master('mix.wav', 'out.wav', graph.Settings(stereo_image=True))"
    loaded(code, mix.parent)  # what has to be compiled is compiled here
    here = loaded(code, mix.parent)
    assert not NOT_BY_MASTER & here
    assert not {name for name in here if name.startswith("scipy.")}


def test_numba_finds_scipy_when_a_user_compiles_linear_algebra(tmp_path: Path) -> None:
    code = (
        "import masterchain.graph, numpy as np; from numba import njit\n"
        "@njit\ndef solved(a, b): return np.linalg.solve(a, b) @ np.eye(2)\n"
        "assert (solved(2 * np.eye(2), np.eye(2)) == 0.5 * np.eye(2)).all()"
    )
    assert "scipy.linalg" in loaded(code, tmp_path)


def test_a_plugin_is_known_whoever_imports_pedalboard_first(tmp_path: Path) -> None:
    code = "from masterchain import graph, nodes; import pedalboard; graph.Chain([pedalboard.Gain(), nodes.Gain()])"
    assert "pedalboard" in loaded(code, tmp_path)
