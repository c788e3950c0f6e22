"""Nothing that a user hears changes by accident: the golden sound, bit for bit.

A change of sound is a deliberate line in the changelog with new hashes, made by one command::

    python -m pytest tests -k golden --renew-golden
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from golden import SOUNDS, arithmetic, hashes

KEPT = Path(__file__).with_name("golden_sound.json")


@pytest.mark.parametrize("kind", SOUNDS)
def test_the_golden_sound_is_what_it_was(kind: str, pytestconfig: pytest.Config) -> None:
    made = {name: list(hashes(sound)) for name, sound in SOUNDS[kind]()}
    if pytestconfig.getoption("renew_golden"):
        _keep(kind, made)
    kept = json.loads(KEPT.read_text())
    # Where a system's functions differ in their last bits, only what is heard can be the same.
    column = 0 if kept["arithmetic"] == arithmetic() else 1
    wanted = kept["sounds"][kind]
    assert made.keys() == wanted.keys()
    changed = [name for name in made if made[name][column] != wanted[name][column]]
    assert not changed, f"the sound of {', '.join(changed)} changed ({('every bit', 'what is heard')[column]} compared)"


def _keep(kind: str, made: dict[str, Any]) -> None:
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept = {"arithmetic": arithmetic(), "sounds": kept.get("sounds", {}) | {kind: made}}
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


def test_a_change_of_the_last_bit_is_seen() -> None:
    name, sound = next(SOUNDS["nodes"]())
    other = sound.copy()
    other[0, 100] = other[0, 100] * (1.0 + 2.0**-52)
    assert other[0, 100] != sound[0, 100], name
    assert hashes(other)[0] != hashes(sound)[0]
    assert hashes(other)[1] == hashes(sound)[1]
