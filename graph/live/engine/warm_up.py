"""The rehearsal: every kernel that playing may call is called once, so that none is loaded in the middle of a sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from . import rings as ring
from . import segment as m
from .player import Player
from .shared_memory import Shared

FRAMES = (256, 128, 37, 1)


def rehearse(make: Callable[[Shared], Player], size: m.Size) -> None:
    """Play a scene with a player of ``make``: tape, marks, fades, both decks, bypasses, blocks cut in the middle."""
    size = replace(size, tape_frames=65536, tap_frames=65536)
    shared = size.create()
    try:
        player = make(shared)
        draw = np.random.default_rng(1)
        block = 0.5 * draw.standard_normal((size.channels, 16384))
        ring.put_frames(shared["tape"], shared["tape_ends"], block)
        ring.put_record(shared["marks"], shared["mark_ends"], 0.0, 5000.0, 0.0, 0.0)
        shared["slot_values"][:] = [value for _, value in player.parameters]
        for frame, kind, index, value in _scene(size.parameters, player):
            ring.put_record(shared["commands"], shared["command_ends"], kind, frame, index, value)
        for round in range(120):
            part = 0.5 * draw.standard_normal((size.channels, FRAMES[round % len(FRAMES)] * (8 if round < 8 else 1)))
            player.process(part)
            ring.put_frames(shared["tap"], shared["tap_ends"], part)
            player.read(np.zeros(m.BANDS))
        player.process(np.zeros((size.channels, 0)))
        del player
    finally:
        shared.unlink()


def _scene(parameters: int, player: Player) -> list[tuple[float, float, float, float]]:
    values = [value for _, value in player.parameters]
    switches = [i for i, (path, _) in enumerate(player.parameters) if path.endswith("bypass")]
    scene = [(ring.NOW, m.PLAY, 0.0, 1.0), (100.0, m.LISTEN, m.DRY, 0.5), (300.0, m.LISTEN, m.LEVEL, 0.5)]
    scene += [(400.0, m.SET, i, 1.0) for i in switches] + [(900.0, m.SET, i, 0.0) for i in switches]
    scene += [(1500.0 + i, m.SET, i, values[i]) for i in range(parameters)]
    if player.tape is not None:
        scene += [(1600.0, m.LOAD_DECK, 0.0, 1.0), (3000.0, m.LOAD_DECK, 0.0, 0.0), (3333.0, m.SKIP, 0.0, 5000.0)]
        scene += [(6000.0, m.PLAY, 0.0, 0.0)]
    return scene
