"""How a command ends: exit code 0, 1 or 2, one line on stderr, and what a signal does."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import typer

DONE, FAILED, REFUSED = 0, 1, 2
"""Exit codes: success; the job failed or was interrupted; bad input or bad options."""

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Refused(Exception):
    """Bad input or bad options, in one line; nothing was begun."""


class Failed(Exception):
    """The job was begun and could not be finished, in one line."""


class Interrupted(BaseException):
    """A signal came.  Not a ``KeyboardInterrupt``, of which typer makes an exit code of its own."""


class Session:
    """One run of the command: which signal came, and what has been written so far."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self.written: list[str] = []
        self.interrupted = False
        self._working = False

    def listen(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP."""
        for number in SIGNALS:
            signal.signal(number, self._signalled)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Within this context the first signal only sets ``interrupted``: the job looks at it and cleans up."""
        self._working = True
        try:
            yield
        finally:
            self._working = False

    def is_interrupted(self) -> bool:
        """Say whether a signal has come."""
        return self.interrupted

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        again, self.interrupted = self.interrupted, True
        if self._working and not again:
            return
        for other in SIGNALS:  # from here on it is cleaning up, which another signal must not cut short
            signal.signal(other, signal.SIG_IGN)
        raise Interrupted


def ended(command: Callable[[], Any], session: Session) -> int:
    """Run ``command``, say in one line on stderr what went wrong, and return the exit code."""
    try:
        code = command()
        sys.stdout.flush()
        return code if isinstance(code, int) else DONE
    except BrokenPipeError:
        # Who read our output has gone; without this Python complains about it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (Exception, Interrupted) as error:
        if os.environ.get("MASTERCHAIN_TRACEBACK"):
            raise
        # A signal in the middle of an import comes out as that import's own error.
        code, line = (FAILED, "interrupted") if session.interrupted else _explained(error)
        after = f"; written before that: {', '.join(session.written)}" if session.written else ""
        if session.interrupted and not after:
            after = "; nothing was written"
        print(" ".join(f"masterchain: {line}{after}".split()), file=sys.stderr)
        return code


def _explained(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the words for ``error``."""
    if isinstance(error, Refused):
        return REFUSED, str(error)
    if isinstance(error, Failed):
        return FAILED, str(error)
    if isinstance(error, ImportError):
        return FAILED, f"the installation is broken: {error}"
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "masterchain"
        return REFUSED, f"{error.format_message().rstrip('.')}; see {path} --help"
    return _explained_by_graph(error)


def _explained_by_graph(error: BaseException) -> tuple[int, str]:
    from ...graph import Cancelled, MasterchainError

    if isinstance(error, MasterchainError):
        return FAILED if isinstance(error, Cancelled) else REFUSED, str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return FAILED, f"{where}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return FAILED, "out of memory"
    return FAILED, (
        f"internal error, please report it: {type(error).__name__}: {error} (MASTERCHAIN_TRACEBACK=1 shows where)"
    )
