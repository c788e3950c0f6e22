"""The demo: its mix has the faults it is said to have, always the same, and its master has fewer of them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from masterchain.graph import FileSource, analyse
from masterchain.nodes import Report
from masterchain.nodes.bands import THIRD_OCTAVES_HZ
from masterchain.presets import load
from masterchain.scripts.cli.app import run
from masterchain.scripts.cli.demo import MASTER, MIX, SHEET, other_loudness
from masterchain.scripts.demo.instruments import RATE
from masterchain.scripts.demo.song import BAR, CHORUS, SECONDS, VERSE, demo_mix
from masterchain.scripts.shell.outcome import Session

TARGET = load("i").curve_db


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the demo where nothing is yet; return its default directory and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(["demo"], Session()) == 0
    return folder / "masterchain-demo", out.getvalue()


@pytest.fixture(scope="module")
def demo_folder(printed: tuple[Path, str]) -> Path:
    return printed[0]


@pytest.fixture(scope="module")
def before(demo_folder: Path) -> Report:
    return analyse(demo_folder / MIX).report


@pytest.fixture(scope="module")
def after(demo_folder: Path) -> Report:
    return analyse(demo_folder / MASTER).report


def off_target(thirds: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Return how far the third octaves of a range stand off the target curve, dB, both laid over each other."""
    levels = 10.0 * np.log10(thirds)
    inside = (THIRD_OCTAVES_HZ >= 50.0) & (THIRD_OCTAVES_HZ <= 10000.0)
    off = levels - TARGET
    off -= np.median(off[inside])
    first, last = np.searchsorted(THIRD_OCTAVES_HZ, [low_hz, high_hz])
    return float(off[first:last].mean())


def section(report: Report, bars: range) -> np.ndarray:
    times = report.course.times_s
    inside = (times >= bars.start * BAR) & (times < bars.stop * BAR)
    return np.asarray(report.course.thirds[inside].mean(axis=0), dtype=float)


def test_the_mix_is_the_same_at_every_run(demo_folder: Path) -> None:
    blocks = list(FileSource(demo_folder / MIX).blocks(RATE))
    assert np.abs(np.concatenate(blocks, axis=1) - demo_mix()).max() <= 2.0**-23


def test_the_mix_is_forty_seconds_of_quiet_stereo(before: Report) -> None:
    assert (before.frames, before.sample_rate, before.channels) == (round(SECONDS * RATE), 44100, 2)
    assert before.integrated_lufs is not None
    assert -30.0 < before.integrated_lufs < -24.0
    assert before.clipped_runs == 0


def test_the_mix_is_dull_and_boomy(before: Report) -> None:
    assert off_target(before.thirds, 4000.0, 12500.0) < -6.0
    assert off_target(before.thirds, 80.0, 200.0) > 2.0


def test_the_mix_is_nearly_mono(before: Report) -> None:
    assert (before.side_mid_db < np.array([-20.0, -14.0, -16.0])).all()


def test_the_verse_is_duller_than_the_chorus(before: Report) -> None:
    high = [off_target(section(before, bars), 4000.0, 12500.0) for bars in (VERSE, CHORUS)]
    assert high[0] < high[1] - 3.0


def test_the_equaliser_has_something_to_follow(before: Report, after: Report) -> None:
    for bars in (VERSE, CHORUS):
        was, now = (off_target(section(report, bars), 4000.0, 12500.0) for report in (before, after))
        assert was + 2.0 < now < 3.0


def test_the_master_is_on_target_by_our_meter_and_by_another(demo_folder: Path, after: Report) -> None:
    assert after.integrated_lufs == pytest.approx(-14.0, abs=0.05)
    # pyloudnorm's filters are off by up to 0.06 LU (measured in the reference), its gating by less.
    assert other_loudness(demo_folder / MASTER) == pytest.approx(-14.0, abs=0.12)
    assert after.true_peak_dbtp is not None
    assert after.true_peak_dbtp <= -1.0 + 0.02


def test_the_master_is_less_boomy_and_wider(before: Report, after: Report) -> None:
    assert off_target(after.thirds, 80.0, 200.0) < off_target(before.thirds, 80.0, 200.0) - 0.5
    assert (after.side_mid_db[1:] > before.side_mid_db[1:] + 2.0).all()


def test_the_demo_prints_before_and_after_and_what_it_wrote(printed: tuple[Path, str]) -> None:
    folder, out = printed
    assert "pyloudnorm" in out
    assert "-14.0" in out
    assert sorted(path.name for path in folder.iterdir()) == sorted((MIX, MASTER, SHEET))
    assert all(f"masterchain-demo/{name}" in out for name in (MIX, MASTER, SHEET))
