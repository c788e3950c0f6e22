"""What a file is, in the words of the mastering API's media_info."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ..streams.paths import PathLike
from .formats import Format
from .speaker_layouts import channel_order

_KINDS = {"rf64": "wav", "aifc": "aiff", "m4a": "mp4", "m4b": "mp4"}


@dataclass(frozen=True)
class MediaInfo:
    """What a file is, in the words of the mastering API. Durations in seconds, sizes in bytes, bit rates in b/s."""

    kind: str
    duration: float
    size: int
    bit_rate: int
    codec: str
    channels: int
    channel_order: tuple[str, ...]
    sample_rate: int
    audio_bit_rate: int
    bit_depth: int | None

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """The `media_info` object of the mastering API; what does not apply to this file is left out."""
        duration = round(self.duration, 3)
        audio: dict[str, Any] = {"codec": self.codec, "channels": self.channels}
        if self.channels > 2 and self.channel_order:
            audio["channel_order"] = " ".join(self.channel_order)
        audio |= {"sample_rate": self.sample_rate, "duration": duration, "bitrate": self.audio_bit_rate}
        if self.bit_depth is not None:
            audio["bit_depth"] = self.bit_depth
        container = {"kind": self.kind, "duration": duration, "size": self.size, "bitrate": self.bit_rate}
        return {"container": container, "audio": audio}


def describe(
    path: PathLike, format: Format, frames: int | None, bit_rate: int | None, seconds: float | None = None
) -> MediaInfo:
    """Describe the file at `path`; `seconds` where its length in frames is not known, `bit_rate` of its audio alone."""
    size = os.path.getsize(path)
    duration = seconds if seconds is not None else (frames or 0) / format.sample_rate
    overall = round(size * 8 / duration) if duration else 0
    order = channel_order(format.layout)
    return MediaInfo(
        kind=_KINDS.get(format.container, format.container),
        duration=duration,
        size=size,
        bit_rate=overall,
        codec=format.codec,
        channels=format.channels,
        channel_order=order,
        sample_rate=format.sample_rate,
        audio_bit_rate=bit_rate or overall,
        bit_depth=format.bit_depth,
    )
