"""What every node made of nodes shares: paths to parameters, scheduled changes, and editing."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple, TypedDict, Unpack

from ...nodes.base import Block, Node, Spec
from ...nodes.hosted import Hosted, is_plugin
from ...nodes.params import Declared, ParamError


class Member(NamedTuple):
    """A node inside a container: its place, its unique name, and the frames that sound needs to get to it."""

    place: int
    name: str
    node: Node
    lead: int


class Values(TypedDict, total=False):
    """The parameters that every container has, as keywords of its constructor."""

    bypass: bool


class Event(NamedTuple):
    """A change of one parameter; ``due`` is ``frame`` plus the time that the sound needs to get to ``node``."""

    due: int
    order: int
    frame: int
    node: Node
    name: str
    value: Any


def wrap(item: Any) -> Node:
    """Return ``item`` if it is a node, or a pedalboard plugin as one; raise ``TypeError`` for anything else."""
    if isinstance(item, Node):
        return item
    if is_plugin(item):
        return Hosted(item)
    given = f"the class {item.__name__}: make an instance" if isinstance(item, type) else f"a {type(item).__name__}"
    raise TypeError(f"a chain holds nodes, pedalboard plugins and None, not {given}")


class Container(Node):
    """A node made of nodes.

    A parameter has a path: the names (or indices) of the nodes on the way and its own, ``gain_2.gain_db`` or
    ``1.gain_db``.  ``schedule`` changes one at an absolute frame of the stream; blocks are split there, so a node sees
    constants inside a block.  The frame counts the *sound*: behind a latent node a change waits until that frame has
    come through.  Events belong to one stream, the running one or else the next: ``reset`` forgets those of a stream
    that has begun.

    After an edit the next block prepares everything anew: the sound in flight is lost, clock and events stay.
    """

    def __init__(self, **values: Unpack[Values]) -> None:
        super().__init__(**values)
        self._edited = False
        self._clock = 0
        self._events: list[Event] = []
        self._orders = count()
        self._nested: list[Container] = []

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied: the nodes inside, and the changes that are scheduled for a stream to come."""
        state = super().__getstate__() | {"_clock": 0, "_nested": [], "_events": [] if self._clock else self._events}
        del state["_orders"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._orders = count(1 + max((event.order for event in self._events), default=-1))

    @property
    def frame(self) -> int:
        """Frames that have gone in since the last reset."""
        return self._clock

    @property
    def edited(self) -> bool:
        """Say whether a node was put in or taken out, here or further inside, since the last ``prepare``."""
        return self._edited or any(inner.edited for inner in self._nested)

    def members(self) -> list[Member]:
        """Return the nodes inside, in the order of the signal."""
        raise NotImplementedError

    def find(self, path: str) -> tuple[Node, str]:
        """Return the node and the name of the parameter at ``path``, or raise ``ParamError`` naming what is there."""
        head, dot, rest = path.partition(".")
        if not dot:
            if head in self.params():
                return self, head
            raise ParamError(f"{self.id} has no parameter {head!r}; it has {', '.join(self._steps())}")
        for member in self.members():
            if head in (member.name, str(member.place)):
                return _inside(member.node, rest)
        raise ParamError(f"{self.id} has no node {head!r}; it has {', '.join(self._steps())}")

    def paths(self) -> Iterator[tuple[str, Node, Declared[Any]]]:
        """Yield path, node and declaration of every parameter inside, in the order of the signal; its own first."""
        for name, declared in self.params().items():
            yield name, self, declared
        for member in self.members():
            if isinstance(member.node, Container):
                for path, node, declared in member.node.paths():
                    yield f"{member.name}.{path}", node, declared
            else:
                for name, declared in member.node.params().items():
                    yield f"{member.name}.{name}", member.node, declared

    def schedule(self, frame: int, path: str, value: Any) -> None:
        """Set the parameter at ``path`` to ``value`` from ``frame`` of the stream on; late ones at the next block.

        Of several changes of one parameter at one frame the last scheduled wins.  Raises ``ParamError`` for an
        unknown path or a value out of range, ``ValueError`` for a negative frame.
        """
        if frame < 0:
            raise ValueError(f"frame = {frame}: must be 0 or later")
        node, name = self.find(path)
        declared = node.params().get(name)
        if declared is not None:
            declared.check(value)
        due = int(frame) + self._leads().get(id(node), 0)
        insort(self._events, Event(due, next(self._orders), int(frame), node, name, value))

    def prepare(self, spec: Spec) -> None:
        """Prepare every node inside, then this one."""
        self._refuse_doubles()
        self._edited = False
        self._nested = [m.node for m in self.members() if isinstance(m.node, Container)]
        super().prepare(spec)
        self._time_events()

    def reset(self) -> None:
        """Forget all audio and, of a stream that has begun, its scheduled changes; the clock starts at 0."""
        if self._clock > 0:
            self._events.clear()
        self._clock = 0
        super().reset()

    def locate(self, frame: int) -> None:
        """Tell every node inside that the next frame that goes in is ``frame`` of the track."""
        for member in self.members():
            member.node.locate(frame)

    def process_block(self, block: Block) -> None:
        """Process ``block`` ``(channels, 0..max_block)`` in place, split where changes are due."""
        if self.edited:
            self._prepare_again()
        self._check(block)
        start, frames = 0, block.shape[1]
        while start < frames:
            self._apply_due()
            stop = min(frames, start + self._events[0].due - self._clock) if self._events else frames
            super().process_block(block[:, start:stop])
            self._clock += stop - start
            start = stop

    def _reset(self) -> None:
        for member in self.members():
            member.node.reset()

    def _prepare_again(self) -> None:
        clock, events = self._clock, self._events[:]
        self.prepare(self._prepared())
        self._clock, self._events = clock, events
        self._time_events()

    def _time_events(self) -> None:
        """Find out anew when each event is due, latencies being what they are now."""
        leads = self._leads()
        self._events = sorted(e._replace(due=e.frame + leads.get(id(e.node), 0)) for e in self._events)

    def _apply_due(self) -> None:
        while self._events and self._events[0].due <= self._clock:
            event = self._events.pop(0)
            setattr(event.node, event.name, event.value)

    def _leads(self) -> dict[int, int]:
        """Return the frames that sound needs to get to each node inside, by the ``id`` of the node."""
        leads: dict[int, int] = {}
        for member in self.members():
            leads[id(member.node)] = member.lead
            if isinstance(member.node, Container):
                leads |= {node: member.lead + lead for node, lead in member.node._leads().items()}
        return leads

    def _inner(self) -> Iterator[Node]:
        for member in self.members():
            yield member.node
            if isinstance(member.node, Container) and member.node is not self:
                yield from member.node._inner()

    def _refuse_doubles(self) -> None:
        """Raise ``ValueError`` when a node or a plugin would run twice: its state would be fed two signals."""
        seen = {id(self)}
        for node in self._inner():
            keys = {id(node)} | ({id(plugin) for plugin in node.plugins} if isinstance(node, Hosted) else set())
            if keys & seen:
                raise ValueError(f"{self.id}: the same {node.id} {node!r} is in it twice: make a second instance")
            seen |= keys

    def _steps(self) -> list[str]:
        return [*self.params(), *(member.name for member in self.members())]


def _inside(node: Node, path: str) -> tuple[Node, str]:
    if isinstance(node, Container):
        return node.find(path)
    if path in node.params() or (isinstance(node, Hosted) and node.has(path)):
        return node, path
    raise ParamError(f"{node.id} has no parameter {path!r}; it has {', '.join(node.params())}")
