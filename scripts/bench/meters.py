"""Benchmark, part one: the meters on the cases of the standards and on music, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..sheets.palette import AFTER, ASKED, BEFORE_DARK, REDUCTION
from .music import Excerpt
from .peers import Read, meters, read_libebur128
from .references import true_peak_db
from .signals import INTEGRATED, LRA, MOMENTARY, SHORT, TP, Case, loudness_cases, peak_cases
from .tables import Bench, Figures

Array = NDArray[np.float64]
Worst = dict[tuple[str, str], dict[str, float]]

RATES = (44100, 48000, 96000)
WORDS = {INTEGRATED: "I", MOMENTARY: "M", SHORT: "S", LRA: "LRA", TP: "true peak"}
STREAMED = (INTEGRATED, LRA, TP)
"""What the meters read without being asked in between."""

COLOURS = (AFTER, BEFORE_DARK, ASKED, REDUCTION)


def bench_meters(
    bench: Bench, music: Sequence[Excerpt], rates: Sequence[int] = RATES, chosen: dict[str, Read] | None = None
) -> None:
    """Put the tables of the meters ``chosen``, all by default."""
    chosen = chosen or meters()
    _standards(bench, chosen, rates)
    _music(bench, chosen, music)
    _cost(bench, chosen, music[0])


def _standards(bench: Bench, chosen: dict[str, Read], rates: Sequence[int]) -> None:
    """Put the worst errors on the cases of Tech 3341 and 3342."""
    worst: Worst = {}
    for rate in rates:
        for case, exact in _cases(rate):
            for name, read in chosen.items():
                for kind, value in _read(read, case, rate).items():
                    errors = worst.setdefault((case.name, kind), {})
                    errors[name] = max(errors.get(name, 0.0), value - exact, key=abs)
    said = ", ".join(f"{rate / 1000:g}" for rate in rates)
    figures = Figures(
        "meters_standards",
        "Meters: EBU Tech 3341 and 3342",
        f"Worst error over {said} kHz; LU, and dB for true peaks, which are held against the exact curve, all else "
        "against what the standard's own arithmetic gives (up to 0.04 LU from the nominal -23.0 in cases 3-6, 9, 12).",
        ("Case", "Reading", *chosen),
        digits=3,
    )
    for (case_name, kind), errors in worst.items():
        figures.add(case_name, WORDS[kind], *(errors.get(name) for name in chosen))
    bench.put(figures)
    _plot(bench, worst, list(chosen))


def _cases(rate: int) -> Iterator[tuple[Case, float]]:
    """Yield the cases with the values that are right."""
    for case in loudness_cases(rate):
        yield case, case.expected
    for case in peak_cases(rate):
        yield case, true_peak_db(case.audio)


def _read(read: Read, case: Case, rate: int) -> dict[str, float]:
    """Return what the meter says of ``case`` by kind; nothing from one that doesn't read those."""
    reading = read(case.audio, rate, case.kinds)
    values = {kind: getattr(reading, kind) for kind in case.kinds}
    return {kind: value for kind, value in values.items() if value is not None}


def _plot(bench: Bench, worst: Worst, names: list[str]) -> None:
    with bench.figure("meters_standards.png", 9.0, 4.0) as page:
        axes = page.add_subplot()
        for i, name in enumerate(names):
            heights = [abs(errors.get(name, np.nan)) for errors in worst.values()]
            places = np.arange(len(heights)) + 0.8 * (i - 0.5 * (len(names) - 1)) / len(names)
            axes.bar(places, np.maximum(heights, 1e-4), 0.8 / len(names), label=name, color=COLOURS[i % len(COLOURS)])
        axes.set_yscale("log")
        axes.set_xticks(range(len(worst)), [f"{case}\n{WORDS[kind]}" for case, kind in worst], rotation=90)
        axes.axhline(0.01, color=ASKED, linewidth=0.8, linestyle="--")
        axes.set_ylabel("error, LU or dB")
        axes.set_title("Worst error of the meters on EBU Tech 3341 and 3342")
        axes.legend()


def _music(bench: Bench, chosen: dict[str, Read], music: Sequence[Excerpt]) -> None:
    """Put what the meters read of music, against each other and against the exact true peak."""
    others = [name for name in chosen if name != "masterchain"]
    ranged = [name for name in others if name != "pyloudnorm"]
    loudness = Figures(
        "meters_music",
        "Meters: loudness of music",
        "What ours reads (LUFS, LU), and ours minus the others' readings (LU). 'at 48 kHz': libebur128 fed with the "
        "track resampled to 48 kHz, the only rate at which its weighting is the standard's.",
        ("Track", "kHz", "I", *others, "at 48 kHz", "LRA", *ranged),
        digits=3,
    )
    peaks = Figures(
        "meters_true_peak",
        "Meters: true peak of music",
        "The exact true peak (dBTP), and the meters' readings minus it (dB).",
        ("Track", "exact", "masterchain", *ranged),
        digits=3,
    )
    for excerpt in music:
        readings = {name: read(excerpt.audio, excerpt.rate, STREAMED) for name, read in chosen.items()}
        ours, exact = readings["masterchain"], true_peak_db(excerpt.audio)
        loudness.add(
            excerpt.name,
            f"{excerpt.rate / 1000:g}",
            ours.integrated,
            *(_minus(ours.integrated, readings[name].integrated) for name in others),
            _minus(ours.integrated, _at_48k(excerpt)) if "libebur128" in chosen else None,
            ours.range,
            *(_minus(ours.range, readings[name].range) for name in ranged),
        )
        peaks.add(excerpt.name, exact, *(_minus(readings[name].true_peak, exact) for name in ("masterchain", *ranged)))
    bench.put(loudness)
    bench.put(peaks)


def _at_48k(excerpt: Excerpt) -> float | None:
    """Return libebur128's integrated loudness of the excerpt at 48 kHz."""
    import soxr

    audio = excerpt.audio
    if excerpt.rate != 48000:
        audio = soxr.resample(np.ascontiguousarray(audio.T), excerpt.rate, 48000, "VHQ").T
    return read_libebur128(audio, 48000, [INTEGRATED]).integrated


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _cost(bench: Bench, chosen: dict[str, Read], excerpt: Excerpt) -> None:
    """Put the time that a stereo frame takes: the best of three runs, of the process's own time."""
    seconds = min(20.0, excerpt.audio.shape[1] / excerpt.rate)
    frames, rate = round(seconds * excerpt.rate), excerpt.rate
    sine = 0.5 * np.sin(2.0 * np.pi * 10000.0 / rate * np.arange(frames))
    signals = {
        f"music ({excerpt.name})": excerpt.audio[:, :frames],
        "white noise": 0.2 * np.random.default_rng(1).standard_normal((2, frames)),
        "10 kHz sine": np.stack([sine, sine]),
    }
    figures = Figures(
        "meters_cost",
        "Meters: cost",
        f"Nanoseconds of CPU time a stereo frame, best of three runs on {seconds:g} s at {rate / 1000:g} kHz. Ours "
        "measures loudness, range, peaks, spectra, width and faults; libebur128 loudness, range and true peak; "
        "pyloudnorm loudness. ffmpeg, a process of its own, cannot be timed alike and is left out.",
        ("Signal", *(name for name in chosen if name != "ffmpeg ebur128")),
        digits=0,
    )
    for signal, audio in signals.items():
        row: list[float] = []
        for name, read in chosen.items():
            if name != "ffmpeg ebur128":
                row.append(1e9 / frames * min(_seconds(read, audio, rate) for _ in range(3)))
        figures.add(signal, *row)
    bench.put(figures)


def _seconds(read: Read, audio: Array, rate: int) -> float:
    begun = time.process_time()
    read(audio, rate, STREAMED)
    return time.process_time() - begun
