"""The engine as a client of a real JACK server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jackd import jack_environment, jackd

pytest.importorskip("jack")
HERE = Path(__file__).parent


def run_beside(server: str, program: str, *arguments: object, timeout: float = 120.0) -> str:
    """Run a program of ``live_programs.py`` as a client of ``server`` and return what it prints."""
    command = [sys.executable, str(HERE / "live_programs.py"), program, *map(str, arguments)]
    done = subprocess.run(
        command, env=jack_environment(server), capture_output=True, text=True, timeout=timeout, check=False, cwd=HERE
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_freewheeling_the_recording_is_the_offline_render_bit_for_bit() -> None:
    with jackd(48000, 128) as server:
        assert run_beside(server, "freewheel").startswith("equal")


def test_the_latency_told_to_jack_is_the_one_an_impulse_takes() -> None:
    with jackd(48000, 128) as server:
        told, took, apart, milliseconds = map(float, run_beside(server, "latency").split())
    assert told == took
    assert apart == 0
    assert milliseconds <= 3.0
