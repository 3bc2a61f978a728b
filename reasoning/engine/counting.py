"""Messages through k-of-n rules: how many members are degraded, all groups at once.

A group is broken when at least `need` members are degraded. Counts saturate at `need`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reasoning.engine.gadgets import Array
from reasoning.engine.wiring import Wiring


@dataclass(frozen=True, slots=True)
class GroupMessages:
    """What a group knows: P(broken), and per member the counts of the others.

    `at_brink` is P(the other members are degraded need - 1 times: this one decides), `beyond`
    P(they break the group without it).
    """

    broken: Array
    at_brink: Array
    beyond: Array


def group_forward(wiring: Wiring, degraded: Array) -> GroupMessages:
    """Return the groups' messages from P(member is degraded), shape (groups, members)."""
    chance = np.where(wiring.present, degraded, 0.0)
    groups, width = chance.shape
    if groups == 0:
        empty = np.zeros(chance.shape)
        return GroupMessages(np.zeros(0), empty, empty)
    top = int(wiring.need.max())
    before = _running_counts(chance, top)
    after = _running_counts(chance[:, ::-1], top)
    rows = np.arange(groups)
    at_brink = np.zeros(chance.shape)
    beyond = np.zeros(chance.shape)
    for member in range(width):
        left, right = before[member], after[width - 1 - member]
        tails = right[:, ::-1].cumsum(axis=1)[:, ::-1]
        for count in range(top + 1):
            rest = wiring.need - 1 - count
            inside = rest >= 0
            at_brink[:, member] += left[:, count] * np.where(inside, right[rows, rest], 0.0)
            over = np.maximum(rest + 1, 0)
            beyond[:, member] += left[:, count] * tails[rows, over]
    whole = before[width][:, ::-1].cumsum(axis=1)[:, ::-1]
    return GroupMessages(np.minimum(whole[rows, wiring.need], 1.0), at_brink, beyond)


def group_backward(groups: GroupMessages, odds: Array) -> Array:
    """Return log odds to each member from the log odds that the broken state hears."""
    with np.errstate(under="ignore", over="ignore"):
        ratio = np.exp(odds)[:, np.newaxis]
        rest = np.maximum(1.0 - groups.at_brink - groups.beyond, 0.0)
        so = (groups.at_brink + groups.beyond) * ratio + rest
        not_so = groups.beyond * ratio + groups.at_brink + rest
        return np.asarray(np.log(np.maximum(so, 1e-300)) - np.log(np.maximum(not_so, 1e-300)))


def _running_counts(chance: Array, top: int) -> list[Array]:
    """Return P(count = 0..top, saturated) before each member and after the last."""
    groups, width = chance.shape
    counts = np.zeros((groups, top + 1))
    counts[:, 0] = 1.0
    running = [counts]
    for member in range(width):
        yes = chance[:, member, np.newaxis]
        following = counts * (1.0 - yes)
        following[:, 1:] += counts[:, :-1] * yes
        following[:, -1] += counts[:, -1] * yes[:, 0]
        counts = following
        running.append(counts)
    return running
