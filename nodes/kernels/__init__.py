"""The compiled inner loops: flat arrays in, flat arrays out, no Python object inside.

Numba is imported here, before any kernel, and without scipy.
"""

import sys
from contextvars import ContextVar
from typing import Any

_hides_scipy = ContextVar("hides_scipy", default=False)


class _ScipyHidden:
    """An import finder behind which numba finds no scipy; other threads, whose context is another, do.

    Numba imports scipy to check its version, nothing else; it imports it again, and then finds it, when it compiles.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ``ModuleNotFoundError`` for scipy; leave all else to the other finders."""
        if name == "scipy" and _hides_scipy.get():
            raise ModuleNotFoundError("scipy is hidden while numba is imported", name=name)


_hidden, _before = _ScipyHidden(), _hides_scipy.set(True)
sys.meta_path.insert(0, _hidden)
try:
    import numba  # noqa: F401
finally:
    sys.meta_path.remove(_hidden)
    _hides_scipy.reset(_before)
