"""The kinds of output that the mastering API names, and what each makes of a source."""

from __future__ import annotations

from dataclasses import replace

from ..streams.paths import PathLike
from .errors import MediaError
from .formats import CONTAINERS, Format, output_format

LOSSLESS = {"wav": "wav", "flac": "flac", "aiff": "aiff", "alac": "alac"}
LOSSY = {"ogg": ("ogg", 256_000), "mp3": ("mp3", 320_000), "mp4": ("mp4", 256_000), "m4a": ("m4a", 256_000),
         "aac": ("aac", 256_000)}  # fmt: skip
KINDS = ("wav", "ogg", "mp3", "mp4", "aac", "flac", "aiff", "m4a", "alac")

DELIVERY_HZ, DELIVERY_BITS = 48_000, 16
"""The rate of Vorbis and MP3, the highest of AAC; with these bits, what a lossless output of a lossy source has."""


def format_of_kind(source: Format, kind: str | None, path: PathLike) -> Format:
    """Return what an output of ``kind`` at ``path`` is made of; the name's extension says nothing.

    Lossless kinds are as the source, with 48 kHz and 16 bit where that is lossy; Vorbis has 48 kHz and 256 kb/s, MP3
    48 kHz and 320 kb/s, AAC-LC the source's rate up to 48 kHz and 256 kb/s (each as far as the codec holds that for
    these channels and this rate).  None is exactly the format of the source.  Raises ``MediaError``.
    """
    if kind is None:
        if source.codec not in getattr(CONTAINERS.get(source.container), "codecs", ()):
            raise MediaError(
                path,
                f"cannot write the source's format ({source.codec} in {source.container}); ask for a kind: "
                f"{', '.join(KINDS)}",
            )
        return output_format(source, path, "opus" if source.codec == "opus" else source.container)
    if kind in LOSSY:
        name, bit_rate = LOSSY[kind]
        rate = DELIVERY_HZ if kind in ("ogg", "mp3") else min(source.sample_rate, DELIVERY_HZ)
        # The source's own codec would be kept where the container holds it: ALAC in MP4, Opus in Ogg.
        bare = replace(source, codec="", bit_rate=None)
        return output_format(bare, path, name, sample_rate=rate, bit_rate=bit_rate)
    if kind in LOSSLESS:
        name = source.container if (kind, source.container) in (("wav", "rf64"), ("aiff", "aifc")) else LOSSLESS[kind]
        if source.lossless:
            return output_format(source, path, name)
        return output_format(source, path, name, sample_rate=DELIVERY_HZ, bit_depth=DELIVERY_BITS)
    raise MediaError(path, f"unknown kind {kind!r}; use one of {', '.join(KINDS)}, or none for the source's format")
