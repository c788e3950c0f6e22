"""The patterns of OSC 1.0: ``*  ?  [a-z]  [!a-z]  {foo,bar}`` within one part of an address, never across a slash.

No regular expressions: a set of places goes through the name step by step, so that no pattern takes longer than its
length times that of the name, however its stars are set.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .wire import Malformed

SPECIAL = frozenset("*?[]{}")
LONGEST = 256
"""Characters of an address with patterns; names are far shorter."""

Step = Callable[[str, set[int]], set[int]]
"""Takes a name and the places in it that were reached, and returns those reached after the step."""


def is_pattern(address: str) -> bool:
    """Say whether ``address`` holds one of the characters of patterns."""
    return not SPECIAL.isdisjoint(address)


def parts(address: str) -> list[str]:
    """Return the parts of ``address`` between its slashes; raise ``Malformed`` for one too long for a pattern."""
    if len(address) > LONGEST:
        raise Malformed(f"a pattern of {len(address)} characters: must be {LONGEST} at most")
    return address.removeprefix("/").split("/")


def matches(pattern: str, name: str) -> bool:
    """Say whether the whole of ``name`` is what ``pattern``, one part of an address, means; raise ``Malformed``."""
    at = {0}
    for step in compiled(pattern):
        at = step(name, at)
        if not at:
            return False
    return len(name) in at


@lru_cache(maxsize=256)
def compiled(pattern: str) -> tuple[Step, ...]:
    """Return the steps of ``pattern``; raise ``Malformed`` for brackets that don't match."""
    steps: list[Step] = []
    i = 0
    while i < len(pattern):
        head = pattern[i]
        if head in "[{":
            end = pattern.find("]" if head == "[" else "}", i)
            if end < 0:
                raise Malformed(f"{head!r} is not closed in {pattern!r}")
            inside = pattern[i + 1 : end]
            steps.append(_one_of(inside) if head == "[" else _words(tuple(inside.split(","))))
            i = end + 1
            continue
        if head in "]}":
            raise Malformed(f"{head!r} is not opened in {pattern!r}")
        steps.append(_star if head == "*" else _any if head == "?" else _words((head,)))
        i += 1
    return tuple(steps)


def _star(name: str, at: set[int]) -> set[int]:
    return set(range(min(at), len(name) + 1))


def _any(name: str, at: set[int]) -> set[int]:
    return {i + 1 for i in at if i < len(name)}


def _words(words: tuple[str, ...]) -> Step:
    if any(not SPECIAL.isdisjoint(word) for word in words):
        raise Malformed(f"a pattern in the list {{{','.join(words)}}}")
    return lambda name, at: {i + len(word) for i in at for word in words if name.startswith(word, i)}


def _one_of(inside: str) -> Step:
    """Return the step of ``[inside]``: ``a-z`` is a range, a minus at an end is itself, a ``!`` ahead negates."""
    negated = inside.startswith("!")
    inside = inside.removeprefix("!")
    if not inside:
        raise Malformed("an empty [] in a pattern")
    ranges: list[tuple[str, str]] = []
    i = 0
    while i < len(inside):
        is_range = inside[i + 1 : i + 2] == "-" and i + 2 < len(inside)
        first, last = sorted((inside[i], inside[i + 2] if is_range else inside[i]))
        ranges.append((first, last))
        i += 3 if is_range else 1

    def among(character: str) -> bool:
        return any(first <= character <= last for first, last in ranges)

    return lambda name, at: {i + 1 for i in at if i < len(name) and among(name[i]) != negated}
