"""pedalboard's own containers, taken apart: what runs inside them is run by ours.

A ``pedalboard.Mix`` that is streamed loses the delay of its dry branches, and a container hides the latency of what it
holds; over the members themselves, in our ``Chain`` and ``Parallel``, both are right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ...nodes.base import Node
from ...nodes.hosted import is_plugin
from ...nodes.hosting.plugin_copies import make_copyable

N = TypeVar("N", bound=Node)

_makers: dict[str, Callable[[list[Any]], Node]] = {}


def takes_over(*kinds: str) -> Callable[[type[N]], type[N]]:
    """Have the decorated class, made of a list of plugins, stand for pedalboard's containers called ``kinds``."""

    def register(cls: type[N]) -> type[N]:
        for kind in kinds:
            _makers[kind] = cls
        return cls

    return register


def members_of(item: Any) -> list[Any] | None:
    """Return what is in ``item`` if it is a container of pedalboard, else None."""
    if not is_plugin(item):
        return None
    import pedalboard  # it is there: ``item`` is of it

    return list(item) if isinstance(item, pedalboard.PluginContainer) else None


def taken_apart(item: Any) -> Node | None:
    """Return our node over the members of a container of pedalboard; None for anything else."""
    members = members_of(item)
    if members is None or (not members and _kind(item) == "Mix"):
        return None  # the sum of no branches is silence in pedalboard; our Parallel without any passes the sound
    make_copyable()
    return _makers[_kind(item)](members)


def _kind(item: Any) -> str:
    """Return which of the known containers ``item`` is: a subclass of a user's is what it derives from."""
    return next(cls.__name__ for cls in type(item).__mro__ if cls.__name__ in _makers)
