"""What every node made of nodes shares: paths to parameters, scheduled changes, and editing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from ...nodes.base import Block, Node, Spec
from ...nodes.flat import FlatNode
from ...nodes.hosted import Hosted, is_plugin
from ...nodes.hosting.locks import locked
from ...nodes.params import Declared, ParamError
from .native_containers import taken_apart
from .schedule import Schedule
from .steps import Steps, failures, raise_failure


class Member(NamedTuple):
    """A node inside a container: its place, its unique name, and the frames that sound needs to get to it."""

    place: int
    name: str
    node: Node
    lead: int


class Values(TypedDict, total=False):
    """The parameters that every container has, as keywords of its constructor."""

    bypass: bool


def wrap(item: Any) -> Node:
    """Return ``item`` if it is a node, or a pedalboard plugin as one; raise ``TypeError`` for anything else."""
    if isinstance(item, Node):
        return item
    if is_plugin(item):
        node = taken_apart(item)
        return Hosted(item) if node is None else node  # an empty chain is false
    given = f"the class {item.__name__}: make an instance" if isinstance(item, type) else f"a {type(item).__name__}"
    raise TypeError(f"a chain holds nodes, pedalboard plugins and None, not {given}")


class Container(FlatNode):
    """A node made of nodes.

    A parameter has a path: the names (or indices) of the nodes on the way and its own, ``gain_2.gain_db`` or
    ``1.gain_db``.  ``schedule`` changes one at an absolute frame of the stream; blocks are split there, so a node sees
    constants inside a block.  The frame counts the *sound*: behind a latent node a change waits until that frame has
    come through.  Events belong to one stream, the running one or else the next: ``reset`` forgets those of a stream
    that has begun.

    After an edit the next block prepares everything anew: the sound in flight is lost, clock and events stay.

    Threads may call ``process`` as they like.  All else, ``schedule`` too, belongs to one thread at a time.
    """

    def __init__(self, **values: Unpack[Values]) -> None:
        super().__init__(**values)
        self._edited = False
        self._schedule = Schedule()
        self._inside: list[Node] = []
        self._seen = -1

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied: the nodes inside, and the changes that are scheduled for a stream to come."""
        schedule = Schedule() if self.frame > 0 else self._schedule.copy()
        return super().__getstate__() | {"_schedule": schedule, "_inside": [], "_seen": -1}

    @property
    def frame(self) -> int:
        """Frames that have gone in since the last reset."""
        return 0 if self.spec is None else int(self._memory.parts.clock[0])

    @property
    def edited(self) -> bool:
        """Say whether a node was put in or taken out, here or further inside, since the last ``prepare``."""
        return self._edited or any(node.edited for node in self._inside if isinstance(node, Container))

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
        self._schedule.add(int(frame) + self._leads().get(id(node), 0), int(frame), node, name, value)
        if self.spec is not None:
            self._attach_schedule()

    def prepare(self, spec: Spec) -> None:
        """Prepare every node inside, then this one."""
        with locked(self._exclusive()):
            self._refuse_doubles()
            if self.frame > 0:
                self._schedule.clear()
            self._edited = False
            self._inside = [member.node for member in self.members()]
            super().prepare(spec)
            self._link()

    def reset(self) -> None:
        """Forget all audio and, of a stream that has begun, its scheduled changes; the clock starts at 0."""
        if self.frame > 0:
            self._schedule.clear()
        super().reset()

    def locate(self, frame: int) -> None:
        """Tell every node inside that the next frame that goes in is ``frame`` of the track."""
        for member in self.members():
            member.node.locate(frame)

    def process(
        self, audio: NDArray[Any], sample_rate: float, buffer_size: int = 8192, reset: bool = True
    ) -> NDArray[np.float32]:
        """Process a whole signal, or with ``reset=False`` the next part of a stream; see ``Node.process``."""
        if reset:
            self._look_into_native()
            for node in list(self._inner()):
                if isinstance(node, Container):
                    node._look_into_native()
        return super().process(audio, sample_rate, buffer_size, reset)

    __call__ = process

    def process_block(self, block: Block) -> None:
        """Process ``block`` ``(channels, 0..max_block)`` in place, split where changes are due: all in the kernel."""
        if self._seen != Node.revision and self.spec is not None:
            with locked(self._exclusive()):
                self._take_in()
        FlatNode.process_block(self, block)  # as super() does, without an object a block
        if failures:
            raise_failure()

    def _exclusive(self) -> list[Any]:
        return [self, *(held for member in self.members() for held in member.node._exclusive())]

    def _look_into_native(self) -> None:
        """Take in what was put into, or taken out of, pedalboard's containers since they were put in here."""

    def _allocate(self, spec: Spec, latency: int = 0, **sizes: int) -> Any:
        room = spec.channels * spec.max_block
        parts = super()._allocate(spec, latency, members=len(self.members()), room=room, **sizes)
        self._attach_schedule()
        return parts

    def _reset(self) -> None:
        for member in self.members():
            member.node.reset()

    def _take_in(self) -> None:
        """Something was prepared or edited since the last block: perhaps a node inside."""
        if self._stale():
            spec, clock = self._prepared(), self.frame
            self._memory.parts.clock[0] = 0  # the events belong to this stream, which goes on
            try:
                self.prepare(spec)
            except BaseException:
                self.spec, self._edited, self._seen = spec, True, -1  # the next block tries again
                raise
            finally:
                self._memory.parts.clock[0] = clock
        else:
            self._link()

    def _stale(self) -> bool:
        """Say whether a node inside, edited or prepared elsewhere, is no longer prepared for this container."""
        nodes, spec = [member.node for member in self.members()], self._spec_inside()
        return (
            self.edited
            or nodes != self._inside
            or any(node.spec != spec or (isinstance(node, Container) and node._stale()) for node in nodes)
        )

    def _spec_inside(self) -> Spec:
        """Return what the nodes inside are prepared for."""
        return self._prepared()

    def _link(self) -> None:
        """Tell the kernel where the nodes inside lie."""
        self._seen, memory = Node.revision, self._memory
        for inner in self._inside:
            if isinstance(inner, Container):
                inner._link()
        steps = Steps(self._inside, self._spec_inside())
        for k, row in enumerate(steps.rows):
            memory.parts.steps[k] = row
        self._use(memory, steps)

    def _surround(self, spec: Spec) -> None:
        self._time_events()
        self._link()
        self._joined = np.zeros(spec.channels * spec.max_block)

    def _attach_schedule(self) -> None:
        self._memory.attach("events", self._schedule.rows)
        self._memory.attach("waiting", self._schedule.waiting)

    def _time_events(self) -> None:
        """Find out anew when each event is due, latencies being what they are now."""
        leads = self._leads()
        self._schedule.retime(lambda event: event.frame + leads.get(id(event.node), 0))

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
