"""The compiled inner loops: flat arrays in, flat arrays out, no Python object inside.

Numba is imported here, before any kernel, and without scipy.
"""

import sys
import threading
from typing import Any


class _ScipyHidden:
    """An import finder behind which this thread sees no scipy while numba is imported.

    Numba imports scipy to check its version, nothing else; it imports it again, and then finds it, when it compiles.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ``ModuleNotFoundError`` for scipy; leave all else to the other finders."""
        if name == "scipy" and threading.get_ident() == self._thread:
            raise ModuleNotFoundError("scipy is hidden while numba is imported", name=name)


_hidden = _ScipyHidden()
sys.meta_path.insert(0, _hidden)
try:
    import numba  # noqa: F401
finally:
    sys.meta_path.remove(_hidden)
