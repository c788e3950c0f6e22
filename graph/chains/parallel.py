"""Branches side by side, aligned: sums, dry and wet, and what a chain changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Unpack

from ...nodes.base import Spec
from ...nodes.kernels import branch as branch_kernels
from ...nodes.kernels import delta as delta_kernels
from ...nodes.kernels import dry_wet as dry_wet_kernels
from ...nodes.kernels import parallel as parallel_kernels
from ...nodes.kernels.smooth import glide_coefficient
from ...nodes.params import Param
from .chain import Chain
from .container import Container, Member, Values
from .native_containers import takes_over


def as_chain(item: Any) -> Chain:
    """Return ``item`` if it is a plain chain, else a chain of it: a node, a plugin, a list of such, or ``None``."""
    if type(item) is Chain:
        return item
    return Chain(item if isinstance(item, (list, tuple)) else [] if item is None else [item])


class Branch(Chain):
    """A chain with a gain at its end: one branch of a ``Parallel``.  At 0 dB the gain is exactly none."""

    id = "branch"
    kernels: ClassVar[Any] = branch_kernels

    gain_db: Param = Param(0.0, -80.0, 80.0, unit="dB", taper="dB", smooth_ms=20.0, doc="Gain behind the branch.")

    def __init__(self, items: Iterable[Any] = (), *, gain_db: float = 0.0, **values: Unpack[Values]) -> None:
        super().__init__(items, **values)
        self.gain_db = gain_db

    def _prepare(self, spec: Spec) -> int:
        latency = super()._prepare(spec)
        self._memory.parts.coefficient[...] = glide_coefficient(Branch.gain_db.smooth_ms, spec.sample_rate)
        return latency


@takes_over("Mix")
class Parallel(Container):
    """Add up branches, the shorter ones delayed so that all line up: ``y = sum(gain_k * branch_k(x))``.

    A branch is a node, a plugin, a list of them or a chain; an empty one (``[]``, ``None``) is the dry signal.
    ``branches[k].gain_db`` is the gain of one, its path ``k.gain_db``.  No branch at all gives the dry signal too.
    Latency is the longest branch's.
    """

    id = "parallel"
    kernels: ClassVar[Any] = parallel_kernels

    def __init__(
        self, branches: Iterable[Any] = (), gains_db: Sequence[float] | None = None, **values: Unpack[Values]
    ) -> None:
        self.branches: tuple[Branch, ...] = tuple(_as_branch(branch) for branch in branches)
        super().__init__(**values)
        if gains_db is not None:
            if len(gains_db) != len(self.branches):
                raise ValueError(f"parallel: {len(gains_db)} gains_db for {len(self.branches)} branches")
            for branch, gain_db in zip(self.branches, gains_db, strict=True):
                branch.gain_db = gain_db
        self._refuse_doubles()

    def __len__(self) -> int:
        return len(self.branches)

    def __getitem__(self, index: int) -> Branch:
        return self.branches[index]

    def __iter__(self) -> Iterator[Branch]:
        return iter(self.branches)

    def __repr__(self) -> str:
        return f"<Parallel with {len(self)} branch{'es' * (len(self) != 1)}: {list(self.branches)!r}>"

    def members(self) -> list[Member]:
        """Return the branches, named by their index."""
        return [Member(k, str(k), branch, 0) for k, branch in enumerate(self.branches)]

    def _prepare(self, spec: Spec) -> int:
        for branch in self.branches:
            branch.prepare(spec)
        longest = max((branch.latency for branch in self.branches), default=0)
        m = self._allocate(spec, longest)
        m.delays[:] = [longest - branch.latency for branch in self.branches]
        return longest


class Wrapped(Container):
    """A node around one chain, its dry input beside it, delayed by the chain's latency."""

    def __init__(self, chain: Any = None, **values: Unpack[Values]) -> None:
        self.chain = as_chain(chain)
        super().__init__(**values)
        self._refuse_doubles()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.chain!r})"

    def members(self) -> list[Member]:
        """Return the one chain, named ``chain``."""
        return [Member(0, "chain", self.chain, 0)]

    def _prepare(self, spec: Spec) -> int:
        self.chain.prepare(spec)
        self._allocate(spec, self.chain.latency)
        return self.chain.latency


class DryWet(Wrapped):
    """Mix a chain with its input: ``y = dry + mix * (wet - dry)``; bit for bit the dry at 0 and the wet at 1.

    Latency is the chain's, at any mix.
    """

    id = "dry_wet"
    kernels: ClassVar[Any] = dry_wet_kernels

    mix: Param = Param(1.0, 0.0, 1.0, smooth_ms=20.0, doc="Share of the processed sound.")

    def __init__(self, chain: Any = None, *, mix: float = 1.0, **values: Unpack[Values]) -> None:
        super().__init__(chain, **values)
        self.mix = mix

    def _prepare(self, spec: Spec) -> int:
        latency = super()._prepare(spec)
        self._memory.parts.coefficient[...] = glide_coefficient(DryWet.mix.smooth_ms, spec.sample_rate)
        return latency


class Delta(Wrapped):
    """What a chain changes: its output minus its input, aligned.  An empty chain gives silence.

    Latency is the chain's.
    """

    id = "delta"
    kernels: ClassVar[Any] = delta_kernels

    def __init__(self, chain: Any = None, **values: Unpack[Values]) -> None:
        super().__init__(chain, **values)


def dry_wet(chain: Any, mix: float) -> DryWet:
    """Return ``chain`` (a node, a plugin, a list of them or a chain) mixed with its input: 0 is dry, 1 is wet."""
    return DryWet(chain, mix=mix)


def delta(chain: Any) -> Delta:
    """Return a node that gives what ``chain`` (a node, a plugin, a list of them or a chain) changed."""
    return Delta(chain)


def _as_branch(item: Any) -> Branch:
    if isinstance(item, Branch):
        return item
    return Branch(item if isinstance(item, (list, tuple)) else [] if item is None else [item])
