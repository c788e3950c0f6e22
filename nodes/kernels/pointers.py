"""The few things that compiled code does with addresses: arrays on memory elsewhere, and calls of kernels by address.

What generates code imports numba's compiler where it does so: a kernel that comes from the cache needs none of it.

All that is unsafe in the project is in this file.  An address comes from ``address_of`` an array, or from a kernel's
``code_of``; who hands one out keeps what it points to alive.  An array made here owns nothing and costs nothing.
"""

from __future__ import annotations

import ctypes
from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numba import types
from numba.core.typing import signature
from numba.extending import intrinsic
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = types.Array(types.float64, 2, "C")
REALS = types.Array(types.float64, 1, "C")
WHOLES = types.Array(types.int64, 1, "C")
BLOCK_ARGUMENTS = (BLOCK, REALS, REALS, WHOLES)
"""What every node's ``block`` takes: the block, and the three flat arrays ``values, floats, ints``."""

CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)
"""What Python hands to compiled code: a function of the address of a contiguous block and its number of frames."""


def _generated(function: Callable[..., Any]) -> Any:
    """Have ``function`` generate code where compiled code calls it; its first argument is numba's."""
    return intrinsic(function)


def tuple_of(names: Iterable[str]) -> Any:
    """Return the class of tuples by which compiled code says ``m.power``."""
    make: Any = namedtuple
    return make("Parts", list(names))


def address_of(array: NDArray[Any]) -> int:
    """Return where the numbers of a contiguous ``array`` lie."""
    return int(array.ctypes.data)


def code_of(block: Callable[..., None]) -> int:
    """Return the address of a kernel ``block(block, values, floats, ints)``, compiled or loaded if need be."""
    dispatcher: Any = block
    dispatcher.compile(BLOCK_ARGUMENTS)
    result = dispatcher.overloads[BLOCK_ARGUMENTS]
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))


def array_in(context: Any, builder: Any, kind: Any, value: Any = None) -> Any:
    """Return ``value``, or a new array to be filled in, of numba's type ``kind`` as generated code handles it."""
    from numba.np.arrayobj import make_array

    return make_array(kind)(context, builder, value)


def array_at(context: Any, builder: Any, kind: Any, data: Any, shape: list[Any]) -> Any:
    """Generate the code of an array of numba's type ``kind`` and ``shape`` on the memory at ``data``."""
    from numba.core import cgutils

    array = array_in(context, builder, kind)
    size = context.get_constant(types.intp, 8)
    strides, items = [size], context.get_constant(types.intp, 1)
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    for length in shape:
        items = builder.mul(items, length)
    array.data, array.itemsize, array.nitems = data, size, items
    array.shape, array.strides = cgutils.pack_array(builder, shape), cgutils.pack_array(builder, strides)
    array.meminfo, array.parent = cgutils.get_null_value(array.meminfo.type), cgutils.get_null_value(array.parent.type)
    return array._getvalue()


def _arrays(item: Any) -> Any:
    """Return the intrinsic that makes flat arrays of ``item`` at an address."""
    kind = types.Array(item, 1, "C")

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = context.get_data_type(item).as_pointer()
        return array_at(context, builder, kind, builder.inttoptr(args[0], pointer), list(args[1:]))

    def flat(typing: Any, address: Any, length: Any) -> Any:
        return signature(kind, types.int64, types.int64), generate

    return intrinsic(flat)


reals_at = _arrays(types.float64)
"""``reals_at(address, n)``: the ``n`` floats at ``address``."""
wholes_at = _arrays(types.int64)
"""``wholes_at(address, n)``: the ``n`` integers at ``address``."""


@_generated
def grid(typing: Any, memory: Any, first: Any, rows: Any, columns: Any) -> Any:
    """``grid(memory, first, rows, columns)``: part of a flat array, from ``first`` on, as one of two dimensions."""
    kind = types.Array(memory.dtype, 2, "C")

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        flat = array_in(context, builder, sig.args[0], args[0])
        return array_at(context, builder, kind, builder.gep(flat.data, [args[1]]), list(args[2:]))

    return signature(kind, memory, types.int64, types.int64, types.int64), generate


@_generated
def data_of(typing: Any, array: Any) -> Any:
    """``data_of(array)``: the address of an array's first number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = array_in(context, builder, sig.args[0], args[0]).data
        return builder.ptrtoint(data, context.get_data_type(types.int64))

    return signature(types.int64, array), generate


@_generated
def call_block(typing: Any, code: Any, block: Any, values: Any, floats: Any, ints: Any) -> Any:
    """``call_block(code, block, values, floats, ints)``: run the kernel whose address is ``code``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kinds = sig.args[1:]
        pointer = context.call_conv.get_function_type(types.none, kinds).as_pointer()
        context.call_conv.call_function(builder, builder.inttoptr(args[0], pointer), types.none, kinds, args[1:])
        return context.get_dummy_value()

    return signature(types.void, types.int64, *BLOCK_ARGUMENTS), generate


@_generated
def call_python(typing: Any, code: Any, block: Any, frames: Any) -> Any:
    """``call_python(code, address, frames)``: run the ``CALLBACK`` whose address is ``code``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        from llvmlite import ir

        word = ir.IntType(64)
        pointer = ir.FunctionType(ir.VoidType(), [word, word]).as_pointer()
        builder.call(builder.inttoptr(args[0], pointer), args[1:])
        return context.get_dummy_value()

    return signature(types.void, types.int64, types.int64, types.int64), generate


@_generated
def bits_of(typing: Any, x: Any) -> Any:
    """``bits_of(x)``: the 64 bits of a float as an integer."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_data_type(types.int64))

    return signature(types.int64, types.float64), generate


@_generated
def float_of(typing: Any, bits: Any) -> Any:
    """``float_of(bits)``: the float that has these 64 bits."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_data_type(types.float64))

    return signature(types.float64, types.int64), generate
