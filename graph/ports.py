"""What the use cases ask of a store, as narrow Protocols; every store passes one contract suite.

Reads take a `Principal` where a person may ask. Writes happen inside `Store.write(work)`: one
transaction, retried by a server store, so `work` must be safe to run again. Pages are in a total
order and go on from an opaque cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import JsonValue

from graph.model.access import Principal, Session, Source, Token, User
from graph.model.audit import AuditEvent
from graph.model.base import Model
from graph.model.diagnosis import Diagnosis
from graph.model.incident import Incident, IncidentState, LedgerEntry, Tick, Urgency
from graph.model.jobs import Job
from graph.model.observation import Observation
from graph.model.pack import DomainPack, LoadCounts
from graph.model.remediation import EmergencyStop, Remediation, RemediationStatus
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat
from graph.model.topology import Component, RelationType, Subgraph

T = TypeVar("T")


class Page(Model):
    """A page of a list: items of one model kind, and where to go on (None at the end)."""

    items: tuple[Model, ...]
    next_cursor: str | None


class PackHeader(Model):
    """A loaded pack: its id, its digests, and how much there is.

    `content_digest` changes with every part of the pack (actions, policies, settings, texts too):
    key by it what is built from a whole pack.
    """

    id: str
    topology_revision: str
    library_digest: str
    content_digest: str
    components: int
    relations: int


class Clock(Protocol):
    """Wall-clock time, UTC, aware."""

    def now(self) -> datetime:
        """Tell the time."""


class TopologyReader(Protocol):
    """The graph, read; a whole pack is read once per revision and then served from memory."""

    def packs(self) -> tuple[PackHeader, ...]:
        """List loaded packs in id order."""

    def pack(self, pack_id: str) -> DomainPack:
        """Return the whole pack; equal revisions may be the same object. NotFoundError."""

    def component(self, principal: Principal, component_id: str) -> Component:
        """Return one component, or NotFoundError (also where it may not be seen)."""

    def neighbourhood(
        self,
        principal: Principal,
        component_ids: Sequence[str],
        *,
        hops: int,
        types: frozenset[RelationType] | None = None,
        limit: int = 150,
    ) -> Subgraph:
        """Cut `hops` (0..5) undirected hops round the ids, nearest first, ties by id."""


class RecordReader(Protocol):
    """Records, read."""

    def incident(self, principal: Principal, incident_id: str) -> Incident:
        """Return one incident, or NotFoundError (also where it may not be seen)."""

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

    def alerts_of(self, incident_id: str) -> tuple[AlertRecord, ...]:
        """Return an incident's alert states by (received_at, starts_at, evidence_id)."""

    def changes_of(self, incident_id: str) -> tuple[ChangeRecord, ...]:
        """Return an incident's changes by (at, evidence_id)."""

    def ticks_of(self, incident_id: str) -> tuple[Tick, ...]:
        """Return an incident's ticks by (at, evidence_id)."""

    def unassigned_alerts(self, pack_id: str, *, since: datetime) -> tuple[AlertRecord, ...]:
        """Return alerts of lanes unassigned and noise received at or after `since`, in order."""

    def changes_between(
        self, pack_id: str, *, since: datetime, until: datetime
    ) -> tuple[ChangeRecord, ...]:
        """Return changes with since <= at <= until by (at, evidence_id)."""

    def quarantined_alerts(
        self, principal: Principal, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Page over quarantined alerts, newest received first, then evidence_id."""

    def lane_counts(self, pack_id: str) -> dict[str, int]:
        """Count stored alert states per lane; every lane is a key."""

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        """Return every heartbeat by (source, site)."""

    def diagnosis(self, incident_id: str, revision: int | None = None) -> Diagnosis | None:
        """Return one revision, or the newest, or None."""

    def diagnoses(self, incident_id: str) -> tuple[Diagnosis, ...]:
        """Return every revision, oldest first."""

    def ledger(self, incident_id: str) -> tuple[LedgerEntry, ...]:
        """Return an incident's ledger by seq."""

    def observations_of(self, incident_id: str) -> tuple[Observation, ...]:
        """Return an incident's observations by (at, evidence_id), retracted ones included."""


class RemediationReader(Protocol):
    """Remediations, the emergency stop and the audit chain, read."""

    def remediation(self, principal: Principal, remediation_id: str) -> Remediation:
        """Return one, or NotFoundError (also where its incident may not be seen)."""

    def remediations(
        self,
        principal: Principal,
        *,
        statuses: frozenset[RemediationStatus] | None = None,
        incident_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Page over visible remediations, newest request first, then id."""

    def emergency_stop(self) -> EmergencyStop | None:
        """Return the stop that holds, or None."""

    def audit(self, *, cursor: str | None = None, limit: int = 50) -> Page:
        """Page over the audit log, newest first."""

    def audit_chain(self, *, after: int = 0, limit: int = 500) -> tuple[AuditEvent, ...]:
        """Return lines with seq > `after`, oldest first, at most `limit`: to verify the chain."""


class AccessReader(Protocol):
    """Accounts, read; names are compared exactly."""

    def user(self, name: str) -> User | None:
        """Return one account or None."""

    def users(self) -> tuple[User, ...]:
        """List accounts by name."""

    def source(self, name: str) -> Source | None:
        """Return one alert source or None."""

    def sources(self) -> tuple[Source, ...]:
        """List alert sources by name."""

    def token_by_hash(self, token_hash: str) -> Token | None:
        """Find a token by its sha256 hex, or None."""

    def tokens(self) -> tuple[Token, ...]:
        """List tokens by id."""

    def session(self, id_hash: str) -> Session | None:
        """Find a session by the sha256 hex of its cookie, or None."""


class JobReader(Protocol):
    """Jobs, read."""

    def jobs_open(self, kind: str | None = None) -> int:
        """Count waiting and running jobs."""

    def jobs_failed(self) -> tuple[Job, ...]:
        """List jobs that have failed for good, by id, for the doctor."""


class Transaction(
    TopologyReader, RecordReader, RemediationReader, AccessReader, JobReader, Protocol
):
    """Reads and writes of one transaction: all or nothing, visible to its own reads."""

    def replace_pack(self, pack: DomainPack) -> LoadCounts:
        """Make the stored pack equal to `pack`; an equal one is not written at all."""

    def add_payload(self, *, source: str, digest: str, received_at: datetime, body: bytes) -> bool:
        """Keep a raw payload; False when this (source, digest, received_at) is stored."""

    def add_alert(self, record: AlertRecord) -> bool:
        """Store an alert state; False (and no write) when its evidence_id is stored."""

    def place_alerts(self, records: Sequence[AlertRecord]) -> None:
        """Overwrite lane, incident and reason of stored alerts."""

    def put_change(self, record: ChangeRecord) -> bool:
        """Store or update a change; False when it was already stored (identity source, id)."""

    def add_tick(self, tick: Tick) -> bool:
        """Store a tick; False when stored."""

    def put_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Store the newest heartbeat of (source, site); an older one changes nothing."""

    def put_incident(self, incident: Incident, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace; ConflictError unless the stored version is expected.

        The caller has set `version`: expected + 1 (or 1) when a person changed something, and the
        expected one itself when only the engine did, so that a storm never voids an If-Match.
        """

    def add_diagnosis(self, diagnosis: Diagnosis) -> bool:
        """Store a revision; False when (incident, revision) is stored."""

    def add_ledger(
        self, incident_id: str, *, at: datetime, kind: str, actor: str, detail: dict[str, JsonValue]
    ) -> LedgerEntry:
        """Append a ledger line; the store gives the next seq."""

    def put_observation(self, observation: Observation) -> bool:
        """Insert or replace (to retract) by evidence_id; False when it stands so already."""

    def put_remediation(self, remediation: Remediation, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace; ConflictError unless the stored version is expected.

        The caller has set `version` to expected + 1, or to 1.
        """

    def put_emergency_stop(self, stop: EmergencyStop | None) -> None:
        """Set or (None) lift the emergency stop."""

    def add_audit(
        self, *, at: datetime, actor: str, kind: str, subject: str, detail: dict[str, JsonValue]
    ) -> AuditEvent:
        """Append to the audit chain; the store gives seq, previous and hash."""

    def put_user(self, user: User) -> None:
        """Insert or replace an account."""

    def put_source(self, source: Source) -> None:
        """Insert or replace an alert source."""

    def put_token(self, token: Token) -> None:
        """Insert or replace a token."""

    def delete_token(self, token_id: str) -> bool:
        """Revoke a token; False when there is none."""

    def put_session(self, session: Session) -> None:
        """Insert a session."""

    def delete_session(self, id_hash: str) -> bool:
        """End a session; False when there is none."""

    def delete_sessions_of(self, user: str) -> int:
        """End every session of a user; returns how many."""

    def enqueue(self, kind: str, *, key: str, payload: dict[str, JsonValue], at: datetime) -> Job:
        """Queue a job; an equal (kind, key) that still waits is returned with the new payload."""

    def claim_job(self, *, at: datetime) -> Job | None:
        """Take the waiting job with the newest evidence (highest id) and mark it running."""

    def finish_job(self, job_id: int, *, error: str = "") -> None:
        """Mark done, or failed with the reason (a failed job is kept for the doctor)."""

    def retry_job(self, job_id: int, *, error: str, not_before: datetime) -> Job:
        """Put a running job back to wait until `not_before`, or fail it after MAX_ATTEMPTS tries.

        Where an equal job with newer evidence waits already, this one is done. Returns its state.
        """

    def release_jobs(self) -> int:
        """Put running jobs back to waiting (at start, after a crash); returns how many."""


class Store(TopologyReader, RecordReader, RemediationReader, AccessReader, JobReader, Protocol):
    """A whole store; reads see the last committed state."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction; it may run again after a transient failure."""

    def check(self) -> dict[str, JsonValue]:
        """Report schema version, integrity and sizes for the doctor."""

    def close(self) -> None:
        """Release files and connections; safe to call twice."""


class FolderLock(Protocol):
    """Ownership of a data folder by one process."""

    def hold(self) -> AbstractContextManager[None]:
        """Own the folder while the context lasts; FolderOwnedError names the owner."""
