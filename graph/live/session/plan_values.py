"""From a plan to what a deck is set to, and from what was set by hand back to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ....nodes import DynamicEQ, Gain, Limiter, LowCut, StereoImager
from ...chains.chain import Chain
from ...planning.plan import Plan


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

MOVABLE = tuple(path for path in PATHS if "." in path)
"""Those of its nodes, which stand on a console."""

FIXED = tuple(path for path, _, declared in audition_chain().paths() if not declared.live)
"""Those that cannot be moved while it runs."""

_NEUTRAL = {path: float(node.values[node.slots[declared.name]]) for path, node, declared in audition_chain().paths()}


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
