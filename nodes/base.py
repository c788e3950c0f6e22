"""The node contract.  Everything that the graph may assume about a node is in this file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .hosting.array_layout import ArrayLayout
from .hosting.locks import locked
from .kernels.blocks import clean, crossfade, remember, shift
from .params import ConstructorSignature, Declared, Declaring, ParamError, Switch

Block = NDArray[np.float64]
"""Audio, shaped ``(channels, frames)``, C-contiguous float64, nominal range +-1."""

MAX_CHANNELS = 8
_revisions = count(1)
FADE_MS = 20.0


@dataclass(frozen=True, slots=True)
class Spec:
    """What a node is told before it runs: fixed until the next ``prepare``.

    ``sample_rate`` in Hz, ``channels`` 1..8, ``max_block`` the most frames of one block.
    """

    sample_rate: float
    channels: int
    max_block: int = 8192

    def __post_init__(self) -> None:
        if not self.sample_rate > 0.0:
            raise ValueError(f"sample_rate = {self.sample_rate!r}: must be above 0 Hz")
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise ValueError(f"channels = {self.channels!r}: must be 1..{MAX_CHANNELS}")
        if self.max_block < 1:
            raise ValueError(f"max_block = {self.max_block!r}: must be at least 1 frame")


class Node(Declaring):
    """A block processor, itself called the way a pedalboard plugin is.

    Subclasses declare parameters and fill in ``_prepare``, ``_reset`` and ``_process``.  This class owns everything
    else: clean input, bypass with the latency kept, empty blocks, the tail, and the calling convention of pedalboard.

    The keywords of the constructor are the declared parameters.  Only attributes can be set that are there: another
    name raises ``AttributeError`` with the parameter that was perhaps meant.  Subclasses make attributes of their own
    in the class, in ``__init__``, or anywhere with a name that begins with ``_``.
    """

    __signature__ = ConstructorSignature()
    id: ClassVar[str]
    registry: ClassVar[dict[str, type[Node]]] = {}
    slots: ClassVar[dict[str, int]] = {}
    revision: ClassVar[int] = 0
    """A number that is another one whenever any node was prepared, or any container edited."""

    bypass: Switch = Switch(
        False, smooth_ms=FADE_MS, doc="Pass the input, delayed by the latency, instead of the result."
    )

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.slots = {name: i for i, name in enumerate(cls.params())}
        if "id" in cls.__dict__:
            if cls.id in Node.registry:
                raise TypeError(f"node id {cls.id!r} is already taken by {Node.registry[cls.id].__name__}")
            Node.registry[cls.id] = cls

    def __init__(self, **values: Any) -> None:
        self.values = np.array([p.default for p in self.params().values()])
        self.spec: Spec | None = None
        self._latency = 0
        self._held = 0
        self._layout = ArrayLayout()
        self.set(**values)
        self._set_up()

    def _set_up(self) -> None:
        """Make the attributes that are there before any sound: a constructor that leaves the signature as it is."""

    def _assign(self, name: str, value: Any) -> None:
        if name[0] != "_" and not hasattr(type(self), name) and name not in self.__dict__ and not self._is_being_made():
            near = get_close_matches(name, [*self.params(), *self.__dict__], 1)
            cure = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(self.params())}"
            raise AttributeError(f"{self.id} has no attribute {name!r}; {cure}")
        super().__setattr__(name, value)

    if not TYPE_CHECKING:
        __setattr__ = _assign  # a type checker that saw it would let any name pass

    def _is_being_made(self) -> bool:
        """Say whether a constructor of this node is running; asked only when an attribute of a new name is set."""
        frame = sys._getframe(2)
        while frame.f_back is not None:
            code = frame.f_code
            if code.co_name == "__init__" and frame.f_locals.get("".join(code.co_varnames[:1])) is self:
                return True
            frame = frame.f_back
        return False

    def __getstate__(self) -> dict[str, Any]:
        """Return what ``copy`` and ``pickle`` take: what was there before the first ``prepare``, so settings, no sound.

        The copy is not prepared.
        """
        before = self.__dict__.get("_before_prepare", self.__dict__)
        state = {name: value for name, value in self.__dict__.items() if name in before}
        fresh = {"spec": None, "_latency": 0, "_held": 0, "_layout": ArrayLayout()}
        return state | fresh | {"values": self.values.copy()}

    @classmethod
    def params(cls) -> dict[str, Declared[Any]]:
        """Declared parameters by name, base classes first."""
        declared: dict[str, Declared[Any]] = {}
        for base in reversed(cls.__mro__):
            declared |= {name: p for name, p in vars(base).items() if isinstance(p, Declared)}
        return declared

    def set(self, **values: Any) -> None:
        """Set parameters by name, or raise ``ParamError``; nothing is set when one of them is refused."""
        declared = self.params()
        for name in values:
            if name not in declared:
                raise ParamError(f"{self.id} has no parameter {name!r}; it has {', '.join(declared)}")
        checked = {name: declared[name].check(value) for name, value in values.items()}
        for name, value in checked.items():
            self.values[self.slots[name]] = value

    def prepare(self, spec: Spec) -> None:
        """Allocate for ``spec``, fix ``latency``, then ``reset``; where that fails the node is not prepared."""
        with locked(self._exclusive()):
            if "_before_prepare" not in self.__dict__:
                self._before_prepare = frozenset(self.__dict__)
            self.spec = spec
            try:
                self._latency = self._prepare(spec)
                self._surround(spec)
            except BaseException:
                self.spec = None
                raise
            finally:
                Node.revise()
            self.reset()

    @staticmethod
    def revise() -> None:
        """Have containers look, before their next block, whether the nodes inside are where they were."""
        Node.revision = next(_revisions)

    @property
    def latency(self) -> int:
        """Delay in frames from input to output; constant between two ``prepare``s."""
        return self._latency

    def reset(self) -> None:
        """Forget all audio; keep parameters, spec and latency.  Smoothed parameters arrive at their values."""
        if self.spec is None:
            return
        self._held = self._latency
        self._rewind()

    def locate(self, frame: int) -> None:
        """Take the next frame that goes in for ``frame`` of the track, which courses speak of; holds until ``reset``.

        A node that follows no course has nothing to do.
        """

    def process_block(self, block: Block) -> None:
        """Process ``block`` ``(channels, 0..max_block)`` in place; what comes out is delayed by ``latency``.

        Raises ``ValueError`` for a block that does not fit the spec, ``RuntimeError`` before ``prepare``.
        """
        self._check(block)
        if block.shape[1] == 0:
            return
        if block.flags.c_contiguous:
            self._run(block)
        else:
            # A part of a longer array would make every kernel compile once more, in the middle of a stream.
            joined = self._joined[: block.size].reshape(block.shape)
            joined[:] = block
            self._run(joined)
            block[:] = joined

    def flush(self) -> Block:
        """Return the frames still held back, then ``reset``: ``(channels, latency)``, fewer after a short stream.

        A stream of fewer frames than the latency, through ``process``, gets back just as many.
        """
        early = self._held if self._held < self._latency else 0
        return self._drain()[:, early:]

    def process(
        self, audio: NDArray[Any], sample_rate: float, buffer_size: int = 8192, reset: bool = True
    ) -> NDArray[np.float32]:
        """Process a whole signal, or with ``reset=False`` the next part of a stream, as a pedalboard plugin does.

        ``audio`` is ``(channels, frames)``, ``(frames, channels)`` or mono ``(frames,)``, float32 or float64; the
        result is float32 in the same layout.  With ``reset=True`` it is aligned with the input and as long.  With
        ``reset=False`` the first ``latency`` frames are held back, and ``flush`` returns them at the end.  Raises
        ``TypeError`` for other dtypes and ``ValueError`` for other shapes.  Threads that call one node, or chains that
        share a node or a plugin, wait for each other.
        """
        with locked(self._exclusive()):
            return self._process_part(audio, sample_rate, buffer_size, reset)

    __call__ = process

    def _exclusive(self) -> list[Any]:
        """Return what one thread alone may use at a time while it prepares, or processes a signal."""
        return [self]

    def _process_part(
        self, audio: NDArray[Any], sample_rate: float, buffer_size: int, reset: bool
    ) -> NDArray[np.float32]:
        x = self._layout.read(audio, keep=not reset)
        self._fit(Spec(float(sample_rate), x.shape[0], int(buffer_size)), keep=not reset)
        if reset:
            self.reset()
        for start in range(0, x.shape[1], self._prepared().max_block):
            self.process_block(x[:, start : start + self._prepared().max_block])
        skip = min(self._held, x.shape[1])
        self._held -= skip
        parts = [x[:, skip:]]
        if reset:
            early = self._held
            parts.append(self._drain()[:, early:])
        return self._layout.write(np.concatenate(parts, axis=1))

    def __repr__(self) -> str:
        """Return the call that makes such a node: only what differs from the defaults."""
        changed = (name for name, p in self.params().items() if self.values[self.slots[name]] != p.default)
        shown = (f"{name}={getattr(self, name)!r}" for name in changed)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _fit(self, spec: Spec, keep: bool) -> None:
        """Prepare for ``spec`` unless what is prepared will do; a running stream survives another buffer size."""
        has = self.spec
        same = has is not None and (has.sample_rate, has.channels) == (spec.sample_rate, spec.channels)
        if not (same and (keep or has == spec)):
            self.prepare(spec)

    def _surround(self, spec: Spec) -> None:
        """Allocate what the bypass needs, the latency being known."""
        self._history = np.zeros((spec.channels, self._latency))
        self._dry = np.zeros((spec.channels, spec.max_block))
        self._joined = np.zeros(spec.channels * spec.max_block)
        self._mix = np.zeros(1)
        self._step = self._fade_step(spec)

    @staticmethod
    def _fade_step(spec: Spec) -> float:
        """Return how far the fade of the bypass goes in a frame."""
        return 1.0 / max(1.0, FADE_MS * 1e-3 * spec.sample_rate)

    def _rewind(self) -> None:
        """Forget all audio, that of the bypass included."""
        self._history[:] = 0.0
        self._mix[0] = float(self.bypass)
        self._reset()

    def _run(self, block: Block) -> None:
        """Process ``block``, C-contiguous and not empty, with the bypass."""
        clean(block)
        target = float(self.bypass)
        if target == self._mix[0] == 0.0:
            shift(self._history, block, self._latency)
            self._process(block)
        else:
            remember(self._history, block, self._latency, self._dry)
            self._process(block)
            crossfade(block, self._dry, self._mix, self._step, target)

    def _drain(self) -> Block:
        """Return what ``latency`` frames of silence push out, then ``reset``."""
        spec = self._prepared()
        tail = np.zeros((spec.channels, self._latency))
        for start in range(0, self._latency, spec.max_block):
            self.process_block(tail[:, start : start + spec.max_block])
        self.reset()
        return tail

    def _check(self, block: Block) -> None:
        spec = self._prepared()
        if block.ndim != 2 or block.shape[0] != spec.channels or block.shape[1] > spec.max_block:
            raise ValueError(
                f"{self.id}: block {block.shape} does not fit: must be ({spec.channels}, 0..{spec.max_block}) "
                "(channels, frames)"
            )
        if block.dtype != np.float64:
            raise ValueError(f"{self.id}: block is {block.dtype}: must be float64")
        if not block.flags.writeable:
            raise ValueError(f"{self.id}: block is read-only: it is processed in place")

    def _prepared(self) -> Spec:
        if self.spec is None:
            raise RuntimeError(f"{self.id}: call prepare() before process_block()")
        return self.spec

    def _prepare(self, spec: Spec) -> int:
        """Allocate; return the latency in frames."""
        return 0

    def _reset(self) -> None:
        """Forget all audio."""

    def _process(self, block: Block) -> None:
        """Process a clean, C-contiguous block of at least one frame, in place."""
        raise NotImplementedError
