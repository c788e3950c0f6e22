"""Streaming media in and out: files as sources and sinks of float64 blocks, with their formats, tags and errors."""

from .errors import MediaError
from .formats import Format, output_format
from .info import MediaInfo
from .reader import FileSource
from .writer import FileSink

__all__ = ["FileSink", "FileSource", "Format", "MediaError", "MediaInfo", "output_format"]
