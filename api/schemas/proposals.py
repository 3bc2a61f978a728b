"""Relations that the graph may lack, as the graph page reads them."""

from __future__ import annotations

from api.schemas.graph import GraphNode
from api.schemas.incidents import Items, View
from graph.model.base import Id
from graph.model.topology import RelationType
from graph.siblings import Kinship


class ProposedRelationView(View):
    """A relation that siblings of `source` have and it lacks, with the reason.

    `having` of its `siblings` have it, `witnesses` are those that may be seen; `confidence` =
    P(it exists), `strength` as in `GraphRelation`. `used`: harm travels along it in the network of
    the asked incident's newest diagnosis; None without one. `accept` and `refuse` are the lines of
    topology.yaml that settle it: as a relation, or as one that somebody looked for in vain.
    """

    source: GraphNode
    type: RelationType
    target: GraphNode
    strength: float
    confidence: float
    kinship: Kinship
    witnesses: tuple[GraphNode, ...]
    having: int
    siblings: int
    used: bool | None
    accept: str
    refuse: str


class ProposedRelations(Items[ProposedRelationView]):
    """What is proposed, most certain first; `incident_id`: whose diagnosis `used` tells of."""

    incident_id: Id | None
