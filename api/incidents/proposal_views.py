"""Relations that siblings have and a component lacks: what is proposed, why, and who leans on it.

A proposal is decided where every relation is written: in the pack, whose load has its roles and its
line of audit (docs/howto-pack.md). So each comes with the two lines that settle it.
"""

from __future__ import annotations

from collections.abc import Iterable

from api.bootstrap import Assistant
from api.incidents.graph_views import Atlas
from api.schemas.graph import GraphNode
from api.schemas.proposals import ProposedRelations, ProposedRelationView
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.topology import Relation
from graph.siblings import Proposal, proposals


def view_proposals(
    assistant: Assistant, principal: Principal, incident_id: str | None
) -> ProposedRelations:
    """Show what is proposed for every pack, or for that of an incident, most certain first.

    Ties by (source, target). With an incident each says whether its newest diagnosis used it; None
    where evidence moved on since, or without a diagnosis.

    Raises: NotFoundError for an unknown incident.
    """
    store = assistant.store
    incident = None if incident_id is None else store.incident(principal, incident_id)
    packs = [h.id for h in store.packs() if incident is None or h.id == incident.pack_id]
    found: list[ProposedRelationView] = []
    for pack_id in packs:
        atlas = Atlas(store, assistant.walks, principal, pack_id)
        shown = [p for p in proposals(atlas.pack) if _ends(p.relation) <= atlas.components.keys()]
        used = None if incident is None else _used(assistant, incident.id, pack_id, shown)
        found += [_view(atlas, proposal, used) for proposal in shown]
    found.sort(key=lambda p: (-p.confidence, p.source.id, p.target.id))
    return ProposedRelations(items=tuple(found), incident_id=incident_id)


def _used(
    assistant: Assistant, incident_id: str, pack_id: str, shown: Iterable[Proposal]
) -> frozenset[tuple[str, str]] | None:
    from reasoning.answer.leaned import relations_used

    graph = assistant.diagnoser.analyst(pack_id).graph
    ends = [(p.relation.source, p.relation.target) for p in shown]
    try:
        return relations_used(assistant.store, incident_id, ends, graph=graph)
    except (NotFoundError, ConflictError):
        return None


def _ends(relation: Relation) -> set[str]:
    return {relation.source, relation.target}


def _view(
    atlas: Atlas, proposal: Proposal, used: frozenset[tuple[str, str]] | None
) -> ProposedRelationView:
    relation = proposal.relation
    seen = [w for w in proposal.witnesses if w in atlas.components]
    return ProposedRelationView(
        source=GraphNode.model_validate(atlas.box(relation.source)),
        type=relation.type,
        target=GraphNode.model_validate(atlas.box(relation.target)),
        strength=relation.strength,
        confidence=relation.confidence,
        kinship=proposal.kinship,
        witnesses=tuple(GraphNode.model_validate(atlas.box(w)) for w in seen),
        having=len(proposal.witnesses),
        siblings=proposal.siblings,
        used=None if used is None else (relation.source, relation.target) in used,
        accept=_line(relation),
        refuse=_line(relation, confidence=0),
    )


def _line(relation: Relation, *, confidence: int | None = None) -> str:
    """Write a relation as topology.yaml takes it, by local ids."""
    source, target = (i.partition(":")[2] for i in (relation.source, relation.target))
    sure = "" if confidence is None else f", confidence: {confidence}"
    return (
        f"- {{from: {source}, type: {relation.type.value}, to: {target}, "
        f"strength: {round(relation.strength, 3):g}{sure}}}"
    )
