"""Opens a media file once to find out what is in it: format, exact length where the container tells, who decodes it."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...streams.paths import PathLike
from ..errors import MediaError
from ..formats import Format, SampleType, ffmpeg_name
from ..headers.mp4 import read_mp4
from ..headers.mpeg import AAC_PACKET, Gapless, check_mp3, id3_size, parse_gapless_note, read_adts
from ..headers.ogg import read_ogg
from ..headers.riff_aiff import PcmHeader, read_aiff_header, read_wav_header
from ..info import MediaInfo, describe
from ..speaker_layouts import DEFAULTS, channel_order, layout_from_speakers

# soundfile and av are loaded by what looks with them: av takes long, and a WAV file needs none of it.
if TYPE_CHECKING:
    import av.error

MAX_CHANNELS = 8

_NOT_AUDIO = "is not audio that can be read, or is damaged; use WAV, FLAC, AIFF, AAC, ALAC, MP3, Ogg or Opus"

#: Some codecs say -1 or -2 b/s for "not told", read as unsigned.
_UNSET = 1 << 31
_PLAIN_CONTAINERS = ("caf", "au", "wv", "tta", "flac", "wav", "aiff")


@dataclass(frozen=True)
class Probe:
    """The result of looking at a file: `frames` is exact, or None when only decoding can tell.

    `by_soundfile` says which library decodes it; `skip` frames that decoder puts out before the music.
    """

    format: Format
    info: MediaInfo
    frames: int | None
    by_soundfile: bool
    skip: int = 0


def probe(path: PathLike) -> Probe:
    """Look at the file at `path`. Raises MediaError when it is missing, no audio, empty, truncated or too wide."""
    head = _read_head(path)
    result = _probe_pcm(path, head) or _probe_flac(path, head) or _probe_vorbis(path, head) or _probe_av(path, head)
    channels = result.format.channels
    if channels > MAX_CHANNELS:
        raise MediaError(path, f"it has {channels} channels; at most {MAX_CHANNELS} can be mastered")
    if result.frames == 0:
        raise MediaError(path, "it holds no audio: its length is zero")
    return result


def _read_head(path: PathLike) -> bytes:
    """The first bytes after any ID3v2 tags."""
    if os.path.isdir(path):
        raise MediaError(path, "is a directory; name an audio file")
    if os.path.exists(path) and not os.path.isfile(path):
        raise MediaError(path, "is not a regular file; save what it delivers to a file first")
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise MediaError(path, "is empty (0 bytes); get a whole copy of the file")
            file.seek(id3_size(file))
            return file.read(64)
    except FileNotFoundError:
        raise MediaError(path, "no such file") from None
    except OSError as error:
        raise MediaError(path, f"cannot be read: {error.strerror}") from None


def _probe_pcm(path: PathLike, head: bytes) -> Probe | None:
    header: PcmHeader | None = None
    if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
        header = read_wav_header(path)
    elif head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        header = read_aiff_header(path)
    if header is None or not header.plain:
        return None
    sample_type: SampleType = "float" if header.is_float else "int"
    depth, rate, channels = header.bit_depth, header.sample_rate, header.channels
    layout = header.layout
    if header.container in ("aiff", "aifc") and channels > 2:
        layout = _layout_of_stream(path)
    format = Format(header.container, "pcm", rate, channels, depth, sample_type, None, layout)
    bit_rate = rate * channels * depth
    return Probe(format, describe(path, format, header.frames, bit_rate), header.frames, by_soundfile=True)


def _probe_flac(path: PathLike, head: bytes) -> Probe | None:
    if head[:4] != b"fLaC" or not _flac_length(head):
        return None
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            depth = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}[file.subtype]
            rate, channels = file.samplerate, file.channels
            frames = file.frames
            # The last frame is there, or the file was cut: better said now than after an hour of work.
            file.seek(frames - 1)
            file.read(1)
    except KeyError:
        return None
    except soundfile.SoundFileError:
        return _probe_odd_flac(path, head)
    format = Format("flac", "flac", rate, channels, depth, "int", None, _layout_of_stream(path))
    return Probe(format, describe(path, format, frames, None), frames, by_soundfile=True)


def _flac_length(head: bytes) -> int:
    """The frames that a FLAC header promises; 0 when it was streamed, which libsndfile takes for an error."""
    return (head[21] & 15) << 32 | int.from_bytes(head[22:26], "big") if len(head) >= 26 else 0


def _probe_odd_flac(path: PathLike, head: bytes) -> Probe | None:
    """A FLAC file libsndfile cannot end: FFmpeg knows 32-bit FLAC, which libsndfile doesn't; all else is damage."""
    streaminfo = head[8:42]
    bits = ((streaminfo[12] & 1) << 4 | streaminfo[13] >> 4) + 1 if len(streaminfo) >= 18 else 0
    if bits > 24:
        return None
    raise MediaError(path, "truncated or damaged FLAC: its end cannot be read; get a whole copy of the file")


def _probe_vorbis(path: PathLike, head: bytes) -> Probe | None:
    """Vorbis, except files of several streams, by libvorbis: FFmpeg loses or adds 128 frames at some ends."""
    start = head.find(b"\x01vorbis")
    if head[:4] != b"OggS" or start < 0 or len(head) < start + 24 or read_ogg(path) is None:
        return None
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            rate, channels, frames = file.samplerate, file.channels, file.frames
    except soundfile.SoundFileError:
        raise MediaError(path, "damaged: its Vorbis headers cannot be read; get a whole copy of the file") from None
    nominal = int(struct.unpack_from("<i", head, start + 20)[0])
    format = Format("ogg", "vorbis", rate, channels, None, "float", None, DEFAULTS.get(channels))
    info = describe(path, format, frames, nominal if nominal > 0 else None)
    return Probe(replace(format, bit_rate=info.audio_bit_rate), info, frames, by_soundfile=True)


def _layout_of_stream(path: PathLike) -> str | None:
    import av
    import av.error

    try:
        with av.open(ffmpeg_name(path)) as container:
            return _layout(container.streams.audio[0])
    except (av.error.FFmpegError, IndexError):
        return None


def _layout(stream: Any) -> str | None:
    """The layout of an audio stream, None where FFmpeg does not know it."""
    context = stream.codec_context
    names = tuple(channel.name for channel in context.layout.channels)
    known = layout_from_speakers(names)
    if known and len(channel_order(known)) == context.channels:
        return known
    return {1: "mono", 2: "stereo"}.get(context.channels)


def _probe_av(path: PathLike, head: bytes) -> Probe:
    if head[4:8] == b"ftyp":
        # Says that the index is cut off, where FFmpeg only knows that it can't go on.
        read_mp4(path)
    import av
    import av.error

    try:
        with av.open(ffmpeg_name(path)) as container:
            if not container.streams.audio:
                raise MediaError(path, "holds no audio stream; name a file with audio in it")
            stream = container.streams.audio[0]
            context = stream.codec_context
            if not context.sample_rate or not context.channels:
                raise MediaError(path, _NOT_AUDIO)
            name = _container_name(container, path, head)
            gapless = _gapless(path, name, container, stream)
            codec = "pcm" if context.name.startswith("pcm_") else context.name.removesuffix("float")
            depth = _bit_depth(codec, context)
            sample_type: SampleType = "float" if context.format.name.startswith(("flt", "dbl")) else "int"
            bit_rate = _bit_rate(path, name, context, gapless)
            layout = _layout(stream)
            rate, channels = context.sample_rate, context.channels
            format = Format(name, codec, rate, channels, depth, sample_type if depth else "float", None, layout)
            seconds = _seconds(container, stream, gapless, format.sample_rate)
    except av.error.FFmpegError as error:
        raise MediaError(path, _why(error)) from None
    info = describe(path, format, gapless.frames, bit_rate, seconds)
    if depth is None:
        format = replace(format, bit_rate=info.audio_bit_rate)
    return Probe(format, info, gapless.frames, by_soundfile=False, skip=gapless.skip)


def _why(error: av.error.FFmpegError) -> str:
    import av.error

    if isinstance(error, av.error.InvalidDataError):
        return _NOT_AUDIO
    if isinstance(error, av.error.EOFError):
        return "truncated: it ends before its audio begins; get a whole copy of the file"
    return f"cannot be read: {error.strerror}"


def _container_name(container: Any, path: PathLike, head: bytes) -> str:
    """Our name for FFmpeg's container: it lumps the MP4 family together; the brand tells its members apart."""
    name = str(container.format.name)
    if head[4:8] == b"ftyp" or "mp4" in name:
        brand = str(container.metadata.get("major_brand", "")).strip().lower()
        extension = os.path.splitext(os.fspath(path))[1].lower()
        if brand.startswith("3g"):
            return "3gp"
        if brand == "qt" or not brand:
            return "mov"
        if extension == ".m4b" or brand == "m4b":
            return "m4b"
        return "m4a" if brand == "m4a" or extension == ".m4a" else "mp4"
    if name == "matroska,webm":
        return "webm" if head[:64].find(b"webm") >= 0 else "matroska"
    return name.split(",")[0]


def _gapless(path: PathLike, name: str, container: Any, stream: Any) -> Gapless:
    """What the container tells about the exact length; raises MediaError when it promises what is not there."""
    rate = stream.codec_context.sample_rate
    if name == "aac":
        return read_adts(path)
    if name == "mp3":
        exact = check_mp3(path) and stream.duration
        return Gapless(0, round(stream.duration * stream.time_base * rate) if exact else None)
    if name == "ogg":
        return Gapless(0, read_ogg(path))
    if name in ("m4a", "m4b", "mp4", "mov", "3gp"):
        note = parse_gapless_note(container.metadata.get("iTunSMPB", ""))
        seconds = read_mp4(path)
        if seconds is None:
            return Gapless()
        frames = round(seconds * rate)
        # The note wins only where it says that less of the last packets is music: then there is no edit list.
        if note and note.frames and frames - 3 * AAC_PACKET < note.frames + note.skip <= frames:
            frames = note.frames
        return Gapless(0, frames)
    if name in _PLAIN_CONTAINERS and stream.duration and stream.time_base == Fraction(1, rate):
        return Gapless(0, int(stream.duration))
    return Gapless()


def _bit_rate(path: PathLike, name: str, context: Any, gapless: Gapless) -> int | None:
    """The bit rate of the audio alone, in b/s; None when the container does not tell."""
    if name == "aac":
        # FFmpeg guesses from the first packets; the file, less its tags, tells.
        with open(path, "rb") as file:
            size = os.path.getsize(path) - id3_size(file)
        return round(size * 8 * context.sample_rate / gapless.decoded) if gapless.decoded else None
    return context.bit_rate if context.bit_rate and context.bit_rate < _UNSET else None


def _seconds(container: Any, stream: Any, gapless: Gapless, rate: int) -> float:
    """The length in seconds: exact if known, else what FFmpeg estimates."""
    import av

    if gapless.frames is not None:
        return gapless.frames / rate
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration / av.time_base) if container.duration else 0.0


def _bit_depth(codec: str, context: Any) -> int | None:
    """The bits of a lossless codec's samples; None for a lossy one."""
    extradata = bytes(context.extradata or b"")
    if codec == "pcm":
        digits = "".join(filter(str.isdigit, context.name.split("_")[1]))
        return int(digits) if digits else 16
    if codec == "alac" and len(extradata) >= 18:
        return extradata[17]
    if codec == "flac" and len(extradata) >= 18:
        return ((extradata[12] & 1) << 4 | extradata[13] >> 4) + 1
    if codec in ("wavpack", "tta", "ape", "mlp", "truehd", "shorten", "tak"):
        return 16 if context.format.name.startswith("s16") else 24
    return None
