"""Messages through k-of-n rules: how many members are degraded. Counts saturate at `need`.

Source: the Poisson binomial by convolution, from both ends (Barlow and Heidtmann 1984).
"""

from __future__ import annotations

import math

from reasoning.engine.kernels.arrays import Floats, Messages, Net, floats
from reasoning.engine.kernels.scalars import chance, clip


def width_of(most: int) -> int:
    """Return how many bits hold the numbers 0 to `most`."""
    bits = 0
    while most > 0:
        bits += 1
        most >>= 1
    return bits


def running_counts(net: Net, messages: Messages, node: int) -> tuple[Floats, Floats]:
    """Return P(count) of the members before each one, and after each one, rows of need + 1."""
    first, last = net.split[node], net.in_ptr[node + 1]
    width, row = last - first, net.need[node] + 1
    before, after = floats((width + 1) * row), floats((width + 1) * row)
    before[0] = 1.0
    after[width * row] = 1.0
    for k in range(width):
        add_member(before, k * row, (k + 1) * row, row, chance(messages.forward[first + k]))
        odds = messages.forward[last - 1 - k]
        add_member(after, (width - k) * row, (width - k - 1) * row, row, chance(odds))
    return before, after


def add_member(counts: Floats, old: int, new: int, row: int, yes: float) -> None:
    """Convolve one row of counts with one member that is degraded with probability `yes`."""
    for count in range(row):
        counts[new + count] += counts[old + count] * (1.0 - yes)
        upper = min(count + 1, row - 1)
        counts[new + upper] += counts[old + count] * yes


def log_whole(net: Net, messages: Messages, node: int) -> float:
    """Return ln P(a node's group is not broken) by its members' messages."""
    need = net.need[node]
    counts = floats(need + 1)
    counts[0] = 1.0
    for arrow in range(net.split[node], net.in_ptr[node + 1]):
        yes = chance(messages.forward[arrow])
        counts[need] += counts[need - 1] * yes
        for count in range(need - 1, 0, -1):
            counts[count] = counts[count] * (1.0 - yes) + counts[count - 1] * yes
        counts[0] *= 1.0 - yes
    return math.log1p(-min(counts[need], 1.0 - 1e-15))


def told_member(before: Floats, after: Floats, k: int, need: int, ratio: float) -> float:
    """Return log odds to member k from exp(log odds) of what the broken state hears."""
    row = need + 1
    brink, beyond = 0.0, 0.0
    for count in range(row):
        here = before[k * row + count]
        if count < need:
            brink += here * after[(k + 1) * row + need - 1 - count]
        tail = 0.0
        for more in range(need - count, row):
            tail += after[(k + 1) * row + more]
        beyond += here * tail
    rest = max(1.0 - brink - beyond, 0.0)
    so = (brink + beyond) * ratio + rest
    not_so = beyond * ratio + brink + rest
    return clip(math.log(max(so, 1e-300)) - math.log(max(not_so, 1e-300)))
