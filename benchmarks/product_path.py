"""Alerts of one incident through the product's own path: selection, builder, engine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graph.failure import FailureGraph
from graph.model.digest import alert_evidence_id
from graph.model.pack import DomainPack
from graph.model.signals import Alert, AlertRecord, Lane
from reasoning.engine.loops import loops
from reasoning.network.builder import ModelBuilder
from reasoning.network.causal_model import EXTERNAL
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.lone import lone_causes
from reasoning.network.reading import read_model
from reasoning.network.selection import select_components


@dataclass(frozen=True)
class Verdict:
    """What the product says of one incident.

    `born` = P(a fault was born) by component id, with any number of faults and an outside cause;
    `lone` the same given that it is one component of the graph; P(no fault), CPU seconds.
    """

    born: Mapping[str, float]
    lone: Mapping[str, float]
    external: float
    no_fault: float
    seconds: float

    @property
    def calm(self) -> bool:
        """No fault is likelier than every cause, inside or outside."""
        return self.no_fault >= max([self.external, *self.born.values()])


class Room:
    """A pack, indexed once as the product does when it is loaded."""

    def __init__(self, pack: DomainPack) -> None:
        """Index graph and library, and have the engine's machine code made if it is not there."""
        loops(patient=True)
        self.pack = pack
        self._graph = FailureGraph(pack)
        self._catalogue = Catalogue.of(pack.library.alert_types)

    def judge(
        self,
        alerts: Sequence[Alert],
        *,
        now: datetime,
        watched: frozenset[tuple[str, str]] | None = None,
        carried: Mapping[tuple[str, str], float] | None = None,
    ) -> Verdict:
        """Diagnose the alerts as one incident; each names its component in `component`."""
        started = time.process_time()
        evidence = self._evidence(alerts, now)
        evidence = replace(evidence, watched=watched, carried=carried or {})
        chosen = select_components(self._graph, self._catalogue, evidence)
        model = ModelBuilder(self.pack, self._graph, self._catalogue, evidence).build(chosen)
        reading = read_model(model)
        lone = lone_causes(model)
        seconds = time.process_time() - started
        return Verdict(reading.born, lone, reading.outside(EXTERNAL), reading.healthy, seconds)

    def _evidence(self, alerts: Sequence[Alert], now: datetime) -> Evidence:
        records = tuple(self._record(alert) for alert in alerts)
        return Evidence(
            incident_id="inc-benchmark",
            began_at=min((a.starts_at for a in alerts), default=now),
            now=now,
            revision=len(records),
            alerts=records,
        )

    def _record(self, alert: Alert) -> AlertRecord:
        return AlertRecord(
            evidence_id=alert_evidence_id(
                alert.source, alert.fingerprint, starts_at=alert.starts_at, status=alert.status
            ),
            alert=alert,
            pack_id=self.pack.id,
            lane=Lane.INCIDENT,
            component_id=alert.labels["component"],
            incident_id="inc-benchmark",
        )
