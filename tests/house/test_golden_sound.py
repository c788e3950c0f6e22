"""Nothing that a user hears changes by accident: the golden sound, bit for bit.

A change of sound is a deliberate line in the changelog with new hashes, made by one command::

    python -m pytest tests -k golden --renew-golden
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden import SOUNDS, arithmetic, digest, sketch

KEPT = Path(__file__).with_name("golden_sound.json")


@pytest.mark.parametrize("kind", SOUNDS)
def test_the_golden_sound_is_what_it_was(kind: str, pytestconfig: pytest.Config) -> None:
    sounds = {name: {"sha256": digest(sound), "sketch": sketch(sound)} for name, sound in SOUNDS[kind]()}
    if pytestconfig.getoption("renew_golden"):
        keep(kind, sounds)
    golden = json.loads(KEPT.read_text())
    exact, expected = golden["arithmetic"] == arithmetic(), golden["sounds"][kind]
    assert sounds.keys() == expected.keys()
    changed = [name for name in sounds if not same(sounds[name], expected[name], exact)]
    assert not changed, f"the sound of {', '.join(changed)} changed ({'every bit' if exact else 'sketches'} compared)"


def same(sound: dict[str, Any], golden: dict[str, Any], exact: bool) -> bool:
    """Say whether a sound is what it was: to the bit on the same arithmetic, else within 1e-7 of full scale."""
    if exact:
        return bool(sound["sha256"] == golden["sha256"])
    return bool(np.allclose(sound["sketch"], golden["sketch"], rtol=0.0, atol=1e-7))


def keep(kind: str, sounds: dict[str, Any]) -> None:
    """Take the sounds of one kind for the golden ones."""
    golden: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    golden = {"arithmetic": arithmetic(), "sounds": golden.get("sounds", {}) | {kind: sounds}}
    KEPT.write_text(json.dumps(golden, indent=1) + "\n")


def test_every_change_is_seen() -> None:
    _, sound = next(SOUNDS["nodes"]())
    last_bit, level, late = sound.copy(), sound * 1.0001, np.roll(sound, 1, axis=1)
    last_bit[0, 100] = np.nextafter(last_bit[0, 100], 2.0)
    before = {"sha256": digest(sound), "sketch": sketch(sound)}
    for changed, exact in ((last_bit, True), (level, False), (late, False)):
        after = {"sha256": digest(changed), "sketch": sketch(changed)}
        assert not same(after, before, exact)
        assert same(before, before, exact)
