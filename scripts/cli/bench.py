"""``masterchain bench``: the commands that measure the project beside its peers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

bench = typer.Typer(no_args_is_help=True, help="Measure the project beside its peers.")


@bench.callback()
def benches() -> None:
    """Measure the project beside its peers."""


@bench.command()
def sound(
    context: typer.Context,
    music: Annotated[
        Path | None, typer.Option("--music", metavar="DIR", help="A folder of stereo tracks. Default: the demo's mix.")
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", help="From the middle of each track.")] = 60.0,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where tables and plots go.")] = Path(
        "masterchain-bench"
    ),
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="meters, limiter, profiles, adaptivity, restraint, restoration, trade, harm, dynamics or sentences; "
            "may be repeated.",
        ),
    ] = None,
) -> None:
    """Print and save how meters, limiters and profiles do, beside the peers that are installed."""
    from ..bench.sound import bench_sound

    bench_sound(out, music, seconds, only or [], context.obj)


@bench.command()
def speed(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tables go.")] = Path("masterchain-bench"),
) -> None:
    """Print and save how long blocks, floods of OSC and MIDI, kernels and starts take, each beside a yardstick."""
    from .live_session import extra

    with extra("bench speed"):
        from ..bench.speed import bench_speed

    bench_speed(out, context.obj)
