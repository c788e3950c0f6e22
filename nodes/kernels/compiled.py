"""How a kernel is compiled: without the GIL, cached on disk, IEEE arithmetic kept exactly.

Float contraction and re-association stay off (no ``fastmath``): a sample's value must not depend on where a block
happens to end, and vectorised and scalar remainders would differ with them on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call, or load it from the cache."""
    compiled: Any = njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` into the kernels that call it; nothing is cached or called on its own."""
    compiled: Any = njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)
