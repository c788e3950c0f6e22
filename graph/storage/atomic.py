"""Files written whole or not at all: under a hidden name beside their place until everything is on the disk."""

from __future__ import annotations

import contextlib
import os
from types import TracebackType
from typing import Self

from .hidden_files import hidden_name, sweep


class NewFile:
    """A hidden file in the folder of ``destination``, open to write and read back, that ``publish`` gives its name.

    Every method raises ``OSError``.  Leaving it as a context manager discards what was not published.
    """

    def __init__(self, destination: str | os.PathLike[str], extension: str = ".part") -> None:
        """Create the file, its name ending in ``extension``; files of killed jobs are removed from the folder."""
        self.destination = os.fspath(destination)
        folder = os.path.dirname(self.destination)
        sweep(folder)
        self.path = os.path.join(folder, hidden_name(extension))
        self.file = open(self.path, "x+b", buffering=0)  # noqa: SIM115 - lives until close

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self.discard()

    def write(self, data: bytes | memoryview) -> None:
        """Write all of ``data``."""
        view = memoryview(data).cast("B")
        while len(view):
            view = view[self.file.write(view) :]

    def close(self) -> None:
        """Let go of the file, which others may then open by its ``path``."""
        self.file.close()

    def publish(self) -> None:
        """Close the file, make it durable and give it its name, in place of what was there.

        The folder, too, is made durable, where the system has that.
        """
        self.close()
        _sync(self.path, os.O_RDWR)
        os.replace(self.path, self.destination)
        with contextlib.suppress(OSError):  # Windows opens no folders, some network disks sync none
            _sync(os.path.dirname(self.destination) or ".", os.O_RDONLY)

    def discard(self) -> None:
        """Close and remove the hidden file; what was published stays."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` to ``path``, whole and durable, or raise ``OSError`` and leave what was there."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path``, whole and durable, or raise ``OSError`` and leave what was there."""
    try:
        with NewFile(path) as new:
            new.write(content)
            new.publish()
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None  # the user knows of no other
        raise


def _sync(path: str, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
