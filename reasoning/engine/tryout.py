"""Loops run once on four nodes, so that all their machine code is loaded, or made."""

from __future__ import annotations

from typing import Any

import numpy as np

from reasoning.engine.kernels.arrays import Flow, Messages, Net, Own

_NODES = 4
_NET = Net(
    in_ptr=[0, 0, 1, 2, 4],
    split=[0, 1, 2, 2],
    cause=[0, 0, 1, 2],
    effect=[1, 2, 3, 3],
    strength=[0.9, 0.9, 1.0, 1.0],
    out_ptr=[0, 2, 3, 4, 4],
    out_arrow=[0, 1, 2, 3],
    need=[0, 0, 0, 2],
)


def try_out(found: Any) -> None:
    """Run each loop on a database, two replicas and their pool; `found` are `loops.Loops`.

    Raises: whatever a compiler raises whose cache is broken.
    """
    net = Net(*(found.listed(np.array(part)) for part in _NET))
    calm = found.listed(np.zeros(_NODES))
    odds = found.listed(np.array([-1.0, 2.0, -1.0, -1.0]))
    own_off = found.listed(np.log1p(-np.array([0.01, 0.01, 0.01, 0.0])))
    flow, messages = _flow(found), Messages(*(found.listed(np.zeros(_NODES)) for _ in range(6)))
    found.wake(flow, odds, own_off, calm, calm)
    own = Own(*(found.listed(np.full(_NODES, 0.5)) for _ in Own._fields))
    found.propagate(net, flow, own, 10_000)
    found.note(flow, _flow(found), messages)
    kept = found.listed(np.ones(_NODES, dtype=np.int64))
    found.bethe(net, messages, calm, kept)
    logs = found.listed(np.zeros(2 * _NODES))
    tables = found.assemble(net, messages, own_off, logs, kept)
    found.marginals(tables, found.min_degree(tables, 18, 2**22), False)
    stars = found.assemble_stars(net, messages, own_off, logs, kept)
    found.signed_marginals(stars, found.min_degree(stars, 18, 2**22))


def _flow(found: Any) -> Flow:
    flow = Flow(*(found.listed(np.full(_NODES, 0.5)) for _ in Flow._fields))
    return flow._replace(visits=found.listed(np.zeros(_NODES, dtype=np.int64)))
