"""Change-driven loopy belief propagation on noisy-ORs and k-of-n rules, O(degree) a visit.

Only nodes that heard something new are visited, causes first and effects first by turns, so that a
storm touches its own part of the topology. A node that is visited again and again is damped more
and more. Source: Pearl 1988 (noisy-OR messages); Elidan et al. 2006 (residual schedules);
Yedidia, Freeman, Weiss 2005 (Bethe free energy).
"""

from __future__ import annotations

import math

from reasoning.engine.kernels.arrays import Floats, Ints, Messages, Net
from reasoning.engine.kernels.counting import log_whole, running_counts, told_member
from reasoning.engine.kernels.scalars import LIMIT, clip, log_miss, log_struck, rest_of, softplus

TOLERANCE = 2e-3
_UNLIKELY = -14.0
_SURENESS = 0.05
_KEPT_BACK = 2e-3
_FORCED = 1000.0
INLINED = ("visit", "renew", "answer_causes", "tell_cause", "tell_effects", "is_due")


def wake(
    messages: Messages, odds: Floats, own_off: Floats, known: Floats, known_off: Floats
) -> None:
    """Mark every node whose own readings differ from those that the messages know."""
    for node in range(len(odds)):
        if odds[node] != known[node] or own_off[node] != known_off[node]:
            messages.pending[node] += _FORCED


def propagate(net: Net, messages: Messages, odds: Floats, own_off: Floats, budget: int) -> int:
    """Visit nodes with unheard change until there are none; return how many stay unsettled.

    Args:
        net: the arrows.
        messages: changed in place; nodes with `pending` change start it.
        odds: by node, log odds of its own readings.
        own_off: by node, ln P(none of its own faults is born), its readings included.
        budget: arrows to touch at most; what is pending then stays so.
    """
    nodes = len(odds)
    spent, turn, waiting = 0, 0, 1
    while waiting > 0 and spent < budget:
        waiting = 0
        for step in range(nodes):
            node = step if turn % 2 == 0 else nodes - 1 - step
            if is_due(messages, node):
                waiting += 1
                visit(net, messages, odds[node], own_off[node], node)
                spent += net.in_ptr[node + 1] - net.in_ptr[node] + 4
                spent += net.out_ptr[node + 1] - net.out_ptr[node]
        turn += 1
    unsettled = 0
    for node in range(nodes):
        if messages.pending[node] > 0.0:
            unsettled += 1 if is_due(messages, node) else 0
            renew(net, messages, odds[node], own_off[node], node)
    return unsettled


def visit(net: Net, messages: Messages, odds: float, own_off: float, node: int) -> None:
    """Bring one node up to date and tell its neighbours."""
    messages.visits[node] += 1
    own = renew(net, messages, odds, own_off, node)
    if net.need[node] > 0:
        answer_members(net, messages, node, own)
    answer_causes(net, messages, node)
    tell_effects(net, messages, node)


def renew(net: Net, messages: Messages, odds: float, own_off: float, node: int) -> float:
    """Bring one node up to date; return ln P(nothing but its group strikes it)."""
    messages.pending[node] = 0.0
    heard = odds
    for slot in range(net.out_ptr[node], net.out_ptr[node + 1]):
        heard += messages.backward[net.out_arrow[slot]]
    heard = clip(heard)
    own = max(own_off, -LIMIT)
    for arrow in range(net.in_ptr[node], net.split[node]):
        own += messages.miss[arrow]
    log_off = own
    if net.need[node] > 0:
        log_off += log_whole(net, messages, node)
    messages.heard[node] = heard
    messages.log_off[node] = log_off
    messages.belief[node] = clip(clip(log_struck(log_off) - log_off) + heard)
    return own


def damping(visits: int) -> float:
    """Return how much of the old message stays, more the longer it does not settle."""
    if visits <= 12:
        return 0.0
    if visits <= 30:
        return 0.3
    if visits <= 60:
        return 0.6
    return 0.9


def answer_causes(net: Net, messages: Messages, node: int) -> None:
    """Tell each linked cause what the node says about it."""
    log_off, ratio = messages.log_off[node], math.exp(messages.heard[node])
    kept = damping(messages.visits[node])
    for arrow in range(net.in_ptr[node], net.split[node]):
        others = min(log_off - messages.miss[arrow], 0.0)
        on = rest_of(others)
        off = 1.0 - on if others > -1.0 else math.exp(others)
        strength = net.strength[arrow]
        so = (1.0 - strength) * off + ratio * (on + strength * off)
        told = clip(math.log(so / (off + ratio * on)))
        tell_cause(net, messages, arrow, told, kept)


def answer_members(net: Net, messages: Messages, node: int, own: float) -> None:
    """Tell each member of the node's group what the node says about it."""
    first, last = net.split[node], net.in_ptr[node + 1]
    need = net.need[node]
    before, after = running_counts(net, messages, node)
    heard = messages.heard[node]
    struck = clip(heard - math.log(math.exp(own) - math.exp(heard) * math.expm1(own)))
    kept = damping(messages.visits[node])
    for k in range(last - first):
        told = told_member(before, after, k, need, math.exp(struck))
        arrow = first + k
        tell_cause(net, messages, arrow, told, kept)


def tell_cause(net: Net, messages: Messages, arrow: int, told: float, kept: float) -> None:
    """Leave a message at an arrow's cause; what damping keeps back stays pending here."""
    change = told - messages.backward[arrow]
    messages.backward[arrow] += (1.0 - kept) * change
    messages.pending[net.cause[arrow]] += (1.0 - kept) * abs(change)
    if kept * abs(change) > _KEPT_BACK:
        messages.pending[net.effect[arrow]] = _FORCED


def tell_effects(net: Net, messages: Messages, node: int) -> None:
    """Tell each effect how likely the node strikes it."""
    belief = messages.belief[node]
    for slot in range(net.out_ptr[node], net.out_ptr[node + 1]):
        arrow = net.out_arrow[slot]
        odds = clip(belief - messages.backward[arrow])
        miss = log_miss(net.strength[arrow], odds)
        change = abs(miss - messages.miss[arrow])
        messages.forward[arrow] = odds
        if change == 0.0:
            continue
        messages.miss[arrow] = miss
        effect = net.effect[arrow]
        known = max(-messages.log_off[effect], 1e-12)
        if change < known:
            messages.pending[effect] += change / known
        else:
            messages.pending[effect] += math.log(1.0 + change / known)


def is_due(messages: Messages, node: int) -> bool:
    """Say whether what a node heard could move its probability by anything to speak of."""
    change, belief = messages.pending[node], messages.belief[node]
    if change <= TOLERANCE * (1.0 + _SURENESS * abs(belief)):
        return False
    likely: bool = belief + change + math.log(change) > _UNLIKELY
    return likely


def node_term(messages: Messages, node: int, silent: float) -> float:
    """Return a node's part of the Bethe ln P(e); `silent` is ln P(its readings | not degraded)."""
    off, on = messages.log_off[node], log_struck(messages.log_off[node])
    term: float = silent + off + softplus(messages.heard[node] + on - off)
    return term


def arrow_term(messages: Messages, arrow: int) -> float:
    """Return an arrow's part of the Bethe ln P(e), which counts negative."""
    forward, backward = messages.forward[arrow], messages.backward[arrow]
    if forward < -40.0 and forward + backward < -40.0:
        return 0.0
    return softplus(forward + backward) - softplus(forward)


def bethe(net: Net, messages: Messages, silent: Floats, kept: Ints) -> float:
    """Return the Bethe ln P(e) of everything that does not lie inside the kept nodes.

    What lies inside (kept nodes, and arrows between them) is left out: whoever sums it exactly,
    under the messages that cross the border, adds its logarithm. With nothing kept it is the whole.
    """
    total = 0.0
    for node in range(len(silent)):
        if kept[node] == 0:
            total += node_term(messages, node, silent[node])
        for arrow in range(net.in_ptr[node], net.in_ptr[node + 1]):
            if kept[node] == 0 or kept[net.cause[arrow]] == 0:
                total -= arrow_term(messages, arrow)
    return total
