"""A chain of nodes, itself called the way a pedalboard plugin is."""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence
from typing import Any, ClassVar, Unpack, overload

from ...nodes.base import Node, Spec
from ...nodes.kernels import chain as kernels
from .container import Container, Member, Values, wrap
from .native_containers import members_of, takes_over


def unique_names(nodes: Iterable[Node]) -> list[str]:
    """Return the id of each node; of nodes with one id the second is ``gain_2``, the third ``gain_3``."""
    seen: dict[str, int] = {}
    names = []
    for node in nodes:
        seen[node.id] = seen.get(node.id, 0) + 1
        names.append(node.id if seen[node.id] == 1 else f"{node.id}_{seen[node.id]}")
    return names


def _first(node: Node | None, item: Any) -> Node:
    return wrap(item) if node is None else node  # not ``or``: an empty chain is false


@takes_over("Chain", "Pedalboard")
class Chain(Container, MutableSequence[Any]):
    """Run nodes in series, as ``pedalboard.Pedalboard`` does: a list of nodes, pedalboard plugins and ``None``.

    pedalboard's own containers become ours over what they hold: a ``Mix`` a ``Parallel``, a ``Pedalboard`` a chain;
    what is put into or taken out of one of them later is heard from the next whole signal on.

    ``chain[i]`` is what was put in.  ``chain(audio, sample_rate)`` processes a whole signal, ``reset=False`` the next
    part of a stream, and ``flush()`` returns the ``(channels, latency)`` frames that pedalboard would lose.  Latency is
    the sum of the nodes'.
    """

    id = "chain"
    kernels: ClassVar[Any] = kernels
    is_effect = True
    is_instrument = False

    def __init__(self, items: Iterable[Any] = (), **values: Unpack[Values]) -> None:
        super().__init__(**values)
        self._items: list[Any] = []
        self._native: list[list[Any] | None] = []
        self._nodes: list[Node | None] = []
        self[:] = list(items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._items[index]

    def __setitem__(self, index: int | slice, item: Any) -> None:
        given = list(item) if isinstance(index, slice) else item
        items = self._items.copy()
        items[index] = given
        self._hold(items)

    def __delitem__(self, index: int | slice) -> None:
        items = self._items.copy()
        del items[index]
        self._hold(items)

    def insert(self, index: int, value: Any) -> None:
        """Put ``value`` before ``index``; raise ``IndexError`` where pedalboard does, outside ``-len..len``."""
        if not -len(self) <= index <= len(self):
            raise IndexError(f"chain: index {index} is out of range: must be {-len(self)}..{len(self)}")
        items = self._items.copy()
        items.insert(index, value)
        self._hold(items)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {len(self)} node{'s' * (len(self) != 1)}: {self._items!r}>"

    def members(self) -> list[Member]:
        """Return the nodes inside, in the order of the signal; ``None`` entries count in the index only."""
        held = [(index, node) for index, node in enumerate(self._nodes) if node is not None]
        found, lead = [], 0
        for (index, node), name in zip(held, unique_names(node for _, node in held), strict=True):
            found.append(Member(index, name, node, lead))
            lead += node.latency
        return found

    def _look_into_native(self) -> None:
        now = [members_of(item) for item in self._items]
        if now != self._native:
            changed = [before != after for before, after in zip(self._native, now, strict=True)]
            self._nodes = [None if new else node for node, new in zip(self._nodes, changed, strict=True)]
            self._hold(self._items)

    def _hold(self, items: list[Any]) -> None:
        """Replace the items as a whole, so that a refused one changes nothing; kept ones keep their node."""
        known = {id(item): node for item, node in zip(self._items, self._nodes, strict=True)}
        nodes = [None if item is None else _first(known.get(id(item)), item) for item in items]
        before = self._items, self._nodes
        self._items, self._nodes = items, nodes
        try:
            self._refuse_doubles()
        except ValueError:
            self._items, self._nodes = before
            raise
        self._native = [members_of(item) for item in items]
        self._edited = True
        Node.revise()
        self._running = [node for node in nodes if node is not None]

    def _prepare(self, spec: Spec) -> int:
        for node in self._running:
            node.prepare(spec)
        latency = sum(node.latency for node in self._running)
        self._allocate(spec, latency)
        return latency
