"""A JACK server of a test's own: started on the dummy driver, and always stopped."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_S, STOP_S = 10.0, 20.0
TRIES = 5
REGISTRY = Path("/dev/shm/jack-shm-registry")


def jack_environment(server: str) -> dict[str, str]:
    """Return the environment in which a process is a client of ``server`` and starts no other by itself."""
    return os.environ | {
        "JACK_DEFAULT_SERVER": server,
        "JACK_NO_START_SERVER": "1",
        "JACK_NO_AUDIO_RESERVATION": "1",
    }


@contextmanager
def jackd(rate: int = 48000, period: int = 128, name: str = "") -> Iterator[str]:
    """Run a JACK server and yield its name, a new one unless ``name`` says it (to start one again).

    Skips the test if there is no jackd.  Clients use ``jack_environment(name)`` from their first import on.
    """
    for program in ("jackd", "jack_lsp"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt install jackd2 jack-tools")
    name = name or f"mc-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    server = _started(name, rate, period)
    try:
        yield name
    finally:
        stop(server)
        for left in Path("/dev/shm").glob(f"jack_sem.*_{name}_*"):  # of clients that were killed
            left.unlink(missing_ok=True)


def stop(server: subprocess.Popen[bytes]) -> None:
    """End ``server``, by force if it does not go by itself.

    It takes several seconds where a client was killed just before.  One that is ended by force keeps one of the eight
    places for servers that JACK has on a machine: ``_free`` gets it back.
    """
    server.terminate()
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _started(name: str, rate: int, period: int) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers; servers that start at the same time can get in each other's way."""
    command = ["jackd", "-n", name, "--no-realtime", "-d", "dummy", "-r", str(rate), "-p", str(period)]
    for _ in range(TRIES):
        server = _launched(command)
        until = time.monotonic() + START_S
        while server.poll() is None and time.monotonic() < until:
            if _answers(name):
                return server
            time.sleep(0.05)
        stop(server)
        _free()
        time.sleep(0.5)
    raise RuntimeError(f"jackd did not start in {TRIES} tries: {' '.join(command)}")


def _launched(command: list[str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=jack_environment(command[2]), stdout=quiet, stderr=quiet)


def _answers(name: str) -> bool:
    asked = subprocess.run(["jack_lsp"], env=jack_environment(name), capture_output=True, check=False, timeout=START_S)
    return asked.returncode == 0 and b"system:" in asked.stdout


def _free() -> None:
    """Free the places of servers of ours that were killed: JACK does it when one of the same name starts and ends."""
    if not REGISTRY.exists():
        return
    for number, name in re.findall(rb"(?s)(....)jack-\d+:(mc-\d+-[0-9a-f]{8}):", REGISTRY.read_bytes()):
        if (
            int.from_bytes(number, sys.byteorder)
            and not Path(f"/proc/{int.from_bytes(number, sys.byteorder)}").exists()
        ):
            server = _launched(["jackd", "-n", name.decode(), "--no-realtime", "-d", "dummy"])
            time.sleep(0.7)
            stop(server)
