"""The reference pages leave nothing out: whatever the code declares stands in them."""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any

import pytest
import typer
from cases import import_all
from masterchain import graph, nodes, presets
from masterchain.graph.control.osc.addresses import Tree
from masterchain.nodes import Choice, Declared, Node, Switch
from masterchain.scripts.cli.app import app, run
from masterchain.scripts.docs.commands import commands
from masterchain.scripts.docs.osc import full_console
from masterchain.scripts.shell.outcome import Session


def printed(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["docs", name], Session()) == 0
    return capsys.readouterr().out


def sections(page: str, level: str = "##") -> dict[str, str]:
    """The text below every heading."""
    parts = re.split(rf"^{level} (.+)$", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def values_of(declared: Declared[Any]) -> str:
    if isinstance(declared, Choice):
        return ", ".join(declared.names)
    return "off, on" if isinstance(declared, Switch) else f"{declared.lo:g}..{declared.hi:g}"


def test_every_parameter_of_every_node_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    import_all()
    told = sections(printed("parameters", capsys))
    ours = {name: node for name, node in Node.registry.items() if node.__module__.startswith("masterchain.")}
    assert told.keys() == ours.keys()
    for name, node in ours.items():
        rows = dict(re.findall(r"^\| `(\w+)` (\|.*)$", told[name], re.M))
        assert rows.keys() == node.params().keys(), name
        for declared in node.params().values():
            row = rows[declared.name]
            assert declared.doc in row, row
            assert f"| {declared.unit} |" in row, row
            assert f"| {values_of(declared)} |" in row, row


def test_every_command_and_every_option_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = sections(printed("commands", capsys))
    by_path = dict(commands(typer.main.get_command(app)))
    assert told.keys() == by_path.keys()
    assert {
        "masterchain master",
        "masterchain bench sound",
        "masterchain docs osc",
        "masterchain insert",
    } <= by_path.keys()
    for path, command in by_path.items():
        for one in command.params:
            names = one.opts if one.opts[0].startswith("-") else [one.metavar]
            assert all(f"`{name}`" in told[path] for name in names), (path, names)
    assert "{" not in re.sub(r"\{[A-Z]+\}", "", "".join(told.values())), "a figure was not filled in"


def test_every_osc_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed("osc", capsys)
    tree = Tree(full_console())
    listed = sections(page)["All addresses"].split("```")[1].split()[1:]
    assert listed == list(tree.exact)
    rows = {row.strip("`") for row in re.findall(r"^\| (`/\S+`) \|", page, re.M)}
    forms = {f"{row}/{form}" for row in rows for form in ("norm", "str")}
    numbered = {f"/masterchain/fxparam/{number}/value" for number in tree.numbers.values()}
    assert set(tree.exact) - rows - forms == numbered


def test_the_meters_say_their_units_and_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed("osc", capsys)
    assert "| `/masterchain/meter/true_peak` | dBTP | -60..3 | Highest of the last 400 ms. |" in page
    assert re.search(r"^\| `/masterchain/limiter/ceiling_db` \| dBTP \| -20\.\.0 \| -1 \| \d+ \| ", page, re.M)


@pytest.mark.parametrize("module", [graph, nodes, presets], ids=["graph", "nodes", "presets"])
def test_every_public_name_is_told_with_its_docstring(module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    told = sections(printed("python", capsys), "###")
    short = module.__name__.removeprefix("masterchain.")
    assert [name for name in told if name.startswith(f"{short}.")] == [f"{short}.{name}" for name in module.__all__]
    for name in module.__all__:
        value, text = getattr(module, name), told[f"{short}.{name}"]
        if inspect.isroutine(value) or (inspect.isclass(value) and not (value.__doc__ or "").startswith(f"{name}(")):
            assert inspect.cleandoc(value.__doc__ or "").splitlines()[0] in text, name


def test_every_public_method_is_told_with_its_docstring(capsys: pytest.CaptureFixture[str]) -> None:
    told = sections(printed("python", capsys), "###")
    for module in (graph, nodes, presets):
        for name in module.__all__:
            owner = getattr(module, name)
            if inspect.isclass(owner) and not hasattr(owner, "__origin__"):
                text = told[f"{module.__name__.removeprefix('masterchain.')}.{name}"]
                for member, one in vars(owner).items():
                    if inspect.isfunction(one) and not member.startswith("_"):
                        assert f"* **`{member}(" in text, (name, member)
                        assert (inspect.getdoc(one) or "").splitlines()[0] in text, (name, member)


def test_nothing_in_the_pages_depends_on_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert " at 0x" not in "".join(printed(name, capsys) for name in ("parameters", "commands", "osc", "python"))
