"""Tone by third octaves, for who knows the whole track: what a passage lacks, and the gains that make it up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import inlined, kernel
from .tone import audible, bent, filled, has_of, neutral_offset, share_of

Array = NDArray[np.float64]

ROUNDS = 3
"""Sections add up in dB only nearly: what a round leaves, the next one fits again."""

REST_DB = 1.3
"""Of so much half is taken back, of less next to nothing, of more nearly all: records differ by as much."""

EMPTIED = 1.5
"""Where a third lacks this much more than what makes it look empty, nothing is lifted at all."""

FAR_DB = 15.0
"""Deviations count up to here: a lone partial is no tone."""


@kernel
def fitted_course(
    levels: Array,
    neutral: Array,
    weights: Array,
    lift: Array,
    slack: Array,
    empty: Array,
    colour: Array,
    amount: float,
    range_db: float,
    responses: Array,
    fit: Array,
    step_db: float,
    work: Array,
    gains: Array,
) -> None:
    """Write the gain in dB of every band for every point of ``levels`` ``(points, thirds)``, dB, into ``gains``.

    What a third octave lacks to ``neutral`` is fitted by the bands; of what they then do, little is let rest and much
    is bent into ``range_db``, of which ``lift`` 0..1 may be spent on lifting, and that is fitted again.  So what was
    corrected once is at rest afterwards: what the fit leaves, another fit does not see.

    ``slack`` is how many dB a third may lie low before it lacks anything, ``empty`` from how many dB on it is taken to
    hold no music.  ``colour`` ``(bands,)`` are gains that come on top; see ``share_of`` for what they do to the
    rest.  ``responses`` ``(bands, steps, thirds)`` is what each band does at gains from ``-step_db (steps - 1) / 2``
    on, ``fit`` ``(bands, thirds)`` turns dB into gains.  ``work`` ``(3, thirds)`` is scratch.
    """
    thirds = levels.shape[1]
    aims, left, tint = work[0], work[1], work[2]
    respond(responses, step_db, colour, tint)
    for p in range(levels.shape[0]):
        offset = neutral_offset(levels[p], neutral, weights)
        for i in range(thirds):
            lack = lacking(levels[p, i], neutral[i] + offset, slack[i], empty[i])
            aims[i] = share_of(lack, tint[i], amount) * lack
        fit_gains(aims, responses, fit, step_db, left, gains[p])
        respond(responses, step_db, gains[p], aims)
        for i in range(thirds):
            own = has_of(aims[i], tint[i])
            moved = own * aims[i] + (1.0 - own) * rested(aims[i])
            aims[i] = bent(moved, range_db * lift[i] if aims[i] > 0.0 else range_db)
        fit_gains(aims, responses, fit, step_db, left, gains[p])
        for b in range(gains.shape[1]):
            gains[p, b] += colour[b]


@inlined
def lacking(level: float, aim: float, slack: float, empty: float) -> float:
    """Return what a third octave at ``level`` dB lacks to the ``aim`` level."""
    lack = aim - level
    if lack > 0.0:
        lack = max(0.0, lack - slack) * filled(lack, empty, EMPTIED * empty)
    lack = min(max(lack, -FAR_DB), FAR_DB)
    return audible(level) * lack


@inlined
def rested(wanted_db: float) -> float:
    """Return ``wanted_db`` where it is much, next to nothing where it is little: what sits at the target rests."""
    return wanted_db / (1.0 + (REST_DB / wanted_db) ** 12) if wanted_db != 0.0 else 0.0


@inlined
def fit_gains(aims: Array, responses: Array, fit: Array, step_db: float, left: Array, gains: Array) -> None:
    """Write the ``gains`` ``(bands,)`` whose response is nearest to ``aims`` ``(thirds,)``; ``left`` is scratch."""
    gains[:] = 0.0
    for _ in range(ROUNDS):
        respond(responses, step_db, gains, left)
        for i in range(left.shape[0]):
            left[i] = aims[i] - left[i]
        for b in range(gains.shape[0]):
            for i in range(left.shape[0]):
                gains[b] += fit[b, i] * left[i]


@inlined
def respond(responses: Array, step_db: float, gains: Array, out: Array) -> None:
    """Write into ``out`` ``(thirds,)`` what the bands do together at ``gains``, dB."""
    out[:] = 0.0
    last = responses.shape[1] - 1
    for b in range(gains.shape[0]):
        at = min(max(gains[b] / step_db + 0.5 * last, 0.0), float(last))
        row = min(int(at), last - 1)
        share = at - row
        for i in range(out.shape[0]):
            out[i] += responses[b, row, i] + share * (responses[b, row + 1, i] - responses[b, row, i])
