"""The analyzer as a node: the same bits for any blocks, fixed memory, a report at any time, and its JSON."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from masterchain.nodes.analyzer import Analyzer
from masterchain.nodes.base import Spec
from masterchain.nodes.measuring.report import Report
from masterchain.nodes.measuring.timeline import Timeline
from signals import music, noise, random_cut, stream

RATE = 8000.0


def analyzed(x: np.ndarray, rate: float = RATE, cut: list[int] | None = None, cap: int | None = None) -> Analyzer:
    analyzer = Analyzer()
    analyzer.prepare(Spec(rate, x.shape[0], 4096))
    if cap:
        analyzer._course = Timeline(cap)
    assert np.array_equal(stream(analyzer, x, cut or [4096]), x)
    return analyzer


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [RATE, 11025.5])
def test_the_report_has_the_same_bits_for_any_blocks(channels: int, rate: float) -> None:
    x = music(channels, 35000, rate)
    whole = analyzed(x, rate).report().to_json()
    for cut in ([64, 1, 511, 0, 7], random_cut(35000, 4096, 1), [3, 4093]):
        assert analyzed(x, rate, cut).report().to_json() == whole


def test_frame_by_frame_gives_the_same_bits() -> None:
    x = music(2, 9000, RATE)
    assert analyzed(x, cut=[1]).report().to_json() == analyzed(x).report().to_json()


def test_a_report_is_that_of_the_stream_up_to_there_and_does_not_disturb_it() -> None:
    x, analyzer = music(2, 40000, RATE), Analyzer()
    analyzer.prepare(Spec(RATE, 2, 4096))
    done = 0
    for frames in (1, 63, 3999, 4000, 4096, 4096, 511, 4000):
        analyzer.process_block(np.ascontiguousarray(x[:, done : done + frames]))
        done += frames
        assert analyzer.report().to_json() == analyzed(x[:, :done]).report().to_json()


def test_the_report_outlives_the_end_of_a_stream_and_the_next_one_starts_afresh() -> None:
    x = music(2, 20000, RATE).astype(np.float32)
    analyzer = Analyzer()
    analyzer(x, RATE)
    first = analyzer.report().to_json()
    assert json.loads(first)["frames"] == 20000
    analyzer(x, RATE, reset=False)
    assert analyzer.report().to_json() == first


def test_a_report_survives_json() -> None:
    report = analyzed(music(2, 40000, RATE)).report()
    again = Report.from_json(report.to_json())
    assert again.to_json() == report.to_json()
    assert again.course.thirds.dtype == np.float32
    np.testing.assert_array_equal(again.course.thirds, report.course.thirds)
    np.testing.assert_array_equal(again.thirds, report.thirds)


@pytest.mark.parametrize("frames", [0, 1, 100, 20000])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_silence_has_no_levels_and_its_report_is_plain_json(channels: int, frames: int) -> None:
    report = analyzed(np.zeros((channels, frames))).report()
    assert [report.integrated_lufs, report.max_momentary_lufs, report.true_peak_dbtp, report.plr_db] == [None] * 4
    assert report.clipped_runs == 0
    assert Report.from_json(report.to_json()).silence_start_frames == frames


@pytest.mark.parametrize("rate", [8000.0, 384000.0])
@pytest.mark.parametrize("channels", range(1, 9))
def test_every_layout_and_rate_is_measured(channels: int, rate: float) -> None:
    report = analyzed(noise(channels, 200000 if rate > 8000.0 else 8000, 0.5), rate).report()
    level = 10.0 * math.log10(0.25 / 3.0)
    assert report.frames == (200000 if rate > 8000.0 else 8000)
    assert report.integrated_lufs is not None
    assert level < report.integrated_lufs < level + 14.0
    assert np.isfinite(report.course.k_power).all()


def test_the_course_has_a_row_a_second_and_a_last_one_for_the_rest() -> None:
    x = np.repeat([[0.1, 0.4, 0.2, 0.3]], 8000, axis=1)[:, :-2000] * np.sign(noise(1, 30000))
    course = analyzed(x).report().course
    assert course.hop_seconds == 1.0
    np.testing.assert_array_equal(course.times_s, [0, 1, 2, 3])
    np.testing.assert_allclose(course.highest, [0.1, 0.4, 0.4, 0.3], rtol=1e-6)
    power = course.k_power / course.k_power[0]
    np.testing.assert_allclose(power, [1.0, 16.0, 4.0, 9.0], rtol=0.1)
    np.testing.assert_allclose(np.nansum(course.thirds, axis=1) / np.nansum(course.thirds[0]), power, rtol=0.3)


@pytest.mark.parametrize("frames", [8 * 8000, 8 * 8000 + 1, 12 * 8000 + 500, 16 * 8000, 21 * 8000])
def test_rows_merge_in_pairs_when_there_are_as_many_as_fit(frames: int) -> None:
    x = music(2, frames, RATE) * np.linspace(1.0, 0.1, frames)
    full, merged = analyzed(x).report().course, analyzed(x, cap=8).report().course
    factor = round(merged.hop_seconds)
    assert merged.k_power.size <= 8
    assert factor == (1 if frames <= 64000 else 2 if frames <= 128000 else 4)
    groups = [slice(i, i + factor) for i in range(0, full.k_power.size, factor)]
    lengths = np.minimum(8000, frames - 8000 * np.arange(full.k_power.size))
    for name in ("true_peak", "highest"):
        np.testing.assert_array_equal(getattr(merged, name), [getattr(full, name)[g].max() for g in groups])
    np.testing.assert_array_equal(merged.lowest, [full.lowest[g].min() for g in groups])
    np.testing.assert_array_equal(merged.short_term, [full.short_term[g][-1] for g in groups])
    means = [np.average(full.k_power[g], weights=lengths[g]) for g in groups]
    np.testing.assert_allclose(merged.k_power, means, rtol=1e-5)
    np.testing.assert_allclose(merged.thirds.sum(), full.thirds.sum() / factor, rtol=0.2)
    whole = groups[:-1]
    np.testing.assert_allclose(merged.mid[:-1], [full.mid[g].mean(axis=0) for g in whole], rtol=0.05)


def test_merging_does_not_depend_on_the_blocks_either() -> None:
    x = music(2, 21 * 8000, RATE)
    cut = random_cut(x.shape[1], 4096, 2)
    assert analyzed(x, cap=8, cut=cut).report().to_json() == analyzed(x, cap=8).report().to_json()


def test_memory_does_not_grow_with_the_stream() -> None:
    def size(analyzer: Analyzer) -> int:
        parts = (analyzer._loudness, analyzer._peaks, analyzer._spectra, analyzer._course)
        return sum(v.nbytes for part in parts for v in vars(part).values() if isinstance(v, np.ndarray))

    assert size(analyzed(noise(2, 160000))) == size(analyzed(noise(2, 10)))


def test_psr_and_plr_are_peak_minus_loudness() -> None:
    report = analyzed(noise(2, 80000, 0.5)).report()
    assert report.true_peak_dbtp is not None
    assert report.integrated_lufs is not None
    assert report.psr_db is not None
    assert report.plr_db == pytest.approx(report.true_peak_dbtp - report.integrated_lufs)
    steady = report.course.psr_db
    assert np.isnan(steady[:2]).all()
    np.testing.assert_allclose(steady[2:], report.psr_db, atol=2.0)  # the peaks of noise differ by window
