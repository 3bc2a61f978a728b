"""Damped loopy belief propagation on noisy-ORs and k-of-n rules, O(degree) a node.

Messages are log odds, clipped to +-500; a cause that fires for sure acts as 1 - 1e-15. All
messages of a sweep are computed at once and the sweeps are capped, so equal input gives equal
output. Source: Pearl 1988 (noisy-OR messages); Yedidia, Freeman, Weiss 2005 (Bethe free energy).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reasoning.engine.counting import GroupMessages, group_backward, group_forward
from reasoning.engine.gadgets import Array
from reasoning.engine.wiring import Mask, Wiring, totals

LIMIT = 500.0
_DAMPING = ((100, 0.5), (200, 0.8), (400, 0.95))
_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What the last sweep holds; probabilities are P(so | evidence) as far as it knows.

    `forward` is the cavity log odds of each arrow's cause, `backward` what the arrow's effect tells
    its cause; the same for group members. `heard` is each node's log odds from its channels and
    effects, `log_off` ln P(no arrow into it fires). `node_drift` and `arrow_drift` say how far one
    more sweep would move `log_off`'s log odds and `backward`.
    """

    node: Array
    fault: Array
    converged: bool
    sweeps: int
    forward: Array
    backward: Array
    member_forward: Array
    member_backward: Array
    heard: Array
    log_off: Array
    node_drift: Array
    arrow_drift: Array


@dataclass(frozen=True, slots=True)
class _State:
    """Messages between two sweeps."""

    predicted: Array
    backward: Array
    member_backward: Array


@dataclass(frozen=True, slots=True)
class _Sweep:
    """What one sweep computes from the state before it."""

    forward: Array
    member_forward: Array
    heard: Array
    log_off: Array
    after: _State


def propagate(wiring: Wiring, likelihoods: Array) -> Beliefs:
    """Run belief propagation to its fixed point or the cap of sweeps.

    Args:
        wiring: the problem's arrows.
        likelihoods: shape (2, nodes + faults), ln P(readings | not so), ln P(readings | so).
    """
    odds = np.clip(likelihoods[1] - likelihoods[0], -LIMIT, LIMIT)
    fault_odds = clip_odds(log_odds(wiring.prior) + odds[wiring.nodes :])
    state = _State(
        np.full(wiring.nodes, -LIMIT),
        np.zeros(len(wiring.effect)),
        np.zeros(wiring.members.shape),
    )
    sweep = _sweep(wiring, odds, fault_odds, state)
    converged, count = False, 1
    for last, damping in _DAMPING:
        while not converged and count < last:
            state = _damped(state, sweep.after, damping)
            sweep = _sweep(wiring, odds, fault_odds, state)
            converged = _distance(state, sweep.after) < _TOLERANCE
            count += 1
    return _beliefs(wiring, fault_odds, sweep, state, converged=converged, count=count)


def bethe(wiring: Wiring, likelihoods: Array, beliefs: Beliefs, kept: Mask) -> float:
    """Return the Bethe ln P(e) of everything outside `kept`, for a mask of nodes.

    Factors plus variables minus edges at the current messages. What lies inside `kept` (its nodes,
    their faults, links and memberships between them) is left out: whoever sums it exactly, under
    the messages that cross the border, adds its logarithm. With nothing kept it is the whole.
    """
    links = len(wiring.link_cause)
    folded = ~kept
    own = folded[wiring.effect[wiring.fault_arrows]]
    silent, so = likelihoods[:, wiring.nodes :]
    with np.errstate(divide="ignore", under="ignore"):
        on = np.log(-np.expm1(beliefs.log_off))
        faults = np.logaddexp(np.log1p(-wiring.prior) + silent, np.log(wiring.prior) + so)
        nodes = likelihoods[0, : wiring.nodes] + np.logaddexp(beliefs.log_off, beliefs.heard + on)
    crossing = folded[wiring.link_cause] | folded[wiring.effect[:links]]
    edges = _edge_terms(beliefs.forward[:links][crossing], beliefs.backward[:links][crossing])
    outside = folded[wiring.members] | folded[wiring.effect[wiring.group_arrows], np.newaxis]
    joined = wiring.present & outside
    members = _edge_terms(beliefs.member_forward[joined], beliefs.member_backward[joined])
    return float(nodes[folded].sum() + faults[own].sum() - edges - members)


def probability(odds: Array) -> Array:
    """Return the probability of log odds."""
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(-np.logaddexp(0.0, -odds)))


def log_odds(probabilities: Array) -> Array:
    """Return clipped log odds; 0 and 1 become -LIMIT and LIMIT."""
    with np.errstate(divide="ignore"):
        return clip_odds(np.log(probabilities) - np.log1p(-probabilities))


def clip_odds(odds: Array) -> Array:
    """Keep log odds where exp() neither overflows nor vanishes."""
    return np.clip(odds, -LIMIT, LIMIT)


def log_misses(strength: Array, odds: Array) -> Array:
    """Return ln P(an arrow does not fire) for causes of the given log odds."""
    return np.log1p(-np.minimum(strength * probability(odds), 1.0 - 1e-15))


def _sweep(wiring: Wiring, odds: Array, fault_odds: Array, state: _State) -> _Sweep:
    links = len(wiring.link_cause)
    heard = odds[: wiring.nodes] + totals(wiring.link_cause, state.backward[:links], wiring.nodes)
    np.add.at(heard, wiring.members[wiring.present], state.member_backward[wiring.present])
    belief = clip_odds(state.predicted + clip_odds(heard))
    member_forward = clip_odds(belief[wiring.members] - state.member_backward)
    groups = group_forward(wiring, probability(member_forward))
    forward = np.concatenate(
        (
            clip_odds(belief[wiring.link_cause] - state.backward[:links]),
            fault_odds,
            log_odds(groups.broken),
        )
    )
    after, log_off = _answers(wiring, forward, clip_odds(heard), groups)
    return _Sweep(forward, member_forward, heard, log_off, after)


def _answers(
    wiring: Wiring, forward: Array, heard: Array, groups: GroupMessages
) -> tuple[_State, Array]:
    """Return the new messages of every noisy-OR and group, and ln P(no arrow fires) per node."""
    misses = log_misses(wiring.strength, forward)
    log_off = totals(wiring.effect, misses, wiring.nodes)
    others = np.minimum(log_off[wiring.effect] - misses, 0.0)
    with np.errstate(under="ignore"):
        off = np.exp(others)
        on = -np.expm1(others)
        ratio = np.exp(heard)[wiring.effect]
        spared = (1.0 - wiring.strength) * off
        struck = on + wiring.strength * off
        backward = np.log(spared + ratio * struck) - np.log(off + ratio * on)
        predicted = np.log(np.maximum(-np.expm1(log_off), 1e-300)) - log_off
    backward = clip_odds(backward)
    member_backward = clip_odds(group_backward(groups, backward[wiring.group_arrows]))
    return _State(clip_odds(predicted), backward, member_backward), log_off


def _damped(old: _State, new: _State, damping: float) -> _State:
    return _State(
        new.predicted,
        damping * old.backward + (1.0 - damping) * new.backward,
        damping * old.member_backward + (1.0 - damping) * new.member_backward,
    )


def _distance(old: _State, new: _State) -> float:
    pairs = (
        (old.predicted, new.predicted),
        (old.backward, new.backward),
        (old.member_backward, new.member_backward),
    )
    return max((float(np.abs(a - b).max()) for a, b in pairs if a.size), default=0.0)


def _beliefs(
    wiring: Wiring,
    fault_odds: Array,
    sweep: _Sweep,
    before: _State,
    *,
    converged: bool,
    count: int,
) -> Beliefs:
    backward = sweep.after.backward
    node = probability(sweep.after.predicted + clip_odds(sweep.heard))
    fault = probability(fault_odds + backward[wiring.fault_arrows])
    fault = np.where((wiring.prior == 0.0) | (wiring.prior == 1.0), wiring.prior, fault)
    return Beliefs(
        node=node,
        fault=fault,
        converged=converged,
        sweeps=count,
        forward=sweep.forward,
        backward=backward,
        member_forward=sweep.member_forward,
        member_backward=sweep.after.member_backward,
        heard=sweep.heard,
        log_off=sweep.log_off,
        node_drift=np.abs(sweep.after.predicted - before.predicted),
        arrow_drift=np.abs(sweep.after.backward - before.backward),
    )


def _edge_terms(forward: Array, backward: Array) -> float:
    """Sum ln((1 - q) + q e^backward) over edges, where q has the log odds `forward`."""
    log_no = -np.logaddexp(0.0, forward)
    log_yes = -np.logaddexp(0.0, -forward)
    return float(np.logaddexp(log_no, log_yes + backward).sum())
