"""What the use cases write, inside one transaction of a store, its queue, and who owns a folder.

The other reads stand in `graph.ports`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from graph.knowledge_ports import KnowledgeWriter
from graph.model.access import Session, Source, Token, User
from graph.model.audit import AuditEvent
from graph.model.base import Model
from graph.model.diagnosis import Diagnosis
from graph.model.grant import Grant, Seal
from graph.model.incident import Incident, LedgerEntry, Tick
from graph.model.jobs import Job
from graph.model.moving import Epoch, RecordKind
from graph.model.observation import Observation
from graph.model.pack import DomainPack, LoadCounts
from graph.model.remediation import EmergencyStop, Remediation
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat


class JobReader(Protocol):
    """Jobs, read."""

    def jobs_open(self, kind: str | None = None) -> int:
        """Count waiting and running jobs."""

    def jobs_failed(self) -> tuple[Job, ...]:
        """List jobs that have failed for good, by id, for the doctor."""


class FolderLock(Protocol):
    """Ownership of a data folder by one process."""

    def hold(self) -> AbstractContextManager[None]:
        """Own the folder while the context lasts; FolderOwnedError names the owner."""


class Writer(KnowledgeWriter, Protocol):
    """The writes of one transaction."""

    @property
    def stands_on(self) -> int | None:
        """Number the commit before this transaction; None where nobody knows.

        Each that writes anything is one number more, whoever made it; one that writes nothing, or
        nothing but jobs, may not count. What a commit left, but for jobs, holds in a transaction
        that stands on it.
        """

    @property
    def presumes_new(self) -> bool:
        """Tell whether alerts may be added without asking which are stored.

        Where one is, the store does the transaction again, in which this is false.
        """

    def recall(self, incidents: Iterable[Incident], *, ledger_lengths: Mapping[str, int]) -> None:
        """Take incidents and the lengths of ledgers for read: they are known to stand so."""

    def replace_pack(self, pack: DomainPack) -> LoadCounts:
        """Make the stored pack equal to `pack`; an equal one is not written at all."""

    def add_payload(self, *, source: str, digest: str, received_at: datetime, body: bytes) -> bool:
        """Keep a raw payload; False when this (source, digest, received_at) is stored."""

    def keep_payload(self, *, source: str, digest: str, received_at: datetime, body: bytes) -> None:
        """Keep a raw payload as `add_payload` does, where nobody asks whether it was stored."""

    def add_alert(self, record: AlertRecord) -> bool:
        """Store an alert state; False (and no write) when its evidence_id is stored."""

    def add_alerts(self, records: Sequence[AlertRecord]) -> None:
        """Store alert states that are not stored; ConflictError (at the latest at commit) else."""

    def place_alerts(self, records: Sequence[AlertRecord]) -> None:
        """Overwrite lane, incident and reason of stored alerts."""

    def put_change(self, record: ChangeRecord) -> bool:
        """Store or update a change; False when it was already stored (identity source, id)."""

    def add_tick(self, tick: Tick) -> bool:
        """Store a tick; False when stored."""

    def put_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Store the newest heartbeat of (source, site); an older one changes nothing."""

    def put_heartbeats(self, heartbeats: Iterable[Heartbeat]) -> None:
        """Store each as `put_heartbeat` does."""

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

    def put_grant(self, grant: Grant, *, expected_version: int | None) -> None:
        """Insert (expected None) or replace; ConflictError unless the stored version is expected.

        The caller has set `version` to expected + 1, or to 1.
        """

    def put_seal(self, seal: Seal) -> bool:
        """Seal set-up, for good; False (and no write) when it is sealed."""

    def enqueue(
        self,
        kind: str,
        *,
        key: str,
        payload: dict[str, JsonValue],
        at: datetime,
        not_before: datetime | None = None,
    ) -> Job:
        """Queue a job; an equal (kind, key) that still waits is returned with the new payload.

        It is not claimed before `not_before`.
        """

    def enqueue_all(
        self, kind: str, payloads: Mapping[str, dict[str, JsonValue]], *, at: datetime
    ) -> None:
        """Queue a job of each key as `enqueue` does, in their order."""

    def claim_job(
        self, *, at: datetime, kind: str | None = None, done: int | None = None
    ) -> Job | None:
        """Take the waiting job (of a kind) with the newest evidence and mark it running.

        What has waited for half a minute goes first, the longest waiting of it. `done` is the
        claimer's last job, which is marked done with it.
        """

    def finish_job(self, job_id: int, *, error: str = "") -> None:
        """Mark done, or failed with the reason (a failed job is kept for the doctor)."""

    def retry_job(
        self, job_id: int, *, error: str, not_before: datetime, counted: bool = True
    ) -> Job:
        """Put a running job back to wait until `not_before`, or fail it after MAX_ATTEMPTS tries.

        Where an equal job with newer evidence waits already, this one is done. A try that is not
        `counted`, since the store was away, is none. Returns its state.
        """

    def release_jobs(self, kind: str | None = None, *, counted: bool = True) -> int:
        """Put running jobs, of one kind or all, back to waiting, after a crash of who ran them.

        Returns how many wait; one whose `counted` tries are used up has failed.
        """

    def put_epoch(self, epoch: Epoch) -> None:
        """Write the epoch over the one before."""

    def restore(self, kind: RecordKind, records: Sequence[Model]) -> None:
        """Store records of a kind, each of its form in `FORMS`, exactly as they were written.

        Kinds come in `RESTORE_ORDER`, so that a relation finds what it joins. Versions, numbers and
        hashes stay; an account gets no password. ConflictError where one is stored, or names an
        incident or a pack that is not stored at the end of the transaction.
        """
