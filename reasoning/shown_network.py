"""The network behind an incident's newest stored diagnosis, made again from its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from graph.errors import ConflictError, NotFoundError
from graph.failure import FailureGraph
from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.digest import sha256_hex
from graph.ports import Store
from reasoning.builder import ModelBuilder
from reasoning.causal_model import EXTERNAL, CausalModel
from reasoning.evidence import Catalogue
from reasoning.gather import ENGINE, gather_evidence
from reasoning.selection import select_components


@dataclass(frozen=True)
class ShownCause:
    """One hypothesis as it was shown, and which answer of the network it is."""

    answers: Literal["faults", "degraded"]
    about: str
    posterior: float


@dataclass(frozen=True)
class ShownNetwork:
    """The `causal/v1` document of one revision, its active channels, and what was shown of it."""

    incident_id: str
    revision: int
    document: dict[str, JsonValue]
    active: tuple[str, ...]
    shown: tuple[ShownCause, ...]


def shown_network(store: Store, incident_id: str) -> ShownNetwork:
    """Build the network of the newest diagnosis again; it is the very one, by its digest.

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
    graph, catalogue = FailureGraph(pack), Catalogue.of(pack.library.alert_types)
    evidence = gather_evidence(store, incident, at=diagnosis.as_of.now)
    chosen = select_components(graph, catalogue, evidence)
    model = ModelBuilder(pack, graph, catalogue, evidence).build(chosen)
    document = model.document()
    if sha256_hex(document) != diagnosis.engine.model_digest:
        raise ConflictError(
            f"revision {diagnosis.revision} of incident {incident.id!r} rests on other evidence or "
            "another pack than is stored now; ask again when the server has diagnosed it anew"
        )
    return ShownNetwork(
        incident_id=incident.id,
        revision=diagnosis.revision,
        document=document,
        active=tuple(model.active_channels()),
        shown=_shown(diagnosis, model),
    )


def _shown(diagnosis: Diagnosis, model: CausalModel) -> tuple[ShownCause, ...]:
    """List the hypotheses that are one probability of the network: all but `no fault`."""
    found = []
    for hypothesis in diagnosis.hypotheses:
        if hypothesis.kind is HypothesisKind.EXTERNAL:
            found.append(ShownCause("faults", EXTERNAL, hypothesis.posterior))
        elif hypothesis.component_id is not None:
            answers: Literal["faults", "degraded"] = (
                "degraded" if hypothesis.component_id in model.jointly else "faults"
            )
            about = f"{hypothesis.component_id}#born"
            found.append(ShownCause(answers, about, hypothesis.posterior))
    return tuple(found)
