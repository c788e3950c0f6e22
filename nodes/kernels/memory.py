"""Flat memory: all that a node remembers, by name and shape, in one array of floats and one of integers.

A node's kernel module declares a ``Layout`` once; its compiled functions open it with ``memory = LAYOUT.opener()`` and
then say ``m = memory(floats, ints)`` and ``m.power``; Python reads and fills the same places by the same names.  The
first integers are the directory: where state begins, then the place and the open dimensions of each part.

Constants are filled by ``prepare`` and stay; state is zeroed by a reset.  Sizes that a layout leaves open are names
(``"channels"``), given when the memory is made; those that it fixes are known to the compiler.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.core.typing import signature
from numba.extending import intrinsic
from numpy.typing import NDArray

from .compiled import kernel
from .pointers import address_of, array_at, array_in, tuple_of

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Size = int | str

STATE_FLOATS, STATE_INTS, CHANNELS, MAX_BLOCK, DIRECTORY = 0, 1, 2, 3, 4
"""Places in the directory: where the state begins in each array, the largest block, where the parts' entries begin."""

LINE = 8
"""Parts begin at multiples of so many numbers: a line of the processor's cache."""


class Part(NamedTuple):
    """A part of a memory: what it holds, its shape, and whether it lies elsewhere, to be attached."""

    whole: bool
    shape: tuple[Size, ...]
    elsewhere: bool = False

    @property
    def entries(self) -> int:
        """How many integers of the directory tell of it: its place, and its open dimensions."""
        return 1 + sum(isinstance(size, str) for size in self.shape)


def reals(*shape: Size) -> Part:
    """Declare floats of ``shape``; without one, a number that compiled code reads and never writes."""
    return Part(False, shape)


def wholes(*shape: Size) -> Part:
    """Declare integers of ``shape``; without one, a number that compiled code reads and never writes."""
    return Part(True, shape)


def reals_elsewhere(*shape: Size) -> Part:
    """Declare floats that are attached by address: a course over a track.  None are attached at first."""
    return Part(False, shape, elsewhere=True)


def wholes_elsewhere(*shape: Size) -> Part:
    """Declare integers that are attached by address."""
    return Part(True, shape, elsewhere=True)


class Layout:
    """The declaration of a memory: its parts by name, constants first.

    Every node's memory also holds what its bypass needs; see ``bypass``.
    """

    def __init__(self, constants: Mapping[str, Part], state: Mapping[str, Part]) -> None:
        self._constants = {"fade_step": reals()} | dict(constants)
        bypass = {"mix": reals(1), "history": reals("channels", "latency"), "dry": reals("channels", "max_block")}
        self._state = bypass | dict(state)
        self.parts = self._constants | self._state
        self._tuple = tuple_of(self.parts)

    def opener(self) -> Any:
        """Return the compiled function that gives the parts, by name, of ``(floats, ints)``."""
        parts, kinds = list(self.parts.values()), [_numba_type(part) for part in self.parts.values()]
        result = types.NamedTuple(kinds, self._tuple)

        def memory(typing: Any, floats: Any, ints: Any) -> Any:
            def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
                arrays = [array_in(context, builder, kind, arg) for kind, arg in zip(sig.args, args, strict=True)]
                opened, at = [], DIRECTORY
                for part, kind in zip(parts, kinds, strict=True):
                    opened.append(_open(context, builder, part, kind, arrays, at))
                    at += part.entries
                return context.make_tuple(builder, result, opened)

            return signature(result, floats, ints), generate

        return intrinsic(memory)

    def allocate(self, **sizes: int) -> Memory:
        """Return zeroed memory with the open sizes as given."""
        return Memory(self, sizes)

    def places(self, sizes: Mapping[str, int]) -> Iterator[Place]:
        """Yield the parts with their shapes and places; those of floats and of integers are counted apart."""
        at = [0, _round_up(DIRECTORY + sum(part.entries for part in self.parts.values()))]
        entry = DIRECTORY
        for name, part in self.parts.items():
            shape = tuple(0 if part.elsewhere else _size(size, sizes) for size in part.shape)
            end = at[part.whole] + (0 if part.elsewhere else math.prod(shape))
            yield Place(name, part, shape, at[part.whole], end, entry)
            at[part.whole], entry = _round_up(end), entry + part.entries

    def is_state(self, name: str) -> bool:
        """Say whether ``name`` belongs to the state."""
        return name in self._state

    def named(self, arrays: Mapping[str, NDArray[Any]]) -> Any:
        """Return ``arrays`` as attributes."""
        return self._tuple(**arrays)


class Place(NamedTuple):
    """Where a part lies: ``first`` to ``end`` of the floats or the integers, ``entry`` in the directory."""

    name: str
    part: Part
    shape: tuple[int, ...]
    first: int
    end: int
    entry: int


class Memory:
    """One node's memory: ``floats`` and ``ints`` as compiled code takes them, and ``parts`` by name."""

    def __init__(self, layout: Layout, sizes: Mapping[str, int]) -> None:
        self._attached = dict[str, NDArray[Any]]()
        self._places = {place.name: place for place in layout.places(sizes)}
        ends = [max((p.end for p in self._places.values() if p.part.whole == whole), default=0) for whole in (0, 1)]
        ends[1] = max(ends[1], max(place.entry + place.part.entries for place in self._places.values()))
        self.floats, self.ints = _on_a_line(ends[0], np.float64), _on_a_line(ends[1], np.int64)
        views = dict[str, NDArray[Any]]()
        for name, place in self._places.items():
            array: NDArray[Any] = self.ints if place.part.whole else self.floats
            views[name] = array[place.first : place.end].reshape(place.shape)
            self._enter(place, place.first, place.shape)
        for whole, begins in ((0, STATE_FLOATS), (1, STATE_INTS)):
            state = [p.first for p in self._places.values() if layout.is_state(p.name) and p.part.whole == whole]
            self.ints[begins] = min(state, default=ends[whole])
        self.ints[CHANNELS], self.ints[MAX_BLOCK] = sizes["channels"], sizes["max_block"]
        self.parts = layout.named(views)

    def attach(self, name: str, array: NDArray[Any]) -> None:
        """Have the part ``name``, which lies elsewhere, be ``array``, which is kept alive."""
        place = self._places[name]
        kept = np.ascontiguousarray(array, dtype=np.int64 if place.part.whole else np.float64)
        self._attached[name] = kept
        self._enter(place, address_of(kept), kept.shape)

    def _enter(self, place: Place, at: int, shape: tuple[int, ...]) -> None:
        """Note in the directory where a part lies, and the sizes that its layout leaves open."""
        sizes = [length for length, size in zip(shape, place.part.shape, strict=True) if isinstance(size, str)]
        self.ints[place.entry : place.entry + place.part.entries] = [at, *sizes]


@kernel
def forget(floats: Array, ints: Ints) -> None:
    """Zero the state of a memory; what ``prepare`` fixed stays."""
    for i in range(ints[STATE_FLOATS], floats.shape[0]):
        floats[i] = 0.0
    for i in range(ints[STATE_INTS], ints.shape[0]):
        ints[i] = 0


def _numba_type(part: Part) -> Any:
    item = types.int64 if part.whole else types.float64
    return types.Array(item, len(part.shape), "C") if part.shape else item


def _open(context: Any, builder: Any, part: Part, kind: Any, arrays: list[Any], at: int) -> Any:
    """Generate the code that opens a part, whose entry in the directory begins ``at`` so many integers."""

    def entry(place: int) -> Any:
        return builder.load(builder.gep(arrays[1].data, [context.get_constant(types.intp, place)]))

    base = arrays[1] if part.whole else arrays[0]
    data = builder.inttoptr(entry(at), base.data.type) if part.elsewhere else builder.gep(base.data, [entry(at)])
    if not part.shape:
        return builder.load(data)
    shape, place = [], at
    for size in part.shape:
        place += isinstance(size, str)
        shape.append(entry(place) if isinstance(size, str) else context.get_constant(types.intp, size))
    return array_at(context, builder, kind, data, shape)


def _size(size: Size, sizes: Mapping[str, int]) -> int:
    return sizes[size] if isinstance(size, str) else size


def _round_up(numbers: int) -> int:
    return -(-numbers // LINE) * LINE


def _on_a_line(numbers: int, kind: Any) -> NDArray[Any]:
    """Return zeroed memory that begins on a line of the cache."""
    raw = np.zeros(numbers + LINE, dtype=kind)
    skip = (-address_of(raw) // raw.itemsize) % LINE
    return raw[skip : skip + numbers]
