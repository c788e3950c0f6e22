"""Help texts whose figures come from where they are declared, looked up only when somebody asks for help."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from typer.core import TyperCommand, TyperGroup


class Factual(TyperCommand):
    """A command whose help texts may hold ``{names}`` of ``facts``."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Fill in the facts, then write the help."""
        if any("{" in (getattr(parameter, "help", None) or "") for parameter in self.params):
            values = facts()
            for parameter in self.params:
                parameter.help = parameter.help.format_map(values)  # type: ignore[attr-defined] # arguments have one too
        _plain_switches(self, ctx)
        super().format_help(ctx, formatter)


class Commands(TyperGroup):
    """The command of commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _plain_switches(self, ctx)
        super().format_help(ctx, formatter)


def _plain_switches(command: TyperCommand | TyperGroup, ctx: Any) -> None:
    """Keep typer from writing ``<bool>`` behind options that take no value."""
    for parameter in command.get_params(ctx):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""


def _range(declared: Any) -> str:
    return f"{declared.lo:g}..{declared.hi:g} {declared.unit}; default {declared.default:g}"


def facts() -> dict[str, str]:
    """Return what the texts of ``masterchain master --help`` leave open."""
    from ...graph.media.delivery_kinds import KINDS
    from ...graph.media.formats import NAMES
    from ...graph.planning.settings import INTENSITY, LOUDNESS, SHAPINGS, TRUE_PEAK, Settings
    from ...graph.previews.window import DURATION_S, START_S
    from ...presets import LETTERS, deliveries

    defaults = {field.name: field.default for field in fields(Settings)}
    return {
        "profiles": f"{LETTERS[0]}..{LETTERS[-1]}",
        "profile": f"default {defaults['profile']}",
        "intensity": _range(INTENSITY),
        "loudness": _range(LOUDNESS),
        "true_peak": _range(TRUE_PEAK),
        "services": ", ".join(deliveries()),
        "kinds": ", ".join(KINDS),
        "start": f"default {START_S:g} s",
        "duration": f"default {DURATION_S:g} s",
        "formats": ", ".join(sorted(NAMES)),
        "shapings": f"{', '.join(SHAPINGS)}; default {defaults['shaping']}",
    }
