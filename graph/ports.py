"""What the use cases ask of a store, as narrow Protocols; every store passes one contract suite.

Reads take a `Principal` where a person may ask. Writes happen inside `Store.write(work)`: one
transaction, retried by a server store, so `work` must be safe to run again. Pages are in a total
order and go on from an opaque cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import JsonValue

from graph.knowledge_ports import KnowledgeReader
from graph.model.access import Principal, Session, Source, Token, User
from graph.model.audit import AuditEvent
from graph.model.base import Model
from graph.model.diagnosis import Diagnosis, RevisionTop
from graph.model.grant import Grant, GrantStatus, Seal
from graph.model.incident import Incident, IncidentState, LedgerEntry, Tick, Urgency
from graph.model.moving import Epoch, RecordKind
from graph.model.observation import Observation
from graph.model.pack import DomainPack
from graph.model.remediation import EmergencyStop, Remediation, RemediationStatus
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat
from graph.model.topology import Component, RelationType, Subgraph
from graph.write_ports import JobReader, Writer

T = TypeVar("T")


class Page(Model):
    """A page of a list: items of one model kind, and where to go on (None at the end)."""

    items: tuple[Model, ...]
    next_cursor: str | None


class PackHeader(Model):
    """A loaded pack; `content_digest` changes with any part: key by it what is built from all."""

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


class RecordReader(KnowledgeReader, Protocol):
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

    def alerts_by_incident(self, ids: Collection[str]) -> dict[str, tuple[AlertRecord, ...]]:
        """Return what `alerts_of` returns of each of these incidents."""

    def known_alerts(self, ids: Collection[str]) -> frozenset[str]:
        """Return those of these evidence ids that are stored."""

    def incident_versions(self, ids: Collection[str]) -> dict[str, int]:
        """Tell the versions of those of these incidents that are stored."""

    def ledger_lengths(self, ids: Collection[str]) -> dict[str, int]:
        """Count the ledger lines of each of these incidents."""

    def evidence_counts(self, incident_ids: Collection[str]) -> dict[str, int]:
        """Count each incident's evidence: alert states, changes, ticks, what people entered."""

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

    def has_diagnosis(self, incident_id: str, revision: int) -> bool:
        """Tell whether a revision is stored."""

    def diagnoses(self, incident_id: str, *, newest: int | None = None) -> tuple[Diagnosis, ...]:
        """Return every revision, or the newest so many, oldest first."""

    def revision_tops(self, incident_id: str) -> tuple[RevisionTop, ...]:
        """Return what stood on top of every revision, oldest first."""

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

    def sessions_of(self, user: str) -> tuple[Session, ...]:
        """List the sessions of a user by the sha256 hex of their cookies, ended ones included."""

    def grant(self, grant_id: str) -> Grant:
        """Return one grant, or NotFoundError."""

    def grants(
        self,
        *,
        statuses: frozenset[GrantStatus] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Page over grants, newest asked first, then id."""

    def seal(self) -> Seal | None:
        """Return the seal of set-up, or None before there is one."""


class EpochReader(Protocol):
    """The life that a store is in."""

    def epoch(self) -> Epoch | None:
        """Return the epoch, or None before one was written: the store never moved."""


class Inventory(Protocol):
    """Everything that one committed state holds, to move house (docs/moving-house.md)."""

    def schema_version(self) -> int:
        """Tell the version of what is stored."""

    def records(self, kind: RecordKind) -> Iterator[Model]:
        """Yield every record of a kind in the order of `order_of`, each of its form in `FORMS`.

        In bounded memory; passwords are left out. StoreError for one that cannot be read.
        """


class Reader(
    TopologyReader,
    RecordReader,
    RemediationReader,
    AccessReader,
    JobReader,
    EpochReader,
    Protocol,
):
    """Everything that is read."""

    def expect(self, *reads: Callable[[Reader], object]) -> None:
        """Say which reads come next: a server store answers them in one trip. Nothing changes.

        A hint, no more: what is asked otherwise, or after a write that it could see, is read then.
        """


class Transaction(Reader, Writer, Protocol):
    """Reads and writes of one transaction: all or nothing, visible to its own reads."""


class Store(Reader, Protocol):
    """A whole store; reads see the last committed state."""

    def read(self, work: Callable[[Reader], T]) -> T:
        """Run `work` on one committed state; it may run again after a transient failure."""

    def inventory(self) -> AbstractContextManager[Inventory]:
        """Read everything as of one committed state, for as long as the context lasts."""

    def stage_pack(self, pack: DomainPack) -> None:
        """Write ahead of its load what a big pack brings; unread until then. Raises InputError."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction; it may run again after a transient failure."""

    def check(self) -> dict[str, JsonValue]:
        """Report schema version, integrity and sizes for the doctor."""

    def close(self) -> None:
        """Release files and connections; safe to call twice."""
