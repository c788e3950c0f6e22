"""``masterchain demo``: a mix with real problems is made, mastered, and compared with what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...graph import FileSink, Format, Result
from ...graph.analysis.figures import WIDTH_BANDS
from ...nodes import Report
from ..demo.instruments import RATE
from ..demo.song import BEAT, demo_mix
from ..shell.outcome import Refused, Session
from ..shell.tables import show, table
from .analyze import shown
from .master import Job, run

MIX, MASTER, SHEET = "demo-mix.wav", "demo-master.wav", "demo-sheet.png"
BITS = 24


def run_demo(directory: Path, session: Session) -> None:
    """Write mix, master and sheet into ``directory`` and print what changed."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{directory}: cannot be made a directory: {error.strerror}") from None
    job = Job(directory / MIX, directory / MASTER, {}, stereo=True, plot=directory / SHEET)
    write_mix(job.source)
    session.written.append(str(job.source))
    result = run(job, session)[0]
    show(f"40 s of drums, bass, keys, strings and a lead, {60.0 / BEAT:g} bpm: dull, boomy, narrow and quiet, mastered",
         comparison(result), *(f"limited by {limit}" for limit in result.limits))  # fmt: skip
    for path, what in (
        (job.source, "the mix"), (job.output, "the master"), (directory / SHEET, "one page of what was done"),
    ):  # fmt: skip
        show(f"{path!s:<40} {what}")


def write_mix(path: Path) -> None:
    """Write the mix to ``path`` as 24-bit WAV, whole or not at all."""
    mix = demo_mix()
    with FileSink(path, Format("wav", "pcm", RATE, mix.shape[0], BITS, "int"), frames_expected=mix.shape[1]) as sink:
        for start in range(0, mix.shape[1], RATE):
            sink.write(np.ascontiguousarray(mix[:, start : start + RATE]))


def comparison(result: Result) -> Any:
    """Return the table of the figures before and after, a meter that is not ours among them."""
    figures = table("", "Mix", "Master", "", right=(1, 2))
    before, after = result.levels_before, result.levels_after
    others = [other_loudness(Path(path)) for path in (result.source, result.output)]
    rows: tuple[tuple[str, float | None, float | None, str], ...] = (
        ("Integrated loudness", before.loudness, after.loudness, "LUFS"),
        ("  by pyloudnorm", others[0], others[1], "LUFS"),
        ("True peak", before.true_peak, after.true_peak, "dBTP"),
        ("Loudness range", before.loudness_range, after.loudness_range, "LU"),
        ("True peak to loudness", before.plr, after.plr, "dB"),
    )
    for name, was, now, unit in rows:
        figures.add_row(name, shown(was, "", 2), shown(now, "", 2), unit)
    figures.add_section()
    for name, low, high in (("Boom, 80-250 Hz", 80.0, 250.0), ("Presence, 2-6 kHz", 2000.0, 6000.0),
                            ("Air, above 8 kHz", 8000.0, 20000.0)):  # fmt: skip
        shares = (share_db(report, low, high) for report in (result.before, result.after))
        figures.add_row(name, *(shown(share) for share in shares), "dB of the whole")
    figures.add_section()
    for i, band in enumerate(WIDTH_BANDS):
        ratios = (float(report.side_mid_db[i]) for report in (result.before, result.after))
        figures.add_row(f"Width, {band}", *(shown(ratio) for ratio in ratios), "dB side to mid")
    return figures


def share_db(report: Report, low_hz: float, high_hz: float) -> float:
    """Return the level of the third octaves centred from ``low_hz`` to ``high_hz``, relative to all of them."""
    powers, centres = np.nan_to_num(report.thirds), report.THIRDS_HZ
    part = powers[(centres >= low_hz) & (centres <= high_hz)].sum()
    return float(10.0 * np.log10(max(part, 1e-15) / max(powers.sum(), 1e-15)))


def other_loudness(path: Path) -> float:
    """Return the integrated loudness of the file at ``path`` by pyloudnorm, LUFS."""
    import pyloudnorm  # it loads much of scipy, which only the demo should wait for
    import soundfile

    audio, rate = soundfile.read(path, always_2d=True)
    return float(pyloudnorm.Meter(rate).integrated_loudness(audio))
