"""Tags and cover art travel from the source to the finished file; what mastering made untrue stays behind."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import mutagen
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4, MP4Tags

from ...streams.paths import PathLike
from ..errors import MediaError
from ..formats import Format, ffmpeg_name
from ..headers.mpeg import GAPLESS_NOTE, format_gapless_note, id3_size, read_adts
from ..headers.riff_aiff import read_wav_header
from ..speaker_layouts import mask_from_layout
from .families import from_id3, from_mp4, from_vorbis, id3_is_stale, mp4_is_stale, to_id3, to_mp4, to_vorbis
from .model import Tags, is_stale
from .wav_chunks import read_extra, write_extra

Family = Literal["id3", "mp4", "vorbis", "none"]

_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("wav", "rf64", "aiff", "aifc", "mp3", "aac"), "id3"),
    **dict.fromkeys(("m4a", "m4b", "mp4", "mov", "3gp"), "mp4"),
    **dict.fromkeys(("flac", "ogg"), "vorbis"),
}
#: A mutagen MP3 tag version as old as this is written back as such; all others become ID3v2.4.
_OLD_ID3 = 3


@dataclass
class SourceTags:
    """What a source holds: its tags as they are there (`native`), the same in neutral form, what fits neither."""

    family: Family = "none"
    native: Any = None
    pictures: list[Picture] = field(default_factory=list)
    tags: Tags = field(default_factory=Tags)
    chunks: list[tuple[bytes, bytes]] = field(default_factory=list)
    sample_rate: int = 0
    losses: list[str] = field(default_factory=list)


def finish_tags(source: PathLike | None, path: PathLike, format: Format, frames: int, delay: int = 0) -> list[str]:
    """Write into the finished audio file at `path` the tags of `source`, and what its own format needs as a tag.

    `frames` is how many frames of music it holds, `delay` how many of nothing come before. Returns what could not
    travel, a phrase each: bad tags never fail a job. Raises OSError when the disk does not take them.
    """
    origin = SourceTags()
    if source is not None:
        try:
            origin = read_tags(source)
        except Exception as error:
            # A damaged tag makes mutagen raise nearly anything.
            origin.losses.append(f"the tags, which cannot be read: {_line(error)}")
    try:
        origin.losses += _write(origin, path, format, (delay, frames))
    except Exception as error:
        cause = error if isinstance(error, OSError) else error.__cause__ or error.__context__
        if isinstance(cause, OSError):
            raise cause from error
        origin.losses.append(f"the tags, which cannot be written: {_line(error)}")
        _write(SourceTags(), path, format, (delay, frames))
    return origin.losses


def read_tags(source: PathLike) -> SourceTags:
    """Read the tags of an audio file, natively where its family is known."""
    with open(source, "rb") as file:
        magic = file.read(12)
        file.seek(start := id3_size(file))
        after_id3 = file.read(4)
    if magic[:4] in (b"RIFF", b"RF64") and magic[8:] == b"WAVE":
        return _read_wav(source)
    if start and after_id3[:2] in (b"\xff\xf1", b"\xff\xf9", b"\xff\xf0", b"\xff\xf8"):
        return _read_id3(id3.ID3(source))
    tagged: Any = mutagen.File(source)
    if tagged is None:
        return _read_av(source)
    if tagged.tags is None and not getattr(tagged, "pictures", None):
        return SourceTags()
    origin = SourceTags(native=tagged.tags, pictures=list(getattr(tagged, "pictures", [])))
    if isinstance(tagged.tags, id3.ID3):
        return _read_id3(tagged.tags)
    if isinstance(tagged.tags, MP4Tags):
        origin.family = "mp4"
        origin.losses += from_mp4(tagged.tags, origin.tags)
    elif hasattr(tagged.tags, "vendor") or isinstance(tagged, FLAC):
        origin.family = "vorbis"
        origin.losses += from_vorbis(tagged.tags, origin.pictures, origin.tags)
    else:
        return _read_av(source)
    return origin


def _read_id3(frames: id3.ID3) -> SourceTags:
    origin = SourceTags("id3", frames)
    origin.losses += from_id3(frames, origin.tags)
    return origin


def _read_wav(source: PathLike) -> SourceTags:
    frames, info, chunks = read_extra(source)
    origin = _read_id3(frames)
    for name, values in info.texts.items():
        if name not in origin.tags.texts:
            origin.tags.add(name, *values)
    origin.chunks = chunks
    try:
        origin.sample_rate = read_wav_header(source).sample_rate
    except MediaError:
        origin.sample_rate = 0
    return origin


def _read_av(source: PathLike) -> SourceTags:
    """What FFmpeg calls the metadata of containers that mutagen does not know (Matroska, CAF, ...)."""
    import av  # it takes long to load

    origin = SourceTags()
    with av.open(ffmpeg_name(source)) as container:
        for name, value in {**container.streams.audio[0].metadata, **container.metadata}.items():
            if name.lower() in ("track", "disc"):
                origin.tags.add_number(name.lower(), value)
            elif name.lower() not in ("language", "handler_name", "vendor_id", "duration", "creation_time"):
                origin.tags.add(name, value)
    return origin


def _write(origin: SourceTags, path: PathLike, format: Format, span: tuple[int, int]) -> list[str]:
    family = _FAMILIES[format.container]
    losses = [] if family != origin.family else [loss for loss in origin.losses if "cannot be read" in loss]
    if family == origin.family:
        origin.losses.clear()
    if family == "id3":
        losses += _write_id3(origin, path, format, span)
    elif family == "mp4":
        losses += _write_mp4(origin, path)
    else:
        losses += _write_vorbis(origin, path, format)
    return losses


def _write_id3(origin: SourceTags, path: PathLike, format: Format, span: tuple[int, int]) -> list[str]:
    losses: list[str] = []
    tags = id3.ID3()
    version = 4
    if origin.family == "id3":
        for frame in origin.native.values():
            if not id3_is_stale(frame):
                tags.add(frame)
        if tags and origin.native.version[:2] == (2, _OLD_ID3):
            version = _OLD_ID3
    # Between WAV files the INFO list travels as a chunk; elsewhere, what it says becomes frames.
    if origin.family != "id3" or (origin.chunks and format.container not in ("wav", "rf64")):
        losses += to_id3(origin.tags, tags)
    if format.container == "aac":
        delay, frames = span
        padding = (read_adts(path).decoded or delay + frames) - delay - frames
        note = format_gapless_note(delay, frames, padding)
        tags.add(id3.COMM(encoding=0, lang="eng", desc=GAPLESS_NOTE, text=[note]))
    if version == _OLD_ID3:
        tags.update_to_v23()
    if format.container in ("wav", "rf64"):
        losses += write_extra(path, tags, version, origin.chunks, origin.sample_rate == format.sample_rate)
    elif tags and format.container in ("aiff", "aifc"):
        file: Any = AIFF(path)
        file.add_tags()
        for frame in tags.values():
            file.tags.add(frame)
        file.save(v2_version=version)
    elif tags:
        tags.save(path, v1=0, v2_version=version)
    return losses


def _write_mp4(origin: SourceTags, path: PathLike) -> list[str]:
    losses: list[str] = []
    file: Any = MP4(path)
    if file.tags is None:
        file.add_tags()
    if origin.family == "mp4":
        file.tags.update({atom: value for atom, value in origin.native.items() if not mp4_is_stale(atom)})
    else:
        losses += to_mp4(origin.tags, file.tags)
    if file.tags:
        file.save()
    return losses


def _write_vorbis(origin: SourceTags, path: PathLike, format: Format) -> list[str]:
    losses: list[str] = []
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    for name in filter(is_stale, list(file.tags.keys())):
        del file.tags[name]
    if origin.family == "vorbis":
        pictures_only = Tags(pictures=origin.tags.pictures)
        file.tags.extend(
            (name, value)
            for name, value in origin.native or []
            if not is_stale(name) and name.lower() != "metadata_block_picture"
        )
        losses += to_vorbis(pictures_only, file)
    else:
        losses += to_vorbis(origin.tags, file)
    mask = mask_from_layout(format.layout) if format.channels > 2 else 0
    if mask and format.codec == "flac":
        # FLAC fixes what its channels are by their number; this comment, which players know, tells the truth.
        file.tags["WAVEFORMATEXTENSIBLE_CHANNEL_MASK"] = [f"0x{mask:04X}"]
    file.save()
    return losses


def _line(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split())
