"""Reads the series of an incident's components around its onset, and hands them to the intake.

What moved becomes alerts of the source `metrics`, which join the incident as any others do. An
incident is read twice: soon after it opened, and once the ten minutes behind its onset are over.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from api.series.asking import ask_series
from api.series.profile import MetricsProfile
from graph.failure import FailureGraph
from graph.model.access import Principal, Source
from graph.model.incident import Incident, IncidentState
from graph.model.pack import DomainPack
from graph.model.signals import METRICS_SOURCE, Alert
from graph.ports import Clock, Store
from ingest.correlate import JOIN_WITHIN
from ingest.intake import Intake
from ingest.metrics.onsets import AFTER_S, BEFORE_S, read_onset
from ingest.metrics.speaking import hear
from ingest.resolve import Resolver

OPEN: Final = frozenset({IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.MITIGATING})
HISTORY_S: Final = 7 * 86_400.0
# So long after its first alert an incident's series have something to say.
SOON_S: Final = 120.0
LOOK_EVERY_S: Final = 5.0
# What could have harmed an alerting component, as far as the diagnosis looks.
DEPTH: Final = 3
FLOOR: Final = 0.1
_ENGINE: Final = Principal(name="engine")
_SELF: Final = Principal(name=METRICS_SOURCE, source=METRICS_SOURCE)


class SeriesReader:
    """Reads due incidents; `wake` is called when new evidence was stored."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        clock: Clock,
        profile: MetricsProfile,
        *,
        wake: Callable[[], None],
    ) -> None:
        """Read for this store; nothing is asked before `read_due` or `start`."""
        self._store = store
        self._intake = intake
        self._clock = clock
        self._profile = profile
        self._wake = wake
        self._reads: dict[str, int] = {}
        self._indexes: dict[str, tuple[str, DomainPack, FailureGraph]] = {}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Read in a thread of its own: a silent Prometheus must hold up nobody."""
        threading.Thread(target=self._run, name="etiograph-series", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end after the query under way."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            try:
                self.read_due()
            except Exception as error:  # noqa: BLE001 - the process edge: the thread must live on
                structlog.get_logger("series").error("series_failed", error=str(error)[:500])

    def read_due(self) -> int:
        """Read every open incident that is due; returns how many symptoms were new.

        Raises: StoreError, InputError of Prometheus; what was not read stays due.
        """
        now, found = self._clock.now(), 0
        for incident in self._open():
            due = _reads_due(incident, now)
            if self._reads.get(incident.id, 0) < due:
                found += self.read(incident, now)
                self._reads[incident.id] = due
        if found:
            self._wake()
        return found

    def read(self, incident: Incident, now: datetime) -> int:
        """Read one incident's series around its onset; returns how many symptoms were new."""
        onset = incident.began_at.timestamp()
        until = min(now.timestamp(), onset + AFTER_S)
        panel = ask_series(self._profile, since=onset - BEFORE_S - HISTORY_S, until=until)
        history = panel.between(0.0, onset - BEFORE_S)
        window = panel.between(onset - BEFORE_S, until)
        symptoms = read_onset(history, window, onset)
        names = {symptom.name.component for symptom in symptoms}
        heard = hear(symptoms, self._placed(incident, names), received_at=now)
        fresh = self._not_told(incident, heard.alerts)
        return self._post(fresh, now) if fresh else 0

    def _open(self) -> list[Incident]:
        page = self._store.incidents(_ENGINE, states=OPEN, limit=200)
        return [i for i in page.items if isinstance(i, Incident) and i.merged_into is None]

    def _placed(self, incident: Incident, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Map series' names to the components that are, or could have harmed, what alerts."""
        pack, graph = self._index(incident.pack_id)
        alerting = {r.component_id for r in self._store.alerts_of(incident.id)}
        near = set[str]()
        for component_id in alerting & graph.components.keys():
            near |= graph.possible_causes(str(component_id), DEPTH, FLOOR).keys()
        resolver = Resolver(pack.components)
        found = {name: resolver.named(name).component_id for name in names}
        return {n: (c, graph.components[c].kind) for n, c in found.items() if c and c in near}

    def _index(self, pack_id: str) -> tuple[DomainPack, FailureGraph]:
        header = next(h for h in self._store.packs() if h.id == pack_id)
        known = self._indexes.get(pack_id)
        if known is None or known[0] != header.content_digest:
            pack = self._store.pack(pack_id)
            known = self._indexes[pack_id] = header.content_digest, pack, FailureGraph(pack)
        return known[1], known[2]

    def _not_told(self, incident: Incident, alerts: Iterable[Alert]) -> list[Alert]:
        """Leave out what the incident holds already, be it from a rule or from an earlier read."""
        records = self._store.alerts_of(incident.id)
        told = {(r.component_id, r.alert.alertname) for r in records}
        return [a for a in alerts if (a.labels["component"], a.alertname) not in told]

    def _post(self, alerts: Iterable[Alert], now: datetime) -> int:
        if METRICS_SOURCE not in {source.name for source in self._store.sources()}:
            self._store.write(lambda tx: tx.put_source(Source(name=METRICS_SOURCE, created_at=now)))
        payload = {"version": "4", "alerts": [_written(alert) for alert in alerts]}
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8")
        return self._intake.receive_alertmanager(_SELF, body, received_at=now).accepted


def _reads_due(incident: Incident, now: datetime) -> int:
    """Count how often an incident should have been read by now; what is over takes nothing in."""
    if now - incident.last_alert_at > JOIN_WITHIN:
        return 0
    since = now - incident.opened_at
    if now >= incident.began_at + timedelta(seconds=AFTER_S + SOON_S):
        return 2
    return 1 if since >= timedelta(seconds=SOON_S) else 0


def _written(alert: Alert) -> dict[str, object]:
    return {
        "status": alert.status.value,
        "fingerprint": alert.fingerprint,
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": alert.starts_at.astimezone(UTC).isoformat(),
    }
