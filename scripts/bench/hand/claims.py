"""The sentences of the profiles as claims on measured figures, each against profile i unless it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "the track"
STEREO_LOW = "Low width"
OFF_BALANCE = "Off balance"
NOT_LOST = 0.2
"""Slack in dB of a claim that something is no worse: it then holds by more than 0.1 down to -0.1."""


@dataclass(frozen=True)
class Claim:
    """The ``more`` figures are up by more than the ``less`` are, each group's mean, against a profile or the track.

    ``slack`` (dB) is what the margin begins at; ``lighter`` asks for less change from the track than half of the
    others make instead.
    """

    words: str
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    against: str = "i"
    slack: float = 0.0
    lighter: bool = False


SUB, BASS, LOW_MIDS, MIDS, CLARITY, HIGHS, AIR = "< 60", "60-120", "120-400", "400-1k", "1-4k", "4-8k", "> 8 kHz"
LOWS, TOP = (SUB, BASS), (HIGHS, AIR)

TIGHT = (
    Claim("peaks nearer to the loudness", less=("PLR",)),
    Claim("peaks nearer to the short-term loudness", less=("PSR",)),
    Claim("no wider range", less=("LRA",), slack=NOT_LOST),
)
WIDE = (
    Claim("peaks further from the loudness", more=("PLR",)),
    Claim("peaks further from the short-term loudness", more=("PSR",)),
    Claim("no narrower range", more=("LRA",), slack=NOT_LOST),
)
WIDE_LOWS = (
    Claim("the low end swings further", more=("Low swing",)),
    Claim("more low end", more=LOWS),
    Claim("a wider low end with the stereo image on", more=(STEREO_LOW,)),
)

CLAIMS: dict[str, tuple[Claim, ...]] = {
    "a": (*TIGHT, Claim("bright", more=(HIGHS,)), Claim("airy", more=(AIR,))),
    "b": (
        *TIGHT,
        Claim("solid low end", more=LOWS),
        Claim("of bass, not of sub-bass alone", more=(BASS,)),
        Claim("clear mids", more=(CLARITY,)),
        Claim("mids clear of the low mids", more=(CLARITY,), less=(LOW_MIDS, MIDS)),
    ),
    "c": (*TIGHT, Claim("bass", more=(BASS,))),
    "d": (
        Claim("bass and sub-bass", more=LOWS),
        Claim("sub-bass", more=(SUB,)),
        Claim("more sub-bass than c", more=(SUB,), against="c"),
    ),
    "e": (
        Claim("bass and sub-bass", more=LOWS),
        Claim("sub-bass", more=(SUB,)),
        Claim("open mids", more=(CLARITY,)),
        Claim("open highs", more=TOP),
    ),
    "f": (*WIDE_LOWS, Claim("light above", more=TOP)),
    "g": (*WIDE_LOWS, Claim("dark above", less=TOP)),
    "h": (*WIDE, Claim("open mids", more=(CLARITY,)), Claim("open highs", more=TOP)),
    "i": (
        Claim("peaks no further from the loudness than the track's", less=("PLR",), against=SOURCE, slack=NOT_LOST),
        Claim("no wider range than the track's", less=("LRA",), against=SOURCE, slack=NOT_LOST),
        Claim("no further off the balance of records than the track", less=(OFF_BALANCE,), against=SOURCE,
              slack=NOT_LOST),
    ),
    "j": (
        *TIGHT,
        Claim("a lift above", more=(AIR,)),
        Claim("a light one, less than a's", less=(AIR,), against="a"),
        Claim("above rather than in the mids", more=(AIR,), less=(CLARITY,)),
    ),
    "k": (
        *WIDE,
        Claim("solid lows", more=LOWS),
        Claim("of bass, not of sub-bass alone", more=(BASS,)),
        Claim("mids up", more=(CLARITY,)),
        Claim("lows and mids rather than air", more=(*LOWS, CLARITY), less=(AIR,)),
    ),
    "l": (
        Claim("mids in front", more=(CLARITY,)),
        *(Claim(f"mids before {band}", more=(CLARITY,), less=(band,)) for band in (*LOWS, LOW_MIDS, *TOP)),
    ),
    "m": (Claim("a lighter touch than most", lighter=True),
          Claim("mids as clear of the low mids as the track's, or clearer", more=(CLARITY,), less=(LOW_MIDS,),
                against=SOURCE, slack=NOT_LOST)),
    "n": (
        *WIDE,
        Claim("warmer lows than the track's, or as warm", more=(BASS, LOW_MIDS), against=SOURCE, slack=NOT_LOST),
        Claim("warm rather than bright", more=(BASS, LOW_MIDS), less=TOP, against=SOURCE, slack=NOT_LOST),
    ),
}  # fmt: skip
