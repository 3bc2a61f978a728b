"""The core that an answer came from, as an ordinary Bayesian network of small tables.

The engine eliminates flat arrays. Here the same core is written out for others to recompute:
explicit faults, degraded nodes and alerts. None of the engine's own tables is read, so that whoever
recomputes the network checks those as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reasoning.core_tables import BINARY, Scribe, Variable
from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem
from reasoning.engine.kernels.arrays import Messages, Net
from reasoning.engine.layout import Indices
from reasoning.engine.loops import Loops
from reasoning.engine.posterior import Method, Posterior, infer
from reasoning.engine.problem import Observation


@dataclass(frozen=True, slots=True)
class CoreNetwork:
    """The core of one answer; `variables` stand parents first.

    `faults` and `degraded` name the variable of each fault and node that was kept. `nodes` counts
    those of the whole problem. `width` is that of the engine's elimination order.
    """

    posterior: Posterior
    variables: tuple[Variable, ...]
    faults: Mapping[str, str]
    degraded: Mapping[str, str]
    nodes: int
    width: int

    @property
    def method(self) -> Method:
        """How the engine came to the answer; `thinned` says that the core is the thinned one."""
        return self.posterior.method

    def inner(self) -> tuple[Variable, ...]:
        """List the variables that are no mere readings of another."""
        return tuple(v for v in self.variables if v.role not in ("alert", "message"))

    def readings(self) -> dict[str, Array]:
        """Return, by variable, P(all that was seen on it | its state), the larger scaled to 1.

        Scaled because a product of hundreds of small rates is no double any more.
        """
        logs: dict[str, Array] = {}
        for variable in self.variables:
            if variable.role in ("alert", "message") and variable.seen:
                seen = np.log(variable.table[BINARY.index(variable.seen)])
                (parent,) = variable.parents
                logs[parent] = logs.get(parent, np.zeros(2)) + seen
        with np.errstate(under="ignore"):
            return {name: np.exp(log - log.max()) for name, log in logs.items()}


def core_network(compiled: CompiledProblem, observation: Observation) -> CoreNetwork | None:
    """Answer an observation and return the core behind the answer; None where there is none.

    There is none where the messages alone spoke (`loopy`). Of an `exact` answer the core is the
    whole problem.

    Raises: ProblemError for a channel that the problem lacks.
    """
    witness = _Witness(compiled.loops)
    posterior = infer(replace(compiled, loops=witness.loops()), observation)
    if posterior.method == "loopy" or witness.summed is None:
        return None
    messages, kept, width = witness.summed
    scribe = Scribe(compiled, observation, messages, kept)
    for position in np.flatnonzero(kept):
        scribe.write(int(position))
    return CoreNetwork(
        posterior=posterior,
        variables=tuple(scribe.variables),
        faults=scribe.faults,
        degraded={compiled.problem.nodes[i]: name for i, name in scribe.degraded.items()},
        nodes=len(compiled.problem.nodes),
        width=width,
    )


class _Witness:
    """Notes what the engine puts together and sums last: what it answers from."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops
        self._assembled: tuple[Messages, Indices] | None = None
        self.summed: tuple[Messages, Indices, int] | None = None

    def loops(self) -> Loops:
        """Return the same loops under watch."""
        return self._loops._replace(assemble=self._assemble, marginals=self._marginals)

    def _assemble(self, net: Net, messages: Messages, *rest: Any) -> Any:
        kept = np.array(rest[-1], dtype=np.int64)
        self._assembled = (Messages(*(np.array(part) for part in messages)), kept)
        return self._loops.assemble(net, messages, *rest)

    def _marginals(self, tables: Any, order: Any, *rest: Any) -> Any:
        if self._assembled is not None:
            ends = np.asarray(order.clique_ptr)
            width = int(np.diff(ends).max()) - 1 if len(ends) > 1 else 0
            self.summed = (*self._assembled, width)
        return self._loops.marginals(tables, order, *rest)
