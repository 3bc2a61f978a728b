"""ITBench's answers, for scoring alone: the first component at or downstream of the root group."""

from __future__ import annotations

from pathlib import Path

from benchmarks.itbench_cases import component_of, read_groups, section
from ingest.call_graph import CallGraph


def read_truth(path: Path, graph: CallGraph, *, connected: bool = False) -> str | None:
    """Name the root component; None where the scenario does not qualify.

    From the root groups along `propagations`, breadth first in file order, the first group that
    is about a component of the architecture; with `connected` only one that has a relation there.
    """
    part = section(path)
    groups = {group.id: group for group in read_groups(part)}
    ends = {end for call in graph.calls for end in call}
    roots = [str(g.get("id")) for g in part.get("groups") or () if g.get("root_cause")]
    onward: dict[str, list[str]] = {}
    for step in part.get("propagations") or ():
        onward.setdefault(str(step.get("source")), []).append(str(step.get("target")))
    queue, seen = list(roots), set(roots)
    while queue:
        here = queue.pop(0)
        component = component_of(groups[here], graph) if here in groups else None
        if component is not None and (component in ends or not connected):
            return component
        fresh = [t for t in onward.get(here, ()) if t not in seen]
        seen.update(fresh)
        queue += fresh
    return None
