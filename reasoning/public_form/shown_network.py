"""The network behind an incident's newest stored diagnosis, made again from its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from graph.model.diagnosis import Diagnosis
from graph.ports import Store
from reasoning.answer.restored import restore
from reasoning.network.causal_model import CausalModel


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
    found = restore(store, incident_id)
    return ShownNetwork(
        incident_id=found.diagnosis.incident_id,
        revision=found.diagnosis.revision,
        document=found.document,
        active=tuple(found.model.active_channels()),
        shown=_shown(found.diagnosis, found.model),
    )


def _shown(diagnosis: Diagnosis, model: CausalModel) -> tuple[ShownCause, ...]:
    """List the hypotheses that are one probability of the network: all but `no fault`."""
    found = []
    for hypothesis in diagnosis.hypotheses:
        if hypothesis.kind.value in model.outside:
            found.append(ShownCause("faults", hypothesis.kind.value, hypothesis.posterior))
        elif hypothesis.component_id is not None:
            answers: Literal["faults", "degraded"] = (
                "degraded" if hypothesis.component_id in model.jointly else "faults"
            )
            about = f"{hypothesis.component_id}#born"
            found.append(ShownCause(answers, about, hypothesis.posterior))
    return tuple(found)
