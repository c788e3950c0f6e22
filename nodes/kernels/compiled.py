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
from numba.core.runtime import rtsys

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
    """Numba's cache, which also knows a kernel by those that are compiled into it, and is read without the compiler.

    Numba's own ``load_overload`` first imports all that its compiler knows of Python, numpy and scipy, which takes
    longer than loading the kernels of a master.  What is in the cache calls nothing of that but numba's runtime; what
    is not there is compiled, and the compiler imports the same itself.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was compiled for the argument types ``sig``, or None if it is not in the cache."""
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), _sources())
