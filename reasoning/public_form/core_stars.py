"""A core's tables for elimination by others where its chains are too wide: noisy-ORs as stars.

The Bayesian network that is exported divides a noisy-OR into a chain of tables. Its sums are the
same with a hub in place of the chain: state 0 says that nothing struck, state 1 says nothing, and
P(struck) is the difference. Tables with a -1 are no probabilities, so this form is a Markov network
and is never exported; it is made from the exported tables alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.public_form.core_tables import Variable


@dataclass(frozen=True, slots=True)
class Potential:
    """A table over `scope`, one axis a variable; entries may be negative."""

    scope: tuple[str, ...]
    table: Array


def potentials(variables: Sequence[Variable]) -> tuple[Potential, ...]:
    """Return tables whose product, summed over chains and hubs, is that of the variables' own."""
    by_name = {variable.name: variable for variable in variables}
    chains = {v.name: _chain(v, by_name) for v in variables if v.role == "degraded"}
    gone = {link.name for links in chains.values() if len(links) > 1 for link in links}
    found = []
    for variable in variables:
        links = chains.get(variable.name, ())
        if len(links) > 1:
            found += _star(variable, links)
        elif variable.name not in gone:
            found.append(Potential((variable.name, *variable.parents), variable.table))
    return tuple(found)


def _chain(last: Variable, by_name: Mapping[str, Variable]) -> tuple[Variable, ...]:
    """Return the tables of one noisy-OR, from the degraded node back to its first causes."""
    links = [last]
    while links[-1].parents:
        before = by_name[links[-1].parents[0]]
        if before.role != "chain" or before.about != last.about or _counts(before, by_name):
            break
        links.append(before)
    return tuple(links)


def _counts(variable: Variable, by_name: Mapping[str, Variable]) -> bool:
    return any(by_name[parent].role == "count" for parent in variable.parents)


def _star(last: Variable, links: Sequence[Variable]) -> list[Potential]:
    hub = f"H_{last.name}"
    first = links[-1]
    calm = first.table[0]
    nothing = float(calm.flat[0])
    found = [Potential((hub,), np.array([nothing, 1.0]))]
    for axis, cause in enumerate(first.parents):
        struck = float(calm[tuple(int(axis == other) for other in range(calm.ndim))])
        found.append(_spoke(hub, cause, struck / nothing if nothing > 0.0 else 1.0))
    found += [_spoke(hub, link.parents[1], float(link.table[0, 0, 1])) for link in links[:-1]]
    found.append(Potential((last.name, hub), np.array([[1.0, 0.0], [-1.0, 1.0]])))
    return found


def _spoke(hub: str, cause: str, missed: float) -> Potential:
    return Potential((hub, cause), np.array([[1.0, missed], [1.0, 1.0]]))
