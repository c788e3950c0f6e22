"""The options that several commands share, and the settings that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .outcome import Refused

Source = Annotated[
    Path, typer.Argument(metavar="IN", help="The mix: WAV, AIFF, FLAC, AAC, ALAC, MP3, Ogg, Opus or a video.")
]
Output = Annotated[
    Path, typer.Argument(metavar="OUT", help="The master; its extension chooses the format. What is there is replaced.")
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", metavar="NAME", help="Sound: {profiles} or the path of a .toml file; {profile}."),
]
Intensity = Annotated[
    float | None, typer.Option("--intensity", metavar="PERCENT", help="Strength of the tonal work, {intensity}.")
]
Loudness = Annotated[
    str | None,
    typer.Option("--loudness", "-l", metavar="LUFS", help="Integrated loudness, {loudness}; 'keep' leaves the level."),
]
Service = Annotated[
    str | None,
    typer.Option("--for", metavar="SERVICE", help="Loudness and true peak that a service asks for: {services}."),
]
TruePeak = Annotated[float | None, typer.Option("--true-peak", metavar="DBTP", help="Highest true peak, {true_peak}.")]
Stereo = Annotated[bool, typer.Option("--stereo", help="Bring the width of lows, mids and highs to what records have.")]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", "-f", metavar="NAME", help="Format of OUT: {formats}. Default: the extension of OUT."),
]
Shaping = Annotated[
    str | None, typer.Option("--shaping", metavar="NAME", help="Noise shaping of the dither: {shapings}.")
]
NoCodecSafe = Annotated[
    bool,
    typer.Option("--no-codec-safe", help="Hold the peaks that go into a lossy encoder, not those that come out."),
]
ReportFile = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write all figures there as JSON.")]
PlotFile = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw one sheet of what was done: .png, .pdf or .svg.")
]
AnalysisFile = Annotated[
    Path | None,
    typer.Option("--analysis", metavar="FILE", help="Reuse what 'masterchain analyze IN --save FILE' measured."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Allow OUT to be IN itself.")]
Also = Annotated[
    list[str] | None,
    typer.Option(
        "--also", metavar="FILE",
        help="Another output, up to four: as OUT by its extension, or KIND:FILE for a delivery kind: {kinds}.",
    ),
]  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def given_settings(asked: dict[str, Any], loudness: str | None, service: str | None) -> dict[str, Any]:
    """Return the settings that were named; raises ``Refused``."""
    if loudness is not None and service is not None:
        raise Refused("--loudness and --for both set the loudness; give one of them")
    settings = {name: value for name, value in asked.items() if value is not None}
    return settings if loudness is None else settings | {"loudness": _loudness(loudness)}


def _loudness(text: str) -> float | None:
    if text.lower() in ("keep", "none"):
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused(f"--loudness {text!r}: must be a number of LUFS, such as -14, or 'keep'") from None
