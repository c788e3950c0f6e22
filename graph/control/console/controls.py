"""What a controller can move: values by path, and actions by path.  OSC, MIDI and screen are written against this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ....nodes.errors import MasterchainError
from ....nodes.params import Choice, Declared, Switch
from ...chains.container import Container

D = TypeVar("D", bound=Declared[Any])

Apply = Callable[[float, int | None], None]
"""Called with a checked, stored value and the frame of the stream from which it is to hold; None: as soon as it can.

It waits for nothing, as all controllers would wait with it, and raises ``ControlError`` where it cannot be done now.
"""


def named(name: str, declared: D) -> D:
    """Return ``declared``, which stands on no node, with its ``name``."""
    declared.name = name
    return declared


@dataclass(frozen=True)
class Control:
    """A value that can be moved: ``path`` such as ``limiter.ceiling_db`` or ``profile``, and what it may be.

    ``declared`` knows unit, range, taper and doc, checks plain values and maps knob positions 0-1.  ``timed`` says that
    ``apply`` keeps to the frame that it is given.  ``live=False`` of ``declared`` marks what cannot move while it runs.
    ``read`` tells where it stands, asked of whoever owns the value; None: nobody but the console does.
    """

    path: str
    declared: Declared[Any]
    apply: Apply = field(repr=False)
    timed: bool = False
    read: Callable[[], float] | None = field(default=None, repr=False)

    def text(self, stored: float) -> str:
        """Return what a display shows for a ``stored`` value: ``-1.00 dBTP``, ``on``, ``master``."""
        if isinstance(self.declared, Switch):
            return "on" if stored else "off"
        if isinstance(self.declared, Choice):
            return self.declared.plain(stored)
        digits = 0 if abs(stored) >= 1000.0 else 1 if abs(stored) >= 100.0 else 2
        return f"{stored:.{digits}f} {self.declared.unit}".rstrip()


@dataclass(frozen=True)
class Action:
    """Something that can be done: ``path`` such as ``snapshot.store``.

    ``takes`` names its arguments with their kinds, such as ``("number", int)``; the last ``optional`` of them may be
    left out.  ``run`` gets them in order, checked, and returns a word for the one who asked, or None.
    """

    path: str
    takes: tuple[tuple[str, type], ...]
    doc: str
    run: Callable[..., str | None] = field(repr=False)
    optional: int = 0

    def checked(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return ``arguments`` as the kinds that are taken, or raise ``ControlError`` saying what is."""
        least = len(self.takes) - self.optional
        if not least <= len(arguments) <= len(self.takes):
            kinds = ", ".join(f"{name} ({kind.__name__})" for name, kind in self.takes) or "nothing"
            raise ControlError(f"{self.path} takes {kinds}; given {len(arguments)} value(s)")
        return tuple(self._one(*taken, value) for taken, value in zip(self.takes, arguments, strict=False))

    def _one(self, name: str, kind: type, value: Any) -> Any:
        try:
            if isinstance(value, bool) or isinstance(value, str) != (kind is str):
                raise ValueError
            number = kind(value)
            if kind is not str and not abs(number) < 1e15:
                raise ValueError
            return number
        except (TypeError, ValueError, OverflowError):
            raise ControlError(f"{self.path}: {name} = {value!r}: must be of kind {kind.__name__}") from None


class ControlError(MasterchainError, ValueError):
    """A control or an action that is not there, or an argument that cannot be: one line saying what would be right."""


def chain_controls(chain: Container, apply: Callable[[int, float, int | None], None]) -> list[tuple[Control, float]]:
    """Return a control for every parameter of ``chain`` with its value, in the order of ``chain.paths()``.

    ``apply`` gets the index in that order, the stored value and the frame.
    """

    def setter(index: int) -> Apply:
        return lambda stored, frame: apply(index, stored, frame)

    controls = []
    for i, (path, node, declared) in enumerate(chain.paths()):
        control = Control(path, declared, setter(i), timed=True)
        controls.append((control, float(node.values[node.slots[declared.name]])))
    return controls
