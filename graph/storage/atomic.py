"""Small files, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .hidden_files import hidden_name, sweep


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` beside ``path`` and give it its name when it is whole; raises ``OSError``, leaving nothing."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` beside ``path`` and give it its name when it is whole; raises ``OSError``, leaving nothing."""
    target = Path(path)
    sweep(str(target.parent))
    beside = target.parent / hidden_name(".part")
    try:
        with open(beside, "xb") as file:
            file.write(content)
        os.replace(beside, target)
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None  # the user knows of no other
        raise
    finally:
        with contextlib.suppress(OSError):
            os.unlink(beside)
