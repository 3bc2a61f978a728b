"""Loopy propagation from what is known to what an observation changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.arithmetic import Array
from reasoning.engine.kernels.arrays import Messages, Net
from reasoning.engine.kernels.scalars import LIMIT
from reasoning.engine.layout import Layout, Readings
from reasoning.engine.loops import Loops

_SWEEPS = 60
_SLACK = 2_000_000
_MOVED = 0.02


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Settled messages as arrays, and whether they did settle; see `kernels.arrays.Messages`.

    `moved` marks the nodes whose log odds the readings changed by more than 0.02.
    """

    messages: Messages
    forward: Array
    miss: Array
    backward: Array
    heard: Array
    log_off: Array
    belief: Array
    moved: NDArray[np.bool_]
    settled: bool


def blank_messages(layout: Layout, loops: Loops) -> Messages:
    """Return messages that know nothing; every node is to be visited."""
    arrows, nodes = len(layout.net.cause), len(layout.nodes)
    return Messages(
        forward=loops.listed(np.full(arrows, -LIMIT)),
        miss=loops.listed(np.zeros(arrows)),
        backward=loops.listed(np.zeros(arrows)),
        heard=loops.listed(np.zeros(nodes)),
        log_off=loops.listed(np.zeros(nodes)),
        belief=loops.listed(np.full(nodes, -LIMIT)),
        visits=loops.listed(np.zeros(nodes, dtype=np.int64)),
        pending=loops.listed(np.full(nodes, 2.0 * LIMIT)),
    )


def spread(net: Net, loops: Loops, messages: Messages, readings: Readings) -> int:
    """Settle messages in place and return how many nodes did not.

    The budget is 60 sweeps, and 2 million arrows besides.
    """
    budget = _SLACK + _SWEEPS * len(net.cause)
    odds, own_off = loops.listed(readings.odds), loops.listed(readings.own_off)
    return loops.propagate(net, messages, odds, own_off, budget)


def believe(
    net: Net, loops: Loops, known: tuple[Readings, Messages], readings: Readings
) -> Beliefs:
    """Start from known messages, visit what the readings change, and return what is then believed.

    The known messages are left as they are.
    """
    before, old = known
    messages = Messages(*(array.copy() for array in old))
    loops.wake(
        messages,
        loops.listed(readings.odds),
        loops.listed(readings.own_off),
        loops.listed(before.odds),
        loops.listed(before.own_off),
    )
    unsettled = spread(net, loops, messages, readings)
    floats = {
        name: np.asarray(getattr(messages, name), dtype=np.float64)
        for name in ("forward", "miss", "backward", "heard", "log_off", "belief")
    }
    return Beliefs(
        messages=messages,
        moved=np.abs(floats["belief"] - np.asarray(old.belief)) > _MOVED,
        settled=unsettled == 0,
        **floats,
    )
