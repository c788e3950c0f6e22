"""The command as a process: signals, full disks, how soon it starts, and what it says when kernels are compiled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

MAIN = "import sys; from masterchain.scripts.cli import main; sys.exit(main())"
RATE = 44100
NOTHING = "masterchain: interrupted; nothing was written\n"


@pytest.fixture(scope="module")
def long_mix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mix whose rendering takes long enough to be interrupted."""
    path = tmp_path_factory.mktemp("long") / "mix.wav"
    audio = 0.1 * np.random.default_rng(2).standard_normal(RATE * 60)
    soundfile.write(path, audio, RATE, subtype="PCM_16")
    return path


def started(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(job: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and what was said on stderr, but for the word that kernels are compiled, due once."""
    _, said = job.communicate()
    return job.returncode, "".join(line for line in said.splitlines(True) if not line.startswith("Compiling kernels"))


def wait_until_rendering(job: subprocess.Popen[str], folder: Path) -> None:
    """Wait for the hidden file of an output to grow."""
    while not any(path.stat().st_size > 100_000 for path in folder.glob(".*.wav")):
        assert job.poll() is None, job.communicate()
        time.sleep(0.005)


def test_an_interrupted_render_leaves_nothing(long_mix: Path, tmp_path: Path) -> None:
    before = long_mix.read_bytes()
    job = started("master", str(long_mix), "out.wav", "--report", "r.json", folder=tmp_path)
    wait_until_rendering(job, tmp_path)
    job.send_signal(signal.SIGINT)
    assert ended(job) == (1, NOTHING)
    assert list(tmp_path.iterdir()) == []
    assert long_mix.read_bytes() == before


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGINT, 0.6), (signal.SIGTERM, 1.2)])
def test_an_early_interruption_is_one_line_too(long_mix: Path, tmp_path: Path, number: int, seconds: float) -> None:
    job = started("master", str(long_mix), "out.wav", folder=tmp_path)
    time.sleep(seconds)
    job.send_signal(number)
    assert ended(job) == (1, NOTHING)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_render_leaves_nothing_under_the_name(long_mix: Path, tmp_path: Path) -> None:
    (tmp_path / "out.wav").write_bytes(b"the master of last week")
    job = started("master", str(long_mix), "out.wav", folder=tmp_path)
    wait_until_rendering(job, tmp_path)
    job.kill()
    job.communicate()
    assert (tmp_path / "out.wav").read_bytes() == b"the master of last week"


@pytest.mark.parametrize("output", ["out.wav", "out.flac"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, output: str) -> None:
    soundfile.write(tmp_path / "mix.wav", 0.1 * np.random.default_rng(2).standard_normal(RATE * 12), RATE)
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); {MAIN}"
    command = [sys.executable, "-c", limited, "master", "mix.wav", output]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert f"{output}: cannot be written" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]


def test_output_that_cannot_be_printed_is_a_failure(tmp_path: Path) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", MAIN, "profiles", "--json"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "masterchain: No space left on device\n")


LOADED = 950
"""Modules that a job may have loaded at its first sign of work; 821 when this was written.  They are most of the time
until then, which `masterchain bench speed` measures; which ones may be, stands in test_what_is_loaded."""


def told_by(code: str, folder: Path) -> set[str]:
    """Return the words that ``code`` prints in a new process."""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['masterchain', '--help']; from masterchain.scripts.cli import main; main()\n"
        "print(*sys.modules)"
    )
    loaded = told_by(code, tmp_path)
    assert "masterchain.scripts.cli.app" in loaded
    assert not {"numpy", "numba", "matplotlib", "av", "scipy", "masterchain.graph", "masterchain.nodes"} & loaded


def test_a_job_begins_with_few_modules_loaded(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mix.wav", 0.1 * np.random.default_rng(2).standard_normal(RATE), RATE)
    code = (
        "import os, sys; from masterchain.scripts import cli; from masterchain.scripts.shell import progress\n"
        "def first(*told): print(*sys.modules, flush=True); os._exit(0)\n"  # the first sign of work
        "progress.Watch.progress = first\n"
        "sys.argv = ['masterchain', 'master', 'mix.wav', 'out.wav', '--report', 'r.json']\n"
        "cli.main(); os._exit(9)"
    )
    loaded = told_by(code, tmp_path)
    assert "masterchain.graph.mastering.master" in loaded
    assert len(loaded) < LOADED


def test_a_second_job_compiles_nothing(tmp_path: Path) -> None:
    """Not even a specialisation that the cache lacks: the first job left all that the second needs."""
    soundfile.write(tmp_path / "mix.wav", 0.1 * np.random.default_rng(2).standard_normal((RATE, 2)), RATE)
    code = (
        "from numba.core import event; compiled = event.RecordingListener()\n"
        "event.register('numba:compile', compiled)\n"
        "from masterchain.scripts.cli.app import run; from masterchain.scripts.shell.outcome import Session\n"
        "assert run(['master', 'mix.wav', 'out.wav', '--stereo'], Session()) == 0\n"
        "print(f'compiled={len(compiled.buffer)}')"
    )
    told_by(code, tmp_path)
    assert "compiled=0" in told_by(code, tmp_path)


def test_matplotlib_is_loaded_only_for_a_plot_and_without_its_global_state(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mix.wav", 0.1 * np.random.default_rng(2).standard_normal(RATE), RATE)
    code = (
        "import sys; from masterchain.scripts.cli.app import run\n"
        "from masterchain.scripts.shell.outcome import Session\n"
        "assert run(['master', 'mix.wav', 'o.wav'], Session()) == 0\n"
        "assert 'matplotlib' not in sys.modules\n"
        "assert run(['master', 'mix.wav', 'o.wav', '--plot', 'p.svg'], Session()) == 0\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    told_by(code, tmp_path)
    assert (tmp_path / "p.svg").exists()


def test_compilation_is_announced_once_and_only_when_it_happens(tmp_path: Path) -> None:
    (tmp_path / "kernels.py").write_text(
        "from numba import njit\n"
        "@njit(cache=True)\ndef one(x):\n    return x + 1\n"
        "@njit(cache=True)\ndef two(x):\n    return one(x) * 2\n"
    )
    code = (
        "import kernels; from masterchain.scripts.shell.progress import Watch\n"
        "with Watch():\n    kernels.one(1)\n    kernels.two(1)"
    )
    said = [
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stderr
        for _ in range(2)
    ]
    assert said[0].startswith("Compiling kernels for this machine, once; about ")
    assert said[0].count("\n") == 1
    assert said[1] == ""
