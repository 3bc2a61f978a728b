"""Loopy propagation from what is known to what an observation changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.arithmetic import Array
from reasoning.engine.kernels.arrays import Flow, Messages, Net, Own
from reasoning.engine.kernels.scalars import LEAST, LIMIT
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


@dataclass(frozen=True, slots=True)
class Calm:
    """The topology with every channel silent: its readings, and what settled on them."""

    readings: Readings
    flow: Flow
    messages: Messages


def blank_messages(layout: Layout, loops: Loops) -> Messages:
    """Return messages that know nothing."""
    arrows, nodes = len(layout.net.cause), len(layout.nodes)
    return Messages(
        forward=loops.listed(np.full(arrows, -LIMIT)),
        miss=loops.listed(np.zeros(arrows)),
        backward=loops.listed(np.zeros(arrows)),
        heard=loops.listed(np.zeros(nodes)),
        log_off=loops.listed(np.zeros(nodes)),
        belief=loops.listed(np.full(nodes, -LIMIT)),
    )


def _blank_flow(layout: Layout, loops: Loops) -> Flow:
    """Return a flow that knows nothing; every node is to be visited."""
    arrows, nodes = len(layout.net.cause), len(layout.nodes)
    return Flow(
        odds=loops.listed(np.full(arrows, LEAST)),
        strike=loops.listed(np.zeros(arrows)),
        told=loops.listed(np.ones(arrows)),
        heard=loops.listed(np.ones(nodes)),
        on=loops.listed(np.zeros(nodes)),
        off=loops.listed(np.ones(nodes)),
        known=loops.listed(np.full(nodes, 1e-12)),
        belief=loops.listed(np.full(nodes, -LIMIT)),
        visits=loops.listed(np.zeros(nodes, dtype=np.int64)),
        pending=loops.listed(np.full(nodes, 2.0 * LIMIT)),
    )


def settle(layout: Layout, loops: Loops, net: Net, readings: Readings) -> Calm:
    """Propagate from nothing with these readings: where every observation starts."""
    flow, messages = _blank_flow(layout, loops), blank_messages(layout, loops)
    _spread(net, loops, flow, readings)
    loops.note(flow, _blank_flow(layout, loops), messages)
    visits = loops.listed(np.zeros(len(layout.nodes), dtype=np.int64))
    return Calm(readings, flow._replace(visits=visits), messages)


def _spread(net: Net, loops: Loops, flow: Flow, readings: Readings) -> int:
    """Settle a flow in place and return how many nodes did not.

    The budget is 60 sweeps, and 2 million arrows besides.
    """
    budget = _SLACK + _SWEEPS * len(net.cause)
    return loops.propagate(net, flow, _own(loops, readings), budget)


def _own(loops: Loops, readings: Readings) -> Own:
    """Take a node's own readings out of their logarithms, once and not at each visit."""
    off = np.maximum(readings.own_off, -LIMIT)
    parts = np.exp(np.clip(readings.odds, -LIMIT, LIMIT)), -np.expm1(off), np.exp(off)
    return Own(*(loops.listed(part) for part in parts))


def believe(net: Net, loops: Loops, calm: Calm, readings: Readings) -> Beliefs:
    """Start from the calm, visit what the readings change, and return what is then believed.

    The calm is left as it is.
    """
    flow = Flow(*(array.copy() for array in calm.flow))
    messages = Messages(*(array.copy() for array in calm.messages))
    loops.wake(
        flow,
        loops.listed(readings.odds),
        loops.listed(readings.own_off),
        loops.listed(calm.readings.odds),
        loops.listed(calm.readings.own_off),
    )
    unsettled = _spread(net, loops, flow, readings)
    loops.note(flow, calm.flow, messages)
    floats = Messages(*(np.asarray(array, dtype=np.float64) for array in messages))
    return Beliefs(
        messages=messages,
        moved=np.abs(floats.belief - np.asarray(calm.messages.belief)) > _MOVED,
        settled=unsettled == 0,
        **floats._asdict(),
    )
