"""Who stays in a core: whoever messages leave in doubt, and whoever they may be wrong about.

Messages take the ways to a node for independent. Where they are not, the same evidence is counted
twice, and a node that is really in doubt may look settled. Four marks of that are known, and who
bears one stays.
"""

from __future__ import annotations

import math

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem, uncounted
from reasoning.engine.layout import totals
from reasoning.engine.propagation import Beliefs
from reasoning.engine.thinning import Mask

FOLD_BELOW = 1e-4
FREE_ABOVE = 5e-4
_FOLD_FEW_BELOW = 3e-5
_FEW = 1_000
_MANY = 5_000
_LIKELY_BY_CAUSES = 0.05
_SEVERAL = 2
_DOUBTED = 20.0
_TORN = 200.0
_SPEAKS = 0.1
_PROMISED = 2e-3
_EXPLAINED_AWAY = -7.0


def doubtful(compiled: CompiledProblem, beliefs: Beliefs) -> Mask:
    """Return whom to keep."""
    kept = _uncertain(beliefs)
    return np.asarray(kept | coupling(compiled, beliefs, kept) | _pressing(compiled, beliefs))


def beyond_messages(compiled: CompiledProblem, beliefs: Beliefs, kept: Mask) -> bool:
    """Say whether more is left to messages than they can tell.

    A node torn by more than e^500, where they stop; a rule over more members than can be counted in
    a core, of which several are in doubt; a rule that alerts while all its members are folded.
    """
    wide = uncounted(compiled.layout)
    uncountable = wide.any() and (wide & coupling(compiled, beliefs, kept)).any()
    lone = _unexplained(compiled, beliefs, kept).any()
    return bool(uncountable or lone or _torn(beliefs, _TORN).any())


def _unexplained(compiled: CompiledProblem, beliefs: Beliefs, kept: Mask) -> Mask:
    """Return the rules that may well be broken by one cause of folded members.

    Messages think that as likely as all members failing by chance.
    """
    net = compiled.layout.net
    member = np.flatnonzero(~compiled.layout.is_link)
    if len(member) == 0:
        return np.zeros(len(kept), dtype=np.bool_)
    cause, effect = net.cause[member], net.effect[member]
    few = np.bincount(effect, weights=kept[cause], minlength=len(kept)) < _SEVERAL
    broken = totals(effect, chances(beliefs.belief[cause]), len(kept)) / np.maximum(net.need, 1)
    heard = np.maximum(beliefs.heard, 0.0)
    else_struck = -np.expm1(beliefs.log_off) + np.exp(-heard)
    return np.asarray(few & (net.need > 1) & (broken > _PROMISED * else_struck))


def _torn(beliefs: Beliefs, by: float) -> Mask:
    """Say which nodes are pulled both ways by more than e^`by`, of which each would settle it.

    A message is never surer than 1e-15, nor stronger than e^500: what such a node is cannot be
    left to messages.
    """
    raised = (beliefs.heard > by) & (beliefs.log_off > -math.exp(-by))
    pressed = (beliefs.heard < -by) & (beliefs.log_off < -_DOUBTED)
    return np.asarray(raised | pressed)


def _uncertain(beliefs: Beliefs) -> Mask:
    """Return the likely, in a large topology only whom the alerts moved, and the torn.

    Who would be likely by its causes alone has been explained away, perhaps twice by one witness.
    """
    count = len(beliefs.belief)
    likely = chances(beliefs.belief) > (FOLD_BELOW if count > _FEW else _FOLD_FEW_BELOW)
    likely |= beliefs.log_off < -_LIKELY_BY_CAUSES
    near = likely & beliefs.moved if count > _MANY else likely
    return near | _torn(beliefs, _DOUBTED)


def coupling(compiled: CompiledProblem, beliefs: Beliefs, kept: Mask) -> Mask:
    """Return the group nodes whose evidence ties kept members together.

    A noisy-OR that is calm tells its causes apart, each by itself; a rule that is not broken says
    `not all of you`, which no single message can. How often the rule would be broken is bounded by
    its members' posteriors, whatever they have in common (Markov's inequality).
    """
    layout = compiled.layout
    member = np.flatnonzero(~layout.is_link)
    if len(member) == 0:
        return np.zeros(len(kept), dtype=np.bool_)
    net, count = layout.net, len(kept)
    cause, effect = net.cause[member], net.effect[member]
    several = np.bincount(effect, weights=kept[cause], minlength=count) >= _SEVERAL
    broken = totals(effect, chances(beliefs.belief[cause]), count) / np.maximum(net.need, 1)
    moves = np.maximum(np.exp(np.minimum(beliefs.heard, _DOUBTED)), 1.0)
    return np.asarray(several & (np.minimum(broken, 1.0) * moves > FREE_ABOVE))


def _pressing(compiled: CompiledProblem, beliefs: Beliefs) -> Mask:
    """Return the effects that speak against a node which its causes make likely."""
    net = compiled.layout.net
    likely = (beliefs.log_off < -_LIKELY_BY_CAUSES) & (beliefs.belief < _EXPLAINED_AWAY)
    speaks = likely[net.cause] & (beliefs.backward < -_SPEAKS)
    found = np.zeros(len(likely), dtype=np.bool_)
    found[net.effect[speaks]] = True
    return found


def chances(odds: Array) -> Array:
    """Return the probabilities of log odds."""
    with np.errstate(under="ignore", over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))
