"""The jobs of ``masterchain audition`` and ``masterchain insert``: an engine, its controllers, and a screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ...graph import FileSink, FileSource, Format, Settings
from ...graph.live.devices.base import Device, JackDevice, NullDevice, PortAudioDevice
from ...graph.live.session.audition import Audition
from ...graph.live.session.insert import Insert
from ...graph.live.session.metering import Hear
from ...graph.live.session.running import Running
from ...graph.media.writing.hidden_output import check_place
from ..shell.outcome import Failed, Interrupted, Refused, Session
from ..shell.progress import Watch

if TYPE_CHECKING:
    from ...nodes import Block

BACKENDS = ("auto", "jack", "portaudio", "null")
MOST_PERIOD, MOST_RATE = 8192, 768000


@dataclass(frozen=True)
class Sound:
    """Where the sound goes, or comes from as well (``insert``): what was asked on the command line."""

    backend: str = "auto"
    server: str | None = None
    card: str | None = None
    rate: int | None = None
    period: int = 256
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    transport: bool = False

    def device(self, insert: bool) -> Device:
        """Return what to open; raises ``Refused`` for a backend that there is not."""
        if self.backend not in BACKENDS:
            raise Refused(f"--backend {self.backend}: must be one of {', '.join(BACKENDS)}")
        if not 1 <= self.period <= MOST_PERIOD or not 1 <= (self.rate or 1) <= MOST_RATE:
            raise Refused(
                f"--period {self.period} --rate {self.rate}: must be 1..{MOST_PERIOD} frames and 1..{MOST_RATE} Hz"
            )
        if self.backend == "jack" or (self.backend == "auto" and (self.server or _jack_runs())):
            if self.server:
                os.environ["JACK_DEFAULT_SERVER"] = self.server  # JACK's MIDI takes the server from nowhere else
            outputs = self.outputs or (() if insert else ("system:playback_",))
            return JackDevice(
                server=self.server, insert=insert, inputs=self.inputs, outputs=outputs, transport=self.transport
            )
        if self.backend == "null":
            return NullDevice(self.rate or 48000, self.period)
        return PortAudioDevice(self.card, self.rate, self.period, insert=insert)


@dataclass(frozen=True)
class Controllers:
    """Who may move it: ports of OSC, surfaces to be told, MIDI ports and their map."""

    osc: int | None = None
    osc_host: str = "127.0.0.1"
    osc_to: tuple[str, ...] = ()
    midi: tuple[str, ...] = ()
    midi_map: Path | None = None
    midi_api: str = ""

    def check(self) -> None:
        """Raise ``Refused`` for what can be seen to be wrong before anything begins."""
        if self.osc is not None and not 0 <= self.osc <= 65535:
            raise Refused(f"--osc {self.osc}: must be a port, 0..65535")
        for text in self.osc_to:
            _address(text)
        if self.midi_map is not None and not self.midi_map.is_file():
            raise Refused(f"--midi-map {self.midi_map}: there is no such file")

    def open(self, running: Running, folder: Path, stack: ExitStack) -> list[str]:
        """Open them for ``running``; return a line on each."""
        said = []
        if self.midi or self.midi_map:  # first, for it has actions that OSC lists
            said += self._open_midi(running, stack)
        if self.osc is not None or self.osc_to:
            said += self._open_osc(running, folder, stack)
        return said

    def _open_osc(self, running: Running, folder: Path, stack: ExitStack) -> list[str]:
        with extra("OSC"):
            from ...graph.control.osc.server import OscServer
            from ...graph.control.oscquery.server import OscQuery

        to = [_address(text) for text in self.osc_to]
        server = OscServer(running.console, self.osc_host, self.osc or 0, to=to, files_in=folder)
        stack.enter_context(_started(server.start, server.close))
        query = OscQuery(server)
        stack.enter_context(_started(query.start, query.close))
        return [
            f"OSC at {server.host}:{server.port}, UDP and TCP; its addresses: http://{query.host}:{query.port}/masterchain"
        ]

    def _open_midi(self, running: Running, stack: ExitStack) -> list[str]:
        with extra("MIDI"):
            from ...graph.control.midi.control import MidiControl

        control = stack.enter_context(MidiControl(running.console, self.midi, self.midi_map, self.midi_api))
        return [f"MIDI {status}" for status in control.status()]


def audition(
    source: Path, settings: Settings, sound: Sound, controllers: Controllers, session: Session, *,
    start: float, loop: float | None, playing: bool, record: Path | None, headless: bool,
) -> None:  # fmt: skip
    """Audition ``source`` until its user leaves."""
    controllers.check()
    length_s = FileSource(source).info.duration
    if length_s is not None and start >= length_s:
        raise Refused(f"--start {start:g}: {source} is {length_s:.2f} s long")
    device = sound.device(insert=False)
    with _recorder(record, session) as recorder:
        with Watch() as watch, session.working():
            running = Audition(
                source, settings, device, start_s=start, loop_s=loop, playing=playing, recorder=recorder.hear,
                progress=watch.progress, cancelled=session.is_interrupted,
            )  # fmt: skip
            recorder.running = running
            _open(running, session)
        _run(running, controllers, headless, f"{source.name}", running.length_s, settings.loudness)


def insert(
    profile: str | Path, sound: Sound, controllers: Controllers, session: Session, *,
    intensity: float, gain_db: float, true_peak: float, stereo: bool, record: Path | None, headless: bool,
) -> None:  # fmt: skip
    """Run the chain on what comes in until its user leaves."""
    controllers.check()
    with _recorder(record, session) as recorder:
        running = Insert(
            sound.device(insert=True), profile, intensity=intensity, gain_db=gain_db, true_peak=true_peak,
            stereo_image=stereo, recorder=recorder.hear,
        )  # fmt: skip
        recorder.running = running
        _open(running, session)
        _run(running, controllers, headless, "insert", None, None)


def _open(running: Running, session: Session) -> None:
    running.__enter__()
    if session.is_interrupted():
        running.__exit__()
        raise Interrupted


def _run(
    running: Running, controllers: Controllers, headless: bool, title: str, length_s: float | None,
    target: float | None,
) -> None:  # fmt: skip
    with ExitStack() as stack:
        stack.callback(running.__exit__)
        for line in controllers.open(running, Path.cwd(), stack):
            print(line, flush=True)
        if headless or not sys.stdout.isatty():
            from ..terminal.headless import run_headless

            run_headless(running.console, title=title, length_s=length_s, target_lufs=target, stop=running.closed)
        else:
            with extra("the screen", ", or ask for --headless"):
                from ..terminal.screen import run_screen

            run_screen(running.console, title=title, length_s=length_s, target_lufs=target, stop=running.closed)
        if running.ended:
            raise Failed(running.ended)


class _Recorder:
    """Writes what ``running`` lets be heard into files of 32-bit floats: one, unless the sample rate changes."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.running = path, cast("Running", None)
        self.hear: Hear | None = self._hear if path else None
        self.written: list[str] = []
        self._sink: FileSink | None = None
        self._rate = 0

    def _hear(self, block: Block) -> None:
        rate = self.running.engine.sample_rate
        if self._sink is None or rate != self._rate:
            self.finish()
            self._sink, self._rate = (
                FileSink(self._place(), Format("wav", "pcm", rate, block.shape[0], 32, "float")),
                rate,
            )
        self._sink.write(block)

    def _place(self) -> Path:
        assert self.path is not None
        count = len(self.written) + 1
        return self.path if count == 1 else self.path.with_name(f"{self.path.stem}-{count}{self.path.suffix}")

    def finish(self) -> None:
        """Give the file its name."""
        if self._sink is not None:
            sink, self._sink = self._sink, None
            place = str(self._place())
            try:
                sink.finish()
                sink.commit()
            finally:
                sink.abort()
            self.written.append(place)


@contextmanager
def _recorder(path: Path | None, session: Session) -> Iterator[_Recorder]:
    """Lend a recorder; what was heard is kept, however it ends."""
    if path is not None:
        check_place(path)
    recorder = _Recorder(path)
    try:
        yield recorder
    finally:
        recorder.finish()
        session.written += recorder.written


@contextmanager
def extra(what: str, instead: str = "") -> Iterator[None]:
    """Turn a missing package into a line that says what to install."""
    try:
        yield
    except ImportError as missing:
        raise Refused(f"{what} needs the extra ({missing.name}): pip install 'masterchain[live]'{instead}") from None


@contextmanager
def _started(start: Callable[[], object], close: Callable[[], object]) -> Iterator[None]:
    start()
    try:
        yield
    finally:
        close()


def _jack_runs() -> bool:
    """Say whether the default JACK server runs."""
    try:
        import jack

        jack.set_error_function(lambda text: None)
        jack.set_info_function(lambda text: None)
        jack.Client("masterchain-asks", no_start_server=True).close()
        return True
    except (ImportError, OSError):
        return False
    except Exception as failed:  # JackOpenError, which cannot be named where jack cannot be imported
        if type(failed).__name__ != "JackOpenError":
            raise
        return False


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Refused(f"--osc-to {text}: must be HOST:PORT, such as 192.168.1.20:9001")
    return host, int(port)
