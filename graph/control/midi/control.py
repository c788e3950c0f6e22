"""MIDI control of a console: ports by name, virtual ports and TCP, one map for all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from ..console.console import Console
from .bindings.desk import Desk
from .mapping.file import load_map
from .mapping.map import MidiMap
from .ports.line import Line, LineStatus, Opener
from .ports.tcp import TcpServer

LOCAL = "127.0.0.1"


class MidiControl:
    """MIDI for ``console``, which has all its controls already; use it in ``with``, or ``start`` and ``close`` it.

    ``ports`` are what to listen to: a part of the name of a port, ``virtual:NAME`` for ports that others connect to,
    ``tcp:PORT`` or ``tcp:HOST:PORT`` for raw MIDI over TCP (of this machine alone unless a host says otherwise), or
    an ``Opener``.  Ports that are not there are waited for.  ``midi_map`` is a map, the path of one, or None for the
    default.  ``api`` is "alsa", "coremidi", "winmm", "jack", or "" for this system's own.

    Raises ``MapError`` for a map that cannot be, ``ValueError`` and ``OSError`` for ports that never can be.
    """

    def __init__(
        self,
        console: Console,
        ports: Iterable[str | Opener] = (),
        midi_map: MidiMap | Path | None = None,
        api: str = "",
    ) -> None:
        path = midi_map if isinstance(midi_map, Path) else None
        self.desk = Desk(console, load_map(midi_map, console) if isinstance(midi_map, Path) else midi_map, path)
        self._lines: list[Line | TcpServer] = []
        try:
            for port in ports:
                self._lines.append(self._line(port, api))
        except Exception:
            self.close()
            raise

    def start(self) -> Self:
        """Open what is there, and look for the rest every second."""
        for line in self._lines:
            line.start()
        return self

    def close(self) -> None:
        """Close all ports, and take the actions off the console."""
        for line in self._lines:
            line.close()
        self.desk.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def map(self) -> MidiMap:
        """The map, with what was learnt."""
        return self.desk.map

    @property
    def learning(self) -> str | None:
        """The path that waits for a control to be moved, None while none does."""
        return self.desk.learning

    @property
    def word(self) -> str:
        """What learning, forgetting or saving said last."""
        return self.desk.word

    @property
    def tempo(self) -> float | None:
        """The tempo in beats a minute of the MIDI clock that comes in, None while none does."""
        return next((status.tempo for status in self.status() if status.tempo is not None), None)

    def learn(self, path: str, *given: Any) -> str:
        """Let the next control that is moved move, or do, ``path``; see ``Desk.learn``."""
        return self.desk.learn(path, *given)

    def cancel(self) -> str:
        """Learn nothing."""
        return self.desk.cancel()

    def save(self, path: Path) -> str:
        """Write the map to ``path``."""
        return self.desk.save(str(path))

    def status(self) -> tuple[LineStatus, ...]:
        """Return how every port stands."""
        return tuple(line.status() for line in self._lines)

    def _line(self, port: str | Opener, api: str) -> Line | TcpServer:
        if not isinstance(port, str):
            return Line(port, self.desk)
        kind, _, rest = port.partition(":")
        if kind == "tcp":
            host, _, number = rest.rpartition(":")
            if not number.isdecimal() or int(number) > 65535:
                raise ValueError(f"MIDI port {port!r}: must be tcp:PORT or tcp:HOST:PORT, such as tcp:9400")
            return TcpServer(self.desk, host or LOCAL, int(number))
        from .ports.system import RtOpener  # TCP alone needs no rtmidi

        if kind == "virtual":
            return Line(RtOpener(rest or "masterchain", api, virtual=True), self.desk)
        return Line(RtOpener(port, api), self.desk)
