"""The song of the demo: 40 seconds for drums, bass, keys, strings, lead and noise, mixed badly on purpose.

It is dull (the verse more than the chorus), boomy around 130 Hz, nearly mono, and quiet.
"""

from __future__ import annotations

import numpy as np

from .instruments import RATE, Array, bass, crash, hat, hiss, keys, kick, lead, pad, riser, room, shaped, snare

Beats = tuple[float, ...]

BEAT = 60.0 / 96.0
BAR = 4.0 * BEAT
BARS = 16
SECONDS = BARS * BAR

INTRO, VERSE, CHORUS, OUTRO = range(0, 2), range(2, 8), range(8, 14), range(14, 16)

CHORDS = ("Am", "F", *("Am", "F", "C", "G", "Am", "G"), *("F", "G", "Am", "C", "F", "G"), "Am", "Am")
ROOTS = {"Am": 33, "F": 29, "C": 36, "G": 31}
VOICINGS = {"Am": (57, 60, 64, 67), "F": (57, 60, 65, 69), "C": (55, 60, 64, 67), "G": (55, 59, 62, 67)}

# Beat within the section, length in beats, pitch.
VERSE_LINE = (
    (6, 0.5, 72), (6.5, 0.5, 74), (7, 1, 76), (14, 0.5, 74), (14.5, 0.5, 72), (15, 1, 71), (21, 1, 72), (22, 2, 74),
)  # fmt: skip
CHORUS_LINE = (
    (0, 1.5, 81), (1.5, 0.5, 79), (2, 1, 77), (3, 1, 76), (4, 1.5, 79), (5.5, 0.5, 77), (6, 2, 74),
    (8, 1, 76), (9, 1, 77), (10, 1.5, 79), (11.5, 0.5, 81), (12, 3, 79), (15, 1, 76),
    (16, 1.5, 81), (17.5, 0.5, 83), (18, 1, 84), (19, 1, 81), (20, 1, 83), (21, 1, 79), (22, 2, 74),
)  # fmt: skip

BOOM = {20.0: 0.0, 45.0: 2.0, 90.0: 10.0, 160.0: 12.0, 280.0: 6.0, 600.0: 0.0}
DULL_VERSE = BOOM | {1500.0: -2.0, 3000.0: -6.5, 6000.0: -11.0, 12000.0: -14.0, 20000.0: -16.0}
DULL_CHORUS = BOOM | {1500.0: -1.0, 3000.0: -4.0, 6000.0: -7.5, 12000.0: -9.5, 20000.0: -11.0}
"""What is wrong with the tone, dB by Hz."""

NARROW = 0.22
"""Share of the side that is left."""

PEAK = 10.0 ** (-12.0 / 20.0)
"""Where the quiet mix peaks."""


class Desk:
    """Two buses, ``dry`` and ``send`` ``(2, frames)``, onto which notes are put at a beat."""

    def __init__(self) -> None:
        """Begin with silence, and with a player who is the same at every run."""
        self.dry, self.send = np.zeros((2, 2, round(SECONDS * RATE)))
        self._player = np.random.default_rng(96)

    def put(self, beat: float, audio: Array, level: float, pan: float = 0.0, send: float = 0.0) -> None:
        """Add mono ``audio`` at ``beat``, ``pan`` -1..1, as a person plays: a touch early or late, soft or loud."""
        at = max(0, round((beat * BEAT + self._player.normal(0.0, 0.003)) * RATE))
        level *= 1.0 + 0.12 * float(self._player.uniform(-1.0, 1.0))
        angle = (pan + 1.0) * np.pi / 4.0
        sides = level * np.array([[np.cos(angle)], [np.sin(angle)]]) * audio[: self.dry.shape[1] - at]
        self.dry[:, at : at + sides.shape[1]] += sides
        if send:
            self.send[:, at : at + sides.shape[1]] += send * sides


def good_mix() -> Array:
    """Return the song ``(2, frames)`` before it is spoilt."""
    desk = Desk()
    for bar in range(BARS):
        _drums(desk, bar)
        _bass(desk, bar)
        _keys(desk, bar)
    for bar in CHORUS:
        for note, pitch in enumerate(VOICINGS[CHORDS[bar]]):
            for cents, pan in ((-7.0, -0.9), (6.0, 0.9)):
                desk.put(4 * bar, pad(pitch, BAR + 0.3, cents + note), 0.07, pan, send=0.6)
    for section, line, level in ((VERSE, VERSE_LINE, 0.22), (CHORUS, CHORUS_LINE, 0.26)):
        for beat, beats, pitch in line:
            desk.put(4 * section.start + beat, lead(pitch, beats * BEAT), level, 0.08, send=0.45)
    desk.put(4 * CHORUS.start - 4, riser(BAR), 0.12, send=0.3)
    noise = 0.004 * np.stack([hiss(SECONDS, side) for side in range(2)])
    return desk.dry + 0.8 * room(desk.send, 1.7) + noise


def _drums(desk: Desk, bar: int) -> None:
    at = 4 * bar
    kicks: Beats
    snares: Beats
    if bar in CHORUS:
        kicks, snares, steps = (0, 0.75, 1.5, 2, 2.5, 3.75), (1, 3), 16
    elif bar in VERSE:
        kicks, snares, steps = (0, 1.75, 2.5), (1, 3), 8
    else:
        return
    if bar in (VERSE[-1], CHORUS[-1]):
        snares = (*snares, 3.25, 3.5, 3.75)
    for beat in kicks:
        desk.put(at + beat, kick(), 0.40)
    for beat in snares:
        desk.put(at + beat, snare(), 0.40, -0.05, send=0.25)
    for step in range(steps):
        beat = 4 * step / steps
        accent = 1.0 if step % 2 == 0 else 0.55
        opened = bar in CHORUS and step % 8 == 6
        desk.put(at + beat, hat(0.16 if opened else 0.03), 0.24 * accent, 0.45, send=0.05)
    if bar in (CHORUS.start, CHORUS.start + 4):
        desk.put(at, crash(), 0.3, -0.4, send=0.2)


def _bass(desk: Desk, bar: int) -> None:
    root, at = ROOTS[CHORDS[bar]], 4 * bar
    if bar in CHORUS:
        for step in range(8):
            pitch = root + (12 if step in (3, 6) else 0)
            desk.put(at + step / 2, bass(pitch, 0.46 * BEAT), 0.18)
    elif bar in VERSE:
        for beat, beats, up in ((0, 1.5, 0), (1.75, 0.5, 0), (2.5, 1, 7), (3.5, 0.5, 12)):
            desk.put(at + beat, bass(root + up, beats * BEAT), 0.18)
    elif bar == OUTRO.start:
        desk.put(at, bass(root, 2 * BAR), 0.26)


def _keys(desk: Desk, bar: int) -> None:
    notes, at = VOICINGS[CHORDS[bar]], 4 * bar
    strokes: tuple[tuple[float, float], ...]
    if bar in CHORUS:
        strokes = ((0, 1.4), (1.5, 1.0), (2.5, 1.4))
    elif bar in VERSE:
        strokes = ((0, 2.2), (2.5, 1.4))
    elif bar == BARS - 1:
        strokes = ((0, 4.0),)
    else:
        for step in range(8):
            pitch = notes[(0, 1, 2, 3, 2, 1, 2, 3)[step]] + (12 if step in (3, 7) else 0)
            desk.put(at + step / 2, keys(pitch, 1.6), 0.2, 0.6 * (-1) ** step, send=0.5)
        return
    for beat, beats in strokes:
        for i, pitch in enumerate(notes):
            desk.put(at + beat + 0.012 * i, keys(pitch, beats * BEAT), 0.16, -0.75 + 0.5 * i, send=0.4)


def demo_mix() -> Array:
    """Return the mix that needs mastering, ``(2, frames)`` at 44.1 kHz, the same at every call."""
    good = good_mix()
    t = np.arange(good.shape[1]) / RATE
    edges = [CHORUS.start * BAR, CHORUS.stop * BAR]
    open_up = np.interp(t, [edges[0] - 0.1, edges[0], edges[1], edges[1] + 0.3], [0.0, 1.0, 1.0, 0.0])
    dull = shaped(good, DULL_VERSE) * (1.0 - open_up) + shaped(good, DULL_CHORUS) * open_up
    middle, side = (dull[0] + dull[1]) / 2.0, NARROW * (dull[0] - dull[1]) / 2.0
    mix = np.stack([middle + side, middle - side])
    mix *= np.interp(t, [0.0, 0.01, SECONDS - 2.0, SECONDS], [0.0, 1.0, 1.0, 0.0])
    return np.asarray(mix * (PEAK / np.abs(mix).max()))
