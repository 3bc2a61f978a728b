"""Compact topology -> every component and relation, deterministically.

Nothing here draws lots: pods are spread over hosts by the hash of their service's name, targets in
turn by natural id order. So the order of the entries in a file changes nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from graph.model.base import Text
from graph.model.topology import Basis, RelationType, Scalar
from ingest.axes import Axes, Binding, TemplateError, fill, fill_text, natural, stable_number
from ingest.expansion import Expansion
from ingest.pack_files import ComponentShape, RelationShape, ServiceShape, TopologyFile
from ingest.yaml_source import Loc, SourceFile


def expand(topology: TopologyFile, source: SourceFile, *, pack_id: str) -> Expansion:
    """Expand a checked topology.yaml.

    Raises: InputError naming line and key: bad template, duplicate or dangling id.
    """
    out = Expansion(pack_id, source)
    _expand_components(topology, out)
    for index, service in enumerate(topology.services):
        _expand_service(service, topology, out, at=("services", index))
    for index, service in enumerate(topology.services):
        _relate_service(service, topology, out, at=("services", index))
    for index, rule in enumerate(topology.relations):
        _relate(rule, topology, out, at=("relations", index))
    _count_members(out)
    return out


def _expand_components(topology: TopologyFile, out: Expansion) -> None:
    for index, shape in enumerate(topology.components):
        at = ("components", index)
        for binding in _bindings(shape.for_, topology, out, at):
            try:
                local_id, values = fill(shape.id, binding), _component_values(shape, binding)
            except TemplateError as error:
                raise out.source.fault(at, str(error)) from None
            out.add_component((*at, "id"), local_id, **values)


def _bindings(
    spec: Mapping[str, str | tuple[Scalar, ...]], topology: TopologyFile, out: Expansion, at: Loc
) -> Iterator[Binding]:
    try:
        yield from Axes(spec, topology.lists).bindings()
    except TemplateError as error:
        raise out.source.fault((*at, "for"), str(error)) from None


def _component_values(shape: ComponentShape, binding: Binding) -> dict[str, object]:
    attributes = {
        key: fill(value, binding) if isinstance(value, str) else value
        for key, value in shape.attributes.items()
    }
    return {
        "kind": shape.kind,
        "name": fill_text(shape.name, binding),
        "aliases": tuple(sorted({fill(alias, binding) for alias in shape.aliases})),
        "site": fill(shape.site, binding) if shape.site is not None else None,
        "visibility": shape.visibility,
        "attributes": dict(sorted(attributes.items())),
    }


def _min_healthy(service: ServiceShape, topology: TopologyFile) -> int:
    share = math.ceil(service.pods * topology.defaults.healthy_share)
    return service.min_healthy if service.min_healthy is not None else max(share, 1)


def _expand_service(
    service: ServiceShape, topology: TopologyFile, out: Expansion, *, at: Loc
) -> None:
    attributes: dict[str, Scalar] = {**service.attributes, "system": service.system}
    needed = _min_healthy(service, topology)
    if service.pods:
        if needed > service.pods:
            what = f"must lie in 1..{service.pods} (the pods), is {needed}"
            raise out.source.fault((*at, "min_healthy"), what)
        attributes["min_healthy"] = needed
    out.add_component(
        (*at, "id"),
        service.id,
        kind="service",
        name=service.name,
        aliases=tuple(sorted(set(service.aliases))),
        site=service.site,
        attributes=dict(sorted(attributes.items())),
    )
    for number in range(service.pods):
        _expand_pod(service, number, out, at=at)


def _expand_pod(service: ServiceShape, number: int, out: Expansion, *, at: Loc) -> None:
    inherited = {key: value for key, value in service.attributes.items() if key == "standby"}
    out.add_component(
        (*at, "pods"),
        f"{service.id}-{number}",
        kind="container",
        name=Text(zh=f"{service.name.zh}容器 {number}", en=f"{service.name.en} container {number}"),
        aliases=(pod_name(service.id, number),),
        site=service.site,
        attributes={**inherited, "service": service.id, "system": service.system},
    )


def pod_name(service_id: str, number: int) -> str:
    """Name the pod of a service's container as an orchestrator would, the same every time.

    >>> pod_name("exam-api", 3)
    'exam-api-157e-3'
    """
    return f"{service_id}-{hashlib.sha256(service_id.encode()).hexdigest()[:4]}-{number}"


def _count_members(out: Expansion) -> None:
    """Give each group without `min_healthy` the number of its members: it needs them all."""
    members = Counter(group for _, verb, group in out.relations if verb == RelationType.PART_OF)
    for group, count in members.items():
        known = out.components[group]
        attributes = dict(sorted({"min_healthy": count, **known.attributes}.items()))
        out.components[group] = known.model_copy(update={"attributes": attributes})


def _relate_service(
    service: ServiceShape, topology: TopologyFile, out: Expansion, *, at: Loc
) -> None:
    numbers = topology.defaults
    out.matching(service.system, (*at, "system"))
    out.add_relation(
        (*at, "system"), service.id, RelationType.PART_OF, service.system, strength=1.0
    )
    for verb, targets, confidence in (
        (RelationType.CALLS, service.calls, numbers.calls_confidence),
        (RelationType.DEPENDS_ON, service.depends_on, numbers.depends_confidence),
    ):
        for target, strength in targets.items():
            place = (*at, "calls" if verb is RelationType.CALLS else "depends_on", target)
            for name in out.matching(target, place):
                _refuse_self(service.id, name, out, place)
                values = {"strength": strength, "confidence": confidence}
                out.add_relation(place, service.id, verb, name, **values)
    if service.pods:
        _relate_pods(service, topology, out, at=at)


def _relate_pods(service: ServiceShape, topology: TopologyFile, out: Expansion, *, at: Loc) -> None:
    numbers = topology.defaults
    hosts = _pool(service, topology, out, at)
    needs = [name for need in service.pods_need for name in out.matching(need, (*at, "pods_need"))]
    start = stable_number(service.id)
    for number in range(service.pods):
        pod, place = f"{service.id}-{number}", (*at, "pods")
        host = hosts[(start + number * _stride(len(hosts))) % len(hosts)]
        out.add_relation(place, pod, RelationType.PART_OF, service.id, strength=1.0)
        out.add_relation(place, pod, RelationType.RUNS_ON, host, strength=numbers.pod_on_host)
        for need in needs:
            out.add_relation(place, pod, RelationType.DEPENDS_ON, need, strength=numbers.pod_needs)


def _stride(hosts: int) -> int:
    """Step from host to host, coprime to their number, so that pods of a service spread wide."""
    start = max(1, round(hosts * 0.618))
    return next(step for step in range(start, start + hosts + 1) if math.gcd(step, hosts) == 1)


def _pool(
    service: ServiceShape, topology: TopologyFile, out: Expansion, at: Loc
) -> tuple[str, ...]:
    if service.pool not in topology.pools:
        raise out.source.fault((*at, "pool"), f"unknown pool {service.pool!r}")
    patterns = topology.pools[service.pool]
    found = {name for glob in patterns for name in out.matching(glob, ("pools", service.pool))}
    return tuple(sorted(found, key=natural))


def _refuse_self(source: str, target: str, out: Expansion, at: Loc) -> None:
    if source == target:
        raise out.source.fault(at, f"{source!r} is related to itself")


def _relate(rule: RelationShape, topology: TopologyFile, out: Expansion, *, at: Loc) -> None:
    if rule.basis is Basis.STATED and rule.source is None:
        what = "a stated relation names its source, for example `000 §2.3`"
        raise out.source.fault((*at, "source"), what)
    discovered = f"source {rule.source}" if rule.source else "pack"
    values = {
        "strength": rule.strength,
        "confidence": rule.confidence,
        "basis": rule.basis,
        "discovered_from": discovered,
    }
    for binding in _bindings(rule.for_, topology, out, at):
        sources = _ends(rule.from_, binding, out, (*at, "from"))
        targets = _ends(rule.to, binding, out, (*at, "to"))
        for source, target in _pairs(rule, sources, targets):
            _refuse_self(source, target, out, (*at, "to"))
            out.add_relation((*at, "from"), source, rule.type, target, **values)


def _ends(
    patterns: str | Iterable[str], binding: Binding, out: Expansion, at: Loc
) -> tuple[str, ...]:
    found = dict[str, None]()
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        try:
            name = fill(pattern, binding)
        except TemplateError as error:
            raise out.source.fault(at, str(error)) from None
        found.update(dict.fromkeys(out.matching(name, at)))
    return tuple(sorted(found, key=natural))


def _pairs(
    rule: RelationShape, sources: tuple[str, ...], targets: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    count = len(targets) if rule.per_source is None else min(rule.per_source, len(targets))
    for turn, source in enumerate(sources):
        for step in range(count):
            yield source, targets[(turn * count + step) % len(targets)]
