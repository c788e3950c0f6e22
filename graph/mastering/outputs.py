"""What a master is to be delivered as: up to five outputs, by kind or by format."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..media import Format, MediaError, format_of_kind, output_format
from ..rendering.destinations import keep_source
from ..streams.paths import PathLike

MOST_OUTPUTS = 5


@dataclass(frozen=True)
class Output:
    """One output of a master: where, and as what.

    ``kind`` is one of ``media.KINDS``, with the rates of its table.  ``format`` instead is a whole ``Format``.  With
    neither, the output has exactly the format of the source, whatever its name; ``Output.named`` goes by the name.
    """

    path: PathLike
    kind: str | None = None
    format: Format | None = None

    @classmethod
    def named(cls, path: PathLike, source: Format, format: str | None = None) -> Output:
        """Return the output that is as ``source`` but for what the extension of ``path``, or ``format``, says.

        Raises ``MediaError`` where that cannot be written, or where the name speaks of another format.
        """
        return cls(path, format=_named_as_it_is(path, output_format(source, path, format)))

    @classmethod
    def of_kind(cls, path: PathLike, source: Format, kind: str) -> Output:
        """Return the output of ``kind`` for a ``source``.

        Raises ``MediaError`` where that cannot be written, or where the name speaks of another format.
        """
        _named_as_it_is(path, format_of_kind(source, kind, path))
        return cls(path, kind)

    def format_for(self, source: Format) -> Format:
        """Return the format of this output of a ``source``; raises ``MediaError`` for what cannot be written."""
        if self.format is not None and self.kind is not None:
            raise MediaError(self.path, f"the kind {self.kind} and a format were given; give one of them")
        return self.format or format_of_kind(source, self.kind, self.path)


def check_outputs(
    source: PathLike, paths: Sequence[PathLike], overwrite: bool = False, most: int = MOST_OUTPUTS
) -> None:
    """Raise ``MediaError`` unless ``paths`` are one to ``most`` different places where there may be new files.

    ``overwrite`` lets one of them take the place of ``source``.
    """
    if not 1 <= len(paths) <= most:
        raise MediaError(source, f"{len(paths)} outputs were asked for; must be 1 to {most}")
    seen = set()
    for path in paths:
        keep_source(source, path, overwrite)
        real = os.path.realpath(path)
        if real in seen:
            raise MediaError(path, "is asked for twice; give each output its own name")
        seen.add(real)


def _named_as_it_is(path: PathLike, format: Format) -> Format:
    """Refuse a name whose extension speaks of another format than the one asked for."""
    extension = Path(path).suffix
    try:
        named = output_format(format, path)
    except MediaError:
        return format
    if extension and (named.container, named.codec) != (format.container, format.codec):
        asked = format.container if named.container != format.container else format.codec
        raise MediaError(path, f"{asked} was asked for, the name ends in {extension}; change one")
    return format
