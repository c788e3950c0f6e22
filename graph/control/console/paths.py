"""The two spellings of a path: ``limiter.ceiling_db`` inside, ``limiter/ceiling_db`` in OSC and by who types it so."""

from __future__ import annotations


def dotted(typed: str) -> str:
    """Return the path that was ``typed``, with slashes or dots, as it is spelt inside."""
    return typed.replace("/", ".")


def slashed(path: str) -> str:
    """Return ``path`` as a part of an OSC address."""
    return path.replace(".", "/")
