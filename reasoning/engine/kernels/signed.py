"""Exact marginals of tables with signs: elimination up with an account of rounding, and down.

Where terms of both signs are summed, digits are lost. On the way up every entry has a bound of its
absolute error beside it, so that the loss of the whole sum is known; any posterior is a quotient
of two such sums. Nothing is divided on the way down, for a sum that cancelled has no digits to
divide by: each message is the product of all that its receiver did not say. Source: Dechter 1999;
Shenoy and Shafer 1990; running error analysis, Higham 2002, ch. 3.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.kernels.arrays import Order, Tables
from reasoning.engine.kernels.placing import factor_homes, narrower
from reasoning.engine.kernels.summation import (
    FINE,
    UNDERFLOW,
    grouped,
    lay_steps,
    widest,
)

Numbers = NDArray[np.int64]
Values = NDArray[np.float64]

INLINED = ("is_fresh", "lay", "weigh", "weigh_worn", "send_up", "hear_child", "believe", "tell")
ROUNDING = 1.2e-16
LEAST = 1e-75


def signed_marginals(tables: Tables, order: Order) -> tuple[int, float, float, Values]:
    """Return (state, ln of the sum over all states, its relative error, share of 1 by variable).

    The state is UNDERFLOW where a sum vanishes or is not positive. A share is no probability for a
    variable that is no event.
    """
    variables, unary, scope_ptr, scope, table_ptr, table, _, _, _, _ = tables
    _, clique_ptr, clique, _ = order
    position = np.empty(variables, np.int64)
    for bucket in range(variables):
        position[clique[clique_ptr[bucket]]] = bucket
    factor_ptr, factors = grouped(factor_homes(tables, order, position), variables)
    first_child, next_child = np.full(variables, -1, np.int64), np.full(variables, -1, np.int64)
    ends = message_ends(clique_ptr, variables)
    up, loss = np.empty(ends[variables]), np.empty(ends[variables])
    largest_table = 1 << widest(clique_ptr, variables)
    steps = np.zeros(2 * largest_table, np.int64)
    work, wear = np.empty(largest_table), np.empty(largest_table)
    log_total, lost = 0.0, 0.0
    for bucket in range(variables):
        half = ends[bucket + 1] - ends[bucket]
        variable = clique[clique_ptr[bucket]]
        log_total += lay(work, half, unary[2 * variable], unary[2 * variable + 1])
        for slot in range(factor_ptr[bucket], factor_ptr[bucket + 1]):
            factor = factors[slot]
            first, last = scope_ptr[factor], scope_ptr[factor + 1]
            lay_steps(clique, clique_ptr, bucket, scope, first, last, False, steps)
            weigh(work, 2 * half, table, table_ptr[factor], steps)
        for m in range(2 * half):
            wear[m] = 4.0 * ROUNDING * abs(work[m])
        child = first_child[bucket]
        while child >= 0:
            first, last = clique_ptr[child] + 1, clique_ptr[child + 1]
            lay_steps(clique, clique_ptr, bucket, clique, first, last, True, steps)
            weigh_worn(work, wear, 2 * half, up, loss, ends[child], steps)
            child = next_child[child]
        scale = send_up(work, wear, half, up, loss, ends[bucket])
        if not (scale > 0.0 and scale < np.inf):
            return UNDERFLOW, 0.0, np.inf, np.zeros(variables)
        log_total += math.log(scale)
        first, last = clique_ptr[bucket] + 1, clique_ptr[bucket + 1]
        if last > first:
            home = position[clique[first]]
            if is_fresh(up, loss, ends[bucket], half):
                home = narrower(clique_ptr, clique, bucket + 1, home, clique, first, last)
            next_child[bucket] = first_child[home]
            first_child[home] = bucket
            continue
        if up[ends[bucket]] < 0.0:
            return UNDERFLOW, 0.0, np.inf, np.zeros(variables)
        lost += loss[ends[bucket]]
    found = np.zeros(variables)
    sound = go_down_signed(
        tables, order, ends, up, factor_ptr, factors, first_child, next_child, steps, found
    )
    return (FINE if sound else UNDERFLOW), log_total, lost, found


def is_fresh(up: Values, loss: Values, base: int, size: int) -> bool:
    """Say whether every entry of a message is right to 1e-9 of itself.

    Only such a message may go where its receiver's variable is yet to be summed: the error of
    another would count once for every term, as if they differed.
    """
    worst = 0.0
    for at in range(base, base + size):
        worst = max(worst, loss[at] - 1e-9 * abs(up[at]))
    return worst <= 0.0


def message_ends(clique_ptr: Numbers, variables: int) -> Numbers:
    """Return where each bucket's message begins, and the end."""
    ends = np.zeros(variables + 1, np.int64)
    for bucket in range(variables):
        ends[bucket + 1] = ends[bucket] + (1 << (clique_ptr[bucket + 1] - clique_ptr[bucket] - 1))
    return ends


def lay(work: Values, half: int, off: float, on: float) -> float:
    """Write a variable's readings, the larger as 1; return its logarithm."""
    most = max(off, on)
    low, high = math.exp(off - most), math.exp(on - most)
    for m in range(half):
        work[m] = low
        work[half + m] = high
    return most


def weigh(work: Values, size: int, other: Values, base: int, steps: Numbers) -> None:
    """Multiply a bucket's table by a smaller one."""
    for m in range(size):
        work[m] *= other[base + steps[m]]


def weigh_worn(
    work: Values, wear: Values, size: int, up: Values, loss: Values, base: int, steps: Numbers
) -> None:
    """Multiply a bucket's table by a message, and the bounds of their errors as errors multiply."""
    for m in range(size):
        at = base + steps[m]
        said, worn = up[at], loss[at]
        own = work[m]
        work[m] = own * said
        wear[m] = wear[m] * (abs(said) + worn) + abs(own) * (worn + ROUNDING * abs(said))


def send_up(work: Values, wear: Values, half: int, up: Values, loss: Values, base: int) -> float:
    """Sum a bucket's variable out; return the largest entry, by which the message is divided."""
    largest = 0.0
    for m in range(half):
        total = work[m] + work[half + m]
        up[base + m] = total
        loss[base + m] = wear[m] + wear[half + m] + ROUNDING * abs(total)
        largest = max(largest, abs(total))
    if largest > 0.0:
        for m in range(half):
            scaled = up[base + m] / largest
            worn = loss[base + m] / largest
            if abs(scaled) < LEAST:  # products of such would be slow, subnormal numbers
                worn += LEAST
                scaled = 0.0
            up[base + m] = scaled
            loss[base + m] = max(worn, LEAST)
    return largest


def go_down_signed(
    tables: Tables,
    order: Order,
    ends: Numbers,
    up: Values,
    factor_ptr: Numbers,
    factors: Numbers,
    first_child: Numbers,
    next_child: Numbers,
    steps: Numbers,
    found: Values,
) -> bool:
    """Make each bucket's product again, roots first, and tell each child what it did not say."""
    variables, unary, scope_ptr, scope, table_ptr, table, _, _, _, _ = tables
    _, clique_ptr, clique, _ = order
    down = np.ones(len(up))
    stack = np.empty(deepest(clique_ptr, first_child, next_child))
    told = np.empty(variables, np.int64)
    above = np.empty(len(steps) // 2)
    for bucket in range(variables - 1, -1, -1):
        half = ends[bucket + 1] - ends[bucket]
        size = 2 * half
        variable = clique[clique_ptr[bucket]]
        lay(stack, half, unary[2 * variable], unary[2 * variable + 1])
        for slot in range(factor_ptr[bucket], factor_ptr[bucket + 1]):
            factor = factors[slot]
            first, last = scope_ptr[factor], scope_ptr[factor + 1]
            lay_steps(clique, clique_ptr, bucket, scope, first, last, False, steps)
            weigh(stack, size, table, table_ptr[factor], steps)
        count, child = 0, first_child[bucket]
        while child >= 0:
            first, last = clique_ptr[child] + 1, clique_ptr[child + 1]
            lay_steps(clique, clique_ptr, bucket, clique, first, last, True, steps)
            hear_child(stack, count * size, size, up, ends[child], steps)
            told[count] = child
            count += 1
            child = next_child[child]
        struck, total = believe(above, down, ends[bucket], stack, count * size, half)
        if not (total > 0.0 and total < np.inf):
            return False
        found[variable] = struck / total
        for k in range(count - 1, -1, -1):
            child = told[k]
            first, last = clique_ptr[child] + 1, clique_ptr[child + 1]
            lay_steps(clique, clique_ptr, bucket, clique, first, last, True, steps)
            tell(above, stack, k * size, size, up, down, ends[child], ends[child + 1], steps)
    return True


def hear_child(stack: Values, start: int, size: int, up: Values, base: int, steps: Numbers) -> None:
    """Write the product with one more message behind the product without it."""
    for m in range(size):
        stack[start + size + m] = stack[start + m] * up[base + steps[m]]


def believe(
    above: Values, down: Values, base: int, stack: Values, start: int, half: int
) -> tuple[float, float]:
    """Return the sum where the variable is 1, and the whole; `above` is what came down, by it."""
    total, struck = 0.0, 0.0
    for m in range(half):
        above[m] = above[half + m] = down[base + m]
        total += above[m] * stack[start + m]
        struck += above[m] * stack[start + half + m]
    total += struck
    if total > 0.0:
        for m in range(2 * half):
            above[m] /= total
    return struck, total


def tell(
    above: Values,
    stack: Values,
    start: int,
    size: int,
    up: Values,
    down: Values,
    base: int,
    end: int,
    steps: Numbers,
) -> None:
    """Tell a child all that it did not say, and take what it said up into `above`."""
    for at in range(base, end):
        down[at] = 0.0
    for m in range(size):
        at = base + steps[m]
        down[at] += above[m] * stack[start + m]
        above[m] *= up[at]
    for at in range(base, end):
        if abs(down[at]) < LEAST:
            down[at] = 0.0


def deepest(clique_ptr: Numbers, first_child: Numbers, next_child: Numbers) -> int:
    """Return how much room the products of one bucket take, one more than it has children."""
    most = 0
    for bucket in range(len(first_child)):
        count, child = 1, first_child[bucket]
        while child >= 0:
            count += 1
            child = next_child[child]
        most = max(most, count << (clique_ptr[bucket + 1] - clique_ptr[bucket]))
    return most
