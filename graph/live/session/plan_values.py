"""Plans at the engine: what a deck is set to for a plan, which plan is heard, and the plan of what a hand set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ....nodes import DynamicEQ, Gain, Limiter, LowCut, StereoImager
from ...chains.chain import Chain
from ...planning.plan import Plan
from ..engine.host import Engine
from .values import LiveValues, chain_values

SWITCHED_S, LOOK_S = 1.0, 0.005


def audition_chain(fixed: Mapping[str, float] = MappingProxyType({})) -> Chain:
    """Return a new chain with every node that a plan may ask for; those it does not ask for pass the sound as it is.

    ``fixed`` are stored values, by path, of what cannot be moved while it runs.
    """
    chain = Chain([LowCut(amount=0.0), DynamicEQ(), StereoImager(), Gain(), Limiter()])
    for path, node, declared in chain.paths():
        if path in fixed:
            node.values[node.slots[declared.name]] = fixed[path]
    return chain


PATHS = tuple(path for path, _, _ in audition_chain().paths())
"""The parameters of ``audition_chain``, in the order of their indices."""

FIXED = tuple(path for path, _, declared in audition_chain().paths() if not declared.live)
"""Those that cannot be moved while it runs."""

_NEUTRAL = chain_values(audition_chain())


def stored_values(plan: Plan) -> dict[str, float]:
    """Return the stored value of every parameter, by path, that makes ``audition_chain`` the chain of ``plan``."""
    stored = dict(_NEUTRAL)
    for node in (*plan.shaping_chain(), Gain(gain_db=plan.gain_db or 0.0), plan.limiter()):
        for name, place in type(node).slots.items():
            stored[f"{node.id}.{name}"] = float(node.values[place])
    return stored


def fixed_values(plan: Plan) -> dict[str, float]:
    """Return those of ``stored_values`` that cannot be moved while the chain runs: they change its latency."""
    stored = stored_values(plan)
    return {path: stored[path] for path in FIXED}


class HeardPlan:
    """The ``plan`` that is heard of an engine: on one of its two decks, its parameters the base of ``values``.

    ``level`` returns the factor at which a plan is heard.
    """

    plan: Plan

    def __init__(self, values: LiveValues, level: Callable[[Plan], float]) -> None:
        self._values, self._level = values, level
        self._slot = 0

    def begin(self, engine: Engine, plan: Plan) -> list[str]:
        """Have ``plan`` heard of ``engine``, which is new; return the paths whose values this moved."""
        moved = self._load(engine, plan, 0)
        self.plan = plan
        return moved

    def fits(self, plan: Plan) -> bool:
        """Say whether ``plan`` can come in while this one plays: a chain of another latency cannot."""
        return fixed_values(plan) == fixed_values(self.plan)

    def is_near(self, plan: Plan) -> bool:
        """Say whether what is heard becomes ``plan`` by its parameters alone."""
        return plan.settings.profile == self.plan.settings.profile and plan.width is None and self.plan.width is None

    def change(self, engine: Engine, plan: Plan) -> list[str]:
        """Bring ``plan`` to the ear: by parameters where it is near, else on the other deck; return what moved.

        What was moved by hand stays, but for what leads to the loudness.
        """
        if self.is_near(plan):
            self._values.give_back("gain.gain_db")
            moved = self._values.follow(stored_values(plan))
        else:
            moved = self._load(engine, plan, 1 - self._slot)
        self.plan = plan
        return moved

    def wait_for_deck(self, engine: Engine, closed: threading.Event) -> None:
        """Wait until the last plan is heard alone: its deck's neighbour is free then."""
        for _ in range(int(SWITCHED_S / LOOK_S)):
            status = engine.status()
            if engine.ended is not None or (not status.switching and status.active == self._slot):
                return
            closed.wait(LOOK_S)

    def _load(self, engine: Engine, plan: Plan, slot: int) -> list[str]:
        level = self._level(plan)
        moved = self._values.load(
            stored_values(plan), lambda values: engine.load(slot, values, plan.tone, plan.width, level)
        )
        self._slot = slot
        return moved


def by_hand(plan: Plan, stored: Mapping[str, float]) -> Plan:
    """Return ``plan`` with what the ``stored`` values say otherwise: as it is heard, its level not set anew then."""
    meant = stored_values(plan)
    chain = audition_chain()
    values: dict[str, dict[str, Any]] = {node: dict(own) for node, own in plan.values.items()}
    gain = plan.gain_db
    for path, node, declared in chain.paths():
        if node is chain or stored[path] == meant[path]:
            continue
        if path == "gain.gain_db":
            gain = stored[path]
        else:
            values.setdefault(node.id, _set(node.id, meant))[declared.name] = declared.plain(stored[path])
    moved = values != plan.values or gain != plan.gain_db
    return replace(plan, values=values, gain_db=gain, final=plan.final or moved)


def changed_by_hand(plan: Plan, stored: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Return what the ``stored`` values say otherwise than ``plan``, plain, by node id and name."""
    meant = stored_values(plan)
    changed: dict[str, dict[str, Any]] = {}
    chain = audition_chain()
    for path, node, declared in chain.paths():
        if node is not chain and stored[path] != meant[path]:
            changed.setdefault(node.id, {})[declared.name] = declared.plain(stored[path])
    return changed


def _set(node_id: str, meant: Mapping[str, float]) -> dict[str, Any]:
    """Return the values with which a node that a plan leaves out stands in ``audition_chain``."""
    chain = audition_chain()
    node = next(member.node for member in chain.members() if member.name == node_id)
    return {name: p.plain(meant[f"{node_id}.{name}"]) for name, p in node.params().items()}
