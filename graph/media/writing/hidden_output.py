"""The hidden file that a sink writes until all is well: beside its destination, and gone if anything fails."""

from __future__ import annotations

import errno
import os
import stat

from ...storage.atomic import NewFile
from ...streams.paths import PathLike
from ..errors import MediaError


class HiddenOutput:
    """A new file that encoders write into through the usual file methods.

    The C libraries behind the encoders print, or swallow, what a file method raises. So none raises: the first error
    is kept, everything after it is thrown away, and `check` tells.
    """

    def __init__(self, destination: PathLike) -> None:
        """Create the hidden file in the directory of `destination`; raises MediaError when that is not possible."""
        self.destination = os.fspath(destination)
        check_place(destination)
        folder, name = os.path.split(self.destination)
        self._error: OSError | None = None
        try:
            self._new = NewFile(self.destination, os.path.splitext(name)[1])
        except OSError as error:
            why = error.strerror if error.errno != errno.ENOENT else f"no file can be made in {folder or '.'!r}"
            raise MediaError(destination, f"cannot be written: {why}") from None

    @property
    def path(self) -> str:
        """Where the hidden file is."""
        return self._new.path

    def write(self, data: bytes | memoryview) -> int:
        """Write all of `data`; after an error, pretend to."""
        try:
            if self._error is None:
                self._new.write(data)
        except OSError as error:
            self._error = error
        return memoryview(data).nbytes

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset` and return the new position."""
        return self._new.file.seek(offset, whence)

    def tell(self) -> int:
        """The position of the next write."""
        return self._new.file.tell()

    def read(self, size: int = -1) -> bytes:
        """Read back what was written: some muxers patch their own headers."""
        return self._new.file.read(size) or b""

    def flush(self) -> None:
        """Nothing is held back here."""

    def check(self) -> None:
        """Raise MediaError if anything could not be written."""
        if self._error is not None:
            raise write_error(self.destination, self._error)

    def close(self) -> None:
        """Let go of the file, whose contents must all have arrived."""
        self._new.close()
        self.check()

    def discard(self) -> None:
        """Close and remove the hidden file."""
        self._new.discard()

    def publish(self) -> None:
        """Make the file durable and give it its name. Raises MediaError, the destination untouched, if that fails."""
        try:
            self._new.publish()
        except OSError as error:
            raise write_error(self.destination, error) from None


def check_place(path: PathLike) -> None:
    """Raise MediaError unless there may be a new file at `path`: what is there is replaced, but not if it is protected.

    A file without any permission to write is one that somebody wants to keep, also from the superuser.
    """
    folder, name = os.path.split(os.fspath(path))
    if os.path.isdir(path):
        raise MediaError(path, "is a directory; name a file to write")
    if not name:
        raise MediaError(path or "output", "names no file to write")
    folder = folder or "."
    if not os.path.isdir(folder):
        cure = "is not a directory" if os.path.exists(folder) else "does not exist; create it first"
        raise MediaError(path, f"the directory {folder!r} {cure}")
    if not os.access(folder, os.W_OK):
        raise MediaError(path, f"the directory {folder!r} is not writable")
    if not os.path.exists(path):
        return
    if not os.path.isfile(path):
        raise MediaError(path, "is not a regular file, and a new one can't take its place; give the name of a file")
    if not os.access(path, os.W_OK) or not stat.S_IMODE(os.stat(path).st_mode) & 0o222:
        raise MediaError(path, "is write-protected; give another name, or remove it first")


def write_error(path: PathLike, error: OSError) -> MediaError:
    """The MediaError for an output that the system would not take."""
    return MediaError(path, f"cannot be written: {error.strerror or error}; nothing was left behind")
