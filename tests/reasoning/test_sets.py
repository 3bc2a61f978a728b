"""Causes that nobody can tell apart, and causes that are there together."""

from __future__ import annotations

import pytest

from graph.failure import FailureGraph
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis, HypothesisKind, HypothesisResult
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning.answer.sets import causes_together, inseparable_sets
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, after, small_pack, text


def twins(count: int = 2) -> DomainPack:
    """Let each client of cdn-a hang on as many equal nodes, each as strongly."""
    pack = small_pack()
    (model,) = [c for c in pack.components if c.id == f"{PACK}:cdn-a"]
    names = [f"cdn-a{n}" for n in range(2, count + 1)]
    more = [_twin(model, name) for name in names]
    relations = [
        r.model_copy(
            update={e: f"{PACK}:{name}" for e in ("source", "target") if getattr(r, e) == model.id}
        )
        for r in pack.relations
        if model.id in (r.source, r.target)
        for name in names
    ]
    return pack.model_copy(
        update={
            "components": tuple(sorted((*pack.components, *more), key=lambda c: c.id)),
            "relations": (*pack.relations, *relations),
        }
    )


def _twin(model: Component, slug: str) -> Component:
    return model.model_copy(update={"id": f"{PACK}:{slug}", "name": text(slug), "aliases": ()})


def _storm(pack: DomainPack) -> Diagnosis:
    room = BenchRoom(pack)
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    return room.diagnose()


def _cause(slug: str, posterior: float, prior: float = 0.004) -> HypothesisResult:
    return HypothesisResult(
        rank=1,
        kind=HypothesisKind.COMPONENT,
        component_id=f"{PACK}:{slug}",
        fault_mode_id="lib:m",
        name=Text(zh=slug, en=slug),
        posterior=posterior,
        prior=prior,
    )


def test_two_nodes_that_serve_the_same_clients_are_one_set() -> None:
    """Nobody saw which of the twins broke: the set is far surer than each, and a look separates."""
    diagnosis = _storm(twins())
    (found,) = diagnosis.inseparable_sets
    assert {"small:cdn-a", "small:cdn-a2"} <= set(found.component_ids)
    each = {h.component_id: h.posterior for h in diagnosis.hypotheses}
    assert max(each[c] for c in found.component_ids) < 0.6
    assert found.posterior == pytest.approx(sum(each[c] for c in found.component_ids), abs=0.03)
    assert found.posterior <= sum(each[c] for c in found.component_ids)
    assert found.separating_check_id in {f"lib:look@{c}" for c in found.component_ids}


def test_a_set_has_at_most_three_members() -> None:
    """Of four twins three are told, and the set says how likely it is one of those."""
    (found, *_) = _storm(twins(4)).inseparable_sets
    assert len(found.component_ids) == 3
    assert 0.5 < found.posterior < 0.9


def test_a_cause_that_stands_alone_is_no_set() -> None:
    """One node explains the storm: nothing is bundled with it."""
    assert _storm(small_pack()).inseparable_sets == ()


def test_the_check_that_separates_the_twins_dissolves_the_set() -> None:
    """One of them says that it is down: the evidence tells them apart now."""
    room = BenchRoom(twins())
    room.beat(after(-60))
    room.storm()
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a"), at=after(100))
    room.beat(after(600))
    diagnosis = room.diagnose()
    assert diagnosis.hypotheses[0].component_id == "small:cdn-a"
    assert diagnosis.inseparable_sets == ()


def test_unrelated_suspects_are_no_set_however_alike_their_weights() -> None:
    """A report service and a CDN node are equally suspect, yet neither explains the other away."""
    clients = [fired("PlaybackFailureHigh", f"client-r3-{c}") for c in ("mobile", "telecom")]
    seen = evidence(*clients, fired("HighErrorRate", "report-api"))
    reading = read(small_pack(), seen)
    ids = ("cdn-b", "report-api")
    rows = [_cause(slug, reading.born[f"small:{slug}"]) for slug in ids]
    even = [r.model_copy(update={"prior": r.posterior / 20}) for r in rows]
    assert sum(r.posterior for r in even) >= 0.5
    assert _sets(seen, reading, even) == ()


def test_every_answer_of_a_set_lies_between_its_bounds() -> None:
    """P(at least one) is no less than the likeliest member and no more than the sum."""
    for count in (2, 3):
        diagnosis = _storm(twins(count))
        each = {h.component_id: h.posterior for h in diagnosis.hypotheses}
        for found in diagnosis.inseparable_sets:
            inside = [each[c] for c in found.component_ids]
            assert max(inside) <= found.posterior <= min(sum(inside), 1.0) + 1e-9


@pytest.mark.parametrize(
    ("posteriors", "expected"),
    [
        ((0.95, 0.9), (2, 0.85)),
        ((0.95, 0.9, 0.8), (3, 0.65)),
        ((0.95, 0.9, 0.55), (2, 0.85)),
        ((0.95, 0.4), None),
        ((0.6, 0.55), None),
        ((0.97,), None),
    ],
)
def test_causes_stand_together_only_where_all_are_surely_there(
    posteriors: tuple[float, ...], expected: tuple[int, float] | None
) -> None:
    """The bound is the sum less one for each but the first; below even odds nothing is said."""
    rows = [_cause(f"c{i}", p) for i, p in enumerate(posteriors)]
    found = causes_together(rows)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert len(found.component_ids) == expected[0]
        assert found.posterior_at_least == pytest.approx(expected[1])


def test_two_faults_that_both_speak_are_told_together() -> None:
    """A node that says it is down and a database that says its pool is empty: two causes."""
    room = BenchRoom()
    room.beat(after(-60))
    room.storm()
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a"), at=after(100))
    room.send(alert("HighErrorRate", at=after(20), service="exam-api"), at=after(110))
    room.beat(after(600))
    found = [room.diagnoser.diagnose_incident(i.id, computed_at=after(9)) for i in room.incidents()]
    for diagnosis in found:
        together = diagnosis.causes_together
        if together is not None:
            each = {h.component_id: h.posterior for h in diagnosis.hypotheses}
            assert together.posterior_at_least <= min(each[c] for c in together.component_ids)


def _sets(seen: Evidence, reading: Reading, rows: list[HypothesisResult]) -> tuple[object, ...]:
    pack = small_pack()
    assert seen.alerts
    return inseparable_sets(pack.library, FailureGraph(pack), reading, rows)
