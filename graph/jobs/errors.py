"""What is wrong with a job document: the place, the value and what would be right, a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...nodes.errors import MasterchainError

if TYPE_CHECKING:
    from pydantic import ValidationError

Place = Sequence[str | int]
LONGEST = 60
SECRETS = ("auth", "headers")
"""What stands under these keys is never repeated in an error."""


class DocumentError(MasterchainError, ValueError):
    """A job document that cannot be done: ``problems`` are sentences that begin with the place, the text all of them.

    ``json_error`` tells that the text was no JSON at all.
    """

    def __init__(self, problems: Sequence[str], json_error: bool = False) -> None:
        self.problems, self.json_error = tuple(problems), json_error
        super().__init__("; ".join(self.problems))


def at(place: Place) -> str:
    """Return a place as one writes it: ``outputs[1].master.loudness``."""
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return written.lstrip(".") or "the document"


def problem(place: Place, value: Any, right: str) -> str:
    """Return the sentence for ``value`` at ``place``, which must be ``right``."""
    return f"{at(place)} = {shown(place, value)}: must be {right}"


def shown(place: Place, value: Any) -> str:
    """Return ``value`` as JSON, cut short; secrets are not repeated."""
    if any(step in SECRETS for step in place):
        return "(not shown)"
    if isinstance(value, (dict, list)) and value:
        return "{...}" if isinstance(value, dict) else "[...]"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def problems_of(error: ValidationError, document: Any, right: Mapping[str, str]) -> list[str]:
    """Return what pydantic's ``error`` says of ``document``; ``right`` tells by key what is right there."""
    problems = []
    for one in error.errors(include_url=False):
        place = _place(one["loc"], document)
        key = next((step for step in reversed(place) if isinstance(step, str)), "")
        if place and isinstance(place[-1], int):
            key += "[]"
        if one["type"] == "missing":
            problems.append(f"{at(place)} is missing: must be {right.get(key, 'there')}")
        elif one["type"] == "absent":
            key = one["ctx"]["key"]
            problems.append(f"{at((*place, key))} is missing: must be {right[key]}{one['ctx']['unless']}")
        elif one["type"] == "house":
            problems.append(f"{at(place)} = {shown(place, one['input'])}: {one['ctx']['words']}")
        else:
            problems.append(problem(place, one["input"], right.get(key, "something else")))
    return list(dict.fromkeys(problems))


def _place(location: Place, document: Any) -> Place:
    """Return ``location`` as the user wrote it: a URL may stand where an object with a ``url`` would be."""
    node = document
    for depth, step in enumerate(location):
        if isinstance(node, str):
            return location[:depth]
        if isinstance(step, int):
            node = node[step] if isinstance(node, list) and step < len(node) else None
        else:
            node = node.get(step) if isinstance(node, dict) else None
    return location
