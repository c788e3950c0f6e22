"""The sheet: every kind of file and of track can be drawn, and what is drawn is what was measured."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.text
import numpy as np
import pytest
import soundfile
from masterchain.graph import Result, Settings, master
from masterchain.graph.rendering.stage_history import StageHistory
from masterchain.nodes import CourseReport
from masterchain.nodes.bands import THIRD_OCTAVES_HZ
from masterchain.scripts.sheets.master_sheet import drawn, sheet
from masterchain.scripts.sheets.panels_over_time import response, thinned
from masterchain.scripts.sheets.waveform import COLUMNS, outline

RATE = 32000


def noise(channels: int, seconds: float, seed: int = 3) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    white = 0.1 * np.random.default_rng(seed).standard_normal((t.size, channels))
    return np.asarray((white + 0.2 * np.sin(2.0 * np.pi * 110.0 * t)[:, None]) * (0.7 + 0.3 * np.sin(t))[:, None])


def mastered(folder: Path, audio: np.ndarray, **settings: Any) -> Result:
    soundfile.write(folder / "mix.wav", audio, RATE, subtype="PCM_24")
    return master(folder / "mix.wav", folder / "out.wav", Settings(**settings))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return mastered(tmp_path_factory.mktemp("sheet"), noise(2, 6.0), stereo_image=True)


def texts(page: Any) -> str:
    """Return all that is written on ``page``, once it has been drawn."""
    page.savefig(io.BytesIO(), format="png", dpi=40)
    return "\n".join(text.get_text() for text in page.findobj(matplotlib.text.Text))


def test_the_outline_is_the_reach_of_the_samples(tmp_path: Path) -> None:
    audio = noise(2, 3.0)
    soundfile.write(tmp_path / "a.wav", audio, RATE, subtype="DOUBLE")
    curve = outline(tmp_path / "a.wav")
    assert curve is not None
    assert len(curve.lowest) <= COLUMNS
    assert (curve.lowest.min(), curve.highest.max()) == (audio.min(), audio.max())
    assert curve.hop_seconds * len(curve.lowest) == pytest.approx(3.0, rel=1e-2)


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_a_sheet_is_a_file_of_its_kind(result: Result, kind: str, start: bytes) -> None:
    before, after = outline(Path(result.source)), outline(Path(result.output))
    one = sheet(result, before, after, kind)
    assert one.startswith(start)
    if kind == "svg":  # text, in which a random id or a date would show
        assert one == sheet(result, before, after, kind)


def test_the_sheet_has_every_panel_and_the_key_figures(result: Result) -> None:
    said = texts(drawn(result))
    for title in ("Waveform", "Short-term loudness", "Gain reduction", "Equaliser", "Spectrum", "Width", "Key figures"):
        assert title in said
    assert f"{result.levels_before.loudness:.1f}".replace("-", "\N{MINUS SIGN}") in said
    assert "mix.wav" in said
    assert "target \N{MINUS SIGN}14 LUFS" in said


@pytest.mark.parametrize(
    ("channels", "seconds", "says"),
    [(1, 3.0, "mono: it has no width"), (2, 0.5, "needs 3 seconds"), (3, 1.0, "3 channels")],
)
def test_odd_tracks_can_be_drawn(tmp_path: Path, channels: int, seconds: float, says: str) -> None:
    mastering = mastered(tmp_path, noise(channels, seconds), loudness=-20.0)
    assert says in texts(drawn(mastering, outline(Path(mastering.source)), outline(Path(mastering.output))))


def test_silence_can_be_drawn(tmp_path: Path) -> None:
    mastering = mastered(tmp_path, np.zeros((RATE * 4, 2)), stereo_image=True)
    assert "nothing to measure" in texts(drawn(mastering))


def test_a_level_left_alone_has_no_target_line(tmp_path: Path) -> None:
    said = texts(drawn(mastered(tmp_path, noise(2, 4.0), loudness=None)))
    assert "level left alone" in said
    assert "target \N{MINUS SIGN}" not in said


def test_ten_hours_can_be_drawn(result: Result) -> None:
    rows, hop = 18000, 2.0
    course: dict[str, Any] = {
        name: np.resize(value, (rows, *value.shape[1:])) if isinstance(value, np.ndarray) else value
        for name, value in vars(result.after.course).items()
    }
    course["short_term"] = np.resize(result.after.course.short_term[2:], rows)  # NaN only at its start
    course["hop_seconds"] = hop
    long = replace(result.after, frames=rows * 2 * RATE, course=CourseReport(**course))
    points = 9000
    stages = StageHistory(
        4.0, np.resize(result.stages.gain_reduction_db, points), np.resize(result.stages.eq_gains_db, (points, 12))
    )
    ten_hours = replace(result, frames=long.frames, before=long, after=long, stages=stages)
    page = drawn(ten_hours)
    assert "10 h" in texts(page)
    for axes in page.axes[:4]:
        drawn_points = [np.asarray(line.get_ydata()) for line in axes.lines]
        assert all(np.isfinite(points).all() for points in drawn_points)
        assert max((len(points) for points in drawn_points), default=0) <= 1000


def test_the_image_shows_what_the_equaliser_does_not_just_its_knobs() -> None:
    """Neighbouring bands overlap: three at +4 dB lift the middle one by more."""
    gains = np.zeros((1, 12))
    gains[0, 5:8] = 4.0
    done = response(gains, 48000.0)[0]
    assert 4.5 < done[np.argmin(np.abs(THIRD_OCTAVES_HZ - 1120.0))] < 9.0
    assert abs(done[0]) < 0.5
    assert np.isnan(response(gains, 16000.0)[0, -1])


def test_thinning_keeps_the_mean_and_the_length() -> None:
    rows = np.random.default_rng(1).standard_normal((4000, 12))
    thin, hop = thinned(rows, 0.5)
    assert len(thin) == 800
    assert hop == 2.5
    assert thin.mean() == pytest.approx(rows.mean())
