"""Tone by third octaves, for who knows the whole track: what a passage is to be moved by, and the gains that do it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blocks import fill
from .compiled import inlined, kernel
from .maths import log10, pow10
from .tone import RANGE_DB, audible, filled, neutral_offset, slopes_held, wanted

Array = NDArray[np.float64]

LOOKS = 4
"""What the bands have not reached with one fit, and what they have overdone, the next look sees and asks for again."""

ROUNDS = 3
"""Sections add up in dB only nearly: what a round leaves, the next one fits again."""

STEP_DB, STEEPEST_DB = 1.7, 2.0
"""Neighbouring thirds are asked to differ by so much at most, and held to 6 dB an octave."""

OPPOSED_DB = 4.0
"""Neighbouring bands pull against each other by no more than that."""

SCALINGS = 3
"""Sections scale only nearly as their gains do."""

INAUDIBLE_DB, EVEN_DB = 0.0, 3.0
"""How far noise may be lifted against the music, and how much farther what is half-way between the two."""

LEVEL_ROUNDS = 3
"""Holding noise down changes the loudness, against which it is held down."""


@kernel
def fitted_course(
    levels: Array,
    heard: Array,
    music: Array,
    neutral: Array,
    weights: Array,
    tolerance: Array,
    lift: Array,
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

    What is ``wanted`` in each third octave, no steeper than it may be, is fitted by the bands, looked at again and
    fitted again; what then overshoots the range or 6 dB an octave is scaled down whole.  What was moved once is at
    rest afterwards, as far as the range sufficed.

    ``heard`` ``(points, thirds)`` is each third's share of the K-weighted power, ``music`` 0..1 how far it is no
    noise, which is not to rise against the music; ``tolerance``, ``lift`` and ``empty`` ``(2, thirds)`` as in
    ``wanted``; ``colour`` ``(bands,)`` are the gains that make the target of the neutral levels.  ``responses``
    ``(bands, steps, thirds)`` is what each band does at gains from ``-step_db (steps - 1) / 2`` on, ``fit`` ``(bands,
    thirds)`` turns dB into gains.  ``work`` ``(8, thirds)`` is scratch.
    """
    aims, tint, moved, free, pull, counted = work[0], work[1], work[4], work[5], work[6], work[7]
    wider = max(1.0, range_db / RANGE_DB)
    respond(responses, step_db, colour, tint)
    for p in range(levels.shape[0]):
        fill(moved, 0.0)
        fill(pull, 0.0)
        for _ in range(LOOKS):
            for i in range(aims.shape[0]):
                aims[i] = levels[p, i] + moved[i]
            offset = neutral_offset(aims, neutral, weights)
            for i in range(aims.shape[0]):
                off = levels[p, i] - neutral[i] - offset
                counted[i] = weights[i] * music[p, i] * filled(-off, empty[0, i], empty[1, i])
            if normalised(counted):
                offset = neutral_offset(aims, neutral, counted)
            for i in range(aims.shape[0]):
                off = levels[p, i] - neutral[i] - offset
                move = wanted(off, moved[i], tint[i], tolerance[i], lift[i], amount, range_db, empty[0, i], empty[1, i])
                aims[i] = audible(levels[p, i]) * move
                free[i] = music[p, i] * min(2.0 * filled(-off, empty[0, i], empty[1, i]), 1.0)
            hold_noise(aims, moved, heard[p], free, pull, range_db)
            slopes_held(aims, wider * STEP_DB, work[2:4])
            fit_gains(aims, responses, fit, step_db, work[2], gains[p])
            respond(responses, step_db, gains[p], moved)
        for _ in range(SCALINGS):
            scale = min(within(moved, range_db, wider * STEEPEST_DB), unopposed(gains[p], wider * OPPOSED_DB))
            for b in range(gains.shape[1]):
                gains[p, b] *= scale
            respond(responses, step_db, gains[p], moved)


@inlined
def normalised(weights: Array) -> bool:
    """Scale ``weights`` to a sum of 1; say whether there is enough of them."""
    total = 0.0
    for i in range(weights.shape[0]):
        total += weights[i]
    if total < 0.1:
        return False
    for i in range(weights.shape[0]):
        weights[i] /= total
    return True


@inlined
def most_rise(share: float) -> float:
    """Return by how many dB a third may rise against the music of which ``share`` 0..1 is music: without bound at 1."""
    return INAUDIBLE_DB + EVEN_DB * share / max(1.0 - share, 1e-6)


@inlined
def hold_noise(aims: Array, moved: Array, heard: Array, free: Array, pull: Array, range_db: float) -> None:
    """Lower ``aims`` to where no third that is not ``free`` rises once the loudness is made up for.

    What has ``moved`` above that all the same, as its neighbours were lifted, is pulled the farther below, look by
    look.
    """
    made_up = max(-loudness_change(moved, heard, free), 0.0)
    for i in range(aims.shape[0]):
        pull[i] = max(pull[i] + moved[i] - most_rise(free[i]) + made_up, 0.0)
    for _ in range(LEVEL_ROUNDS):
        made_up = max(-loudness_change(aims, heard, free), 0.0)
        for i in range(aims.shape[0]):
            aims[i] = max(min(aims[i], most_rise(free[i]) - made_up - pull[i]), -range_db)


@inlined
def loudness_change(moved: Array, heard: Array, free: Array) -> float:
    """Return by how many dB the loudness rises when thirds of which ``heard`` is the share are ``moved`` by so much.

    What is not ``free`` is not counted: held down for the loudness that it makes itself, it would never come to rest.
    """
    total = 0.0
    for i in range(moved.shape[0]):
        total += heard[i] * pow10(0.1 * free[i] * moved[i])
    return 10.0 * log10(total) if total > 0.0 else 0.0


@inlined
def within(moved: Array, range_db: float, steepest: float) -> float:
    """Return the factor 0..1 that brings ``moved`` within its range and its slopes; the outermost thirds do not count.

    There, below 25 Hz and above 16 kHz, is what the shelves do beyond what anyone asked of them.
    """
    over = 1.0
    for i in range(1, moved.shape[0] - 1):
        over = max(over, abs(moved[i]) / max(range_db, 1e-9))
        if i > 1:
            over = max(over, abs(moved[i] - moved[i - 1]) / steepest)
    return 1.0 / over


@inlined
def unopposed(gains: Array, most_db: float) -> float:
    """Return the factor 0..1 that leaves no neighbours of ``gains`` pulling against each other by over ``most_db``."""
    over = 1.0
    for b in range(1, gains.shape[0]):
        if gains[b] * gains[b - 1] < 0.0:
            over = max(over, min(abs(gains[b]), abs(gains[b - 1])) / most_db)
    return 1.0 / over


@inlined
def fit_gains(aims: Array, responses: Array, fit: Array, step_db: float, left: Array, gains: Array) -> None:
    """Write the ``gains`` ``(bands,)`` whose response is nearest to ``aims`` ``(thirds,)``; ``left`` is scratch."""
    fill(gains, 0.0)
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
    fill(out, 0.0)
    last = responses.shape[1] - 1
    for b in range(gains.shape[0]):
        at = min(max(gains[b] / step_db + 0.5 * last, 0.0), float(last))
        row = min(int(at), last - 1)
        share = at - row
        for i in range(out.shape[0]):
            out[i] += responses[b, row, i] + share * (responses[b, row + 1, i] - responses[b, row, i])
