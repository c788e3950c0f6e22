"""The ``masterchain`` command.

Everything heavy is imported inside the commands: ``masterchain --help`` answers at once.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..shell.help import Commands, Factual
from ..shell.options import (
    Also,
    AnalysisFile,
    AsJson,
    FormatOption,
    Intensity,
    Loudness,
    NoCodecSafe,
    Output,
    Overwrite,
    PlotFile,
    ProfileOption,
    ReportFile,
    Service,
    Shaping,
    Source,
    Stereo,
    TruePeak,
    given_settings,
)
from ..shell.outcome import DONE, Refused, Session, ended
from .bench import bench
from .docs import docs
from .live import add_to

COLLECTED = 50_000
"""New objects after which Python looks for garbage: at 700, as it does, a tenth of a short master goes into looking at
what imports made, again and again."""

app = typer.Typer(cls=Commands, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(bench, name="bench")
app.add_typer(docs, name="docs")


@app.callback(invoke_without_command=True)
def masterchain(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """Master audio files: analyse, plan, render.

    Exit codes: 0 success, 1 the job failed or was interrupted, 2 bad input or bad options.
    """
    if version:
        typer.echo(f"masterchain {_version()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(cls=Factual)
def master(
    context: typer.Context,
    source: Source,
    output: Output,
    profile: ProfileOption = None,
    intensity: Intensity = None,
    loudness: Loudness = None,
    service: Service = None,
    true_peak: TruePeak = None,
    stereo: Stereo = False,
    format: FormatOption = None,
    shaping: Shaping = None,
    no_codec_safe: NoCodecSafe = False,
    report: ReportFile = None,
    plot: PlotFile = None,
    analysis: AnalysisFile = None,
    overwrite: Overwrite = False,
    also: Also = None,
) -> None:
    """Master the file IN into the file OUT, and into others at the same time.

    OUT has the format, bit depth, sample rate, tags and cover of IN unless asked otherwise. It appears when it is
    whole; what was there is replaced then, unless it is write-protected.
    """
    asked: dict[str, Any] = {"profile": profile, "intensity": intensity, "true_peak": true_peak, "shaping": shaping}
    options = given_settings(asked, loudness, service)
    from .master import Job, run

    safe = not no_codec_safe
    job = Job(source, output, options, service, stereo, format, report, plot, analysis, overwrite, safe, also or [])
    typer.echo(str(run(job, context.obj)))


@app.command(cls=Factual)
def preview(
    context: typer.Context,
    source: Source,
    directory: Annotated[Path, typer.Argument(metavar="OUTDIR", help="Where the previews go; made if need be.")],
    profiles: Annotated[
        str,
        typer.Option("--profiles", "-p", metavar="LIST", help="One to five: {profiles} or paths, such as a,c,i."),
    ] = "i",
    start: Annotated[float | None, typer.Option("--start", metavar="S", help="Where they begin; {start}.")] = None,
    duration: Annotated[
        float | None, typer.Option("--duration", metavar="S", help="How long they are; {duration}.")
    ] = None,
    intensity: Intensity = None,
    loudness: Loudness = None,
    service: Service = None,
    true_peak: TruePeak = None,
    stereo: Stereo = False,
    kind: Annotated[str, typer.Option("--format", "-f", metavar="KIND", help="{kinds}; default m4a (AAC).")] = "m4a",
    matched: Annotated[
        bool, typer.Option("--matched", help="Add copies, and one of the original, as loud as the quietest of all.")
    ] = False,
    plot: PlotFile = None,
    report: ReportFile = None,
) -> None:
    """Write the same passage of IN in several sounds, into OUTDIR.

    Each is what the whole master has there: the loudness is that of the whole track. A window that would end behind
    the track moves back; a shorter track is previewed whole.
    """
    asked: dict[str, Any] = {"intensity": intensity, "true_peak": true_peak}
    options = given_settings(asked, loudness, service) | {"stereo_image": stereo}
    from .preview import PreviewJob, run_preview

    job = PreviewJob(source, directory, profiles, options, service, kind, start, duration, matched, plot, report)
    typer.echo(str(run_preview(job, context.obj)))


@app.command(cls=Factual)
def analyze(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An audio file.")],
    json: AsJson = False,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep the whole analysis for 'master --analysis'.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it all on one sheet: .png, .pdf or .svg.")
    ] = None,
) -> None:
    """Measure a file: loudness, peaks, tone, width; what is wrong with it, and which profiles fit."""
    from .analyze import measured

    measured(file, json, save, plot, context.obj)


@app.command("run", cls=Factual)
def run_job(
    context: typer.Context,
    job: Annotated[
        Path | None, typer.Argument(metavar="JOB", help="A job document, JSON; - reads standard input.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="It is a preview, whatever it says.")] = False,
    master: Annotated[bool, typer.Option("--master", help="It is a full master, whatever it says.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check it, say what would be done, do nothing.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of job documents.")] = False,
) -> None:
    """Do what a job document of the mastering API says, on local files, and print the API's result.

    Its URLs are paths or file:// URLs. It is a full master unless its "path" is /media/master/preview or, without
    "path", its input has a "segment".
    """
    from .run import print_schema, run_document

    if preview and master:
        raise Refused("--preview and --master exclude each other; give one of them")
    if schema:
        print_schema()
    elif job is None:
        raise Refused("run: name a job document, or ask for --schema; see masterchain run --help")
    else:
        run_document(job, "preview" if preview else "master" if master else None, dry_run, context.obj)


@app.command(cls=Factual)
def profiles(json: AsJson = False) -> None:
    """List the sounds that --profile chooses from."""
    from .profiles import print_profiles

    print_profiles(json)


@app.command(cls=Factual)
def demo(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")] = Path("masterchain-demo"),
) -> None:
    """Make a mix that needs mastering, master it, and show what changed."""
    from .demo import run_demo

    run_demo(directory, context.obj)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("masterchain")
    except PackageNotFoundError:
        return "(from a checkout that is not installed)"


def run(arguments: Sequence[str] | None, session: Session) -> int:
    """Run the command line ``arguments``, the process's own if None, and return the exit code."""
    return ended(lambda: app(arguments, standalone_mode=False, obj=session, prog_name="masterchain") or DONE, session)


add_to(app)


def main() -> int:
    """Run the command line and return its exit code."""
    gc.set_threshold(COLLECTED)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what libraries tell programmers is not for the user of a command
    session = Session()
    session.listen()
    try:
        return run(None, session)
    finally:
        gc.freeze()  # the process ends: its memory goes without a last search of all that is left
