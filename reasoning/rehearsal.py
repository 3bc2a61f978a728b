"""A made-up storm: diagnosed once after the start, it leaves in memory what the first one needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from graph.failure import FailureGraph
from graph.model.library import Direction
from graph.model.pack import DomainPack
from graph.model.signals import Alert, AlertRecord, AlertStatus, Lane
from reasoning.network.evidence import Catalogue, Evidence

# Enough that the network has a core to solve: every part of the engine is then used.
ALERTS: Final = 24
REHEARSAL: Final = "rehearsal"


def made_up_storm(pack: DomainPack, graph: FailureGraph, *, at: datetime) -> Evidence | None:
    """Let those alert who depend on what most depend on, ties by id; None where nobody could."""
    catalogue = Catalogue.of(pack.library.alert_types)
    busiest = sorted(graph.effects, key=lambda c: (-len(graph.effects[c]), c))
    near = dict.fromkeys(effect for cause in busiest for effect, _ in graph.effects[cause])
    speaking = (
        (component_id, types[0].alertname)
        for component_id in near
        if (types := catalogue.types(graph.components[component_id].kind, Direction.DEPENDANT))
    )
    alerts = tuple(
        _record(pack.id, number, component_id=component_id, alertname=alertname, at=at)
        for number, (component_id, alertname) in enumerate(islice(speaking, ALERTS))
    )
    if not alerts:
        return None
    return Evidence(REHEARSAL, began_at=at, now=at, revision=len(alerts), alerts=alerts)


def _record(
    pack_id: str, number: int, *, component_id: str, alertname: str, at: datetime
) -> AlertRecord:
    return AlertRecord(
        evidence_id=f"al-{number}",
        alert=Alert(
            source=REHEARSAL,
            fingerprint=str(number),
            status=AlertStatus.FIRING,
            alertname=alertname,
            labels={"alertname": alertname},
            starts_at=at - timedelta(seconds=number),
            received_at=at,
        ),
        pack_id=pack_id,
        lane=Lane.INCIDENT,
        component_id=component_id,
        incident_id=REHEARSAL,
    )
