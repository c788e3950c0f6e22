"""What a media file is made of, which formats can be written, and what an output becomes when nobody says."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Literal

from ..streams.paths import PathLike
from .errors import MediaError
from .speaker_layouts import DEFAULTS, fixed_layout

SampleType = Literal["int", "float"]


@dataclass(frozen=True)
class Format:
    """How audio is stored in a file.

    `container` and `codec` are names from the tables below (or FFmpeg's, for a source that can only be read);
    `sample_rate` is in Hz; `bit_depth` is None for lossy codecs; `bit_rate` is in b/s and None for lossless ones;
    `layout` is FFmpeg's name ("stereo", "5.1(side)", ...) or None where the file does not say.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    bit_depth: int | None
    sample_type: SampleType
    bit_rate: int | None = None
    layout: str | None = None

    @property
    def lossless(self) -> bool:
        """Whether what is written is what is read back."""
        return self.bit_depth is not None


@dataclass(frozen=True)
class Codec:
    """What a codec can hold: sample rates in Hz (a list, or just the highest), bit rates in b/s per channel."""

    depths: tuple[tuple[SampleType, int], ...] = ()
    rates: tuple[int, ...] = ()
    max_rate: int = 768_000
    max_channels: int = 8
    bit_rate_per_channel: int = 0
    fixed_layouts: bool = False


@dataclass(frozen=True)
class Container:
    """A kind of file: its extensions, the codecs it holds (the first one by default), FFmpeg's name for its writer."""

    extensions: tuple[str, ...]
    codecs: tuple[str, ...]
    muxer: str = ""


_INT: tuple[tuple[SampleType, int], ...] = (("int", 16), ("int", 24), ("int", 32))
_FLOAT: tuple[tuple[SampleType, int], ...] = (("float", 32), ("float", 64))
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

CODECS: dict[str, Codec] = {
    "pcm": Codec(depths=(*_INT, *_FLOAT)),
    "flac": Codec(depths=_INT[:2], max_rate=655_350),
    "alac": Codec(depths=_INT[:2], max_rate=384_000),
    "aac": Codec(rates=_AAC_RATES, bit_rate_per_channel=128_000),
    "mp3": Codec(rates=_MP3_RATES, max_channels=2, bit_rate_per_channel=160_000),
    "vorbis": Codec(max_rate=192_000, bit_rate_per_channel=128_000, fixed_layouts=True),
    "opus": Codec(rates=(48_000,), bit_rate_per_channel=96_000, fixed_layouts=True),
}

CONTAINERS: dict[str, Container] = {
    "wav": Container(("wav", "wave", "bwf"), ("pcm",)),
    "rf64": Container(("rf64",), ("pcm",)),
    "aiff": Container(("aiff", "aif"), ("pcm",)),
    "aifc": Container(("aifc",), ("pcm",)),
    "flac": Container(("flac",), ("flac",)),
    "m4a": Container(("m4a",), ("aac", "alac"), "ipod"),
    "m4b": Container(("m4b",), ("aac", "alac"), "ipod"),
    "mp4": Container(("mp4",), ("aac", "alac"), "mp4"),
    "mov": Container(("mov",), ("aac", "alac"), "mov"),
    "3gp": Container(("3gp",), ("aac",), "3gp"),
    "aac": Container(("aac", "adts"), ("aac",), "adts"),
    "mp3": Container(("mp3",), ("mp3",), "mp3"),
    "ogg": Container(("ogg", "oga", "opus"), ("vorbis", "opus"), "ogg"),
}

#: Every name that chooses a format: the extensions, and two codecs that share a container with another.
NAMES: dict[str, tuple[str, str | None]] = {
    **{extension: (name, None) for name, container in CONTAINERS.items() for extension in container.extensions},
    "alac": ("m4a", "alac"),
    "opus": ("ogg", "opus"),
}

_MP3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_LOW_KBPS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ALAC_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1(back)", 8: "7.1(wide)"}


def output_format(
    source: Format,
    path: PathLike,
    format: str | None = None,
    *,
    sample_rate: int | None = None,
    bit_depth: int | None = None,
    bit_rate: int | None = None,
) -> Format:
    """What to write to `path` when the audio came from a file of format `source`.

    Without more it is the same format, codec, bit depth, sample rate, bit rate and layout. `format` (a name such as
    "flac" or "alac"), or else the extension of `path`, changes it; `sample_rate` (Hz), `bit_depth` and `bit_rate`
    (b/s) are wishes. A sample rate that the codec cannot hold becomes the nearest one that it can: read the source at
    the result's `sample_rate`. Raises MediaError when nothing can be written so.
    """
    container, codec = _chosen(source, path, format)
    rate = nearest_rate(codec, sample_rate or source.sample_rate)
    layout = held_layout(codec, source.layout, source.channels, path)
    result = Format(container, codec, rate, source.channels, None, "float", layout=layout)
    if CODECS[codec].depths:
        sample_type, depth = _depth(container, codec, source, bit_depth)
        result = replace(result, bit_depth=depth, sample_type=sample_type)
    else:
        same = source.bit_rate if source.codec == codec else None
        result = replace(result, bit_rate=_bit_rate(codec, rate, source.channels, bit_rate or same))
    check_format(result, path)
    return result


def check_format(format: Format, path: PathLike) -> None:
    """Raise MediaError, naming what would be right, unless `format` is one that can be written to `path`."""
    container = CONTAINERS.get(format.container)
    if container is None or format.codec not in container.codecs:
        raise MediaError(path, f"cannot write {format.codec} in a {format.container} file; use one of {_names()}")
    codec = CODECS[format.codec]
    if not 1 <= format.channels <= codec.max_channels:
        others = ", ".join(name for name, other in CODECS.items() if other.max_channels >= format.channels)
        cure = f"; use one of: {others}" if others else ""
        raise MediaError(
            path, f"{format.codec} holds 1 to {codec.max_channels} channels, the audio has {format.channels}{cure}"
        )
    if format.sample_rate != nearest_rate(format.codec, format.sample_rate):
        legal = ", ".join(map(str, codec.rates)) or f"at most {codec.max_rate}"
        raise MediaError(path, f"{format.codec} cannot hold {format.sample_rate} Hz; legal sample rates: {legal}")
    depths = legal_depths(format.container, format.codec)
    if depths and (format.sample_type, format.bit_depth) not in depths:
        legal = ", ".join(f"{bits} bit {kind}" for kind, bits in depths)
        raise MediaError(
            path, f"{format.container} cannot hold {format.bit_depth} bit {format.sample_type}; it holds {legal}"
        )
    if not depths and not format.bit_rate:
        raise MediaError(path, f"{format.codec} needs a bit rate in b/s, such as {_default_bit_rate(format)}")
    held_layout(format.codec, format.layout, format.channels, path)


def legal_depths(container: str, codec: str) -> tuple[tuple[SampleType, int], ...]:
    """The (sample type, bits) pairs that `codec` holds inside `container`; none for a lossy codec."""
    return _INT if container == "aiff" else CODECS[codec].depths


def nearest_rate(codec: str, rate: int) -> int:
    """The sample rate in Hz nearest to `rate` that `codec` can hold (the higher of two equally near)."""
    table = CODECS[codec]
    if table.rates:
        return min(table.rates, key=lambda legal: (abs(legal - rate), -legal))
    return max(1, min(rate, table.max_rate))


def held_layout(codec: str, layout: str | None, channels: int, path: PathLike) -> str | None:
    """The layout under which `codec` stores `layout`; raises MediaError when it has no way to name those speakers."""
    if codec == "alac" and channels > 2:
        held = _ALAC_LAYOUTS.get(channels) if layout is None else fixed_layout(layout, channels) or layout
        if held in _ALAC_LAYOUTS.values():
            return held
        names = ", ".join(_ALAC_LAYOUTS.values())
        raise MediaError(path, f"alac cannot hold the layout {layout}, only {names}; use wav or flac")
    if codec == "aac":
        return fixed_layout(layout, channels) or layout or DEFAULTS.get(channels)
    if CODECS[codec].fixed_layouts and channels in DEFAULTS:
        held = fixed_layout(layout, channels)
        if held is None:
            raise MediaError(path, f"{codec} cannot hold the layout {layout}, only {DEFAULTS[channels]}; use wav, flac")
        return held
    return layout


def _chosen(source: Format, path: PathLike, format: str | None) -> tuple[str, str]:
    name = (format or os.path.splitext(os.fspath(path))[1]).lower().lstrip(".")
    if not name:
        if source.codec in CODECS and source.codec in getattr(CONTAINERS.get(source.container), "codecs", ()):
            return source.container, source.codec
        raise MediaError(
            path, f"cannot write the source's format ({source.codec} in {source.container}); name one of {_names()}"
        )
    if name not in NAMES:
        what = "format" if format else "file name extension"
        raise MediaError(path, f"unknown {what} {name!r}; use one of {_names()}")
    container, codec = NAMES[name]
    # A name ending in .wav or .aiff is kept by what such a file may really be: over 4 GB, or with float samples.
    if (source.container, container) in (("rf64", "wav"), ("aifc", "aiff")) and not format:
        container = source.container
    codecs = CONTAINERS[container].codecs
    return container, codec or (source.codec if source.codec in codecs else codecs[0])


def _depth(container: str, codec: str, source: Format, wish: int | None) -> tuple[SampleType, int]:
    """The legal (sample type, bits) nearest to the wish, or to the source: never fewer bits than it has if possible."""
    legal = legal_depths(container, codec)
    if wish is not None:
        kinds: tuple[SampleType, SampleType] = ("float", "int") if source.sample_type == "float" else ("int", "float")
        for kind in kinds:
            if (kind, wish) in legal:
                return kind, wish
        offer = ", ".join(f"{bits} bit {kind}" for kind, bits in legal)
        raise MediaError(container, f"cannot hold {wish} bit; it holds {offer}")
    if source.bit_depth is None:
        return "int", 24
    if (source.sample_type, source.bit_depth) in legal:
        return source.sample_type, source.bit_depth
    # A 32-bit float has a 24-bit mantissa, so 24-bit integers are its nearest neighbour; a 64-bit float takes all.
    bits = {32: 24, 64: 32}.get(source.bit_depth, 32) if source.sample_type == "float" else source.bit_depth
    integers = [depth for kind, depth in legal if kind == "int"]
    return "int", min((depth for depth in integers if depth >= bits), default=max(integers))


def _bit_rate(codec: str, sample_rate: int, channels: int, wish: int | None) -> int:
    """The wished bit rate in b/s, or the codec's default, moved to what the codec allows at this sample rate."""
    bits = wish or CODECS[codec].bit_rate_per_channel * channels
    if codec == "mp3":
        # MPEG-1, MPEG-2 and MPEG-2.5 have different lists; LAME refuses more than 64 kb/s in the last.
        table = _MP3_KBPS if sample_rate >= 32_000 else _MP3_LOW_KBPS if sample_rate >= 16_000 else _MP3_LOW_KBPS[:8]
        return min((kbps for kbps in table if kbps * 1000 >= bits), default=table[-1]) * 1000
    # AAC frames of 1024 samples hold at most 6144 bits a channel; libopus stops at 256 kb/s a channel.
    most = {"aac": 6 * sample_rate}.get(codec, 256_000)
    return min(bits, most * channels)


def _default_bit_rate(format: Format) -> int:
    return _bit_rate(format.codec, format.sample_rate, format.channels, None)


def _names() -> str:
    return ", ".join(sorted(NAMES))


def ffmpeg_name(path: PathLike) -> str:
    """The path in a form in which FFmpeg takes no part of it for a protocol."""
    return f"file:{os.fspath(path)}"
