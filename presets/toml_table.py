"""Reading TOML files, presets and others, with errors that name the file and the line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..nodes.errors import MasterchainError

BUILT_IN = Path(__file__).parent


class TomlError(MasterchainError, ValueError):
    """A TOML file that cannot be used: one line with the file, the line and what would be right."""


class PresetError(TomlError):
    """A preset that cannot be used: one line with the file, the line and what would be right."""


@dataclass(frozen=True)
class Table:
    """A table of a TOML file that knows where it stands; of a preset, unless ``error`` says otherwise."""

    path: Path
    written: str
    name: str
    content: Mapping[str, Any]

    def error(self, key: str, what: str) -> TomlError:
        """Return the error for ``key`` of this table, with its line."""
        return PresetError(self.located(key, what))

    def located(self, key: str, what: str) -> str:
        """Return ``what`` is wrong with ``key`` behind the file and the line."""
        return f"{self.path.name}, line {self.line(key)}: {what}"

    def only(self, *keys: str) -> None:
        """Raise ``error`` for a key other than ``keys``."""
        for key in self.content:
            if key not in keys:
                raise self.error(key, f"unknown key {key!r}; known are {', '.join(keys)}")

    def table(self, key: str) -> Table:
        """Return the table under ``key``, empty if there is none."""
        content = self.content.get(key, {})
        if not isinstance(content, dict):
            raise self.error(key, f"{key} = {content!r}: must be a table, [{key}]")
        return Table(self.path, self.written, key, content)

    def value(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        """Return the value of ``key``, or raise ``error`` if it is missing or not of ``kind``."""
        if key not in self.content:
            raise self.error(key, f"{key} is missing: must be {what}")
        value = self.content[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.error(key, f"{key} = {value!r}: must be {what}")
        return value

    def text(self, key: str) -> str:
        """Return the text under ``key``."""
        return str(self.value(key, str, "a text in quotes"))

    def number(self, key: str) -> float:
        """Return the number under ``key``."""
        return float(self.value(key, (int, float), "a number"))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under ``key``."""
        return tuple(str(item) for item in self.value(key, list, "a list of texts"))

    def line(self, key: str) -> int:
        """Return the line of ``key``: its own in this table, else the table's head, else 1."""
        head, head_line = "", 1
        for number, line in enumerate(self.written.splitlines(), start=1):
            section = re.match(r"\s*\[([^\]]+)\]", line)
            if section:
                head = section[1].strip()
                if head in (key, self.name):
                    head_line = number
            elif head == self.name and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return head_line


def toml_value(value: Any) -> str:
    """Return a bool, finite number, text or list of these as TOML: as JSON writes them, but for DEL in a text."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _fits(value: Any) -> bool:
    """Say whether all whole numbers in ``value`` have 64 bits at most, which TOML promises to hold."""
    if isinstance(value, dict):
        return all(map(_fits, value.values()))
    if isinstance(value, list):
        return all(map(_fits, value))
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def read(path: Path, error: Callable[[str], TomlError] = PresetError) -> Table:
    """Return the content of the TOML file at ``path``; raises ``error`` if it is missing or no TOML."""
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
        if not _fits(content):
            raise ValueError("a whole number needs more than 64 bits")
        return Table(path, text, "", content)
    except OSError as failed:
        raise error(f"{path}: cannot be read: {failed.strerror}") from None
    except RecursionError:
        raise error(f"{path.name}: not valid TOML: lists or tables lie too deep in one another") from None
    except ValueError as broken:  # also a number of thousands of digits, which Python refuses to read
        raise error(f"{path.name}: not valid TOML: {broken}") from None
