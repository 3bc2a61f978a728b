"""Change-driven loopy belief propagation on noisy-ORs and k-of-n rules, O(degree) a visit.

Only nodes that heard something new are visited, causes first and effects first by turns, so that a
storm touches its own part of the topology. A node that is visited again and again is damped more
and more. Messages move as plain odds and probabilities: an arrow costs two divisions and no
logarithm. Inner functions take bare arrays, for numba counts references to what a tuple holds, and
that costs more than the work; they are inlined, for a call passes seven words of each. Source:
Pearl 1988 (noisy-OR messages); Elidan et al. 2006 (residual schedules).
"""

from __future__ import annotations

import math

from reasoning.engine.kernels.arrays import Floats, Flow, Ints, Net, Own
from reasoning.engine.kernels.counting import tell_members, whole
from reasoning.engine.kernels.scalars import (
    KEPT_BACK,
    LEAST,
    MOST,
    SUREST,
    bounded,
    change_of,
    clip,
    mixed,
)

INLINED = ("hear", "be_struck", "set_belief", "tell_causes", "tell_effects")
TOLERANCE = 2e-3
_UNLIKELY = -14.0
_SURENESS = 0.05
_COUNTED_AT_ONCE = 4
_PRESSED = 0.2
_RELEASED = 0.5
_FORCED = 1000.0


def wake(flow: Flow, odds: Floats, own_off: Floats, known: Floats, known_off: Floats) -> None:
    """Mark every node whose own readings differ from those that the messages know."""
    pending = flow.pending
    for node in range(len(odds)):
        if odds[node] != known[node] or own_off[node] != known_off[node]:
            pending[node] += _FORCED


def propagate(net: Net, flow: Flow, own: Own, budget: int) -> int:
    """Visit nodes with unheard change until there are none; return how many stay unsettled.

    Args:
        net: the arrows.
        flow: changed in place; nodes with `pending` change start it.
        own: what each node says by itself.
        budget: arrows to touch at most, four counts of a rule being one; what is pending then
            stays so.
    """
    in_ptr, split, cause, effect, strength, out_ptr, out_arrow, need = net
    cavity, strike, told, heard, on, off, known, belief, visits, pending = flow
    says, born, unborn = own
    nodes = len(says)
    spent, turn, waiting = 0, 0, 1
    while waiting > 0 and spent < budget:
        waiting = 0
        for step in range(nodes):
            node = step if turn % 2 == 0 else nodes - 1 - step
            if pending[node] <= TOLERANCE or not is_due(pending[node], belief[node], heard[node]):
                continue
            waiting += 1
            spent += in_ptr[node + 1] - in_ptr[node] + out_ptr[node + 1] - out_ptr[node] + 4
            spent += (in_ptr[node + 1] - split[node]) * need[node] // _COUNTED_AT_ONCE
            visits[node] += 1
            pending[node] = 0.0
            kept = damping(visits[node])
            ratio = hear(out_ptr, out_arrow, told, says[node], node)
            hit, free = be_struck(in_ptr, split, strike, born[node], unborn[node], node)
            calm = whole(net, flow, node) if need[node] > 0 else 1.0
            set_belief(heard, on, off, known, belief, ratio, hit, free, calm, node)
            stuck = False
            if need[node] > 0:
                stuck = tell_members(net, flow, free, kept, node)
            struck, calm = on[node], off[node]
            stuck |= tell_causes(
                in_ptr,
                split,
                cause,
                strength,
                strike,
                told,
                pending,
                struck,
                calm,
                ratio,
                kept,
                node,
            )
            if stuck:
                pending[node] = _FORCED
            struck *= ratio
            tell_effects(
                out_ptr, out_arrow, effect, strength, cavity, strike, told, known, pending,
                struck, calm, node,
            )  # fmt: skip
        turn += 1
    return finish(net, flow, own)


def finish(net: Net, flow: Flow, own: Own) -> int:
    """Bring nodes with unheard change up to date; return how many ought to have been visited."""
    in_ptr, split, _, _, _, out_ptr, out_arrow, need = net
    _, strike, told, heard, on, off, known, belief, _, pending = flow
    says, born, unborn = own
    unsettled = 0
    for node in range(len(says)):
        if pending[node] > 0.0:
            unsettled += 1 if is_due(pending[node], belief[node], heard[node]) else 0
            pending[node] = 0.0
            ratio = hear(out_ptr, out_arrow, told, says[node], node)
            hit, free = be_struck(in_ptr, split, strike, born[node], unborn[node], node)
            calm = whole(net, flow, node) if need[node] > 0 else 1.0
            set_belief(heard, on, off, known, belief, ratio, hit, free, calm, node)
    return unsettled


def hear(out_ptr: Ints, out_arrow: Ints, told: Floats, ratio: float, node: int) -> float:
    """Return the ratio that a node hears from its own readings (`ratio`) and its effects."""
    for slot in range(out_ptr[node], out_ptr[node + 1]):
        ratio = bounded(ratio * told[out_arrow[slot]])
    return ratio


def be_struck(
    in_ptr: Ints, split: Ints, strike: Floats, on: float, off: float, node: int
) -> tuple[float, float]:
    """Return P(an own fault or a link strikes a node) and P(none does), both to full precision.

    `on` and `off` are these for its own faults alone.
    """
    for arrow in range(in_ptr[node], split[node]):
        on += off * strike[arrow]
        off *= 1.0 - strike[arrow]
    return on, max(off, LEAST)


def set_belief(
    heard: Floats,
    on: Floats,
    off: Floats,
    known: Floats,
    belief: Floats,
    ratio: float,
    own_on: float,
    own: float,
    calm: float,
    node: int,
) -> None:
    """Join what a node hears and what strikes it; `calm` is P(its group is not broken)."""
    struck = own_on + own * (1.0 - calm)
    rest = max(own * calm, LEAST)
    heard[node], on[node], off[node] = ratio, struck, rest
    known[node] = max(struck if struck < 0.1 else -math.log(rest), 1e-12)
    belief[node] = log_odds(max(struck, LEAST), rest, ratio)


def log_odds(struck: float, rest: float, ratio: float) -> float:
    """Return ln of struck / rest * ratio, clipped; in one logarithm where doubles hold it."""
    if ratio < 1e-60 or ratio > 1e60 or struck < 1e-120 or rest < 1e-120:
        return clip(clip(math.log(struck) - math.log(rest)) + math.log(ratio))
    return math.log(struck * ratio / rest)


def damping(visits: int) -> float:
    """Return how much of the old message stays, more the longer it does not settle."""
    if visits <= 12:
        return 0.0
    if visits <= 30:
        return 0.3
    if visits <= 60:
        return 0.6
    return 0.9


def tell_causes(
    in_ptr: Ints,
    split: Ints,
    cause: Ints,
    strength: Floats,
    strike: Floats,
    told: Floats,
    pending: Floats,
    on: float,
    off: float,
    ratio: float,
    kept: float,
    node: int,
) -> bool:
    """Tell each linked cause what the node says; say whether damping kept much of it back."""
    stuck = False
    for arrow in range(in_ptr[node], split[node]):
        hit = strike[arrow]
        if hit < 0.5:  # without this arrow, times a common factor that drops out
            calm, struck = off, max(on - hit, 0.0)
        else:
            calm = min(off / (1.0 - hit), 1.0)
            struck = 1.0 - calm
        missed = strength[arrow] * calm
        says = bounded((calm - missed + ratio * (struck + missed)) / (calm + ratio * struck))
        change = change_of(told[arrow], says)
        stuck |= kept * change > KEPT_BACK
        told[arrow] = mixed(told[arrow], says, kept)
        pending[cause[arrow]] += (1.0 - kept) * change
    return stuck


def tell_effects(
    out_ptr: Ints,
    out_arrow: Ints,
    effect: Ints,
    strength: Floats,
    cavity: Floats,
    strike: Floats,
    told: Floats,
    known: Floats,
    pending: Floats,
    on: float,
    off: float,
    node: int,
) -> None:
    """Tell each effect how likely the node strikes it; `on` and `off` are its two weights."""
    for slot in range(out_ptr[node], out_ptr[node + 1]):
        arrow = out_arrow[slot]
        rest = max(off * told[arrow], 1e-300)
        old = strike[arrow]
        new = min(strength[arrow] * (on / (on + rest)), SUREST)
        cavity[arrow] = min(on / rest, MOST)
        if new != old:
            strike[arrow] = new
            change = abs(new - old) / ((1.0 - max(new, old)) * known[effect[arrow]])
            pending[effect[arrow]] += change if change < 1.0 else math.log(1.0 + change)


def is_due(change: float, belief: float, heard: float) -> bool:
    """Say whether what a node heard could move its probability, or a cause's, by anything.

    `heard` is the ratio of old: a node that was pressed down pressed its causes too, however
    unlikely it is itself, and lets them go when it is.
    """
    if change <= TOLERANCE * (1.0 + _SURENESS * abs(belief)):
        return False
    if heard < _PRESSED and change > _RELEASED:
        return True
    likely: bool = belief + change + math.log(change) > _UNLIKELY
    return likely
