"""The live engine: chains against a sound system, in a process of their own; auditions of files, inserts."""

from .devices.base import DeviceError, JackDevice, NullDevice, PortAudioDevice
from .session.audition import Audition
from .session.insert import Insert
from .session.running import Running

__all__ = ["Audition", "DeviceError", "Insert", "JackDevice", "NullDevice", "PortAudioDevice", "Running"]
