"""From odds that move to logarithms at rest, and the Bethe value of them.

Source: Yedidia, Freeman, Weiss 2005 (Bethe free energy).
"""

from __future__ import annotations

import math

from reasoning.engine.kernels.arrays import Floats, Flow, Ints, Messages, Net
from reasoning.engine.kernels.counting import counted
from reasoning.engine.kernels.scalars import LEAST, clip, log_rest, log_struck, softplus


def note(flow: Flow, before: Flow, messages: Messages) -> None:
    """Write as logarithms what moved since `before`; the rest of the messages stands already."""
    odds, strike, told, heard, on, off, _, belief, _, _ = flow
    odds_then, strike_then, told_then, heard_then, on_then, off_then, _, _, _, _ = before
    forward, miss, backward, log_heard, log_off, log_odds = messages
    for node in range(len(heard)):
        if heard[node] != heard_then[node]:
            log_heard[node] = math.log(heard[node])
        if on[node] != on_then[node] or off[node] != off_then[node]:
            log_off[node] = log_rest(on[node]) if on[node] < 0.5 else math.log(off[node])
        log_odds[node] = belief[node]
    for arrow in range(len(told)):
        if told[arrow] != told_then[arrow]:
            backward[arrow] = math.log(told[arrow])
        if odds[arrow] != odds_then[arrow]:
            forward[arrow] = clip(math.log(max(odds[arrow], LEAST)))
        if strike[arrow] != strike_then[arrow]:
            miss[arrow] = log_rest(strike[arrow])


def node_term(heard: float, log_off: float, silent: float) -> float:
    """Return a node's part of the Bethe ln P(e); `silent` is ln P(its readings | not degraded)."""
    term: float = silent + log_off + softplus(heard + log_struck(log_off) - log_off)
    return term


def arrow_term(forward: float, backward: float) -> float:
    """Return an arrow's part of the Bethe ln P(e), which counts negative."""
    if forward < -40.0 and forward + backward < -40.0:
        return 0.0
    return softplus(forward + backward) - softplus(forward)


def bethe(net: Net, messages: Messages, silent: Floats, kept: Ints) -> float:
    """Return the Bethe ln P(e) of everything that does not lie inside the kept nodes.

    What lies inside (kept nodes, and arrows between them) is left out: whoever sums it exactly,
    under the messages that cross the border, adds its logarithm. With nothing kept it is the whole.
    Members of a group that cannot be counted speak by messages, wherever they are.
    """
    in_ptr, split, cause, need = net.in_ptr, net.split, net.cause, net.need
    forward, _, backward, heard, log_off, _ = messages
    total = 0.0
    for node in range(len(silent)):
        if kept[node] == 0:
            total += node_term(heard[node], log_off[node], silent[node])
        summed = need[node] == 0 or counted(net, node) > 0
        for arrow in range(in_ptr[node], in_ptr[node + 1]):
            inside = kept[node] == 1 and kept[cause[arrow]] == 1
            if not inside or (arrow >= split[node] and not summed):
                total -= arrow_term(forward[arrow], backward[arrow])
    return total
