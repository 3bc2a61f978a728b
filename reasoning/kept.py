"""Keep a revision of a diagnosis, with the headline and the ledger line of its incident."""

from __future__ import annotations

from typing import Final

from graph.model.access import Principal
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.incident import Incident
from graph.ports import Transaction
from reasoning.answer.history import cause_key

_ENGINE: Final = Principal(name="engine")


def says_the_same(before: Diagnosis, after: Diagnosis) -> bool:
    """Compare digests; where the evidence is counted otherwise they differ, and are not made."""
    counted = before.evidence_revision == after.evidence_revision
    return counted and diagnosis_digest(before) == diagnosis_digest(after)


def keep(tx: Transaction, incident: Incident, diagnosis: Diagnosis, *, title: Text) -> None:
    """Store the revision, the incident's headline and the ledger line, all or nothing."""
    tx.expect(
        lambda r: r.incident(_ENGINE, incident.id),
        lambda r: r.has_diagnosis(incident.id, diagnosis.revision),
        lambda r: r.ledger_lengths([incident.id]),
    )
    stored = tx.incident(_ENGINE, incident.id)
    headline = {
        "title": title,
        "urgency": diagnosis.urgency.level,
        "diagnosed_revision": diagnosis.evidence_revision,
    }
    tx.put_incident(stored.model_copy(update=headline), expected_version=stored.version)
    if tx.add_diagnosis(diagnosis):
        top = diagnosis.hypotheses[0]
        tx.add_ledger(
            incident.id,
            at=diagnosis.as_of.now,
            kind="diagnosis",
            actor="engine",
            detail={
                "revision": diagnosis.revision,
                "top": cause_key(top),
                "posterior": top.posterior,
                "status": diagnosis.status,
                "urgency": diagnosis.urgency.level,
            },
        )
