"""A console with all that an audition offers, and nothing behind it: for layouts."""

from __future__ import annotations

from ...control import Console, chain_controls
from ...planning.settings import Settings
from .controls import session_actions, session_controls
from .plan_values import audition_chain
from .state import Session


class Nobody:
    """Stands where an audition does, for a console that is looked at, not played."""

    before_lufs: float | None = None
    position_s = 0.0

    def __init__(self) -> None:
        self.settings, self.console = Settings(), Console()

    def change(self, **wished: object) -> None:
        """Do nothing, as all here."""

    def nudge(self, path: str, by_db: float) -> None:
        """Do nothing."""

    def seek(self, seconds: float, frame: int | None = None) -> None:
        """Do nothing."""

    def play(self, on: bool, frame: int | None = None) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def loop(self, frame: int | None = None) -> None:
        """Do nothing."""

    def listen(self, frame: int | None = None) -> None:
        """Do nothing."""

    def render(self, path: str | None = None) -> str:
        """Do nothing."""
        return ""

    def save(self, path: str) -> str:
        """Do nothing."""
        return ""


def paper_console(length_s: float = 600.0) -> Console:
    """Return a console with all that an audition offers, and nothing behind it."""
    nobody = Nobody()
    chain = chain_controls(audition_chain(), lambda index, stored, frame: None)
    session = session_controls(nobody, Session(), length_s)
    nobody.console = Console([*chain, *((control, 0.0) for control in session)], session_actions(nobody))
    return nobody.console
