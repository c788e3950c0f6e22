"""Parameters: declared once on a node, read by presets, the command line, OSC, MIDI and the docs."""

from __future__ import annotations

import inspect
import math
from typing import Any, Generic, Literal, Self, TypeVar, dataclass_transform, overload

import numpy as np
from numpy.typing import NDArray

from .errors import MasterchainError

Taper = Literal["lin", "log", "dB"]
T = TypeVar("T")


class ParamError(MasterchainError, ValueError):
    """A value that a parameter cannot hold, or a name that no parameter has."""


class Declared(Generic[T]):
    """One declared parameter: a descriptor that keeps its value, as a float, in the node's ``values`` array.

    The attribute name is the permanent id.  ``live=False`` marks a structural parameter: it changes latency or memory
    and waits for the next ``prepare``.  ``smooth_ms`` is the time in which the node's sound follows a jump.
    """

    unit: str
    lo: float
    hi: float
    taper: Taper

    def __init__(self, default: float, *, live: bool, smooth_ms: float, doc: str) -> None:
        self.default, self.live, self.smooth_ms, self.doc = default, live, smooth_ms, doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, node: None, owner: type) -> Self: ...
    @overload
    def __get__(self, node: Any, owner: type) -> T: ...
    def __get__(self, node: Any, owner: type) -> Self | T:
        if node is None:
            return self
        values: NDArray[np.float64] = node.values
        return self.plain(float(values[node.slots[self.name]]))

    def __set__(self, node: Any, value: T | float) -> None:
        node.values[node.slots[self.name]] = self.check(value)

    def check(self, value: Any) -> float:
        """Return ``value`` as the float that is stored, or raise ``ParamError`` naming the range."""
        raise NotImplementedError

    def plain(self, stored: float) -> T:
        """Return what the attribute shows for a ``stored`` float."""
        raise NotImplementedError

    def keyword(self) -> inspect.Parameter:
        """Return the parameter as a keyword of a constructor."""
        default = self.plain(self.default)
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=type(default))

    def from_unit(self, u: float) -> float:
        """Map a knob position in 0-1 to a stored value."""
        u = min(1.0, max(0.0, u))
        if self.taper == "log":
            return float(self.lo * (self.hi / self.lo) ** u)
        return self.lo + (self.hi - self.lo) * u

    def to_unit(self, stored: float) -> float:
        """Map a stored value to a knob position in 0-1: the inverse of ``from_unit``."""
        if self.taper == "log":
            return math.log(stored / self.lo) / math.log(self.hi / self.lo)
        return (stored - self.lo) / (self.hi - self.lo)


@dataclass_transform(kw_only_default=True, eq_default=False)
class Declaring:
    """A class with declared parameters.

    Written ``gain_db: Param = Param(...)``, type checkers and editors read a parameter as a keyword of the constructor
    (PEP 681), of the type that the attribute takes.  A class with another constructor writes it itself, also where it
    is the one of its base.
    """


class ConstructorSignature:
    """What ``inspect.signature`` and ``help`` show of a class: each parameter by name, its type and its default."""

    def __get__(self, node: Any, owner: Any) -> inspect.Signature:
        if node is not None:
            raise AttributeError("an instance is called as its __call__ says")
        own = [p for p in inspect.signature(owner.__init__).parameters.values() if p.kind is not p.VAR_KEYWORD][1:]
        declared = owner.params()
        last = declared.pop("bypass", None)
        named = {p.name for p in own}
        own += [p.keyword() for p in (*declared.values(), last) if p is not None and p.name not in named]
        return inspect.Signature(own)


class Param(Declared[float]):
    """A continuous parameter in plain units (dB, Hz, ms), never a knob position."""

    def __init__(
        self,
        default: float,
        lo: float,
        hi: float,
        *,
        unit: str = "",
        taper: Taper = "lin",
        live: bool = True,
        smooth_ms: float = 20.0,
        doc: str,
    ) -> None:
        super().__init__(float(default), live=live, smooth_ms=smooth_ms, doc=doc)
        self.lo, self.hi, self.unit, self.taper = float(lo), float(hi), unit, taper
        if not lo <= default <= hi:
            raise ParamError(f"default {default} is outside {lo}..{hi}")

    def check(self, value: Any) -> float:
        """Return ``value`` as a float, or raise ``ParamError`` naming the range."""
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not self.lo <= number <= self.hi:
            raise ParamError(f"{self.name} = {value!r}: must be {self.lo:g}..{self.hi:g} {self.unit}".rstrip())
        return number

    def plain(self, stored: float) -> float:
        """Return ``stored`` itself."""
        return stored


class Switch(Declared[bool]):
    """An on/off parameter; what it switches is cross-faded in ``smooth_ms``."""

    unit, lo, hi, taper = "", 0.0, 1.0, "lin"

    def __init__(self, default: bool, *, live: bool = True, smooth_ms: float = 20.0, doc: str) -> None:
        super().__init__(float(default), live=live, smooth_ms=smooth_ms, doc=doc)

    def check(self, value: Any) -> float:
        """Return 0.0 or 1.0 for a bool or the numbers 0 and 1, or raise ``ParamError``."""
        if not isinstance(value, (bool, int, float, np.bool_)) or value not in (0, 1):
            raise ParamError(f"{self.name} = {value!r}: must be true or false")
        return float(value)

    def from_unit(self, u: float) -> float:
        """Return 1.0 from the middle of the knob on."""
        return float(u >= 0.5)

    def plain(self, stored: float) -> bool:
        """Return ``stored`` as a bool."""
        return stored != 0.0


class Choice(Declared[str]):
    """A parameter with named values, in the order of the knob."""

    unit, lo, taper = "", 0.0, "lin"

    def __init__(self, default: str, names: tuple[str, ...], *, live: bool = True, doc: str) -> None:
        super().__init__(float(names.index(default)), live=live, smooth_ms=0.0, doc=doc)
        self.names, self.hi = names, float(len(names) - 1)

    def check(self, value: Any) -> float:
        """Return the index of a name (an index is taken too), or raise ``ParamError`` listing the names."""
        if isinstance(value, str) and value in self.names:
            return float(self.names.index(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value in range(len(self.names)):
            return float(value)
        raise ParamError(f"{self.name} = {value!r}: must be one of {', '.join(self.names)}")

    def from_unit(self, u: float) -> float:
        """Return the index of the name at knob position ``u``."""
        return float(round(min(1.0, max(0.0, u)) * self.hi))

    def plain(self, stored: float) -> str:
        """Return the name at index ``stored``."""
        return self.names[int(stored)]


class Numbers(Declared[int]):
    """A parameter that is one of a few whole numbers, in the order of the knob; 0 may be called ``off``."""

    taper = "lin"

    def __init__(self, default: int, numbers: tuple[int, ...], *, unit: str = "", live: bool = True, doc: str) -> None:
        super().__init__(float(default), live=live, smooth_ms=0.0, doc=doc)
        self.numbers, self.unit = numbers, unit
        self.lo, self.hi = float(min(numbers)), float(max(numbers))

    def check(self, value: Any) -> float:
        """Return one of the numbers as a float (its digits and ``off`` are taken too), or raise ``ParamError``."""
        try:
            number = 0.0 if value == "off" else math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if number not in self.numbers:
            raise ParamError(f"{self.name} = {value!r}: must be one of {', '.join(map(str, self.numbers))}")
        return number

    def from_unit(self, u: float) -> float:
        """Return the number at knob position ``u``."""
        return float(self.numbers[round(min(1.0, max(0.0, u)) * (len(self.numbers) - 1))])

    def to_unit(self, stored: float) -> float:
        """Return the knob position of a number."""
        return self.numbers.index(int(stored)) / (len(self.numbers) - 1)

    def plain(self, stored: float) -> int:
        """Return ``stored`` as an integer."""
        return int(stored)
