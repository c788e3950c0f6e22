"""A binding at work: what it does with what its controller says, and what the controller should show."""

from __future__ import annotations

from typing import ClassVar

from ...console.console import Console
from ..mapping.map import Binding, Message
from ..messages.interpreter import Move, Origin, Step, top

MOVING_S = 0.3
"""So long after its last move a fader is in somebody's hand: nothing is sent to it."""

NEVER = float("-inf")


class Owners(dict[str, object]):
    """Who moved each control last, by path.  Written by the console's listener, in any thread."""


class ActiveBinding:
    """One ``binding`` of a controller's map on a ``console``.

    Subclasses say what a ``Move`` or ``Step`` does.  They raise ``ValueError`` where the console refuses.  ``owners``
    tells who moved a control last; this moves them as itself.
    """

    steady: ClassVar[bool] = False
    """Whether only the latest of many moves matters."""

    def __init__(self, binding: Binding, message: Message, path: str, console: Console, owners: Owners) -> None:
        self.binding, self.message, self.path = binding, message, path
        self.console, self.owners = console, owners
        self.channel = message.channel or 0
        self.known: int | None = None  # what the controller shows, as it was last sent or received
        self.touched = False
        self.moved_at = NEVER

    def moved(self, move: Move, now: float) -> bool:
        """Do what ``move`` means; return whether it moved or did something."""
        raise NotImplementedError

    def stepped(self, step: Step, now: float) -> bool:
        """Do what ``step`` means; return whether it moved something."""
        return False

    def due(self, now: float) -> bool:
        """Do what only time brings about; return whether it did something."""
        return False

    def shows(self) -> int | None:
        """Return what the controller should show, 0..``top`` of the message's kind; None for nothing."""
        return None

    def in_hand(self, now: float) -> bool:
        """Say whether somebody is moving it, so that it is left alone."""
        return self.touched or now - self.moved_at < MOVING_S

    @property
    def origin(self) -> Origin:
        """Where to send what it shows: the channel that it was last heard on."""
        return Origin(self.message.kind, self.channel, self.message.number)

    def heard(self, origin: Origin, now: float) -> None:
        """Note that it was moved at ``origin``."""
        self.channel, self.moved_at = origin.channel, now

    @property
    def full(self) -> int:
        """The highest value that its messages carry."""
        return top(self.message.kind)
