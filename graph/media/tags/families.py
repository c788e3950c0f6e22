"""The three families of tags, ID3, MP4 and Vorbis comments: reading them into neutral ones and writing them back."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from mutagen import id3
from mutagen.flac import Picture
from mutagen.mp4 import MP4Cover, MP4FreeForm

from .model import SPELLED, Tags, is_stale, make_picture

_ID3_TEXTS = {
    "TIT2": "title",
    "TPE1": "artist",
    "TALB": "album",
    "TPE2": "albumartist",
    "TDRC": "date",
    "TCON": "genre",
    "TCOM": "composer",
    "TCOP": "copyright",
    "TSRC": "isrc",
    "TBPM": "bpm",
    "TPUB": "label",
    "TPE3": "conductor",
    "TPE4": "remixer",
    "TEXT": "lyricist",
    "TIT1": "grouping",
    "TIT3": "subtitle",
    "TKEY": "initialkey",
    "TLAN": "language",
    "TMOO": "mood",
    "TCMP": "compilation",
    "TSOT": "titlesort",
    "TSOP": "artistsort",
    "TSOA": "albumsort",
    "TSO2": "albumartistsort",
    "TSOC": "composersort",
}
_ID3_NAMES = {name: frame for frame, name in _ID3_TEXTS.items()}
_ID3_STALE = ("RVA2", "RVAD", "RGAD", "TSSE", "TENC", "TLEN", "TSIZ", "TDEN", "TDTG", "MLLT", "SEEK", "ASPI", "XRVA")

_MP4_TEXTS = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "\xa9alb": "album",
    "aART": "albumartist",
    "\xa9day": "date",
    "\xa9gen": "genre",
    "\xa9wrt": "composer",
    "\xa9cmt": "comment",
    "cprt": "copyright",
    "\xa9lyr": "lyrics",
    "\xa9grp": "grouping",
    "sonm": "titlesort",
    "soar": "artistsort",
    "soal": "albumsort",
    "soaa": "albumartistsort",
    "soco": "composersort",
}
_MP4_NAMES = {name: atom for atom, name in _MP4_TEXTS.items()}
_MP4_STALE = ("\xa9too", "\xa9enc")
_FREE = "----:com.apple.iTunes:"
_COVERS = {"image/jpeg": MP4Cover.FORMAT_JPEG, "image/jpg": MP4Cover.FORMAT_JPEG, "image/png": MP4Cover.FORMAT_PNG}

_MUSICBRAINZ = "http://musicbrainz.org"
_VORBIS_PICTURE = "metadata_block_picture"


def id3_is_stale(frame: Any) -> bool:
    """Whether an ID3 frame must not travel."""
    return frame.FrameID in _ID3_STALE or is_stale(getattr(frame, "desc", ""))


def mp4_is_stale(atom: str) -> bool:
    """Whether an MP4 tag must not travel."""
    return atom in _MP4_STALE or (atom.startswith("----:") and is_stale(atom.split(":", 2)[-1]))


def from_id3(frames: Any, tags: Tags) -> Iterator[str]:
    """Add ID3 frames to `tags`; yields what has no neutral form."""
    for frame in frames.values():
        kind = frame.FrameID
        if id3_is_stale(frame):
            continue
        if kind == "TRCK" or kind == "TPOS":
            tags.add_number("track" if kind == "TRCK" else "disc", str(frame.text[0]) if frame.text else "")
        elif kind == "TCON":
            tags.add("genre", *frame.genres)
        elif kind in _ID3_TEXTS:
            tags.add(_ID3_TEXTS[kind], *map(str, frame.text))
        elif kind == "COMM":
            tags.add(f"comment:{frame.desc}" if frame.desc else "comment", *map(str, frame.text))
        elif kind == "USLT":
            tags.add("lyrics", str(frame.text))
        elif kind == "TXXX":
            tags.add(frame.desc, *map(str, frame.text))
        elif kind == "UFID" and frame.owner == _MUSICBRAINZ:
            tags.add("musicbrainz_trackid", frame.data.decode("ascii", "replace"))
        elif kind == "APIC":
            tags.pictures.append(make_picture(frame.data, frame.mime, int(frame.type), frame.desc))
        else:
            yield f"the ID3 frame {kind}"


def to_id3(tags: Tags, frames: Any) -> Iterator[str]:
    """Add `tags` to ID3 frames; yields what could not be added (nothing: ID3 holds it all)."""
    for name, values in tags.texts.items():
        kind, _, description = name.partition(":")
        if name in _ID3_NAMES:
            frames.add(getattr(id3, _ID3_NAMES[name])(encoding=3, text=values))
        elif kind == "comment":
            frames.add(id3.COMM(encoding=3, lang="XXX", desc=description, text=values))
        elif name == "lyrics":
            frames.add(id3.USLT(encoding=3, lang="XXX", desc="", text="\n".join(values)))
        elif name == "musicbrainz_trackid":
            frames.add(id3.UFID(owner=_MUSICBRAINZ, data=values[0].encode("ascii", "replace")))
        elif name not in ("tracknumber", "tracktotal", "discnumber", "disctotal"):
            frames.add(id3.TXXX(encoding=3, desc=SPELLED.get(name, name.upper()), text=values))
    for frame, kind in ((id3.TRCK, "track"), (id3.TPOS, "disc")):
        if tags.number(kind):
            frames.add(frame(encoding=3, text=[tags.number(kind)]))
    for index, picture in enumerate(tags.pictures):
        # ID3 tells pictures apart by their description alone.
        taken = {other.desc for other in tags.pictures[:index]}
        description = f"{picture.desc} {index + 1}".strip() if picture.desc in taken else picture.desc
        frames.add(id3.APIC(encoding=3, mime=picture.mime, type=picture.type, desc=description, data=picture.data))
    yield from ()


def from_mp4(atoms: Any, tags: Tags) -> Iterator[str]:
    """Add MP4 tags to `tags`; yields what has no neutral form."""
    for atom, value in atoms.items():
        if mp4_is_stale(atom):
            continue
        if atom in _MP4_TEXTS:
            tags.add(_MP4_TEXTS[atom], *map(str, value))
        elif atom in ("trkn", "disk"):
            number, total = value[0]
            tags.add_number("track" if atom == "trkn" else "disc", f"{number or ''}/{total or ''}")
        elif atom == "tmpo":
            tags.add("bpm", *(str(bpm) for bpm in value if bpm))
        elif atom == "cpil":
            tags.add("compilation", "1" if value else "")
        elif atom == "covr":
            for cover in value:
                png = cover.imageformat == MP4Cover.FORMAT_PNG
                tags.pictures.append(make_picture(bytes(cover), "image/png" if png else "image/jpeg"))
        elif atom.startswith("----:"):
            tags.add(atom.split(":", 2)[-1], *(bytes(text).decode("utf-8", "replace") for text in value))
        else:
            yield f"the MP4 tag {atom!r}"


def to_mp4(tags: Tags, atoms: Any) -> Iterator[str]:
    """Add `tags` to MP4 tags; yields what could not be added."""
    for name, values in tags.texts.items():
        if name in _MP4_NAMES:
            atoms[_MP4_NAMES[name]] = values
        elif name == "bpm":
            atoms["tmpo"] = [max(0, min(65535, round(float(values[0].replace(",", ".")))))]
        elif name == "compilation":
            atoms["cpil"] = values[0] not in ("0", "")
        elif name not in ("tracknumber", "tracktotal", "discnumber", "disctotal"):
            atoms[_FREE + SPELLED.get(name, name.upper())] = [MP4FreeForm(value.encode()) for value in values]
    for atom, kind in (("trkn", "track"), ("disk", "disc")):
        text = tags.number(kind)
        if text:
            number, _, total = text.partition("/")
            if number.isdecimal() and (total or "0").isdecimal() and max(int(number), int(total or 0)) < 1 << 16:
                atoms[atom] = [(int(number), int(total or 0))]
            else:
                yield f"the {kind} number {text!r}, which MP4 cannot hold"
    covers = [picture for picture in tags.pictures if picture.mime.lower() in _COVERS]
    covers.sort(key=lambda picture: picture.type != 3)
    if covers:
        atoms["covr"] = [MP4Cover(picture.data, _COVERS[picture.mime.lower()]) for picture in covers]
    for picture in tags.pictures:
        if picture not in covers:
            yield f"a picture of type {picture.mime}: MP4 holds JPEG and PNG"


def from_vorbis(comments: Any, pictures: list[Picture], tags: Tags) -> Iterator[str]:
    """Add Vorbis comments, and FLAC's picture blocks, to `tags`; yields what could not be read."""
    tags.pictures += pictures
    for name, value in comments or []:
        if name.lower() in ("tracknumber", "discnumber"):
            tags.add_number(name.lower().removesuffix("number"), value)
        elif name.lower() == _VORBIS_PICTURE:
            try:
                tags.pictures.append(Picture(base64.b64decode(value)))
            except Exception:
                yield "a picture that is damaged"
        else:
            tags.add(name, value)


def to_vorbis(tags: Tags, file: Any) -> Iterator[str]:
    """Add `tags` to a mutagen FLAC or Ogg file; yields what could not be added."""
    for name, values in tags.texts.items():
        key = "".join(letter for letter in name if " " <= letter <= "}" and letter != "=")
        if key:
            file.tags[key] = values
        else:
            yield f"the tag {name!r}, whose name Vorbis comments cannot spell"
    for picture in tags.pictures:
        if hasattr(file, "add_picture"):
            file.add_picture(picture)
        else:
            encoded = base64.b64encode(picture.write()).decode("ascii")
            file.tags[_VORBIS_PICTURE] = [*file.tags.get(_VORBIS_PICTURE, []), encoded]
