"""Signals and ways to stream them, shared by the tests: those of ``nodes.testing``, which ships."""

from masterchain.nodes.testing.signals import (
    SEED,
    delayed,
    first_difference,
    music,
    noise,
    prepared,
    random_cut,
    rewound,
    rng,
    same_bits,
    stream,
)

__all__ = [
    "SEED",
    "delayed",
    "first_difference",
    "music",
    "noise",
    "prepared",
    "random_cut",
    "rewound",
    "rng",
    "same_bits",
    "stream",
]
