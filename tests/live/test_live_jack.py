"""The engine as a client of a real JACK server."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from jackd import jack_environment, jackd
from masterchain.graph.live.engine.realtime import GRANTED, REFUSED, UNKNOWN
from masterchain.scripts.cli.app import run
from masterchain.scripts.shell.outcome import Session
from urgent import urgency_is_granted

pytest.importorskip("jack")
SUPPORT = Path(__file__).parents[1] / "support"


def run_beside(server: str, program: str, *arguments: object, timeout: float = 120.0) -> str:
    """Run a program of ``live_programs.py`` as a client of ``server`` and return what it prints."""
    command = [sys.executable, str(SUPPORT / "live_programs.py"), program, *map(str, arguments)]
    done = subprocess.run(
        command, env=jack_environment(server), capture_output=True, text=True, timeout=timeout, check=False, cwd=SUPPORT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def start_beside(server: str, program: str) -> subprocess.Popen[str]:
    """Start a program of ``live_programs.py`` as a client of ``server``."""
    command = [sys.executable, str(SUPPORT / "live_programs.py"), program]
    return subprocess.Popen(
        command, env=jack_environment(server), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=SUPPORT
    )


def test_freewheeling_the_recording_is_the_offline_render_bit_for_bit() -> None:
    with jackd(48000, 128) as server:
        assert run_beside(server, "freewheel").startswith("equal")


def test_the_audio_thread_alone_is_urgent_and_only_while_a_clock_waits() -> None:
    with jackd(48000, 256) as server:
        in_time, freewheeling, again = run_beside(server, "urgency").splitlines()
    assert in_time == again == (f"{GRANTED} 1" if urgency_is_granted() else f"{REFUSED} 0")
    assert freewheeling == f"{UNKNOWN} 0"


def test_the_latency_told_to_jack_is_the_one_an_impulse_takes() -> None:
    with jackd(48000, 128) as server:
        told, took, apart, milliseconds = map(float, run_beside(server, "latency").split())
    assert told == took
    assert apart == 0
    assert milliseconds <= 3.0


def test_the_transport_of_the_server_is_followed_to_the_frame() -> None:
    with jackd(48000, 256) as server:
        first, jumped, at_last = run_beside(server, "transport").splitlines()
    for line, begun in ((first, 3.0), (jumped, 20.0)):
        apart, seconds = map(float, line.split())
        assert abs(apart) <= 2
        assert seconds > begun
    assert at_last == "rests"


@pytest.mark.parametrize("period", [128, 256])
def test_a_flood_of_osc_and_midi_does_not_hold_up_the_sound(period: int) -> None:
    """All is taken, and the sound goes on; how long its callbacks take is for `masterchain bench speed`."""
    with jackd(48000, period) as server:
        frames, callbacks, ignored = map(int, run_beside(server, "load").split())
    assert callbacks > 0
    assert frames == callbacks * period
    assert ignored == 0


def test_a_sound_card_is_played_by_portaudio() -> None:
    with jackd(48000, 256) as server:
        rate, seconds, loudness = map(float, run_beside(server, "portaudio").split())
    assert rate == 48000
    assert seconds >= 1.0
    assert loudness > -40.0


def test_an_audition_goes_on_when_the_server_comes_back() -> None:
    with jackd(48000, 256) as server:
        program = start_beside(server, "audition")
        assert program.stdout is not None
        assert program.stdout.readline() == "plays\n"
    assert "waiting for it to come back" in program.stdout.readline()
    with jackd(44100, 256, server):
        assert program.stdout.readline() == "the sound is back\n"
        said, err = program.communicate(timeout=60.0)
    assert said.startswith("plays on at 44100 Hz"), err[-2000:]
    assert program.returncode == 0


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(_tone())
    program = "import sys; from masterchain.scripts.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "audition", "song.wav", "-b", "jack", "--server", "none"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60.0, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "no JACK server called 'none' is running; start one" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--start", "99"], "--start 99: song.wav is 1.00 s long"),
        (["--start", "nan"], "--start nan --loop None: must be"),
        (["--osc", "99999"], "--osc 99999: must be a port"),
        (["--osc-to", "here"], "--osc-to here: must be HOST:PORT"),
        (["--period", "0"], "--period 0 --rate None: must be"),
        (["--record", "no/such/place.wav"], "no/such/place.wav"),
        (["--backend", "cassette"], "--backend cassette: must be one of"),
        (["--midi-map", "none.toml"], "--midi-map none.toml: there is no such file"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(options: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(_tone())
    with contextlib.chdir(tmp_path), contextlib.redirect_stderr(io.StringIO()) as error:
        assert run(["audition", "song.wav", "-b", "null", "--headless", *options], Session()) == 2
    assert said in error.getvalue()
    assert len(error.getvalue().strip().splitlines()) == 1


def _tone() -> bytes:
    held = io.BytesIO()
    soundfile.write(held, 0.1 * np.sin(np.arange(48000) * 0.05), 48000, format="WAV")
    return held.getvalue()
