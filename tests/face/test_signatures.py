"""Nodes and chains have real signatures: at run time, and for type checkers and editors."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pedalboard
import pytest
from cases import import_all
from masterchain.graph import Chain, MidSide, Parallel
from masterchain.graph.chains.parallel import Branch, Delta, DryWet
from masterchain.nodes import DynamicEQ, Gain, Hosted, Limiter, Node, Param
from masterchain.nodes.bands import BANDS_HZ
from typed import complaints

import_all()
CLASSES = {name: cls for name, cls in sorted(Node.registry.items()) if cls.__module__.startswith("masterchain.")}

WRONG = [
    ("Limiter(ceilng_db=-1.0)", "did you mean"),
    ("Limiter(-1.0)", "Too many positional"),
    ('Limiter(ceiling_db="loud")', "incompatible type"),
    ("Limiter().treshold = 3.0", "no attribute"),
    ("Limiter().ceilng_db = 3.0", "no attribute"),
    ('Limiter().ceiling_db = "loud"', "Incompatible types"),
    ("DynamicEQ(target_41_db=0.0)", "Unexpected keyword"),
    ("DynamicEQ().trim_41_db = 0.0", "no attribute"),
    ("Chain([], bypas=True)", "Unexpected keyword"),
    ("Branch([], gain=1.0)", "Unexpected keyword"),
    ("DryWet(None, wet=1.0)", "Unexpected keyword"),
    ("Mine(amount=0.5, amont=0.5)", "Unexpected keyword"),
]
"""Lines that a type checker must refuse, and why."""


def call(cls: type[Node]) -> str:
    """The call of ``cls`` with every parameter that it declares, at its default."""
    defaults = {name: p.plain(p.default) for name, p in cls.params().items()}
    return f"{cls.__name__}({', '.join(f'{name}={value!r}' for name, value in defaults.items())})"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, str]:
    """What mypy says of each line."""
    right = [call(cls) for cls in CLASSES.values()]
    right += ["y: float = Limiter().ceiling_db", "z: Param = Limiter.ceiling_db", "Delta([Gain()], bypass=True)"]
    imports = [f"from {cls.__module__} import {cls.__name__}" for cls in CLASSES.values()]
    own = [
        "from masterchain.nodes import Param",
        "class Mine(Gain):",
        "    amount: Param = Param(1.0, 0.0, 1.0, doc='')",
    ]
    lines = [*imports, *own, "Mine(gain_db=1.0, amount=0.5).amount = 1.0", *right, *(line for line, _ in WRONG)]
    said = complaints("\n".join(lines) + "\n", tmp_path_factory.mktemp("typed"), pytestconfig)
    return {line: said.get(number, "") for number, line in enumerate(lines, start=1)}


def test_what_is_declared_passes_a_type_checker(told: dict[str, str]) -> None:
    wrong = {line for line, _ in WRONG}
    assert {line: what for line, what in told.items() if what and line not in wrong} == {}


@pytest.mark.parametrize(("line", "why"), WRONG)
def test_what_is_misspelt_fails_it(line: str, why: str, told: dict[str, str]) -> None:
    assert why in told[line]


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_the_signature_names_every_parameter_and_its_default(cls: type[Node]) -> None:
    shown = inspect.signature(cls).parameters
    for name, p in cls.params().items():
        assert shown[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert shown[name].default == p.plain(p.default)
    assert not [p for p in shown.values() if p.kind is p.VAR_KEYWORD]
    assert inspect.signature(cls.__call__) == inspect.signature(Node.process)


def test_signatures_read_like_those_of_functions() -> None:
    assert str(inspect.signature(Gain)) == "(*, gain_db: float = 0.0, bypass: bool = False)"
    assert str(inspect.signature(Limiter)).startswith("(*, ceiling_db: float = -1.0, release_ms: float = 2.0, ")
    assert list(inspect.signature(Chain).parameters) == ["items", "bypass"]
    assert list(inspect.signature(Branch).parameters) == ["items", "gain_db", "bypass"]
    assert list(inspect.signature(DryWet).parameters) == ["chain", "mix", "bypass"]
    assert list(inspect.signature(Delta).parameters) == ["chain", "bypass"]
    assert list(inspect.signature(Gain()).parameters) == ["audio", "sample_rate", "buffer_size", "reset"]


def test_the_equaliser_declares_two_parameters_a_band() -> None:
    banded = [name for name in DynamicEQ.params() if name.startswith(("target_", "trim_"))]
    assert banded == [f"{what}_{hz}_db" for what in ("target", "trim") for hz in BANDS_HZ]


@pytest.mark.parametrize(
    ("node", "name", "said"),
    [
        (Limiter(), "treshold", "limiter has no attribute 'treshold'; it has bypass, ceiling_db, release_ms"),
        (Limiter(), "ceilng_db", "limiter has no attribute 'ceilng_db'; did you mean 'ceiling_db'"),
        (DynamicEQ(), "trim_1121_db", "did you mean 'trim_112_db'"),
        (Chain(), "bypas", "did you mean 'bypass'"),
        (Parallel(), "branch", "did you mean 'branches'"),
        (MidSide(), "center", "mid_side has no attribute 'center'; it has bypass"),
        (Hosted(pedalboard.Gain()), "gain", "has no parameter 'gain'"),
    ],
)  # fmt: skip
def test_a_misspelt_attribute_is_refused(node: Node, name: str, said: str) -> None:
    with pytest.raises(AttributeError, match=re.escape(said)):
        setattr(node, name, 3.0)
    assert name not in vars(node)


class Labelled(Gain):
    """A node of a user's own, with attributes that are no parameters."""

    shade = "warm"
    amount: Param = Param(0.5, 0.0, 1.0, doc="Of something.")

    def __init__(self, label: str, **values: Any) -> None:
        super().__init__(**values)
        self.label = label
        self._count()

    def _count(self) -> None:
        self.counted = 1

    def misspell(self) -> None:
        self.lable = "third"


def test_a_node_of_ones_own_may_have_attributes_of_its_own() -> None:
    node: Any = Labelled("first", amount=0.25)
    node.label, node.shade, node._spare, node.amount = "second", "cold", 1, 0.75
    node.counted = 2
    assert (node.label, node.shade, node._spare, node.amount, node.counted) == ("second", "cold", 1, 0.75, 2)
    with pytest.raises(AttributeError, match="did you mean 'label'"):
        node.lable = "third"
    with pytest.raises(AttributeError, match="did you mean 'label'"):
        node.misspell()
    assert list(inspect.signature(Labelled).parameters) == ["label", "gain_db", "amount", "bypass"]
