"""The commands that play: ``audition``, ``insert``, ``layout``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..shell.help import Factual
from ..shell.options import Intensity, Loudness, ProfileOption, Service, Source, Stereo, TruePeak, given_settings
from ..shell.outcome import Refused

Backend = Annotated[
    str,
    typer.Option(
        "--backend", "-b", metavar="NAME",
        help="jack, portaudio (a sound card) or null (a clock, no sound); auto: JACK if it runs, else a sound card.",
    ),
]  # fmt: skip
Server = Annotated[str | None, typer.Option("--server", metavar="NAME", help="The JACK server.")]
Card = Annotated[str | None, typer.Option("--card", metavar="NAME", help="The sound card, by a part of its name.")]
Rate = Annotated[int | None, typer.Option("--rate", metavar="HZ", help="Sample rate, where JACK does not set it.")]
Period = Annotated[int, typer.Option("--period", metavar="FRAMES", help="Frames of a block; JACK sets its own.")]
Inputs = Annotated[
    list[str] | None, typer.Option("--from", metavar="PORT", help="JACK ports to listen to, by name; may be repeated.")
]
Outputs = Annotated[
    list[str] | None, typer.Option("--to", metavar="PORT", help="JACK ports to play to, by name; may be repeated.")
]
Osc = Annotated[int | None, typer.Option("--osc", metavar="PORT", help="Listen to OSC there; 0: any free port.")]
OscHost = Annotated[
    str, typer.Option("--osc-host", metavar="ADDRESS", help="Where from OSC is heard; 0.0.0.0: the whole network.")
]
OscTo = Annotated[
    list[str] | None, typer.Option("--osc-to", metavar="HOST:PORT", help="Tell this surface of everything.")
]
Midi = Annotated[
    list[str] | None,
    typer.Option(
        "--midi", metavar="NAME",
        help="Listen to MIDI: a part of a port's name, virtual:NAME, or tcp:PORT; may be repeated.",
    ),
]  # fmt: skip
MidiMap = Annotated[Path | None, typer.Option("--midi-map", metavar="FILE", help="What MIDI moves (TOML).")]
MidiApi = Annotated[str, typer.Option("--midi-api", metavar="NAME", help="alsa, coremidi, winmm or jack.")]
Record = Annotated[Path | None, typer.Option("--record", metavar="FILE", help="Write what is heard there (WAV).")]
Headless = Annotated[bool, typer.Option("--headless", help="No screen: a line of text a second.")]


def audition(
    context: typer.Context,
    source: Source,
    profile: ProfileOption = None,
    intensity: Intensity = None,
    loudness: Loudness = None,
    service: Service = None,
    true_peak: TruePeak = None,
    stereo: Stereo = False,
    start: Annotated[float, typer.Option("--start", metavar="S", help="Where to begin, in seconds.")] = 0.0,
    loop: Annotated[float | None, typer.Option("--loop", metavar="S", help="Loop so many seconds from there.")] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Wait for somebody to press play.")] = False,
    transport: Annotated[bool, typer.Option("--transport", help="Follow the transport of JACK.")] = False,
    backend: Backend = "auto",
    server: Server = None,
    card: Card = None,
    rate: Rate = None,
    period: Period = 256,
    outputs: Outputs = None,
    osc: Osc = None,
    osc_host: OscHost = "127.0.0.1",
    osc_to: OscTo = None,
    midi: Midi = None,
    midi_map: MidiMap = None,
    midi_api: MidiApi = "",
    record: Record = None,
    headless: Headless = False,
) -> None:
    """Play IN through its master, and move everything while it plays: keys, OSC, MIDI.

    What is heard is what 'masterchain master' writes, bit for bit, until something is moved. In the terminal, ? shows
    the keys.
    """
    asked: dict[str, Any] = {"profile": profile, "intensity": intensity, "true_peak": true_peak}
    options: dict[str, Any] = given_settings(asked, loudness, service) | {"stereo_image": stereo}
    from ...graph import Settings
    from .live_session import Controllers, Sound
    from .live_session import audition as run

    settings = Settings.for_service(service, **options) if service else Settings(**options)
    if not 0.0 <= start < float("inf") or not (loop is None or 0.0 < loop < float("inf")):
        raise Refused(f"--start {start:g} --loop {loop}: must be 0 s or later, and more than 0 s")
    sound = Sound(backend, server, card, rate, period, outputs=tuple(outputs or ()), transport=transport)
    controllers = Controllers(osc, osc_host, tuple(osc_to or ()), tuple(midi or ()), midi_map, midi_api)
    run(
        source, settings, sound, controllers, context.obj, start=start, loop=loop, playing=not (paused or transport),
        record=record, headless=headless,
    )  # fmt: skip


def insert(
    context: typer.Context,
    profile: ProfileOption = None,
    intensity: Intensity = None,
    gain: Annotated[float, typer.Option("--gain", metavar="DB", help="Gain in dB before the limiter.")] = 0.0,
    true_peak: TruePeak = None,
    stereo: Stereo = False,
    backend: Backend = "auto",
    server: Server = None,
    card: Card = None,
    rate: Rate = None,
    period: Period = 128,
    inputs: Inputs = None,
    outputs: Outputs = None,
    osc: Osc = None,
    osc_host: OscHost = "127.0.0.1",
    osc_to: OscTo = None,
    midi: Midi = None,
    midi_map: MidiMap = None,
    midi_api: MidiApi = "",
    record: Record = None,
    headless: Headless = False,
) -> None:
    """Master what comes in, in real time: an insert for a DAW's bus, a mixer, a stage. Latency: 3 ms and the blocks."""
    from .live_session import Controllers, Sound
    from .live_session import insert as run

    sound = Sound(backend, server, card, rate, period, tuple(inputs or ()), tuple(outputs or ()))
    controllers = Controllers(osc, osc_host, tuple(osc_to or ()), tuple(midi or ()), midi_map, midi_api)
    run(
        profile or "i", sound, controllers, context.obj, intensity=100.0 if intensity is None else intensity,
        gain_db=gain, true_peak=-1.0 if true_peak is None else true_peak, stereo=stereo, record=record,
        headless=headless,
    )  # fmt: skip


def layout(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="touchosc, open-stage-control, reaper or reaper-plugin.")],
    output: Annotated[Path, typer.Argument(metavar="FILE", help="Where it goes; what is there is replaced.")],
) -> None:
    """Write a layout of everything that can be moved, for a control surface or a DAW."""
    from ...graph.live.session.layout_console import paper_console
    from .live_session import extra

    with extra("a layout"):
        from .layout import KINDS, write_layout

    if kind not in KINDS:
        raise Refused(f"layout {kind!r}: must be one of {', '.join(KINDS)}")
    written = write_layout(kind, output, paper_console())
    context.obj.written.append(str(written))
    typer.echo(str(written))


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for command in (audition, insert, layout):
        app.command(cls=Factual)(command)
