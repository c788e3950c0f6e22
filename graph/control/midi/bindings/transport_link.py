"""The transport of the console, as MIDI clock and machine control move it."""

from __future__ import annotations

from ...console.console import Console
from ..messages.transport import Clock, Transport

SIXTEENTHS_A_BEAT = 4.0


class TransportLink:
    """Finds the transport on ``console``: the switch ``play`` and the actions ``seek`` and ``stop``.

    ``clock`` is the one whose messages come from where the transport's come from.
    """

    def __init__(self, console: Console) -> None:
        self.console, self.clock = console, Clock()

    def tell(self, transport: Transport, tempo: float, now: float) -> bool:
        """Do what ``transport`` says; return whether the console has what that takes.

        ``tempo`` in beats a minute places song positions while the clock tells none.  Raises ``ValueError`` where the
        console refuses, as for a place beyond the end.
        """
        if transport.does == "locate":
            return self._seek(self._seconds(transport, tempo, now))
        if transport.does == "stop" and "stop" in self.console.actions:
            self.console.do("stop")
            return True
        if transport.does == "start":
            self._seek(0.0)
        if "play" not in self.console.controls:
            return False
        self.console.set("play", transport.does in ("start", "continue"), by=self)
        return True

    def _seconds(self, transport: Transport, tempo: float, now: float) -> float:
        if transport.sixteenths is None:
            return transport.seconds
        return transport.sixteenths * 60.0 / (SIXTEENTHS_A_BEAT * (self.clock.tempo(now) or tempo))

    def _seek(self, seconds: float) -> bool:
        if "seek" not in self.console.actions:
            return False
        self.console.do("seek", seconds)
        return True
