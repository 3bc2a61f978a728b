"""Evidence and readings for tests of the rooms of `reasoning`, without a store."""

from __future__ import annotations

from datetime import datetime

from graph.failure import FailureGraph
from graph.model.digest import alert_evidence_id, change_evidence_id
from graph.model.pack import DomainPack
from graph.model.signals import (
    Alert,
    AlertRecord,
    AlertStatus,
    ChangeEvent,
    ChangeKind,
    ChangeRecord,
    Heartbeat,
    Lane,
)
from reasoning.network.builder import ModelBuilder
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.reading import Reading, read_model
from reasoning.network.selection import select_components
from tests.small_pack import PACK, START, after


def fired(
    alertname: str,
    component: str,
    *,
    at: datetime = START,
    received_at: datetime | None = None,
    status: AlertStatus = AlertStatus.FIRING,
) -> AlertRecord:
    """Make the record of an alert that belongs to the incident; `component` is a slug."""
    fingerprint = f"{alertname}-{component}"
    return AlertRecord(
        evidence_id=alert_evidence_id("s", fingerprint, starts_at=at, status=status),
        alert=Alert(
            source="s",
            fingerprint=fingerprint,
            status=status,
            alertname=alertname,
            labels={"alertname": alertname},
            starts_at=at,
            received_at=received_at or at,
        ),
        pack_id=PACK,
        lane=Lane.INCIDENT,
        component_id=f"{PACK}:{component}",
        incident_id="inc-1",
    )


def changed(
    *components: str, at: datetime, kind: ChangeKind = ChangeKind.CONFIG, change_id: str = "c"
) -> ChangeRecord:
    """Make the record of a change on these components."""
    return ChangeRecord(
        evidence_id=change_evidence_id("s", change_id),
        change=ChangeEvent(
            source="s", id=change_id, at=at, kind=kind, targets=components, received_at=at
        ),
        pack_id=PACK,
        component_ids=tuple(f"{PACK}:{c}" for c in components),
    )


def beat(at: datetime, *, site: str | None = None) -> Heartbeat:
    """Make a heartbeat last heard at `at`."""
    return Heartbeat(source="s", site=site, first_at=after(-9000), last_at=at)


def evidence(
    *alerts: AlertRecord,
    now: datetime | None = None,
    changes: tuple[ChangeRecord, ...] = (),
    heartbeats: tuple[Heartbeat, ...] | None = None,
    change_log_heard: bool = False,
) -> Evidence:
    """Gather evidence that began at START; heard throughout unless heartbeats are given."""
    seen = now or after(900)
    return Evidence(
        incident_id="inc-1",
        began_at=START,
        now=seen,
        revision=len(alerts),
        alerts=alerts,
        changes=changes,
        heartbeats=(beat(seen),) if heartbeats is None else heartbeats,
        change_log_heard=change_log_heard,
    )


def read(pack: DomainPack, seen: Evidence) -> Reading:
    """Build the incident's network and solve it."""
    graph, catalogue = FailureGraph(pack), Catalogue.of(pack.library.alert_types)
    chosen = select_components(graph, catalogue, seen)
    return read_model(ModelBuilder(pack, graph, catalogue, seen).build(chosen))
