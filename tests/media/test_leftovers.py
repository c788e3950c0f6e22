"""What a killed job leaves is swept by the next one in the same folder, and nothing else ever is."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from masterchain.graph import FileSink, MediaError
from masterchain.graph.storage import hidden_files
from masterchain.graph.storage.atomic import write_text
from media_fixtures import STUDIO, music

KILLED = """
import os, signal, sys
from masterchain.graph import FileSink, Format
from masterchain.graph.storage.hidden_files import hidden_name
FileSink(sys.argv[1] + "/out.wav", Format("wav", "pcm", 48000, 2, 24, "int", None, "stereo"))
print(hidden_name(".wav"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
DAY_S = 24 * 3600


def left_behind(folder: Path) -> tuple[Path, str]:
    """Kill a process that writes into ``folder``; return the file it left, and one more name of that process."""
    ran = subprocess.run([sys.executable, "-c", KILLED, str(folder)], capture_output=True, text=True, check=False)
    (left,) = folder.iterdir()
    return left, ran.stdout.strip()


def begin_a_job(folder: Path) -> None:
    FileSink(folder / "next.wav", STUDIO).abort()


def test_the_next_job_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    left, name = left_behind(tmp_path)
    begin_a_job(tmp_path)
    assert not left.exists()
    (tmp_path / name).touch()
    write_text(tmp_path / "report.json", "{}")
    assert os.listdir(tmp_path) == ["report.json"]


def test_nothing_else_is_swept(tmp_path: Path) -> None:
    """Its writer lives, or may live; it is no regular file; or its name is the user's own."""
    left, dead = left_behind(tmp_path)
    left.unlink()
    host, life = hidden_files._place()
    number = dead.split("-")[3]
    elsewhere = dead.replace(host, "00000000")
    (tmp_path / "target.wav").write_bytes(b"music")
    (tmp_path / dead).symlink_to(tmp_path / "target.wav")
    (tmp_path / dead.replace(".wav", ".flac")).mkdir()
    kept = [
        hidden_files.hidden_name(".wav"), elsewhere, dead.replace(life, "00000000"), f"x{dead}", f"{dead}.bak",
        f".masterchain-{number}.wav", ".0123456789ab.wav", "out.wav",
    ]  # fmt: skip
    for name in kept:
        (tmp_path / name).touch()
    os.utime(tmp_path / elsewhere, (0, 0))
    there = sorted(os.listdir(tmp_path))
    begin_a_job(tmp_path)
    assert sorted(os.listdir(tmp_path)) == there
    assert (tmp_path / "target.wav").read_bytes() == b"music"


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no birth of a process is told here")
def test_a_process_that_got_the_number_of_a_dead_one_does_not_keep_its_file(tmp_path: Path) -> None:
    own = hidden_files.hidden_name(".wav").split("-")
    own[4] = str(int(own[4]) - 1)
    (tmp_path / "-".join(own)).touch()
    begin_a_job(tmp_path)
    assert os.listdir(tmp_path) == []


def test_what_was_left_before_the_last_start_goes_after_a_day(tmp_path: Path) -> None:
    name = hidden_files.hidden_name(".wav").replace(hidden_files._place()[1], "00000000")
    for age, stays in ((DAY_S - 60, True), (DAY_S + 60, False)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
        begin_a_job(tmp_path)
        assert (tmp_path / name).exists() == stays


def test_a_write_protected_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keep.wav"
    path.write_bytes(b"the master that was released")
    path.chmod(0o444)
    with pytest.raises(MediaError, match=r"keep\.wav: is write-protected; give another name"):
        FileSink(path, STUDIO)
    assert os.listdir(tmp_path) == ["keep.wav"]
    path.chmod(0o644)
    with FileSink(path, STUDIO) as sink:
        sink.write(music(frames=100))
    assert path.read_bytes()[:4] == b"RIFF"


def test_a_report_that_the_disk_does_not_take_is_named(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match=r"File too large: '.*/report\.json'"):
            write_text(path, "x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/proc/self"), reason="no /proc here")
def test_a_folder_that_takes_no_files_is_told_in_words_that_fit() -> None:
    with pytest.raises(MediaError, match=r"^/proc/o\.wav: .*(no file can be made in '/proc'|not writable)$"):
        FileSink("/proc/o.wav", STUDIO)
