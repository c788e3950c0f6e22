"""``masterchain bench``: the commands that measure the project beside its peers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .live import Backend, Card, Headless, Rate, Server

BLIND_PERIOD = 1024
"""Frames: nothing is to be answered fast, and the blocks are made in Python."""

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


@bench.command()
def listen(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder that is written; files there are replaced.")],
    music: Annotated[
        Path | None, typer.Option("--music", metavar="DIR", help="A folder of stereo tracks. Default: the demo's mix.")
    ] = None,
    profiles: Annotated[
        str, typer.Option("--profiles", "-p", metavar="NAMES", help="Profiles, with commas between.")
    ] = "i",
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", help="From the middle of each track.")] = 20.0,
    loudness: Annotated[
        float, typer.Option("--loudness", "-l", metavar="LUFS", help="Of the masters, before they are matched.")
    ] = -14.0,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="DIR", help="What an earlier version wrote, to be shown beside it."),
    ] = None,
) -> None:
    """Write originals and masters at one loudness, to listen to, and tell how far apart a model of hearing finds them.

    The files are TRACK--original.flac and TRACK--PROFILE.flac; 'masterchain bench blind OUT' plays them blindly.
    """
    from ..bench.listening.listen import ListenJob, bench_listen

    bench_listen(ListenJob(out, music, profiles, seconds, loudness, against), context.obj)


@bench.command()
def blind(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that 'masterchain bench listen' wrote.")],
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", metavar="NAME", help="Only this one. Default: all.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="DIR", help="Compare with the same masters there, not with the originals."),
    ] = None,
    trials: Annotated[int, typer.Option("--trials", metavar="N", help="So many trials.")] = 12,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Draw the same trials again.")] = None,
    backend: Backend = "auto",
    server: Server = None,
    card: Card = None,
    rate: Rate = None,
    headless: Headless = False,
) -> None:
    """Play A, B and X, which is one of them, and say at the end how often it was told which.

    All are equally loud and play in step. Keys: a, b and x choose what is heard, 1 says that X is A, 2 that it is B.
    """
    from .live_session import Sound, extra

    sound = Sound(backend, server, card, rate, BLIND_PERIOD)
    with extra("the screen", ", or ask for --headless"):
        from ..bench.listening.blind import BlindJob, bench_blind

        bench_blind(BlindJob(folder, profile, against, trials, seed), sound.device(insert=False), headless)
