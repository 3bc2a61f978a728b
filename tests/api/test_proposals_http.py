"""Relations that the graph may lack, over HTTP: what, why, and whether a diagnosis used them."""

from __future__ import annotations

import pytest
import yaml

from api.client import ApiClient
from graph.model.access import Role, Scope
from graph.model.pack import DomainPack
from graph.model.topology import Component, Relation, RelationType, Visibility
from graph.siblings import Kinship
from ingest.pack_files import RelationShape
from tests.api.room import ApiRoom, problem_in
from tests.small_pack import small_pack, text

LACKING, NODE = "small:client-r2-telecom", "small:cdn-a"
CLIENTS = tuple(f"small:client-r{n}-{c}" for n in (1, 2) for c in ("mobile", "telecom"))


def _torn(*more: Relation) -> DomainPack:
    """Make the clients of cdn-a replicas of a group, of which one lacks its relation to cdn-a."""
    pack = small_pack()
    group = Component(
        id="small:fleet", kind="service", name=text("fleet"), attributes={"min_healthy": 1}
    )
    kept = [r for r in pack.relations if (r.source, r.target) != (LACKING, NODE)]
    members = [
        Relation(source=c, type=RelationType.PART_OF, target=group.id, strength=0.5)
        for c in CLIENTS
    ]
    parts = sorted([*pack.components, group], key=lambda c: c.id)
    relations = (*kept, *members, *more)
    return pack.model_copy(update={"components": tuple(parts), "relations": relations})


def _client(room: ApiRoom, pack: DomainPack) -> ApiClient:
    room.assistant.store.write(lambda tx: tx.replace_pack(pack))
    return ApiClient(room.http(room.user_token("li", [Role.VIEWER], Scope.READ)))


def test_a_proposal_tells_what_why_and_how_sure(room: ApiRoom) -> None:
    """Three of the three other clients stand on the node: this one probably does, three to four."""
    (found,) = _client(room, _torn()).proposed_relations(None).items
    assert (found.source.id, found.type, found.target.id) == (LACKING, "ROUTES_TO", NODE)
    assert found.kinship is Kinship.REPLICAS
    assert (found.having, found.siblings) == (3, 3)
    assert {w.id for w in found.witnesses} == {*CLIENTS} - {LACKING}
    assert found.confidence == pytest.approx(0.75)
    assert found.used is None


def test_an_incident_says_whether_its_diagnosis_used_it(room: ApiRoom) -> None:
    """All four clients fail: the proposed way is in the network of the newest diagnosis."""
    client = _client(room, _torn())
    incident = room.storm(room.source(replay=True).token)
    found = client.proposed_relations(incident)
    assert found.incident_id == incident
    assert [one.used for one in found.items] == [True]


@pytest.mark.parametrize(("settled", "confidence"), [("accept", 1.0), ("refuse", 0.0)])
def test_either_line_settles_it_in_the_pack(room: ApiRoom, settled: str, confidence: float) -> None:
    """Each line is what topology.yaml takes; once it stands there, nothing is proposed."""
    client = _client(room, _torn())
    (found,) = client.proposed_relations(None).items
    (row,) = yaml.safe_load(getattr(found, settled))
    shape = RelationShape.model_validate(row)
    assert (shape.from_, shape.to) == ("client-r2-telecom", "cdn-a")
    assert shape.confidence == confidence
    relation = Relation(
        source=f"small:{shape.from_}",
        type=shape.type,
        target=f"small:{shape.to}",
        strength=shape.strength,
        confidence=shape.confidence,
    )
    room.assistant.store.write(lambda tx: tx.replace_pack(_torn(relation)))
    assert client.proposed_relations(None).items == ()
    drawn = client.neighbourhood(LACKING, hops=1).relations
    assert ((LACKING, NODE) in {(r.source, r.target) for r in drawn}) is (settled == "accept")


def test_what_may_not_be_seen_is_not_proposed(room: ApiRoom) -> None:
    """Somebody of another site hears of no relation of the component."""
    pack = _torn()
    parts = tuple(
        c.model_copy(update={"site": "east", "visibility": Visibility.SITE})
        if c.id == LACKING
        else c
        for c in pack.components
    )
    client = _client(room, pack.model_copy(update={"components": parts}))
    user = room.assistant.store.user("li")
    assert user is not None
    assert len(client.proposed_relations(None).items) == 1
    room.assistant.store.write(lambda tx: tx.put_user(user.model_copy(update={"sites": ("west",)})))
    assert client.proposed_relations(None).items == ()


def test_nobody_reads_proposals_without_signing_in(room: ApiRoom) -> None:
    """401 without a token, 404 for an incident that there is none of."""
    path = "/api/v1/graph/proposed-relations"
    problem_in(room.http().get(path), 401)
    problem_in(room.operator().get(path, params={"incident": "inc-none"}), 404)
