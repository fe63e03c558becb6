"""Distribution functions of the statistics: normal, chi-square (central and not) and Kolmogorov's, to about ten digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
"""Coefficients of 1/a, 1/a^3, ... in the logarithm of what Stirling's formula leaves out of the gamma function."""

_LARGE = 20.0
"""From this shape on the density's factor is computed from the distance to the mean, where logarithms would cancel."""

_TINY, _ENOUGH = 1e-300, 1e-17
_LIMIT = 1_000_000
"""What stands for 0 in a denominator, the part of a sum that no longer counts, and terms at most."""


def normal_tail(z: float) -> float:
    """The probability that a standard normal variable is above `z`."""
    return math.erfc(z / math.sqrt(2)) / 2


def normal_quantile(share: float) -> float:
    """The number below which a standard normal variable is with this probability (above 0 and below 1)."""
    return NormalDist().inv_cdf(share)


def kolmogorov_tail(x: float) -> float:
    """The probability that Kolmogorov's limit variable, the supremum of a Brownian bridge, is above `x`.

    2 * sum of (-1)^(k-1) exp(-2 k^2 x^2), or, where that is slow, 1 - sqrt(2 pi)/x * sum of exp(-(2k-1)^2 pi^2 / (8 x^2)).
    """
    if x < 0.04:  # 1 to more than a hundred digits
        return 1.0
    if x < 1.18:
        ratio = -((math.pi / x) ** 2) / 8
        return 1.0 - math.sqrt(2 * math.pi) / x * sum(math.exp((2 * k - 1) ** 2 * ratio) for k in range(1, 5))
    return min(2 * sum((-1.0) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 8)), 1.0)


def gamma_shares(shape: float, x: float) -> tuple[float, float]:
    """The regularised incomplete gamma functions P(shape, x) and Q(shape, x) = 1 - P, each accurate where it is small.

    By the power series below the mean and by Lentz's continued fraction above. ValueError unless shape > 0 and x >= 0.
    """
    if not (shape > 0 and x >= 0):
        raise ValueError("the shape must be above 0 and x not below 0")
    if x == 0 or math.isinf(x):
        return (0.0, 1.0) if x == 0 else (1.0, 0.0)
    factor = _factor(shape, x)
    if x < shape + 1:
        lower = min(factor * _series(shape, x), 1.0)
        return lower, 1 - lower
    upper = min(factor * shape * _fraction(shape, x), 1.0)
    return 1 - upper, upper


def _factor(shape: float, x: float) -> float:
    """x^shape * exp(-x) / gamma(shape + 1)."""
    if shape < _LARGE:
        return math.exp(shape * math.log(x) - x - math.lgamma(shape + 1))
    distance = (x - shape) / shape
    if distance <= -1:  # x is lost beside the shape
        return 0.0
    correction = sum(each / shape ** (2 * place + 1) for place, each in enumerate(_STIRLING))
    return math.exp(shape * _log_less(distance) - correction) / math.sqrt(2 * math.pi * shape)


def _log_less(x: float) -> float:
    """log(1 + x) - x without cancellation."""
    if abs(x) > 0.1:
        return math.log1p(x) - x
    total, power = 0.0, x
    for k in range(2, 20):
        power *= -x
        total += power / k
    return total


def _series(shape: float, x: float) -> float:
    """The sum of x^k / ((shape + 1) ... (shape + k))."""
    total = term = 1.0
    for k in range(1, _LIMIT):
        term *= x / (shape + k)
        total += term
        if term < total * _ENOUGH:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    """Legendre's continued fraction of the upper function, without its factor x^shape exp(-x) / gamma(shape)."""
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    found = d
    for k in range(1, _LIMIT):
        a = -k * (k - shape)
        b += 2
        d = 1 / ((a * d + b) or _TINY)
        c = (b + a / c) or _TINY
        found *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return found


def chi_square_tail(x: float, freedom: int) -> float:
    """The probability that a chi-square variable with `freedom` degrees is above `x`; 1 without a degree."""
    return gamma_shares(freedom / 2, x / 2)[1] if freedom > 0 and x > 0 else 1.0


def chi_square_quantile(share: float, freedom: int) -> float:
    """The number below which a chi-square variable with `freedom` degrees (1 or more) is with this probability (from 0 to below 1)."""
    if share <= 0:
        return 0.0
    high = float(freedom)
    while gamma_shares(freedom / 2, high / 2)[0] < share:
        high *= 2
    return root(lambda x: gamma_shares(freedom / 2, x / 2)[0] - share, 0.0, high)


def noncentral_share(x: float, freedom: int, shift: float) -> float:
    """The probability that a chi-square variable with `freedom` degrees and noncentrality `shift` is at most `x`.

    A sum of central ones with Poisson weights, from the likeliest outwards: P(a + 1) = P(a) - factor(a).
    """
    if x < 1e-100:  # 0 to fifty digits
        return 0.0
    half, middle = shift / 2, math.floor(shift / 2)
    shape = freedom / 2 + middle
    weight = _factor(middle, half) if middle else math.exp(-half)
    start = shape, weight, gamma_shares(shape, x / 2)[0], _factor(shape, x / 2)
    return min(_upwards(x / 2, half, middle, start) + _downwards(x / 2, half, middle, start), 1.0)


def _upwards(x: float, half: float, at: int, start: tuple[float, float, float, float]) -> float:
    shape, weight, share, factor = start
    total = 0.0
    while weight > _ENOUGH and share > 0:
        total += weight * share
        share, at, shape = share - factor, at + 1, shape + 1
        factor *= x / shape
        weight *= half / at
    return total


def _downwards(x: float, half: float, at: int, start: tuple[float, float, float, float]) -> float:
    shape, weight, share, factor = start
    total = 0.0
    while at > 0 and weight > _ENOUGH:
        weight *= at / half
        factor *= shape / x
        share, at, shape = share + factor, at - 1, shape - 1
        total += weight * min(share, 1.0)
    return total


def noncentrality(x: float, freedom: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of noncentralities for which a chi-square statistic of `x` is not surprising, by inversion of its distribution.

    J. H. Steiger, Psychological Methods 9 (2004), 164-182. Of a large statistic, whose root is as good as normal, by that root. (0, 0)
    without a degree of freedom.
    """
    if freedom < 1:
        return 0.0, 0.0
    rest = (1 - confidence) / 2
    if x > 5_000:
        z = normal_quantile(1 - rest)
        return max((math.sqrt(x) - z) ** 2 - freedom + 1, 0.0), (math.sqrt(x) + z) ** 2 - freedom + 1
    return _shift(x, freedom, 1 - rest), _shift(x, freedom, rest)


def _shift(x: float, freedom: int, share: float) -> float:
    """The noncentrality with which the statistic is at most `x` with this probability; 0 where none is that small."""
    if noncentral_share(x, freedom, 0.0) <= share:
        return 0.0
    high = max(x, 1.0)
    while noncentral_share(x, freedom, high) > share:
        high *= 2
    return root(lambda shift: share - noncentral_share(x, freedom, shift), 0.0, high)


def root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0 between two numbers, by halving: to twelve digits."""
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
