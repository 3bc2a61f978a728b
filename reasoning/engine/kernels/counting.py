"""Messages through k-of-n rules: how many members are degraded. Counts saturate at `need`.

Source: the Poisson binomial by convolution, from both ends (Barlow and Heidtmann 1984).
"""

from __future__ import annotations

import math

from reasoning.engine.kernels.arrays import Floats, Flow, Messages, Net, floats
from reasoning.engine.kernels.scalars import KEPT_BACK, bounded, chance, change_of, mixed

WIDEST_COUNTER = 7


def width_of(most: int) -> int:
    """Return how many bits hold the numbers 0 to `most`."""
    bits = 0
    while most > 0:
        bits += 1
        most >>= 1
    return bits


def counted(net: Net, node: int) -> int:
    """Return up to how many members are counted, or 0 where a counter would be too wide."""
    members = net.in_ptr[node + 1] - net.split[node]
    enough = min(net.need[node], members - net.need[node] + 1)
    return enough if width_of(enough) <= WIDEST_COUNTER else 0


def running_counts(net: Net, flow: Flow, node: int) -> tuple[Floats, Floats]:
    """Return P(count) of the members before each one, and after each one, rows of need + 1."""
    first, last = net.split[node], net.in_ptr[node + 1]
    width, row = last - first, net.need[node] + 1
    before, after = floats((width + 1) * row), floats((width + 1) * row)
    before[0] = 1.0
    after[width * row] = 1.0
    for k in range(width):
        add_member(before, k * row, (k + 1) * row, row, share(flow.odds[first + k]))
        yes = share(flow.odds[last - 1 - k])
        add_member(after, (width - k) * row, (width - k - 1) * row, row, yes)
    return before, after


def add_member(counts: Floats, old: int, new: int, row: int, yes: float) -> None:
    """Convolve one row of counts with one member that is degraded with probability `yes`."""
    for count in range(row):
        counts[new + count] += counts[old + count] * (1.0 - yes)
        upper = min(count + 1, row - 1)
        counts[new + upper] += counts[old + count] * yes


def share(odds: float) -> float:
    """Return the probability of plain odds."""
    return odds / (1.0 + odds)


def whole(net: Net, flow: Flow, node: int) -> float:
    """Return P(a node's group is not broken) by what its members said, never quite 0."""
    need = net.need[node]
    counts = floats(need + 1)
    counts[0] = 1.0
    for arrow in range(net.split[node], net.in_ptr[node + 1]):
        count_one(counts, need, share(flow.odds[arrow]))
    broken: float = min(counts[need], 1.0 - 1e-15)
    return 1.0 - broken


def log_whole(net: Net, messages: Messages, node: int) -> float:
    """Return ln P(a node's group is not broken) by its members' messages."""
    need = net.need[node]
    counts = floats(need + 1)
    counts[0] = 1.0
    for arrow in range(net.split[node], net.in_ptr[node + 1]):
        count_one(counts, need, chance(messages.forward[arrow]))
    return math.log1p(-min(counts[need], 1.0 - 1e-15))


def count_one(counts: Floats, need: int, yes: float) -> None:
    """Convolve P(count) in place with one member that is degraded with probability `yes`."""
    counts[need] += counts[need - 1] * yes
    for count in range(need - 1, 0, -1):
        counts[count] = counts[count] * (1.0 - yes) + counts[count - 1] * yes
    counts[0] *= 1.0 - yes


def told_member(before: Floats, after: Floats, k: int, need: int, ratio: float) -> float:
    """Return the ratio that member k hears, from the ratio that the broken state hears."""
    row = need + 1
    brink, beyond, tail = 0.0, 0.0, 0.0
    for count in range(row):
        here = before[k * row + count]
        if count < need:
            brink += here * after[(k + 1) * row + need - 1 - count]
        tail += after[(k + 1) * row + need - count]
        beyond += here * tail
    rest = max(1.0 - brink - beyond, 0.0)
    so = (brink + beyond) * ratio + rest
    not_so = beyond * ratio + brink + rest
    return bounded(max(so, 1e-300) / max(not_so, 1e-300))


def tell_members(net: Net, flow: Flow, own: float, kept: float, node: int) -> bool:
    """Tell each member of a node's group what it says; say whether damping kept much of it back.

    `own` is P(nothing but the group strikes the node), `kept` the part of the old message that
    stays.
    """
    first, last = net.split[node], net.in_ptr[node + 1]
    before, after = running_counts(net, flow, node)
    heard = flow.heard[node]
    ratio = heard / (own + heard * (1.0 - own))
    stuck = False
    for arrow in range(first, last):
        says = told_member(before, after, arrow - first, net.need[node], ratio)
        old = flow.told[arrow]
        change = change_of(old, says)
        stuck |= kept * change > KEPT_BACK
        flow.told[arrow] = mixed(old, says, kept)
        flow.pending[net.cause[arrow]] += (1.0 - kept) * change
    return stuck
