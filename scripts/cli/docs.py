"""``masterchain docs``: the reference pages."""

from __future__ import annotations

import typer

docs = typer.Typer(no_args_is_help=True, help="Print a reference page, Markdown, made from the code.")


@docs.callback()
def pages() -> None:
    """Print a reference page, Markdown, made from the code."""


@docs.command()
def parameters() -> None:
    """Print every parameter of every node: unit, range, default, taper, smoothing."""
    from ..docs.parameters import parameters_page

    typer.echo(parameters_page(), nl=False)


@docs.command()
def commands(context: typer.Context) -> None:
    """Print every command with its arguments and options."""
    from ..docs.commands import commands_page

    typer.echo(commands_page(context.find_root().command), nl=False)


@docs.command()
def osc() -> None:
    """Print every OSC address and meter: arguments, units, ranges."""
    from .live_session import extra

    with extra("the page of OSC addresses"):
        from ..docs.osc import osc_page

    typer.echo(osc_page(), nl=False)


@docs.command()
def python() -> None:
    """Print every public name of graph, nodes and presets: signature and docstring."""
    from ..docs.python import python_page

    typer.echo(python_page(), nl=False)
