"""``masterchain docs commands``: every command with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..shell.help import facts
from .markdown import code, page, table

ABOUT = """Made from the declarations of the commands by `masterchain docs commands`; `masterchain COMMAND --help` says
the same. Exit codes: 0 done, 1 failed or interrupted, 2 bad input or options."""


def commands_page(command: Any) -> str:
    """Return the page of ``command``, the command line's own, and of all below it."""
    known = facts()
    sections = (_section(path, one, known) for path, one in commands(command))
    return page("Commands", ABOUT, [line for section in sections for line in section])


def commands(command: Any, path: str = "masterchain") -> Iterator[tuple[str, Any]]:
    """Yield ``command`` and all below it, each with the words that call it."""
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, f"{path} {name}")


def _section(path: str, command: Any, known: dict[str, str]) -> Iterator[str]:
    context = command.make_context(path, [], resilient_parsing=True)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield from (f"## {path}", "", f"`{usage}`", "", command.help or "", "")
    arguments, options = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for one in command.params:
        doc = (getattr(one, "help", None) or "").format_map(known)
        row = (*_called(one), _default(one), f"{doc} May be repeated." if one.multiple else doc)
        (options if one.opts[0].startswith("-") else arguments).append(row)
    if arguments:
        yield from table(("argument", "", "default", "what it is"), arguments)
    if options:
        yield from table(("option", "value", "default", "what it does"), options)


def _called(one: Any) -> tuple[str, str]:
    """Return how a parameter is written, and the word for its value; a switch has none."""
    if not one.opts[0].startswith("-"):
        return code(one.metavar or one.name.upper()), "" if one.required else "may be left out"
    names = ", ".join(code(name) for name in (*one.opts, *one.secondary_opts))
    return names, "" if one.is_flag else code((one.metavar or "").strip("<>") or "VALUE")


def _default(one: Any) -> str:
    plain = one.default is not None and not callable(one.default) and not getattr(one, "is_flag", False)
    return str(one.default) if plain and one.default != [] else ""
