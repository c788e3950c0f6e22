"""``check_node``: everything that the graph may assume about a node, checked for one of your own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..base import Node
from ..errors import MasterchainError

Make = Callable[[], Node]


class BrokenPromises(MasterchainError, AssertionError):
    """Promises that a node does not keep: ``broken`` has what was found by the name of the check."""

    def __init__(self, head: str, broken: Mapping[str, str]) -> None:
        self.broken = dict(broken)
        super().__init__("\n".join([head, *(f"  {name}: {what}" for name, what in broken.items())]))


def check_node(
    node: Callable[[], Node] | Node,
    *,
    neutral: Mapping[str, Any] | None = None,
    exempt: Mapping[str, str] | None = None,
) -> None:
    """Raise ``BrokenPromises`` unless ``node`` keeps the contract that the graph relies on.

    ``node`` is a class, a function that returns a new node, or a node, of which copies are checked.  ``neutral`` are
    the settings at which it passes its input bit for bit, delayed by its latency; None where it has none.  ``exempt``
    names the checks that it cannot pass, each with the reason; one that passes all the same is told too, so that the
    list stays true.  The checks are those that the nodes of this package are held to (``testing.promises``); their
    random parts follow the environment's ``MASTERCHAIN_SEED``.  Takes some seconds.  Raises ``ValueError`` for an
    unknown check.
    """
    from .contract import transparent  # who imports the nodes should not wait for what checks them
    from .promises import PROMISES
    from .signals import SEED

    make = (lambda: copy.deepcopy(node)) if isinstance(node, Node) else node
    exempt = exempt or {}
    checks = dict(PROMISES)
    if neutral is not None:
        checks["transparent"] = lambda make: transparent(lambda: _with(make(), neutral))
    for name in exempt:
        if name not in checks:
            raise ValueError(f"exempt = {name!r}: there is no such check; there are {', '.join(checks)}")
    broken: dict[str, str] = {}
    for name, check in checks.items():
        what = _broken_by(check, make)
        if what and name not in exempt:
            promise = " ".join((PROMISES.get(name, transparent).__doc__ or "").split())
            broken[name] = f"{promise}\n    {what.removesuffix(f' [MASTERCHAIN_SEED={SEED}]')}"
        elif name in exempt and not what:
            broken[name] = f"it is kept, though it is exempt ({exempt[name]}): leave that out"
    if broken:
        count = f"{len(broken)} of {len(checks)} promises"
        raise BrokenPromises(f"{_named(node)} breaks {count}; MASTERCHAIN_SEED={SEED} repeats this run:", broken)


def _broken_by(check: Callable[[Make], None], make: Make) -> str:
    """Return what ``check`` has against the nodes that ``make`` makes, empty if nothing."""
    try:
        check(make)
    except AssertionError as error:
        return str(error)
    except Exception as error:
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        where = f" ({last.tb_frame.f_code.co_filename}:{last.tb_lineno})" if last else ""
        return f"{type(error).__name__}: {error}{where}"
    return ""


def _with(node: Node, settings: Mapping[str, Any]) -> Node:
    node.set(**settings)
    return node


def _named(node: Make | Node) -> str:
    return type(node).__name__ if isinstance(node, Node) else str(getattr(node, "__name__", node))
