"""The JACK backend: a client with as many inputs and outputs as channels; a bus of a DAW goes through it."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .base import DeviceError, JackDevice, Pulse, Render

CAPTURE, PLAYBACK = 0, 1
SERVER_POLL_S = 0.2


class JackBackend:
    """An open client; what JACK calls runs in JACK's own thread."""

    def __init__(self, device: JackDevice, jack: Any) -> None:
        self._jack, self._device = jack, device
        try:
            self._client = jack.Client(device.client, servername=device.server, no_start_server=True)
        except jack.JackOpenError:
            name = f"called {device.server!r} " if device.server else ""
            raise DeviceError(f"no JACK server {name}is running; start one, such as: jackd -d alsa") from None
        self.sample_rate, self.period = int(self._client.samplerate), int(self._client.blocksize)
        self.channels = device.channels
        names = range(1, device.channels + 1)
        self._ins = [self._client.inports.register(f"in_{n}") for n in names] if device.insert else []
        self._outs = [self._client.outports.register(f"out_{n}") for n in names]
        self._gone = ""
        self._freewheels, self._leaves = False, False
        self._rolling = -1

    def run(
        self, render: Render, pulse: Pulse, latency: int, started: Callable[[], None],
        ended: Callable[[float], bool],
    ) -> str | None:  # fmt: skip
        """Play until ``ended`` says so or the server goes."""
        blocks: dict[int, Any] = {}

        def process(frames: int) -> None:
            pulse.begin(clocked=not self._freewheels)
            block = blocks.get(frames)
            if block is None:
                block = blocks[frames] = np.zeros((self.channels, frames))
            if self._freewheels:
                while pulse.hungry(frames) and not (self._leaves or self._gone):
                    time.sleep(0.0002)
            if self._device.transport:
                state, place = self._client.transport_query_struct()
                pulse.roll(state == self._jack.ROLLING, place.frame)
            for row, port in zip(block, self._ins, strict=False):
                row[:] = port.get_array()
            render(block)
            for row, port in zip(block, self._outs, strict=True):
                port.get_array()[:] = row
            pulse.finish(frames)

        def shut(status: Any, reason: str) -> None:
            self._gone = f"the JACK server is gone ({reason})" if reason else "the JACK server is gone"

        def freewheel(starting: bool) -> None:
            self._freewheels = bool(starting)

        client = self._client
        client.set_process_callback(process)
        client.set_shutdown_callback(shut)
        client.set_freewheel_callback(freewheel)
        client.set_xrun_callback(lambda usecs: pulse.xrun())
        blocks[self.period] = np.zeros((self.channels, self.period))
        keep = self._tell_latency(latency)
        client.activate()
        self._connect()
        started()
        while not self._gone:
            if ended(SERVER_POLL_S):
                break
        self._leaves = True
        del keep
        return self._gone or None

    def close(self) -> None:
        """Leave the server."""
        if self._gone:
            return  # a server that is gone has nothing to be told, and waits for no answer
        self._client.deactivate()
        self._client.close()

    def _connect(self) -> None:
        for names, ports, other in (
            (self._device.inputs, self._ins, {"is_output": True}),
            (self._device.outputs, self._outs, {"is_input": True}),
        ):
            peers = [port for name in names for port in self._client.get_ports(name, is_audio=True, **other)]
            if names and not peers:
                raise DeviceError(f"JACK has no port like {', '.join(names)}")
            both = ports * 2 if len(ports) == 1 else ports  # mono comes out of both loudspeakers
            for own, there in zip(both, peers, strict=False):
                source, target = (there, own) if ports is self._ins else (own, there)
                self._client.connect(source, target)

    def _tell_latency(self, latency: int) -> Any:
        """Have JACK told what ``latency`` frames lie between inputs and outputs; keep what is returned."""
        library = ctypes.CDLL(_library())
        pointers = [int(self._jack._ffi.cast("uintptr_t", port._ptr)) for port in (*self._ins, *self._outs)]
        ins, outs = pointers[: len(self._ins)], pointers[len(self._ins) :]

        class Range(ctypes.Structure):
            _fields_ = (("min", ctypes.c_uint32), ("max", ctypes.c_uint32))

        def changed(mode: int, _: Any) -> None:
            here, there = (ins, outs) if mode == CAPTURE else (outs, ins)
            least, most = 0, 0
            for k, port in enumerate(here):
                theirs = Range()
                library.jack_port_get_latency_range(ctypes.c_void_p(port), mode, ctypes.byref(theirs))
                least, most = theirs.min if k == 0 else min(least, theirs.min), max(most, theirs.max)
            told = Range(least + latency, most + latency)
            for port in there:
                library.jack_port_set_latency_range(ctypes.c_void_p(port), mode, ctypes.byref(told))

        callback = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p)(changed)
        client = int(self._jack._ffi.cast("uintptr_t", self._client._ptr))
        library.jack_set_latency_callback(ctypes.c_void_p(client), callback, None)
        return callback


def _library() -> str:
    return "libjack.so.0" if os.name == "posix" else "libjack64.dll"


def open_jack(device: JackDevice) -> JackBackend:
    """Become a client of the server; raises ``DeviceError``."""
    try:
        import jack
    except ImportError:
        raise DeviceError("JACK needs the extra: pip install 'masterchain[live]'") from None
    except OSError:
        raise DeviceError("the JACK library is missing: sudo apt-get install jackd2") from None
    jack.set_error_function(lambda text: None)
    jack.set_info_function(lambda text: None)
    return JackBackend(device, jack)
