"""The parameters of a node by name, as compiled code reads them from its flat array of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numba import types
from numba.core.typing import signature
from numba.extending import intrinsic

from .pointers import array_at, array_in, tuple_of


class Parameters:
    """The order in which a node's values lie: names of parameters, and pairs of a name and how many of it follow.

    ``parameters = Parameters("bypass", "gain_db").opener()`` gives a compiled function; ``parameters(values).gain_db``
    is a float, and of ``("trims", 12)`` the array of twelve.  A node's class is checked against it as it is made.
    """

    def __init__(self, *names: str | tuple[str, int]) -> None:
        self._parts = [(name, 0) if isinstance(name, str) else name for name in names]
        self._tuple = tuple_of(name for name, _ in self._parts)

    def check(self, declared: Sequence[str]) -> None:
        """Raise ``TypeError`` unless these are the ``declared`` parameters of a node, in their order."""
        at = 0
        for name, count in self._parts:
            if count == 0 and list(declared[at : at + 1]) != [name]:
                raise TypeError(f"its kernel reads {name!r} as parameter {at}, its class declares {list(declared)}")
            at += max(1, count)
        if at != len(declared):
            raise TypeError(f"its kernel reads {at} parameters, its class declares {list(declared)}")

    def opener(self) -> Any:
        """Return the compiled function that gives the parameters, by name, of the flat ``values``."""
        parts = self._parts
        kinds = [types.Array(types.float64, 1, "C") if count else types.float64 for _, count in parts]
        result = types.NamedTuple(kinds, self._tuple)

        def parameters(typing: Any, values: Any) -> Any:
            def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
                data, opened, at = array_in(context, builder, sig.args[0], args[0]).data, [], 0
                for (_, count), kind in zip(parts, kinds, strict=True):
                    place = builder.gep(data, [context.get_constant(types.intp, at)])
                    length = [context.get_constant(types.intp, count)]
                    opened.append(array_at(context, builder, kind, place, length) if count else builder.load(place))
                    at += max(1, count)
                return context.make_tuple(builder, result, opened)

            return signature(result, values), generate

        return intrinsic(parameters)
