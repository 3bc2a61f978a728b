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
    variables = tables.variables
    ends = table_ends(order, variables)
    whole = np.ones(ends[variables])
    up = np.ones(ends[variables] // 2 + 1)
    position = np.empty(variables, np.int64)
    for bucket in range(variables):
        position[order.clique[order.clique_ptr[bucket]]] = bucket
    factors = by_bucket(tables, position)
    children = by_parent(order, position, variables)
    steps = np.zeros(2 << widest(order, variables), np.int64)
    log_total, lost = 0.0, False
    for bucket in range(variables):
        start, size = ends[bucket], ends[bucket + 1] - ends[bucket]
        lost |= lay_readings(tables, order, bucket, whole[start : start + size])
        log_total += best_reading(tables, order, bucket)
        for slot in range(factors[0][bucket], factors[0][bucket + 1]):
            factor = factors[1][slot]
            lay_steps(
                order,
                bucket,
                tables.scope,
                tables.scope_ptr[factor],
                tables.scope_ptr[factor + 1],
                False,
                steps,
            )
            lost |= multiply(whole, start, size, tables.table, tables.table_ptr[factor], steps)
        for slot in range(children[0][bucket], children[0][bucket + 1]):
            child = children[1][slot]
            lay_steps(
                order,
                bucket,
                order.clique,
                order.clique_ptr[child] + 1,
                order.clique_ptr[child + 1],
                True,
                steps,
            )
            lost |= multiply(whole, start, size, up, ends[child] // 2, steps)
        largest = whole[start : start + size].max()
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
    sound = go_down(order, ends, whole, up, children, steps, found)
    return (FINE if sound else UNDERFLOW), log_total, found


def go_down(
    order: Order,
    ends: Numbers,
    whole: Values,
    up: Values,
    children: tuple[Numbers, Numbers],
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
        found[order.clique[order.clique_ptr[bucket]]] = struck / total
        for m in range(size):
            whole[start + m] /= total
        for slot in range(children[0][bucket], children[0][bucket + 1]):
            child = children[1][slot]
            lay_steps(
                order,
                bucket,
                order.clique,
                order.clique_ptr[child] + 1,
                order.clique_ptr[child + 1],
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


def table_ends(order: Order, variables: int) -> Numbers:
    """Return where each bucket's table begins, and the end."""
    ends = np.zeros(variables + 1, np.int64)
    for bucket in range(variables):
        width = order.clique_ptr[bucket + 1] - order.clique_ptr[bucket]
        ends[bucket + 1] = ends[bucket] + (1 << width)
    return ends


def widest(order: Order, variables: int) -> int:
    """Return how many variables the largest clique has."""
    most = 0
    for bucket in range(variables):
        most = max(most, order.clique_ptr[bucket + 1] - order.clique_ptr[bucket])
    return most


def by_bucket(tables: Tables, position: Numbers) -> tuple[Numbers, Numbers]:
    """Return the factors of each bucket, that of the first variable of their scope."""
    factors = len(tables.scope_ptr) - 1
    homes = np.empty(factors, np.int64)
    for factor in range(factors):
        home = len(position)
        for place in range(tables.scope_ptr[factor], tables.scope_ptr[factor + 1]):
            home = min(home, position[tables.scope[place]])
        homes[factor] = home
    return grouped(homes, len(position))


def by_parent(order: Order, position: Numbers, variables: int) -> tuple[Numbers, Numbers]:
    """Return the children of each bucket: those whose message goes there."""
    homes = np.full(variables, variables, np.int64)
    for bucket in range(variables):
        first = order.clique_ptr[bucket]
        if order.clique_ptr[bucket + 1] > first + 1:
            homes[bucket] = position[order.clique[first + 1]]
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
    order: Order, bucket: int, scope: Numbers, first: int, last: int, falling: bool, steps: Numbers
) -> None:
    """Write, for each entry of a bucket's table, which entry of a smaller table goes with it.

    A clique's first variable is the highest bit. Of the smaller table, whose variables are
    `scope[first:last]`, the first is the lowest bit, or the highest where `falling`.
    """
    steps[0] = 0
    size = 1
    for at in range(order.clique_ptr[bucket + 1] - 1, order.clique_ptr[bucket] - 1, -1):
        stride = 0
        for place in range(first, last):
            if scope[place] == order.clique[at]:
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


def best_reading(tables: Tables, order: Order, bucket: int) -> float:
    """Return the logarithm that `lay_readings` takes as 1."""
    variable = order.clique[order.clique_ptr[bucket]]
    best: float = max(tables.unary[2 * variable], tables.unary[2 * variable + 1])
    return best


def lay_readings(tables: Tables, order: Order, bucket: int, whole: Values) -> bool:
    """Write a bucket's first operand, its variable's readings; say whether something vanished."""
    variable = order.clique[order.clique_ptr[bucket]]
    off, on = tables.unary[2 * variable], tables.unary[2 * variable + 1]
    most = max(off, on)
    half = len(whole) // 2
    low, high = math.exp(off - most), math.exp(on - most)
    for m in range(half):
        whole[m] = low
        whole[half + m] = high
    return min(low, high) < _TINY and min(off, on) > -1e200
