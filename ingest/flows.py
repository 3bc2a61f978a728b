"""flows.yaml -> business flows over expanded components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from graph.model.topology import BusinessFlow, FlowStep, StepUse
from ingest.expansion import Expansion
from ingest.pack_files import FlowsFile, FlowShape, StepShape
from ingest.yaml_source import Loc, SourceFile


def read_flows(
    shape: FlowsFile, source: SourceFile, topology: Expansion
) -> tuple[BusinessFlow, ...]:
    """Resolve what each step uses; flows in id order, steps in walking order.

    Raises: InputError naming line and key: repeated id, unknown component, cycle of PRECEDES.
    """
    seen, known = dict[str, Loc](), topology.with_source(source)
    flows = []
    for index, flow in enumerate(shape.flows):
        at = ("flows", index)
        _claim(f"flow {flow.id}", (*at, "id"), seen, source)
        for number, step in enumerate(flow.steps):
            _claim(f"step {step.id}", (*at, "steps", number, "id"), seen, source)
        steps = {step.id: number for number, step in enumerate(flow.steps)}
        order = _walking_order(flow, steps, source, at)
        built = tuple(_step(flow.steps[number], known, (*at, "steps", number)) for number in order)
        flows.append(BusinessFlow(id=topology.full(flow.id), name=flow.name, steps=built))
    return tuple(sorted(flows, key=lambda flow: flow.id))


def _claim(what: str, at: Loc, seen: dict[str, Loc], source: SourceFile) -> None:
    if what in seen:
        raise source.fault(at, f"duplicate {what!r}, first on line {source.place(seen[what])[0]}")
    seen[what] = at


def _walking_order(
    flow: FlowShape, steps: Mapping[str, int], source: SourceFile, at: Loc
) -> Sequence[int]:
    if not any(step.after for step in flow.steps):
        return range(len(flow.steps))
    sorter = TopologicalSorter[str]()
    for number, step in enumerate(flow.steps):
        for before in step.after:
            if before not in steps:
                raise source.fault((*at, "steps", number, "after"), f"unknown step {before!r}")
        sorter.add(step.id, *step.after)
    try:
        sorter.prepare()
    except CycleError as error:
        named = " -> ".join(error.args[1])
        raise source.fault((*at, "steps"), f"cycle of PRECEDES: {named}") from None
    order = list[int]()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(steps[name] for name in ready)
        sorter.done(*ready)
    return order


def _step(shape: StepShape, topology: Expansion, at: Loc) -> FlowStep:
    uses = dict[str, float]()
    by_glob = dict[str, str]()
    for pattern in sorted(shape.uses, key=lambda pattern: "*" not in pattern):
        for name in topology.matching(pattern, (*at, "uses", pattern)):
            if "*" in pattern and name in by_glob:
                what = f"{name!r} is already matched by {by_glob[name]!r}; narrow one of them"
                raise topology.source.fault((*at, "uses", pattern), what)
            by_glob[name] = pattern
            uses[topology.full(name)] = shape.uses[pattern]
    return FlowStep(
        id=topology.full(shape.id),
        name=shape.name,
        uses=tuple(StepUse(component_id=name, strength=uses[name]) for name in sorted(uses)),
        affects_exam=shape.affects_exam,
        affects_credits=shape.affects_credits,
        affects_study=shape.affects_study,
        credit_types=tuple(sorted(shape.credit_types)),
    )
