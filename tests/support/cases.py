"""What the contract suite holds to the contract: every registered node, and graphs made of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import masterchain.nodes
import pedalboard
from masterchain.graph.chains.chain import Chain
from masterchain.graph.chains.mid_side import MidSide
from masterchain.graph.chains.parallel import Delta, DryWet, Parallel
from masterchain.graph.chains.profile_chain import profile_chain
from masterchain.nodes.base import Node
from masterchain.nodes.gain import Gain
from masterchain.nodes.hosted import Hosted
from masterchain.presets import names

Make = Callable[[], Node]


@dataclass(frozen=True)
class Case:
    """One thing under test.

    ``neutral`` makes it at settings that promise the input bit for bit, ``None`` says that only bypass does.
    ``exempt`` maps checks that it cannot pass to the reason.  ``left_out`` are those that another case stands for.
    """

    name: str
    make: Make
    neutral: Make | None
    exempt: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()


def import_all() -> None:
    """Import every module among the nodes, so that a node is found by existing; the graph's come from above."""
    for module in pkgutil.iter_modules(masterchain.nodes.__path__):
        importlib.import_module(f"masterchain.nodes.{module.name}")


HOSTED = "pedalboard copies every block"

# Neutral settings by node id; None where only bypass is neutral.  A node without a line here fails loudly.
NEUTRAL: dict[str, dict[str, Any] | None] = {
    "analyzer": {},
    "branch": {},
    "chain": {},
    "delta": None,
    "dither": None,
    "dry_wet": {"mix": 0.0},
    "dynamic_eq": {"intensity": 0.0},
    "gain": {},
    "hosted": {},
    "limiter": {},  # The signal of the check stays 14 dB below the ceiling.
    "low_cut": {"amount": 0.0},
    "mid_side": {},
    "parallel": {},
    "stereo_imager": {},  # Widths 1, amount 0.
}

# What a node need not pass, and why.
EXEMPT: dict[str, dict[str, str]] = {
    "analyzer": {"arrays": "its spectrum is an FFT outside the kernel (design, 6)"},
    "dry_wet": {"arrays": HOSTED},
}

# Instead of the bare class, where that alone shows too little.
MADE: dict[str, Make] = {
    "delta": lambda: Delta(Gain(gain_db=12.0)),
    "dry_wet": lambda: DryWet([Gain(gain_db=12.0), late()], mix=0.5),
}


def late() -> Hosted:
    """A hosted plugin with a latency and, up to its ceiling, no sound of its own."""
    return Hosted(pedalboard.BrickwallLimiter(ceiling_db=-1.0))


GRAPHS = [
    Case("chain_of_ours_and_theirs", lambda: Chain([Gain(gain_db=-3.0), late(), None, Gain(gain_db=3.0)]), None,
         {"arrays": HOSTED}),
    Case("chain_in_chain", lambda: Chain([Gain(), Chain([Gain(), Chain()])]), lambda: Chain([Gain(), Chain([Gain()])])),
    Case("parallel_of_three", lambda: Parallel([[], late(), [late(), Gain(gain_db=3.0), late()]], [-6.0, -6.0, -12.0]),
         None, {"arrays": HOSTED}),
    Case("mid_and_side", lambda: MidSide(mid=late(), side=Gain(gain_db=3.0)),
         lambda: MidSide(mid=[Gain(), Chain()], side=Parallel([Gain()])), {"arrays": HOSTED}),
    Case("hosted_equaliser", lambda: Hosted(pedalboard.PeakFilter(1000.0, 6.0)), None,
         {"arrays": HOSTED, "dying_away": "JUCE's filters cut small states where a block ends"}),
    Case("hosted_limiter", late, None, {"arrays": HOSTED}),
    Case("hosted_in_whole_blocks", lambda: Hosted(pedalboard.Resample(16000.0), whole_blocks=True), None,
         {"arrays": HOSTED}),
]  # fmt: skip


def profile_cases() -> list[Case]:
    """Every profile's chain, driven into its limiter."""
    return [
        Case(
            f"profile_{letter}",
            partial(profile_chain, letter, gain_db=6.0, stereo_image=True),
            partial(profile_chain, letter, intensity=0.0),
            # Profiles differ in settings only: how their nodes take rates and layouts the first shows for all.
            left_out=frozenset({"layouts", "rates"} if k else ()),
        )
        for k, letter in enumerate(names())
    ]


def registered() -> list[Case]:
    """A case for every node class of the project."""
    import_all()
    cases = []
    for name, cls in sorted(Node.registry.items()):
        if not cls.__module__.startswith("masterchain."):
            continue
        make = MADE.get(name, cls)
        settings = NEUTRAL.get(name)
        neutral = None if settings is None else lambda cls=cls, settings=settings: cls(**settings)
        cases.append(Case(name, make, neutral, EXEMPT.get(name, {})))
    return cases
