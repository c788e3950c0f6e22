"""The elementary functions of the kernels, in sums and products alone: the same bits on every system.

A system's own differ from another's in the last bit, and with it all that follows.  These err by less than one unit in
the last place (held against mpmath by a test), most of them by little more than the half that rounding costs: what
would be lost in a sum or a product is carried along as a second number (T. J. Dekker, "A floating-point technique for
extending the available precision", Numerische Mathematik 18, 1971; D. E. Knuth, TAOCP 2, 4.2.2).  ``np.sqrt`` and whole
powers are exact to the rounding everywhere and need no stand-in.
"""

from __future__ import annotations

import numpy as np

from .compiled import inlined, kernel
from .pointers import bits_of, float_of

LN2_HI, LN2_LO = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
"""log(2) in two parts; the first has zeros enough at its end for its product with any exponent to be exact."""
LN10_HI, LN10_LO = float.fromhex("0x1.26bb1bbb55516p+1"), float.fromhex("-0x1.f48ad494ea3e9p-53")
PER_LN10_HI, PER_LN10_LO = float.fromhex("0x1.bcb7b1526e50ep-2"), float.fromhex("0x1.95355baaafad3p-57")
LG2_HI, LG2_LO = float.fromhex("0x1.3441350800000p-2"), float.fromhex("0x1.f79fef311f12bp-34")
"""log10(2), as log(2)."""
PER_LN2, PER_LG2 = 1.4426950408889634, 3.321928094887362
HALF_PI_HI, HALF_PI_LO = float.fromhex("0x1.921fb54442d18p+0"), float.fromhex("0x1.1a62633145c07p-54")

SPLIT = 134217729.0
"""2^27 + 1: a number times this, less what that is too large, has half as many digits."""

FRACTION, ONE, SIGNED = 0xFFFFFFFFFFFFF, 0x3FF0000000000000, 52


@inlined
def sum_of(a: float, b: float) -> tuple[float, float]:
    """Return ``a + b`` and what its rounding took away."""
    total = a + b
    rest = total - a
    return total, (a - (total - rest)) + (b - rest)


@inlined
def product_of(a: float, b: float) -> tuple[float, float]:
    """Return ``a * b`` and what its rounding took away."""
    product = a * b
    a_long, b_long = SPLIT * a, SPLIT * b
    a_high, b_high = a_long - (a_long - a), b_long - (b_long - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@inlined
def scaled(x: float, exponent: int) -> float:
    """Return ``x * 2**exponent``, in two steps where one factor would be out of range."""
    first = min(max(exponent, -1000), 1000)
    rest = min(max(exponent - first, -1000), 1000)
    return x * float_of((first + 1023) << SIGNED) * float_of((rest + 1023) << SIGNED)


@inlined
def exp_tail(r: float) -> float:
    """Return ``exp(r) - 1 - r`` for ``r`` within +-0.35: its series up to r^14."""
    p = 1.0 / 87178291200.0
    p = p * r + 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    return r * r * p


@inlined
def exp_of(r: float, low: float, exponent: int) -> float:
    """Return ``exp(r + low) * 2**exponent``; ``r`` within +-0.35, ``low`` far less."""
    high, rest = sum_of(1.0, r)
    return scaled(high + (rest + (low + low * r + exp_tail(r))), exponent)


@kernel
def exp(x: float) -> float:
    """Return e to the ``x``."""
    if not x <= 709.782712893384:
        return x if x != x else np.inf
    if x < -745.2:
        return 0.0
    k = np.floor(x * PER_LN2 + 0.5)
    high, low = x - k * LN2_HI, -k * LN2_LO
    r, rest = sum_of(high, low)
    return exp_of(r, rest, int(k))


@kernel
def pow10(x: float) -> float:
    """Return 10 to the ``x``; exactly 1 at 0."""
    if not x <= 308.2547155599167:
        return x if x != x else np.inf
    if x < -323.7:
        return 0.0
    k = np.floor(x * PER_LG2 + 0.5)
    r, rest = sum_of(x - k * LG2_HI, -k * LG2_LO)
    product, lost = product_of(r, LN10_HI)
    return exp_of(product, lost + (r * LN10_LO + rest * LN10_HI), int(k))


@kernel
def expm1(x: float) -> float:
    """Return e to the ``x`` minus 1, exact where ``x`` is small."""
    if -0.3 < x < 0.3:
        return x + exp_tail(x)
    if not x <= 709.782712893384:
        return x if x != x else np.inf
    if x < -40.0:
        return -1.0
    k = np.floor(x * PER_LN2 + 0.5)
    r, rest = sum_of(x - k * LN2_HI, -k * LN2_LO)
    if k > 60.0:
        return exp_of(r, rest, int(k)) - 1.0
    factor = float_of((int(k) + 1023) << SIGNED)
    high, lost = sum_of(factor - 1.0, factor * r)
    return high + (lost + factor * (rest + exp_tail(r)))


@kernel
def log10(x: float) -> float:
    """Return the logarithm to base 10; exactly 0 at 1."""
    if not x > 0.0:
        return -np.inf if x == 0.0 else np.nan
    if x == np.inf:
        return x
    exponent = 0
    if x < 2.2250738585072014e-308:
        x *= 18014398509481984.0
        exponent = -54
    bits = bits_of(x)
    exponent += (bits >> SIGNED) - 1023
    mantissa = float_of((bits & FRACTION) | ONE)
    if mantissa > 1.4142135623730951:
        mantissa *= 0.5
        exponent += 1
    f = mantissa - 1.0
    s = f / (2.0 + f)
    square, lost = product_of(f, f)
    high, low = sum_of(f, -0.5 * square)
    high, low = sum_of(high, low + (s * (0.5 * square + log_tail(s * s)) - 0.5 * lost))
    product, less = product_of(high, PER_LN10_HI)
    total, rest = sum_of(exponent * LG2_HI, product)
    return total + (rest + (less + (high * PER_LN10_LO + low * PER_LN10_HI) + exponent * LG2_LO))


@inlined
def log_tail(z: float) -> float:
    """Return ``2/3 z + 2/5 z^2 + 2/7 z^3 ..`` for ``z`` up to 0.03: what the logarithm has beyond its square."""
    p = 2.0 / 25.0
    p = p * z + 2.0 / 23.0
    p = p * z + 2.0 / 21.0
    p = p * z + 2.0 / 19.0
    p = p * z + 2.0 / 17.0
    p = p * z + 2.0 / 15.0
    p = p * z + 2.0 / 13.0
    p = p * z + 2.0 / 11.0
    p = p * z + 2.0 / 9.0
    p = p * z + 2.0 / 7.0
    p = p * z + 2.0 / 5.0
    return z * (p * z + 2.0 / 3.0)


@kernel
def tan(x: float) -> float:
    """Return the tangent of ``x`` between 0 and pi/2: that of a filter's angle."""
    if x <= 0.7853981633974483:
        s, s_low = sine(x, 0.0)
        c, c_low = cosine(x, 0.0)
        return quotient(s, s_low, c, c_low)
    y, low = sum_of(HALF_PI_HI, -x)
    y, low = sum_of(y, low + HALF_PI_LO)
    s, s_low = sine(y, low)
    c, c_low = cosine(y, low)
    return quotient(c, c_low, s, s_low)


@inlined
def sine(x: float, low: float) -> tuple[float, float]:
    """Return the sine of ``x + low``, ``x`` within 0..0.79, in two parts."""
    z = x * x
    p = 1.0 / 355687428096000.0
    p = p * z - 1.0 / 1307674368000.0
    p = p * z + 1.0 / 6227020800.0
    p = p * z - 1.0 / 39916800.0
    p = p * z + 1.0 / 362880.0
    p = p * z - 1.0 / 5040.0
    p = p * z + 1.0 / 120.0
    p = p * z - 1.0 / 6.0
    high, rest = sum_of(x, x * z * p)
    return high, rest + low * (1.0 - 0.5 * z)


@inlined
def cosine(x: float, low: float) -> tuple[float, float]:
    """Return the cosine of ``x + low``, ``x`` within 0..0.79, in two parts."""
    z, lost = product_of(x, x)
    p = -1.0 / 6402373705728000.0
    p = p * z + 1.0 / 20922789888000.0
    p = p * z - 1.0 / 87178291200.0
    p = p * z + 1.0 / 479001600.0
    p = p * z - 1.0 / 3628800.0
    p = p * z + 1.0 / 40320.0
    p = p * z - 1.0 / 720.0
    p = p * z + 1.0 / 24.0
    high, rest = sum_of(1.0, -0.5 * z)
    return sum_of(high, rest + (z * z * p - 0.5 * lost - low * x))


@inlined
def quotient(a: float, a_low: float, b: float, b_low: float) -> float:
    """Return ``(a + a_low) / (b + b_low)``."""
    ratio = a / b
    product, lost = product_of(ratio, b)
    return ratio + (((a - product) - lost) + (a_low - ratio * b_low)) / b
