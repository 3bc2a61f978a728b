"""What an incident's newest stored diagnosis rests on, made again from its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from graph.errors import ConflictError, NotFoundError
from graph.failure import FailureGraph
from graph.model.diagnosis import Diagnosis
from graph.model.pack import DomainPack
from graph.ports import Store
from reasoning.network.builder import ModelBuilder
from reasoning.network.causal_model import CausalModel, model_digest
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.gather import ENGINE, gather_evidence
from reasoning.network.selection import select_components


@dataclass(frozen=True)
class Restored:
    """A diagnosis with the pack, the evidence and the network that it came from."""

    diagnosis: Diagnosis
    pack: DomainPack
    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence
    model: CausalModel
    document: dict[str, JsonValue]


def restore(store: Store, incident_id: str, *, graph: FailureGraph | None = None) -> Restored:
    """Build the network of the newest diagnosis again; it is the very one, by its digest.

    `graph` of the present pack spares indexing it again.

    Raises: NotFoundError for an unknown incident, or one without a diagnosis; ConflictError where
        evidence or pack moved on since, so that the network cannot be had any more.
    """
    incident = store.incident(ENGINE, incident_id)
    diagnosis = store.diagnosis(incident.id)
    if diagnosis is None:
        raise NotFoundError(
            f"incident {incident.id!r} has no diagnosis yet; wait until the server has made one"
        )
    pack = store.pack(incident.pack_id)
    paths, catalogue = graph or FailureGraph(pack), Catalogue.of(pack.library.alert_types)
    evidence = gather_evidence(store, incident, at=diagnosis.as_of.now)
    chosen = select_components(paths, catalogue, evidence)
    model = ModelBuilder(pack, paths, catalogue, evidence).build(chosen)
    document = model.document()
    if model_digest(document) != diagnosis.engine.model_digest:
        raise ConflictError(
            f"revision {diagnosis.revision} of incident {incident.id!r} rests on other evidence or "
            "another pack than is stored now; ask again when the server has diagnosed it anew"
        )
    return Restored(diagnosis, pack, paths, catalogue, evidence, model, document)
