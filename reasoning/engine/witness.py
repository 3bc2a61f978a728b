"""The engine's loops under watch: which core stands behind an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reasoning.engine.compile import CompiledProblem
from reasoning.engine.kernels.arrays import Messages, Net, Order, Tables
from reasoning.engine.layout import Readings
from reasoning.engine.loops import Loops
from reasoning.engine.posterior import Posterior, conclude


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and the core behind it, so that it can be asked without answering again.

    `core`: the messages at the border, and 1 for every node that was kept; None where messages
    alone spoke.
    """

    posterior: Posterior
    core: tuple[Messages, Any] | None


class Witness:
    """Notes what the engine sums last, which is what it answers from.

    `summed` has the messages at the border, 1 for every node that was kept, the order's width, and
    ln of the sum; None before the first sum.
    """

    def __init__(self, loops: Loops) -> None:
        """Watch these loops; `loops` are to be used in their place."""
        self._assembled: tuple[Messages, Any] | None = None
        self.summed: tuple[Messages, Any, int, float] | None = None
        self.loops = loops._replace(
            assemble=self._noting(loops.assemble),
            assemble_stars=self._noting(loops.assemble_stars),
            marginals=self._summing(loops.marginals),
            signed_marginals=self._summing(loops.signed_marginals),
            log_marginals=self._summing(loops.log_marginals),
        )

    def of(self, posterior: Posterior) -> Answered:
        """Join an answer that these loops gave with what stood behind it."""
        alone = self.summed is None or posterior.method == "loopy"
        return Answered(posterior, None if alone or self.summed is None else self.summed[:2])

    def _noting(self, assemble: Callable[..., Tables]) -> Callable[..., Tables]:
        def noted(net: Net, messages: Messages, own_off: Any, logs: Any, kept: Any) -> Tables:
            self._assembled = messages, kept
            return assemble(net, messages, own_off, logs, kept)

        return noted

    def _summing(self, marginals: Callable[..., Any]) -> Callable[..., Any]:
        def summed(tables: Tables, order: Order, *rest: Any) -> Any:
            found = marginals(tables, order, *rest)
            if self._assembled is not None:
                ends = np.asarray(order.clique_ptr)
                width = int(np.diff(ends).max()) - 1 if len(ends) > 1 else 0
                self.summed = (*self._assembled, width, float(found[1]))
            return found

        return summed


def answer_watched(compiled: CompiledProblem, readings: Readings, incident_id: str) -> Answered:
    """Return what `conclude` returns, with the core behind it."""
    witness = Witness(compiled.loops)
    return witness.of(conclude(replace(compiled, loops=witness.loops), readings, incident_id))
