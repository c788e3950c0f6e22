"""Tags as no file family writes them: the form in which they pass from one family to another."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mutagen.flac import Picture

#: Tags that were true of the source only: loudness changed, and so did encoder, delay and layout.
_STALE = re.compile(
    r"replaygain_.*|r128_.*|mp3gain_.*|itun(norm|smpb|pgap|es_cddb.*)|itunes_.*|encod(er|ing|ed ?by)|encoder settings"
    r"|encoding settings|tool|waveformatextensible_channel_mask|accuraterip.*"
    r"|major_brand|minor_version|compatible_brands",
    re.IGNORECASE,
)

#: Other names in use for the same thing.
_ALIASES = {
    "album artist": "albumartist",
    "album_artist": "albumartist",
    "totaltracks": "tracktotal",
    "totaldiscs": "disctotal",
    "track": "tracknumber",
    "disc": "discnumber",
    "year": "date",
    "unsyncedlyrics": "lyrics",
    "tempo": "bpm",
    "organization": "label",
    "publisher": "label",
}

#: Names that ID3 and MP4 spell out, by Picard's convention, and Vorbis comments don't.
SPELLED = {
    "musicbrainz_trackid": "MusicBrainz Track Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "musicbrainz_albumid": "MusicBrainz Album Id",
    "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_workid": "MusicBrainz Work Id",
    "acoustid_id": "Acoustid Id",
    "acoustid_fingerprint": "Acoustid Fingerprint",
}
_ALIASES |= {spelled.lower(): name for name, spelled in SPELLED.items()}


def is_stale(name: str) -> bool:
    """Whether a tag must not travel because mastering made it untrue."""
    return _STALE.fullmatch(name.strip()) is not None


@dataclass
class Tags:
    """Texts by the lower-case names of Vorbis comments ("title", "tracknumber", ...), and pictures."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)

    def add(self, name: str, *values: str) -> None:
        """Add values under `name`, or under the usual name for it; stale and empty ones are dropped."""
        name = name.strip().lower()
        name = _ALIASES.get(name, name)
        new = [value for value in values if value]
        if name and new and not is_stale(name):
            held = self.texts.setdefault(name, [])
            held.extend(value for value in new if value not in held)

    def add_number(self, kind: str, text: str) -> None:
        """Add "3/12" or "3" as the number and the total of `kind`, "track" or "disc"."""
        number, _, total = text.partition("/")
        self.add(f"{kind}number", number.strip())
        self.add(f"{kind}total", total.strip())

    def number(self, kind: str) -> str:
        """The number and the total of `kind` as "3/12", "3", or "" when there is none."""
        number, total = (self.texts.get(kind + part, [""])[0] for part in ("number", "total"))
        return f"{number or 0}/{total}" if total else number


def make_picture(data: bytes, mime: str, kind: int = 3, description: str = "") -> Picture:
    """A picture; `kind` is ID3's number, 3 for the front cover."""
    picture = Picture()
    picture.data, picture.mime, picture.type, picture.desc = data, mime, kind, description
    return picture
