"""The kernels as they are compiled: no way to fail inside, the same elementary functions everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from cases import import_all
from masterchain.nodes.base import Node
from masterchain.nodes.flat import FlatNode
from masterchain.nodes.kernels import maths
from masterchain.nodes.kernels.pointers import BLOCK_ARGUMENTS
from numba import njit
from numpy.typing import NDArray

import_all()
FLAT = sorted({cls.kernels.__name__ for cls in Node.registry.values() if issubclass(cls, FlatNode)})
MODULES = {cls.kernels.__name__: cls.kernels for cls in Node.registry.values() if issubclass(cls, FlatNode)}


@pytest.mark.parametrize("name", [name for name in FLAT if name.startswith("masterchain.")])
def test_a_block_has_no_way_to_fail_and_allocates_nothing(name: str) -> None:
    """No exception is prepared in the code, no memory asked for: a plugin runs it where there is no Python."""
    code = code_of_block(MODULES[name].block.py_func)
    assert "picklebuf" not in code, "it can raise: look for slice assignments, ranges with a step, tuples by index"
    assert "NRT_MemInfo_alloc" not in code


def test_an_exception_in_a_kernel_would_be_seen() -> None:
    def block(block: Any, values: Any, floats: Any, ints: Any) -> None:
        block[0, :] = values

    assert "picklebuf" in code_of_block(block)


def code_of_block(block: Any) -> str:
    """Return what LLVM makes of a block function, as a text."""
    compiled: Any = njit(nogil=True, error_model="numpy")(block)
    compiled.compile(BLOCK_ARGUMENTS)
    return str(compiled.overloads[BLOCK_ARGUMENTS].library.get_llvm_str())


DRAW = np.random.default_rng(11)


def around(*ranges: tuple[float, float]) -> NDArray[Any]:
    """Return a thousand numbers in each of the ranges."""
    return np.concatenate([DRAW.uniform(low, high, 1000) for low, high in ranges])


FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[Any], Any], NDArray[Any]]] = {
    "exp": (maths.exp, mpmath.exp, around((-1.0, 1.0), (-50.0, 50.0), (-700.0, 709.0))),
    "pow10": (maths.pow10, lambda x: mpmath.mpf(10) ** x, around((-1.0, 1.0), (-20.0, 20.0), (-300.0, 308.0))),
    "expm1": (maths.expm1, mpmath.expm1, around((-1e-6, 0.0), (-1.0, 1.0), (-5.0, 5.0), (-60.0, 700.0))),
    "log10": (maths.log10, mpmath.log10, np.concatenate([
        around((0.5, 2.0), (1.0 - 1e-6, 1.0 + 1e-6)), 10.0 ** around((-15.0, 5.0), (-307.0, 308.0)),
    ])),
    "tan": (maths.tan, mpmath.tan, np.concatenate([around((0.0, 0.8), (0.7, 1.57)), 10.0 ** around((-8.0, -1.0))])),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_elementary_function_errs_by_less_than_a_unit_in_the_last_place(name: str) -> None:
    mine, exact, numbers = FUNCTIONS[name]
    with mpmath.workprec(200):
        for x in numbers:
            true = exact(mpmath.mpf(float(x)))
            assert abs(mpmath.mpf(mine(float(x))) - true) <= math.ulp(float(true)), (name, float(x))


def test_elementary_functions_at_their_ends() -> None:
    assert (maths.exp(0.0), maths.pow10(0.0), maths.log10(1.0), maths.expm1(0.0), maths.tan(0.0)) == (1, 1, 0, 0, 0)
    assert [maths.pow10(float(n)) for n in range(16)] == [10.0**n for n in range(16)]
    assert (maths.exp(1000.0), maths.pow10(400.0), maths.expm1(800.0), maths.log10(np.inf)) == (np.inf,) * 4
    assert (maths.exp(-1000.0), maths.pow10(-400.0), maths.expm1(-1000.0), maths.log10(0.0)) == (0, 0, -1, -np.inf)
    assert all(np.isnan(f(np.nan)) for f in (maths.exp, maths.pow10, maths.expm1, maths.log10))
    assert np.isnan(maths.log10(-1.0))
    assert maths.pow10(-310.0) == pytest.approx(1e-310, rel=1e-12)
    assert maths.log10(1e-310) == pytest.approx(-310.0, rel=1e-15)
