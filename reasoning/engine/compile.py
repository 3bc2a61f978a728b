"""Prepare a problem once; the result serves any number of observations and threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reasoning.engine.arithmetic import Array
from reasoning.engine.kernels.arrays import Net, Order
from reasoning.engine.kernels.counting import WIDEST_COUNTER
from reasoning.engine.layout import Layout, Sensors, lay_out, mount, read
from reasoning.engine.loops import Loops, loops
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.propagation import Calm, blank_messages, settle

MAX_WIDTH = 18
MAX_ENTRIES = 2**22
_MOST_VARIABLES = 12_000


@dataclass(frozen=True, slots=True)
class CompiledProblem:
    """A problem ready to be asked. `whole` is None where no order within the width was found.

    `net` is the layout's as the loops want it. `max_width` bounds elimination, of the whole as of a
    core. `log_no_fault` is ln P(no fault is born) before any evidence. `calm` is where propagation
    starts; None where the whole is eliminated.
    """

    problem: Problem
    fault_ids: tuple[str, ...]
    layout: Layout
    sensors: Sensors
    loops: Loops
    net: Net
    whole: Order | None
    calm: Calm | None
    max_width: int
    log_no_fault: float

    @property
    def prior(self) -> Array:
        """Each fault's prior, in the problem's order."""
        return self.layout.prior


def compile_problem(
    problem: Problem, *, max_width: int = MAX_WIDTH, using: Loops | None = None
) -> CompiledProblem:
    """Build arrays and, where the width allows, the elimination order of the whole.

    Args:
        problem: checked.
        max_width: variable elimination is used up to this width (a table of 2^(width + 1)
            entries), for the whole as for a core; -1 leaves loopy propagation alone.
        using: the loops to run, None for the fastest there are.
    """
    chosen = using or loops()
    layout, sensors = lay_out(problem), mount(problem)
    net = Net(*(chosen.listed(array) for array in layout.net))
    whole = _whole(layout, net, chosen, max_width)
    with np.errstate(divide="ignore"):
        log_no_fault = float(sum(np.log1p(-fault.prior) for fault in problem.faults))
    return CompiledProblem(
        problem=problem,
        fault_ids=tuple(fault.id for fault in problem.faults),
        layout=layout,
        sensors=sensors,
        loops=chosen,
        net=net,
        whole=whole,
        calm=None if whole else settled_calm(layout, sensors, net, chosen),
        max_width=max_width,
        log_no_fault=log_no_fault,
    )


def _whole(layout: Layout, net: Net, chosen: Loops, max_width: int) -> Order | None:
    count = len(layout.nodes)
    if max_width < 0 or count + len(layout.net.cause) > _MOST_VARIABLES:
        return None
    if uncounted(layout).any():
        return None
    own_off = np.zeros(count)
    np.subtract.at(own_off, layout.fault_at[layout.prior > 0.0], 1.0)
    messages = blank_messages(layout, chosen)
    tables = chosen.assemble(
        net,
        messages,
        chosen.listed(own_off),
        chosen.listed(np.zeros(2 * count)),
        chosen.listed(np.ones(count, dtype=np.int64)),
    )
    order = chosen.min_degree(tables, max_width, MAX_ENTRIES)
    return order if order.broken < 0 else None


def uncounted(layout: Layout) -> NDArray[np.bool_]:
    """Return, by node, whether its rule counts beyond what is ever eliminated; see `counted`."""
    width = layout.net.in_ptr[1:] - layout.net.split
    fewest = np.minimum(layout.net.need, width - layout.net.need + 1)
    return np.asarray((layout.net.need > 0) & (fewest >= 2**WIDEST_COUNTER))


def settled_calm(layout: Layout, sensors: Sensors, net: Net, chosen: Loops) -> Calm:
    """Propagate with every channel silent: where every observation starts."""
    return settle(layout, chosen, net, read(layout, sensors, Observation("calm", ())))
