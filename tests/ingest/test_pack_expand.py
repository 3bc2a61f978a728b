"""Compact rules expand as the how-to says, the same every time."""

from __future__ import annotations

import pytest

from graph.errors import InputError
from graph.model.base import Text
from graph.model.topology import Component, RelationType
from ingest.expand import expand, pod_name
from ingest.expansion import COMPONENTS_AT_MOST, Expansion
from ingest.pack_files import TopologyFile
from ingest.yaml_source import parse_yaml

HOSTS = "components:\n  - {for: {n: 1..7}, id: 'h-{n}', kind: host, name: {zh: 主机, en: Host}}\n"
SYSTEM = "  - {id: sys, kind: system, name: {zh: 系统, en: System}}\n"
SERVICE = (
    "services:\n"
    "  - {id: api, name: {zh: 接口, en: API}, system: sys, pods: 6, attributes: {standby: true}}\n"
)
POOLS = "pools: {main: ['h-*']}\n"


def _expand(text: str) -> Expansion:
    source = parse_yaml(text, "t.yaml")
    return expand(source.parse(TopologyFile), source, pack_id="p")


def _pairs(expansion: Expansion, verb: RelationType) -> set[tuple[str, str]]:
    return {(source, target) for source, kind, target in expansion.relations if kind == verb}


def test_pods_spread_over_hosts_and_belong_to_their_service() -> None:
    """Six pods on seven hosts share none; the service needs half of them."""
    expansion = _expand(HOSTS + SYSTEM + SERVICE + POOLS)

    hosts = [host for _, host in _pairs(expansion, RelationType.RUNS_ON)]
    assert len(hosts) == len(set(hosts)) == 6
    assert expansion.components["api"].attributes["min_healthy"] == 3
    assert expansion.components["sys"].attributes["min_healthy"] == 1
    assert expansion.components["api-0"].aliases == (pod_name("api", 0),)
    assert expansion.components["api-0"].attributes == {
        "service": "api", "standby": True, "system": "sys",
    }  # fmt: skip


def test_another_service_moves_no_pod() -> None:
    """A service that comes later leaves the pods of the others where they are."""
    before = _expand(HOSTS + SYSTEM + SERVICE + POOLS)
    more = SERVICE + "  - {id: web, name: {zh: 前端, en: Web}, system: sys, pods: 4}\n"

    after = _expand(HOSTS + SYSTEM + more + POOLS)

    assert before.relations.keys() <= after.relations.keys()


def test_per_source_takes_targets_in_turn() -> None:
    """Each source gets k targets, going round in natural order; h-10 would stand after h-9."""
    rule = (
        "relations:\n  - {from: ['h-1', 'h-2'], type: CALLS, to: ['h-3', 'h-4', 'h-5'],"
        " per_source: 2, strength: 0.5}\n"
    )

    pairs = _pairs(_expand(HOSTS + rule), RelationType.CALLS)

    assert pairs == {("h-1", "h-3"), ("h-1", "h-4"), ("h-2", "h-5"), ("h-2", "h-3")}


def test_a_kind_narrows_a_glob() -> None:
    """`host:*` leaves out what is no host."""
    rule = "relations:\n  - {from: sys, type: DEPENDS_ON, to: 'host:*', strength: 0.5}\n"

    pairs = _pairs(_expand(HOSTS + SYSTEM + rule), RelationType.DEPENDS_ON)

    assert pairs == {("sys", f"h-{n}") for n in range(1, 8)}


def test_a_stated_relation_names_its_source() -> None:
    """`source` of a rule becomes where the relation was discovered."""
    rule = (
        "relations:\n  - {from: h-1, type: CALLS, to: h-2, strength: 0.5, basis: stated,"
        " source: 000 §2.3}\n"
    )

    relation = _expand(HOSTS + rule).relations["h-1", "CALLS", "h-2"]

    assert (relation.basis, relation.discovered_from) == ("stated", "source 000 §2.3")
    assert (relation.source, relation.target) == ("p:h-1", "p:h-2")


def test_a_stated_relation_without_source_is_refused() -> None:
    """Whoever says stated says where."""
    rule = "relations:\n  - {from: h-1, type: CALLS, to: h-2, strength: 0.5, basis: stated}\n"

    with pytest.raises(InputError, match=r"t\.yaml:4: relations\[0\].source: a stated relation"):
        _expand(HOSTS + rule)


def test_components_are_capped() -> None:
    """One more than the cap is refused, so that crossed axes cannot fill the memory."""
    expansion = _expand(HOSTS)
    other = Component(id="p:x", kind="host", name=Text(zh="主机", en="Host"))
    expansion.components.update(dict.fromkeys((f"x-{n}" for n in range(COMPONENTS_AT_MOST)), other))

    with pytest.raises(InputError, match="more than 200000 components"):
        expansion.add_component(("components", 0, "id"), "one-more", kind="host", name=other.name)
