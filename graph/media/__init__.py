"""Streaming media in and out: files as sources and sinks of float64 blocks, with their formats, tags and errors."""

from .delivery_kinds import KINDS, format_of_kind
from .errors import MediaError
from .formats import Format, output_format
from .info import MediaInfo
from .reading.source import FileSource
from .writing.sink import FileSink

__all__ = [
    "KINDS",
    "FileSink",
    "FileSource",
    "Format",
    "MediaError",
    "MediaInfo",
    "format_of_kind",
    "output_format",
]
