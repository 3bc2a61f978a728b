"""Rows of records, written; every method stands inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.model.incident import Incident, IncidentState, LedgerEntry, Tick, Urgency
from graph.model.observation import Observation
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat
from graph.ports import Page
from graph.stores import schema, sql
from graph.stores.knowledge_rows import KnowledgeWrites
from graph.stores.record_rows import URGENCY_RANK, RecordReads
from graph.stores.topology_cache import TopologyCache

# What was sent never changes; only where it was put does.
_PLACE_ALERT: Final = """
    UPDATE alerts SET lane = :lane, incident_id = :incident_id, body = json_set(
        body, '$.lane', :lane, '$.incident_id', :incident_id,
        '$.reason', :reason, '$.lane_reason', :lane_reason)
    WHERE evidence_id = :evidence_id"""
_CHANGE: Final = "SELECT evidence_id FROM changes WHERE source = :source AND change_id = :change_id"
_FORGET_CHANGE_LINKS: Final = "DELETE FROM change_evidence WHERE evidence_id = :evidence_id"
_OBSERVATION: Final = "SELECT body FROM observations WHERE evidence_id = :evidence_id"


class RecordWrites(RecordReads, KnowledgeWrites):
    """`RecordReads`, and the writes of records.

    Nobody else writes while a transaction does: what it read once of versions and numbers holds.
    """

    def __init__(self, snapshot: sql.Snapshot, cache: TopologyCache) -> None:
        super().__init__(snapshot, cache)
        self._versions: Final[dict[str, int | None]] = {}
        self._last_seq: Final[dict[str, int]] = {}

    def incident(self, principal: Principal, incident_id: str) -> Incident:
        """Return one visible incident, or NotFoundError."""
        found = super().incident(principal, incident_id)
        self._versions[found.id] = found.version
        return found

    def incidents(
        self,
        principal: Principal,
        *,
        states: frozenset[IncidentState] | None = None,
        urgency: Urgency | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Page over visible incidents: urgency (none last), then began_at, then id."""
        found = super().incidents(
            principal, states=states, urgency=urgency, cursor=cursor, limit=limit
        )
        for one in found.items:
            if isinstance(one, Incident):
                self._versions[one.id] = one.version
        return found

    def incident_versions(self, ids: Collection[str]) -> dict[str, int]:
        """Tell the versions of those of these incidents that are stored."""
        found = super().incident_versions(ids)
        self._versions.update({incident_id: found.get(incident_id) for incident_id in ids})
        return found

    def ledger_lengths(self, ids: Collection[str]) -> dict[str, int]:
        """Count the ledger lines of each of these incidents."""
        found = super().ledger_lengths(ids)
        self._last_seq.update(found)
        return found

    def recall(self, incidents: Iterable[Incident], *, ledger_lengths: Mapping[str, int]) -> None:
        """Take incidents and the lengths of ledgers for read: they are known to stand so."""
        self._versions.update({incident.id: incident.version for incident in incidents})
        self._last_seq.update(ledger_lengths)

    def add_payload(self, *, source: str, digest: str, received_at: datetime, body: bytes) -> bool:
        """Keep a raw payload; False when this (source, digest, received_at) is stored."""
        statement = sql.insert_new(schema.PAYLOAD)
        at = sql.instant(received_at)
        return self._run(statement, source=source, digest=digest, received_at=at, body=body) == 1

    def keep_payload(self, *, source: str, digest: str, received_at: datetime, body: bytes) -> None:
        """Keep a raw payload as `add_payload` does, where nobody asks whether it was stored."""
        statement = sql.insert_new(schema.PAYLOAD)
        at = sql.instant(received_at)
        self._put(statement, source=source, digest=digest, received_at=at, body=body)

    def add_alert(self, record: AlertRecord) -> bool:
        """Store an alert state; False (and no write) when its evidence_id is stored."""
        return self._run(sql.insert_new(schema.ALERT), **alert_row(record)) == 1

    def add_alerts(self, records: Sequence[AlertRecord]) -> None:
        """Store alert states that are not stored; ConflictError (at the latest at commit) else."""
        self._run_many(sql.insert(schema.ALERT), [alert_row(record) for record in records])

    def place_alerts(self, records: Sequence[AlertRecord]) -> None:
        """Overwrite lane, incident and reason of stored alerts; NotFoundError for others.

        What was sent, and the component, stay as they are stored.
        """
        for record in records:
            placed = self._run(
                _PLACE_ALERT,
                evidence_id=record.evidence_id,
                lane=record.lane,
                incident_id=record.incident_id,
                reason=record.reason,
                lane_reason=record.lane_reason,
            )
            if placed == 0:
                raise NotFoundError(f"alert {record.evidence_id!r} is not stored; add it first")

    def put_change(self, record: ChangeRecord) -> bool:
        """Store or update a change; False when it was already stored (identity source, id)."""
        change = record.change
        known = self._text(_CHANGE, source=change.source, change_id=change.id)
        if known not in {None, record.evidence_id}:
            raise ConflictError(
                f"change {change.id!r} of source {change.source!r} is stored as {known!r}, "
                f"not as {record.evidence_id!r}; name it by change_evidence_id"
            )
        values: dict[str, sql.Value] = {
            "evidence_id": record.evidence_id,
            "source": change.source,
            "change_id": change.id,
            "pack_id": record.pack_id,
            "at": sql.instant(change.at),
            "body": record.model_dump_json(),
        }
        self._put(sql.upsert(schema.CHANGE), **values)
        if known is not None:
            self._run(_FORGET_CHANGE_LINKS, evidence_id=record.evidence_id)
        links: list[dict[str, sql.Value]] = [
            {"incident_id": incident_id, "evidence_id": record.evidence_id}
            for incident_id in dict.fromkeys(record.incident_ids)
        ]
        self._run_many(sql.insert(schema.CHANGE_EVIDENCE), links)
        return known is None

    def add_tick(self, tick: Tick) -> bool:
        """Store a tick; False when stored."""
        values: dict[str, sql.Value] = {
            "evidence_id": tick.evidence_id,
            "incident_id": tick.incident_id,
            "at": sql.instant(tick.at),
            "body": tick.model_dump_json(),
        }
        return self._run(sql.insert_new(schema.TICK), **values) == 1

    def put_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Store the newest heartbeat of (source, site); an older one changes nothing.

        The earliest `first_at` that was ever stored is kept.
        """
        self.put_heartbeats([heartbeat])

    def put_heartbeats(self, heartbeats: Iterable[Heartbeat]) -> None:
        """Store each as `put_heartbeat` does."""
        given = list(heartbeats)
        known = {(h.source, h.site): h for h in self.heartbeats()} if given else {}
        newer: dict[tuple[str, str | None], Heartbeat] = {}
        for one in given:
            key = (one.source, one.site)
            before = newer.get(key, known.get(key))
            if before is None:
                newer[key] = one
            elif one.last_at > before.last_at:
                first_at = min(before.first_at, one.first_at)
                newer[key] = one.model_copy(update={"first_at": first_at})
        self._run_many(sql.upsert(schema.HEARTBEAT), map(_heartbeat_row, newer.values()))

    def put_incident(self, incident: Incident, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace; ConflictError unless this version is stored."""
        version = self._version(incident.id)
        if version != expected_version:
            raise ConflictError(
                f"incident {incident.id!r} has version {version or 'none'}, "
                f"not {expected_version or 'none'}; read it again"
            )
        values: dict[str, sql.Value] = {
            "id": incident.id,
            "pack_id": incident.pack_id,
            "state": incident.state,
            "urgency_rank": URGENCY_RANK[incident.urgency],
            "began_at": sql.instant(incident.began_at),
            "site": incident.site,
            "visibility": incident.visibility,
            "version": incident.version,
            "body": incident.model_dump_json(),
        }
        self._put(sql.upsert(schema.INCIDENT), **values)
        if version is None:  # no ledger tells of an incident that is not stored
            self._last_seq.setdefault(incident.id, 0)
        self._versions[incident.id] = incident.version

    def _version(self, incident_id: str) -> int | None:
        """Tell the stored version of an incident, or None where it is not stored."""
        if incident_id not in self._versions:
            self.incident_versions([incident_id])
        return self._versions[incident_id]

    def add_diagnosis(self, diagnosis: Diagnosis) -> bool:
        """Store a revision; False when (incident, revision) is stored."""
        incident_id, revision = diagnosis.incident_id, diagnosis.revision
        if self.has_diagnosis(incident_id, revision):
            return False
        body = diagnosis.model_dump_json(by_alias=True)
        self._put(
            sql.insert(schema.DIAGNOSIS), incident_id=incident_id, revision=revision, body=body
        )
        return True

    def add_ledger(
        self, incident_id: str, *, at: datetime, kind: str, actor: str, detail: dict[str, JsonValue]
    ) -> LedgerEntry:
        """Append a ledger line; the store gives the next seq, from 1 on."""
        if incident_id not in self._last_seq:
            self.ledger_lengths([incident_id])
        seq = self._last_seq[incident_id] + 1
        entry = LedgerEntry(
            incident_id=incident_id, seq=seq, at=at, kind=kind, actor=actor, detail=detail
        )
        body = entry.model_dump_json()
        self._put(sql.insert(schema.LEDGER_ENTRY), incident_id=incident_id, seq=seq, body=body)
        self._last_seq[incident_id] = seq
        return entry

    def put_observation(self, observation: Observation) -> bool:
        """Insert or replace (to retract) by evidence_id; False when it stands so already.

        Raises: ConflictError if this evidence_id is stored for another incident.
        """
        evidence_id, incident_id = observation.evidence_id, observation.incident_id
        body = self._text(_OBSERVATION, evidence_id=evidence_id)
        if body is not None:
            stored = Observation.model_validate_json(body)
            if stored == observation:
                return False
            if stored.incident_id != incident_id:
                raise ConflictError(
                    f"observation {evidence_id!r} is stored for incident {stored.incident_id!r}, "
                    f"not {incident_id!r}; name it by its own incident"
                )
        self._put(
            sql.upsert(schema.OBSERVATION),
            evidence_id=evidence_id,
            incident_id=incident_id,
            at=sql.instant(observation.at),
            body=observation.model_dump_json(),
        )
        return True


def _heartbeat_row(heartbeat: Heartbeat) -> dict[str, sql.Value]:
    return {
        "source": heartbeat.source,
        "site_key": "" if heartbeat.site is None else f"={heartbeat.site}",
        "last_at": sql.instant(heartbeat.last_at),
        "body": heartbeat.model_dump_json(),
    }


def alert_row(record: AlertRecord) -> dict[str, sql.Value]:
    """Write an alert state as a row."""
    return {
        "evidence_id": record.evidence_id,
        "pack_id": record.pack_id,
        "lane": record.lane,
        "incident_id": record.incident_id,
        "component_id": record.component_id,
        "site": record.alert.labels.get("site"),
        "received_at": sql.instant(record.alert.received_at),
        "starts_at": sql.instant(record.alert.starts_at),
        "body": record.model_dump_json(),
    }
