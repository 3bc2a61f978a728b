"""Exact marginals by bucket elimination up and one pass down, for numba alone.

`bucket_tree.py` gives the same in numpy and in logarithms. Messages down are divided by the message
that came up: where that is 0 no state is possible, and 0 is right. Source: Dechter 1999 (bucket
elimination); Lauritzen and Jensen 1997 (division).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.kernels.arrays import Order, Tables

Numbers = NDArray[np.int64]
Values = NDArray[np.float64]

FINE = 0
UNDERFLOW = 1
_TINY = 1e-300


def marginals(tables: Tables, order: Order, careful: bool) -> tuple[int, float, Values]:
    """Return (state, ln of the sum over all states, P(variable is 1) by variable).

    The state is UNDERFLOW where doubles do not suffice; careful counts any loss as that, otherwise
    only a sum that vanishes.
    """
    variables, unary, scope_ptr, scope, table_ptr, table, _, _, _, _ = tables
    _, clique_ptr, clique, _ = order
    ends = table_ends(clique_ptr, variables)
    whole = np.ones(ends[variables])
    up = np.ones(ends[variables] // 2 + 1)
    position = np.empty(variables, np.int64)
    for bucket in range(variables):
        position[clique[clique_ptr[bucket]]] = bucket
    factor_ptr, factors = by_bucket(scope_ptr, scope, position)
    child_ptr, children = by_parent(clique_ptr, clique, position, variables)
    steps = np.zeros(2 << widest(clique_ptr, variables), np.int64)
    log_total, lost = 0.0, False
    for bucket in range(variables):
        start, size = ends[bucket], ends[bucket + 1] - ends[bucket]
        variable = clique[clique_ptr[bucket]]
        zero, one = unary[2 * variable], unary[2 * variable + 1]
        lost |= lay_readings(whole, start, size // 2, zero, one)
        log_total += max(zero, one)
        for slot in range(factor_ptr[bucket], factor_ptr[bucket + 1]):
            factor = factors[slot]
            lay_steps(
                clique,
                clique_ptr,
                bucket,
                scope,
                scope_ptr[factor],
                scope_ptr[factor + 1],
                False,
                steps,
            )
            lost |= multiply(whole, start, size, table, table_ptr[factor], steps)
        for slot in range(child_ptr[bucket], child_ptr[bucket + 1]):
            child = children[slot]
            lay_steps(
                clique,
                clique_ptr,
                bucket,
                clique,
                clique_ptr[child] + 1,
                clique_ptr[child + 1],
                True,
                steps,
            )
            lost |= multiply(whole, start, size, up, ends[child] // 2, steps)
        largest = largest_of(whole, start, size)
        if not (largest > 0.0):
            return UNDERFLOW, 0.0, np.zeros(variables)
        log_total += math.log(largest)
        half = size // 2
        for m in range(size):
            whole[start + m] /= largest
        for m in range(half):
            up[start // 2 + m] = whole[start + m] + whole[start + half + m]
        if half == 1:
            log_total += math.log(up[start // 2])
    if lost and careful:
        return UNDERFLOW, 0.0, np.zeros(variables)
    found = np.zeros(variables)
    sound = go_down(clique_ptr, clique, ends, whole, up, child_ptr, children, steps, found)
    return (FINE if sound else UNDERFLOW), log_total, found


def go_down(
    clique_ptr: Numbers,
    clique: Numbers,
    ends: Numbers,
    whole: Values,
    up: Values,
    child_ptr: Numbers,
    children: Numbers,
    steps: Numbers,
    found: Values,
) -> bool:
    """Turn the products of the way up into beliefs, roots first; say whether all sums are sound."""
    variables = len(found)
    down = np.ones(len(up))
    for bucket in range(variables - 1, -1, -1):
        start, size = ends[bucket], ends[bucket + 1] - ends[bucket]
        half = size // 2
        total, struck = 0.0, 0.0
        for m in range(half):
            above = down[start // 2 + m]
            whole[start + m] *= above
            whole[start + half + m] *= above
            total += whole[start + m]
            struck += whole[start + half + m]
        total += struck
        if not (total > 0.0 and total < np.inf):
            return False
        found[clique[clique_ptr[bucket]]] = struck / total
        for m in range(size):
            whole[start + m] /= total
        for slot in range(child_ptr[bucket], child_ptr[bucket + 1]):
            child = children[slot]
            lay_steps(
                clique,
                clique_ptr,
                bucket,
                clique,
                clique_ptr[child] + 1,
                clique_ptr[child + 1],
                True,
                steps,
            )
            tell_child(
                whole,
                start,
                size,
                up,
                down,
                ends[child] // 2,
                (ends[child + 1] - ends[child]) // 2,
                steps,
            )
    return True


def tell_child(
    whole: Values,
    start: int,
    size: int,
    up: Values,
    down: Values,
    child: int,
    width: int,
    steps: Numbers,
) -> None:
    """Sum a belief over what a child does not know, divided by what the child said."""
    for m in range(width):
        down[child + m] = 0.0
    for m in range(size):
        down[child + steps[m]] += whole[start + m]
    for m in range(width):
        if up[child + m] > 0.0:
            down[child + m] /= up[child + m]
        else:
            down[child + m] = 0.0


def table_ends(clique_ptr: Numbers, variables: int) -> Numbers:
    """Return where each bucket's table begins, and the end."""
    ends = np.zeros(variables + 1, np.int64)
    for bucket in range(variables):
        width = clique_ptr[bucket + 1] - clique_ptr[bucket]
        ends[bucket + 1] = ends[bucket] + (1 << width)
    return ends


def widest(clique_ptr: Numbers, variables: int) -> int:
    """Return how many variables the largest clique has."""
    most = 0
    for bucket in range(variables):
        most = max(most, clique_ptr[bucket + 1] - clique_ptr[bucket])
    return most


def by_bucket(scope_ptr: Numbers, scope: Numbers, position: Numbers) -> tuple[Numbers, Numbers]:
    """Return the factors of each bucket, that of the first variable of their scope."""
    factors = len(scope_ptr) - 1
    homes = np.empty(factors, np.int64)
    for factor in range(factors):
        home = len(position)
        for place in range(scope_ptr[factor], scope_ptr[factor + 1]):
            home = min(home, position[scope[place]])
        homes[factor] = home
    return grouped(homes, len(position))


def by_parent(
    clique_ptr: Numbers, clique: Numbers, position: Numbers, variables: int
) -> tuple[Numbers, Numbers]:
    """Return the children of each bucket: those whose message goes there."""
    homes = np.full(variables, variables, np.int64)
    for bucket in range(variables):
        first = clique_ptr[bucket]
        if clique_ptr[bucket + 1] > first + 1:
            homes[bucket] = position[clique[first + 1]]
    return grouped(homes, variables)


def grouped(homes: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Return (pointer, items): items by home, ascending within one; home `count` is left out."""
    pointer = np.zeros(count + 2, np.int64)
    for home in homes:
        pointer[home + 1] += 1
    for home in range(count + 1):
        pointer[home + 1] += pointer[home]
    items = np.empty(len(homes), np.int64)
    filled = pointer.copy()
    for item in range(len(homes)):
        items[filled[homes[item]]] = item
        filled[homes[item]] += 1
    return pointer, items


def lay_steps(
    clique: Numbers,
    clique_ptr: Numbers,
    bucket: int,
    scope: Numbers,
    first: int,
    last: int,
    falling: bool,
    steps: Numbers,
) -> None:
    """Write, for each entry of a bucket's table, which entry of a smaller table goes with it.

    A clique's first variable is the highest bit. Of the smaller table, whose variables are
    `scope[first:last]`, the first is the lowest bit, or the highest where `falling`.
    """
    steps[0] = 0
    size = 1
    for at in range(clique_ptr[bucket + 1] - 1, clique_ptr[bucket] - 1, -1):
        stride = 0
        for place in range(first, last):
            if scope[place] == clique[at]:
                stride = 1 << (last - 1 - place if falling else place - first)
        for m in range(size):
            steps[size + m] = steps[m] + stride
        size *= 2


def multiply(
    whole: Values, start: int, size: int, other: Values, base: int, steps: Numbers
) -> bool:
    """Multiply a bucket's table by a smaller one; say whether something vanished."""
    lost = False
    for m in range(size):
        left, right = whole[start + m], other[base + steps[m]]
        product = left * right
        whole[start + m] = product
        if product < _TINY and left > 0.0 and right > 0.0:
            lost = True
    return lost


def largest_of(whole: Values, start: int, size: int) -> float:
    """Return the largest entry of a bucket's table."""
    largest = 0.0
    for m in range(size):
        largest = max(largest, whole[start + m])
    return largest


def lay_readings(whole: Values, start: int, half: int, off: float, on: float) -> bool:
    """Write a bucket's first operand, its variable's readings; say whether something vanished.

    `off` and `on` are their logarithms; the larger is taken as 1.
    """
    most = max(off, on)
    low, high = math.exp(off - most), math.exp(on - most)
    for m in range(half):
        whole[start + m] = low
        whole[start + half + m] = high
    return min(low, high) < _TINY and min(off, on) > -1e200
