"""Opens a sound system by its description; what it needs is imported only then."""

from __future__ import annotations

from .base import Backend, Device, JackDevice, NullDevice


def open_backend(device: Device) -> Backend:
    """Open ``device``; raises ``DeviceError``."""
    if isinstance(device, NullDevice):
        from .null import open_null

        return open_null(device)
    if isinstance(device, JackDevice):
        from .jack import open_jack

        return open_jack(device)
    from .portaudio import open_portaudio

    return open_portaudio(device)
