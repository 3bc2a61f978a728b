"""How much less an alert is doubted that began together with others of a possible common cause.

False alarms begin when they like; what one cause harms begins together. Of n components that could
all have been harmed by the same one, and spoke within `COINCIDENCE_S` of each other, one says when
and one says by what; each further one began there by chance alone with odds of
1 / `COINCIDENCE_ODDS`: all together that speaks `COINCIDENCE_ODDS` ** (n - 2) against false alarms.
Each of the n takes an equal share of it, as a channel has one false-alarm rate whoever its company
is. One alone, or two, move nothing: where dozens ring for nothing, two of them meet every evening.

A source that gives every alert the same instant tells no times: then nothing moves either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from graph.failure import FailureGraph
from reasoning import parameters
from reasoning.network.evidence import Evidence

# When a rule of a component spoke (seconds since the epoch), and (the component, the rule).
_Rule = tuple[str, str]
_Spoke = tuple[float, _Rule]

_WITHIN: Final = parameters.COINCIDENCE_S


def company(graph: FailureGraph, evidence: Evidence) -> Mapping[_Rule, int]:
    """Map (component, alertname) to how many components that share a cause spoke with it.

    The component itself counts, and so does the cause where it spoke; causes are direct ones. Of
    several possible causes the one with most counts. What spoke alone is left out.
    """
    found: dict[_Rule, int] = {}
    for most, group in _largest_first(_by_cause(graph, evidence).values()):
        if all(found.get(rule, 1) >= most for _, rule in group):
            continue  # in a storm most causes lie below one that all of them share
        for rule, size in _crowds(group):
            if size > found.get(rule, 1):
                found[rule] = size
    return found


def _largest_first(groups: Iterable[list[_Spoke]]) -> list[tuple[int, list[_Spoke]]]:
    """Order groups by how many components they hold, which none of their crowds exceeds."""
    sized = [(len({rule[0] for _, rule in group}), group) for group in groups]
    return sorted(sized, key=lambda pair: -pair[0])


def less_doubt(size: int) -> float:
    """Return by what to divide a false-alarm rate in a company of so many.

    >>> less_doubt(1), less_doubt(2)
    (1.0, 1.0)
    >>> less_doubt(4) ** 4 == parameters.COINCIDENCE_ODDS ** 2
    True
    """
    return float(parameters.COINCIDENCE_ODDS ** (max(size - 2, 0) / size))


def _by_cause(graph: FailureGraph, evidence: Evidence) -> Mapping[str, list[_Spoke]]:
    """List under each component what spoke there and directly on it, by time."""
    spoke: list[_Spoke] = sorted(
        (record.alert.starts_at.timestamp(), (component_id, alertname))
        for component_id, names in evidence.fired.items()
        for alertname, record in names.items()
    )
    if not spoke or spoke[0][0] == spoke[-1][0]:
        return {}
    groups: dict[str, list[_Spoke]] = defaultdict(list)
    for entry in spoke:
        component_id = entry[1][0]
        groups[component_id].append(entry)
        for cause, _ in graph.causes.get(component_id, ()):
            groups[cause].append(entry)
    return groups


def _crowds(group: list[_Spoke]) -> Iterator[tuple[_Rule, int]]:
    """Give each rule with the number of components that spoke within reach of it."""
    inside: dict[str, int] = {}
    start = end = 0
    for at, rule in group:
        while end < len(group) and group[end][0] <= at + _WITHIN:
            component_id = group[end][1][0]
            inside[component_id] = inside.get(component_id, 0) + 1
            end += 1
        while group[start][0] < at - _WITHIN:
            component_id = group[start][1][0]
            inside[component_id] -= 1
            if not inside[component_id]:
                del inside[component_id]
            start += 1
        yield rule, len(inside)
