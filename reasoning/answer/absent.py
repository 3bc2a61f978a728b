"""What other causes would be, were there no fault in some: one sum over the core for them all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from reasoning.engine.what_if import WhatIf
from reasoning.network.reading import Reading

Born = Callable[[str], float]


def faults_of(reading: Reading, component_id: str) -> tuple[str, ...]:
    """Name the faults of the network that can be born in a component."""
    if component_id in reading.model.jointly:
        return tuple(f"{component_id}/{p.mode.id}" for p in reading.model.modes[component_id])
    return (f"{component_id}#born",)


def born_without(reading: Reading, what_if: WhatIf, fault_ids: Sequence[str]) -> Born:
    """Return, by component, fault or `external`, P(born | e, none of these faults was born).

    Raises: ProblemError where the core cannot be asked.
    """
    faults, states = what_if.given_none(fault_ids)
    nodes = reading.compiled.problem.nodes

    def born(cause: str) -> float:
        if cause in faults:
            return faults[cause]
        name = f"{cause}#born"
        jointly = cause in reading.model.jointly
        found = float(states[bisect_left(nodes, name)]) if jointly else faults[name]
        return min(max(found, 0.0), 1.0)

    return born
