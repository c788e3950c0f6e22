"""MIDI ports of the system, by rtmidi: ALSA, CoreMIDI, Windows or JACK."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rtmidi

POLL_S, IDLE_POLL_S = 0.002, 0.005
"""So often it asks for what has come: while something is being moved, and after ``IDLE_S`` of silence."""

IDLE_S = 1.0
QUEUE = 8192
APIS = {
    "alsa": rtmidi.API_LINUX_ALSA,
    "coremidi": rtmidi.API_MACOSX_CORE,
    "winmm": rtmidi.API_WINDOWS_MM,
    "jack": rtmidi.API_UNIX_JACK,
}
CLIENT = "masterchain"


class RtLink:
    """The line to an open input and output.

    It asks for what has come rather than being called: rtmidi would call from JACK's own thread, which may not wait
    for Python.  ``theirs`` is the name of what the input is connected to, None for a virtual port.
    """

    def __init__(self, pair: Pair, name: str, theirs: str | None, writes: bool) -> None:
        self.name, self._pair, self._theirs, self._writes = name, pair, theirs, writes
        self._heard = time.monotonic()

    def read(self) -> bytes:
        """Return what has come since the last time; wait a little if there was nothing."""
        data = bytearray()
        while (got := self._pair.input.get_message()) is not None:
            data.extend(got[0])
        if data:
            self._heard = time.monotonic()
        else:
            time.sleep(POLL_S if time.monotonic() - self._heard < IDLE_S else IDLE_POLL_S)
        return bytes(data)

    def send(self, data: bytes) -> None:
        """Send the bytes of one message."""
        if self._writes:
            with _system_errors():
                self._pair.output.send_message(data)

    def alive(self) -> bool:
        """Say whether the port that it is connected to is still there, and JACK, if that carries it."""
        if not self._pair.alive():
            return False
        with _system_errors():
            return self._theirs is None or self._theirs in self._pair.input.get_ports()

    def close(self) -> None:
        """Close both ports."""
        self._pair.input.close_port()
        self._pair.output.close_port()


class Pair:
    """An rtmidi input and output, which list ports and open one each.  Raises ``OSError`` if there is no MIDI."""

    def __init__(self, api: int, client: str) -> None:
        self._watch = JackWatch(client) if api == rtmidi.API_UNIX_JACK else None
        with _system_errors():
            self.input: Any = rtmidi.MidiIn(rtapi=api, name=client, queue_size_limit=QUEUE)
            self.output: Any = rtmidi.MidiOut(rtapi=api, name=f"{client}-out")  # JACK numbers clients of one name
        self.input.ignore_types(sysex=False, timing=False, active_sense=True)

    def alive(self) -> bool:
        """Say whether the system that carries it still runs."""
        return self._watch is None or self._watch.alive()

    def close(self) -> None:
        """Let go of it."""
        self.input.delete()
        self.output.delete()
        if self._watch is not None:
            self._watch.close()


class RtOpener:
    """Opens the input, and the output if there is one, whose names hold ``part``; capitals do not matter.

    ``virtual`` makes ports that others connect to instead: ``part:in`` and ``part-out:out``.  ``api`` is one of
    ``APIS``, "" the one of this system.
    """

    def __init__(self, part: str, api: str = "", virtual: bool = False) -> None:
        self.name, self._virtual = part, virtual
        self._api = chosen_api(api)
        self._pair: Pair | None = None

    def open(self) -> RtLink | None:
        """Return the open ports, None while there are none of that name; raises ``OSError`` if there is no MIDI."""
        if self._pair is not None and not self._pair.alive():
            self.close()
        pair = self._pair
        if pair is None:
            pair = self._pair = Pair(self._api, self.name if self._virtual else CLIENT)
        with _system_errors():
            if self._virtual:
                pair.input.open_virtual_port("in")
                pair.output.open_virtual_port("out")
                return RtLink(pair, self.name, None, writes=True)
            return self._connect(pair)

    def close(self) -> None:
        """Let go of the system's MIDI."""
        pair, self._pair = self._pair, None
        if pair is not None:
            pair.close()

    def _connect(self, pair: Pair) -> RtLink | None:
        inputs, outputs = pair.input.get_ports(), pair.output.get_ports()
        name = matching(inputs, self.name)
        if name is None:
            return None
        pair.input.open_port(inputs.index(name), "in")
        back = name if name in outputs else matching(outputs, self.name)
        if back is not None:
            pair.output.open_port(outputs.index(back), "out")
        return RtLink(pair, name, name, writes=back is not None)


class JackWatch:
    """Knows whether the JACK server runs: rtmidi does not notice when it dies, and lists its ports for ever.

    A client that is not active takes no part in the sound.  Raises ``OSError`` if there is no server.
    """

    def __init__(self, client: str) -> None:
        import jack

        hush()
        jack.set_error_function(lambda message: None)
        self._gone = threading.Event()
        try:
            self._client = jack.Client(f"{client} watch", no_start_server=True)
        except jack.JackOpenError:
            raise OSError("the JACK server does not run") from None
        self._client.set_shutdown_callback(lambda status, reason: self._gone.set())

    def alive(self) -> bool:
        """Say whether the server still runs."""
        return not self._gone.is_set()

    def close(self) -> None:
        """Leave the server."""
        self._client.close()


def ports(api: str = "") -> tuple[list[str], list[str]]:
    """Return the names of the inputs and outputs that there are; raises ``OSError`` if there is no MIDI."""
    pair = Pair(chosen_api(api), CLIENT)
    try:
        return pair.input.get_ports(), pair.output.get_ports()
    finally:
        pair.close()


def chosen_api(api: str) -> int:
    """Return rtmidi's number of ``api``; raises ``ValueError`` for one that is not to be had here."""
    there = rtmidi.get_compiled_api()
    if api == "":
        if sys.platform == "linux" and not Path("/dev/snd/seq").exists():
            return int(rtmidi.API_UNIX_JACK)
        return int(there[0])
    if APIS.get(api) not in there:
        raise ValueError(f"MIDI by {api!r}: must be one of {', '.join(n for n, k in APIS.items() if k in there)}")
    return int(APIS[api])


def matching(names: list[str], part: str) -> str | None:
    """Return the name that is ``part``, or else the first that holds it."""
    if part in names:
        return part
    return next((name for name in names if part.lower() in name.lower()), None)


def hush() -> None:
    """Keep the libjack that rtmidi brings from writing to the terminal, where the screen may be.

    It is given a C function to tell its messages to that takes a text and does nothing with it: ``strlen``.
    """
    with contextlib.suppress(OSError, AttributeError):
        for library in Path(str(rtmidi.__file__)).parents[1].glob("python_rtmidi*/libjack*.so*"):
            silent = ctypes.cast(ctypes.CDLL(None).strlen, ctypes.c_void_p)
            loaded = ctypes.CDLL(str(library))
            loaded.jack_set_error_function(silent)
            loaded.jack_set_info_function(silent)


@contextlib.contextmanager
def _system_errors() -> Iterator[None]:
    """Turn what rtmidi raises into ``OSError``."""
    try:
        yield
    except (rtmidi.RtMidiError, RuntimeError, NotImplementedError) as failed:
        raise OSError(str(failed).split("\n")[0] or type(failed).__name__) from None
