"""Whatever a parameter is set to, it holds a value of its range or refuses with ``ParamError``."""

from __future__ import annotations

from typing import Any

import pytest
from cases import import_all
from hostile import floats
from hypothesis import given
from hypothesis import strategies as st
from masterchain.nodes import Node
from masterchain.nodes.params import Declared, ParamError

import_all()
DECLARED = {
    f"{node.id}.{name}": declared
    for _, node in sorted(Node.registry.items())
    for name, declared in node.params().items()
}
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from((10**400, -(10**400))), floats(), st.text(max_size=9),
    st.binary(max_size=3), st.lists(floats(), max_size=2), st.complex_numbers(allow_subnormal=False),
    st.sampled_from(("master", "on", "16")),
)  # fmt: skip


@given(path=st.sampled_from(sorted(DECLARED)), value=values)
def test_any_value_is_held_in_its_range_or_refused(path: str, value: Any) -> None:
    declared: Declared[Any] = DECLARED[path]
    try:
        stored = declared.check(value)
    except ParamError as refused:
        said = str(refused)
    else:
        assert declared.lo <= stored <= declared.hi
        return
    assert said.startswith(f"{declared.name} = ")


@given(path=st.sampled_from(sorted(DECLARED)), knob=floats(0.0, 1.0))
def test_every_position_of_a_knob_is_a_value_and_comes_back(path: str, knob: float) -> None:
    declared: Declared[Any] = DECLARED[path]
    stored = declared.check(declared.from_unit(knob))
    assert declared.from_unit(declared.to_unit(stored)) == pytest.approx(stored, rel=1e-9, abs=1e-9)
