"""Every node, every graph and every profile keeps the contract in nodes/base.py."""

from __future__ import annotations

from typing import Any

import pytest
from cases import GRAPHS, NEUTRAL, Case, profile_cases, registered
from masterchain.nodes.base import Node
from masterchain.nodes.testing.contract import Make, hold, transparent
from masterchain.nodes.testing.kernels import kernels
from masterchain.nodes.testing.promises import PROMISES
from scheduled import schedule

CASES = [*registered(), *GRAPHS, *profile_cases()]
# Modules that sum the same samples in the same order wherever a block ends, and say so.
FIXED_SUMS = {"masterchain.nodes.kernels.true_peak"}
ALL_CHECKS = PROMISES | {"schedule": schedule}


def pairs() -> list[Any]:
    params: list[Any] = []
    for case in CASES:
        for name in sorted(ALL_CHECKS.keys() - case.left_out):
            marks = [pytest.mark.xfail(reason=case.exempt[name])] if name in case.exempt else []
            params.append(pytest.param(case.make, name, id=f"{case.name}-{name}", marks=marks))
    return params


@pytest.mark.parametrize(("make", "name"), pairs())
def test_contract(make: Make, name: str) -> None:
    check = ALL_CHECKS[name]
    try:
        check(make)
    except AssertionError as error:
        error.add_note(f"The promise: {check.__doc__}")
        raise


@pytest.mark.parametrize("case", [c for c in CASES if c.neutral], ids=lambda c: c.name)
def test_neutral_settings_are_transparent(case: Case) -> None:
    assert case.neutral is not None
    transparent(case.neutral)


@pytest.mark.parametrize("cls", [pytest.param(type(c.make()), id=c.name) for c in registered()])
def test_every_node_says_what_is_neutral(cls: type[Node]) -> None:
    hold(cls.id in NEUTRAL, f"{cls.id}: add its neutral settings, or None, to NEUTRAL in tests/support/cases.py")


@pytest.mark.parametrize("name", sorted(kernels()))
def test_kernels_release_the_gil(name: str) -> None:
    """Two streams must be able to run at once, and a live block must not wait for Python."""
    options = kernels()[name].targetoptions
    assert options.get("nogil"), f"{name} holds the GIL: compile it with @kernel"
    assert name.rpartition(".")[0] in FIXED_SUMS or not options.get("fastmath"), (
        f"{name} re-associates sums: see FIXED_SUMS"
    )
