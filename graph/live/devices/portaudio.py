"""The PortAudio backend: sound cards on every system."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .base import DeviceError, PortAudioDevice, Pulse, Render

POLL_S = 0.2


class PortAudioBackend:
    """A stream that PortAudio calls back in a thread of its own."""

    def __init__(self, device: PortAudioDevice, sounddevice: Any) -> None:
        self._sd, self._device = sounddevice, device
        try:
            card = sounddevice.query_devices(device.name, "output")
        except (ValueError, sounddevice.PortAudioError) as failed:
            known = ", ".join(d["name"] for d in sounddevice.query_devices() if d["max_output_channels"]) or "none"
            asked = f"no sound card {device.name!r}" if device.name else "no sound card to play on"
            raise DeviceError(f"{asked} ({failed}); there are: {known}") from None
        self.sample_rate = device.sample_rate or int(card["default_samplerate"])
        self.period, self.channels = device.period, device.channels

    def run(
        self, render: Render, pulse: Pulse, latency: int, started: Callable[[], None],
        ended: Callable[[float], bool],
    ) -> str | None:  # fmt: skip
        """Play until ``ended`` says so or the card goes."""
        blocks: dict[int, Any] = {}
        finished: list[bool] = []

        def heard(indata: Any, out: Any, frames: int, times: Any, status: Any) -> None:
            pulse.begin(clocked=True)
            block = blocks.get(frames)
            if block is None:
                block = blocks[frames] = np.zeros((self.channels, frames))
            if indata is not None:
                block[:] = indata.T
            render(block)
            out[:] = block.T
            if status:
                pulse.xrun()
            pulse.finish(frames)

        options: dict[str, Any] = {
            "samplerate": self.sample_rate, "blocksize": self.period, "channels": self.channels, "dtype": "float32",
            "latency": "low", "finished_callback": lambda: finished.append(True),
        }  # fmt: skip
        try:
            if self._device.insert:
                options["device"] = (self._device.name, self._device.name)
                stream = self._sd.Stream(callback=heard, **options)
            else:
                options["device"] = self._device.name

                def played(out: Any, frames: int, times: Any, status: Any) -> None:
                    heard(None, out, frames, times, status)

                stream = self._sd.OutputStream(callback=played, **options)
            with stream:
                started()
                while not finished:
                    if ended(POLL_S):
                        return None
        except (ValueError, self._sd.PortAudioError) as failed:
            raise DeviceError(f"the sound card does not play: {failed}") from None
        return "the sound card is gone"

    def close(self) -> None:
        """Let go of the card; JACK under PortAudio aborts the process if that comes after the server's end."""
        self._sd._terminate()
        self._sd._initialize()


def open_portaudio(device: PortAudioDevice) -> PortAudioBackend:
    """Find the sound card; raises ``DeviceError``."""
    try:
        import sounddevice
    except ImportError:
        raise DeviceError("sound cards need the extra: pip install 'masterchain[live]'") from None
    except OSError:
        raise DeviceError("the PortAudio library is missing: sudo apt-get install libportaudio2") from None
    return PortAudioBackend(device, sounddevice)
