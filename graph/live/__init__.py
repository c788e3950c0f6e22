"""The live engine: chains against a sound system, in a process of their own; auditions of files, inserts."""

from .audition import Audition
from .device import DeviceError, JackDevice, NullDevice, PortAudioDevice
from .insert import Insert
from .running import Running

__all__ = ["Audition", "DeviceError", "Insert", "JackDevice", "NullDevice", "PortAudioDevice", "Running"]
