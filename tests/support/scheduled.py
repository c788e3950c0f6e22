"""The promise of the contract that takes a chain as well: changes are scheduled there."""

from __future__ import annotations

from masterchain.graph.chains.chain import Chain
from masterchain.nodes.testing.contract import FRAMES, Make, hold, some_changes
from masterchain.nodes.testing.signals import first_difference, music, prepared, random_cut, same_bits, stream


def schedule(make: Make) -> None:
    """A change scheduled in a chain sounds exactly as if it had been set by hand at its frame."""
    x = music(2, FRAMES, salt=4)
    changes = some_changes(make(), FRAMES, 21)
    expected = stream(prepared(make()), x, [512], changes)
    chain = Chain([make()])
    for frame, values in changes.items():
        for name, value in values.items():
            chain.schedule(frame, f"0.{name}", value)
    got = stream(prepared(chain), x, random_cut(FRAMES, 512, 23))
    hold(same_bits(got, expected), first_difference(got, expected))
