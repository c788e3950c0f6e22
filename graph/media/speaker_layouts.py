"""Names of channel layouts: what a WAVE channel mask, a codec's fixed order and FFmpeg call the same speakers."""

from __future__ import annotations

#: Speakers in the order of the bits of a WAVE channel mask, which is also the order of the channels in a block.
SPEAKERS = (
    *("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC"),
    *("SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR"),
)

#: The layout that FLAC, Vorbis and Opus fix for each number of channels, and the best guess where a file is silent.
DEFAULTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

#: The speakers of the usual layouts, which FFmpeg need not be asked for: it takes long to load.
_USUAL = {"mono": ("FC",), "stereo": ("FL", "FR")}

#: Layouts that differ only in what they call the surround pair: codecs with fixed layouts know the right-hand name.
_SAME_ROOM = {"5.1(side)": "5.1", "5.0(side)": "5.0", "quad(side)": "quad"}

#: For n channels: the place in a Vorbis stream of each channel of a block (Vorbis puts the centre second, LFE last).
VORBIS_PLACES = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}


def channel_order(layout: str | None) -> tuple[str, ...]:
    """The speakers of `layout` in block order, such as ("FL", "FR", "FC", "LFE", "BL", "BR"); () when unknown."""
    if layout is None:
        return ()
    if layout in _USUAL:
        return _USUAL[layout]
    import av

    try:
        return tuple(channel.name for channel in av.AudioLayout(layout).channels)
    except ValueError:
        return ()


def layout_from_speakers(names: tuple[str, ...]) -> str | None:
    """The name of the layout with these speakers: a usual one ("5.1") if there is one, else "FL+FR+SL"."""
    if not names or not set(names) <= set(SPEAKERS):
        return None
    for usual, speakers in _USUAL.items():
        if names == speakers:
            return usual
    import av

    spelled = "+".join(names)
    name = av.AudioLayout(spelled).name
    return spelled if " " in name else name


def layout_from_mask(mask: int, channels: int) -> str | None:
    """The layout a WAVE channel mask describes; None when the mask does not name exactly `channels` speakers."""
    names = tuple(name for bit, name in enumerate(SPEAKERS) if mask >> bit & 1)
    return layout_from_speakers(names) if len(names) == channels else None


def mask_from_layout(layout: str | None) -> int:
    """The WAVE channel mask of `layout`; 0, which means "not said", when it has none."""
    names = channel_order(layout)
    if not set(names) <= set(SPEAKERS):
        return 0
    return sum(1 << SPEAKERS.index(name) for name in names)


def fixed_layout(layout: str | None, channels: int) -> str | None:
    """The layout under which a codec with one fixed layout per channel count holds `layout`; None if it cannot."""
    usual = DEFAULTS.get(channels)
    return usual if layout is None or _SAME_ROOM.get(layout, layout) == usual else None
