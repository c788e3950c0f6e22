"""How a kernel is compiled: without the GIL, cached on disk, IEEE arithmetic kept exactly.

Float contraction and re-association stay off (no ``fastmath``): a sample's value must not depend on where a block
happens to end, and vectorised and scalar remainders would differ with them on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call, or load it from the cache."""
    compiled: Any = njit(nogil=True, error_model="numpy")(function)
    compiled._cache = _Cache(function)
    return cast("Callable[P, R]", compiled)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` into the kernels that call it; nothing is cached or called on its own."""
    compiled: Any = njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)


@cache
def _sources() -> tuple[tuple[str, int, int], ...]:
    """Return names, sizes and times of all that is compiled into kernels: this folder, and the constants beside it."""
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *here.parent.glob("*.py")])
    return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files)


class _Cache(FunctionCache):
    """Numba's cache, which knows a kernel by its own file alone: here also by those that are compiled into it."""

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), _sources())
