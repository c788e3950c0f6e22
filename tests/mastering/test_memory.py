"""A longer file takes no more memory: whole processes, measured by the operating system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from songs import song

RATE = 22050
PROGRAM = """
import re, sys
from masterchain.graph import Settings, master
result = master(sys.argv[1], sys.argv[2], Settings(loudness=-12.0))
assert result.target_reached
print(int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def peak_megabytes(folder: Path, minutes: float) -> float:
    """Master a file of that length in a process of its own and return its peak resident memory.

    Not by getrusage: what that tells of a child begins with the size of the process that forked it.
    """
    source = folder / f"{minutes:g}.wav"
    part = np.round(song(10.0, RATE)[0] * 32767).astype(np.int16)
    with soundfile.SoundFile(str(source), "w", RATE, 1, "PCM_16") as file:
        for _ in range(round(minutes * 6)):
            file.write(part)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(source), str(folder / "out.wav")],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip
    return float(done.stdout)


def test_ten_times_the_length_takes_no_more_memory(tmp_path: Path) -> None:
    peak_megabytes(tmp_path, 0.2)  # compiles the kernels
    short, long = peak_megabytes(tmp_path, 2.0), peak_megabytes(tmp_path, 20.0)
    assert long < 1.10 * short
    assert long < 400.0
