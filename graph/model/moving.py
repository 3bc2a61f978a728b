"""What leaves a store when it moves house: every kind of record in one total order, and epochs.

Not among them are sessions, tokens, passwords and signing secrets (docs/moving-house.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import ConfigDict, Field, StringConstraints

from graph.model.access import Role, Source, User
from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.audit import AuditEvent
from graph.model.base import Id, Instant, Model, Text
from graph.model.diagnosis import Diagnosis
from graph.model.document import ImportedCase, SopVersion, UnansweredQuestion
from graph.model.grant import Grant, Seal
from graph.model.incident import Incident, LedgerEntry, Tick
from graph.model.jobs import Job
from graph.model.knowledge import PastCase, Sop
from graph.model.library import AlertType, Check, ComponentKind, FaultMode
from graph.model.observation import Observation
from graph.model.pack import PackSettings
from graph.model.remediation import EmergencyStop, Remediation
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat
from graph.model.topology import BusinessFlow, Calendar, Component, RegionProfile, Relation

V = TypeVar("V", bound=Model)
Key = tuple[str | int, ...]

# What stands where a password's hash was: an argon2 hash of all zeros, which no known text has, so
# that trying a password against it fails as slowly as against any other.
NO_PASSWORD: Final = f"$argon2id$v=19$m=65536,t=3,p=4${'A' * 22}${'A' * 43}"


# As `api.schemas.admin.NAME_PATTERN`: what no account may be called does not come in either.
ACCOUNT_NAME: Final = r"^[A-Za-z0-9_@][A-Za-z0-9_.@\-]{0,99}$"


class RecordKind(StrEnum):
    """The kinds of record, in the order in which they move."""

    PACK = "pack"
    COMPONENT = "component"
    RELATION = "relation"
    FLOW = "flow"
    REGION = "region"
    KIND = "kind"
    ALERT_TYPE = "alert_type"
    FAULT_MODE = "fault_mode"
    CHECK = "check"
    SOP = "sop"
    PAST_CASE = "past_case"
    ACTION = "action"
    POLICY = "policy"
    INCIDENT = "incident"
    ALERT = "alert"
    CHANGE = "change"
    TICK = "tick"
    OBSERVATION = "observation"
    HEARTBEAT = "heartbeat"
    DIAGNOSIS = "diagnosis"
    LEDGER_ENTRY = "ledger_entry"
    REMEDIATION = "remediation"
    EMERGENCY_STOP = "emergency_stop"
    AUDIT_EVENT = "audit_event"
    PAYLOAD = "payload"
    ACCOUNT = "account"
    SOURCE = "source"
    GRANT = "grant"
    SEAL = "seal"
    JOB = "job"
    SOP_VERSION = "sop_version"
    IMPORTED_CASE = "imported_case"
    UNANSWERED_QUESTION = "unanswered_question"


# How records come back in: in their order, but relations once the steps that they name are there,
# and fault modes once their checks are.
RESTORE_ORDER: Final = (
    *(RecordKind.PACK, RecordKind.COMPONENT, RecordKind.FLOW, RecordKind.RELATION),
    *(RecordKind.REGION, RecordKind.KIND, RecordKind.ALERT_TYPE),
    *(RecordKind.CHECK, RecordKind.FAULT_MODE),
    *tuple(RecordKind)[9:],
)


class PackHead(Model):
    """What is stored of a pack beside its parts; the digests are those of the whole pack."""

    id: Id
    title: Text
    source: str
    calendar: Calendar
    settings: PackSettings
    topology_revision: str
    library_digest: str
    content_digest: str
    components: int = Field(ge=0)
    relations: int = Field(ge=0)


class InPack(Model, Generic[V]):
    """A part of a pack, with the pack's id."""

    pack_id: Id
    item: V


class StoredPayload(Model):
    """A raw payload as it was received; in JSON its bytes are base64."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    source: str
    digest: str
    received_at: Instant
    body: bytes


class Account(Model):
    """An account without its password: after a rebuild it gets a new one before it signs in."""

    name: Annotated[str, StringConstraints(pattern=ACCOUNT_NAME)]
    roles: tuple[Role, ...] = Field(min_length=1)
    sites: tuple[Id, ...] | None = None
    demo: bool = False
    created_at: Instant

    def without_password(self) -> User:
        """Make the account that nobody can sign in to."""
        return User(**self.model_dump(), password_hash=NO_PASSWORD)


class QueuedJob(Job):
    """A job with its place in the queue: `turn` rises with newer evidence."""

    turn: int
    not_before: Instant | None = None


class Epoch(Model):
    """One life of a store: from its making or a rebuild until it is sealed.

    `rebuilt_from` is the digest of the export that it was rebuilt from; `parts_in` counts the parts
    that are in while the rebuild is under way (`whole` False). A sealed store serves no more:
    `sealed_for` is the digest of the export with which it moved out.
    """

    id: Id
    number: int = Field(default=1, ge=1)
    begun_at: Instant
    rebuilt_from: str | None = None
    parts_in: int = Field(default=0, ge=0)
    whole: bool = True
    sealed_at: Instant | None = None
    sealed_for: str = ""


# The model of each kind's records.
FORMS: Final[Mapping[RecordKind, type[Model]]] = {
    RecordKind.PACK: PackHead,
    RecordKind.COMPONENT: InPack[Component],
    RecordKind.RELATION: InPack[Relation],
    RecordKind.FLOW: InPack[BusinessFlow],
    RecordKind.REGION: InPack[RegionProfile],
    RecordKind.KIND: InPack[ComponentKind],
    RecordKind.ALERT_TYPE: InPack[AlertType],
    RecordKind.FAULT_MODE: InPack[FaultMode],
    RecordKind.CHECK: InPack[Check],
    RecordKind.SOP: InPack[Sop],
    RecordKind.PAST_CASE: InPack[PastCase],
    RecordKind.ACTION: InPack[ActionTemplate],
    RecordKind.POLICY: InPack[PolicyRule],
    RecordKind.INCIDENT: Incident,
    RecordKind.ALERT: AlertRecord,
    RecordKind.CHANGE: ChangeRecord,
    RecordKind.TICK: Tick,
    RecordKind.OBSERVATION: Observation,
    RecordKind.HEARTBEAT: Heartbeat,
    RecordKind.DIAGNOSIS: Diagnosis,
    RecordKind.LEDGER_ENTRY: LedgerEntry,
    RecordKind.REMEDIATION: Remediation,
    RecordKind.EMERGENCY_STOP: EmergencyStop,
    RecordKind.AUDIT_EVENT: AuditEvent,
    RecordKind.PAYLOAD: StoredPayload,
    RecordKind.ACCOUNT: Account,
    RecordKind.SOURCE: Source,
    RecordKind.GRANT: Grant,
    RecordKind.SEAL: Seal,
    RecordKind.JOB: QueuedJob,
    RecordKind.SOP_VERSION: SopVersion,
    RecordKind.IMPORTED_CASE: ImportedCase,
    RecordKind.UNANSWERED_QUESTION: UnansweredQuestion,
}


def alert_type_id(item: AlertType) -> str:
    """Name an alert type by its alertname and kinds, since an alertname may stand twice."""
    return json.dumps([item.alertname, *item.kinds], ensure_ascii=False)


def _sortable(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _named(*names: str) -> Callable[[Any], Key]:
    return lambda record: tuple(getattr(record, name) for name in names)


def _in_pack(*names: str) -> Callable[[Any], Key]:
    return lambda record: (record.pack_id, *(getattr(record.item, name) for name in names))


_KEYS: Final[Mapping[RecordKind, Callable[[Any], Key]]] = {
    RecordKind.RELATION: _in_pack("source", "type", "target"),
    RecordKind.REGION: _in_pack("region"),
    RecordKind.ALERT_TYPE: lambda r: (r.pack_id, alert_type_id(r.item)),
    RecordKind.ALERT: _named("evidence_id"),
    RecordKind.CHANGE: _named("evidence_id"),
    RecordKind.TICK: _named("evidence_id"),
    RecordKind.OBSERVATION: _named("evidence_id"),
    RecordKind.HEARTBEAT: lambda r: (r.source, "" if r.site is None else f"={r.site}"),
    RecordKind.DIAGNOSIS: _named("incident_id", "revision"),
    RecordKind.LEDGER_ENTRY: _named("incident_id", "seq"),
    RecordKind.EMERGENCY_STOP: lambda _: ("stop",),
    RecordKind.AUDIT_EVENT: _named("seq"),
    RecordKind.PAYLOAD: lambda r: (r.source, r.digest, _sortable(r.received_at)),
    RecordKind.ACCOUNT: _named("name"),
    RecordKind.SOURCE: _named("name"),
    RecordKind.SEAL: lambda _: ("seal",),
}


def order_of(kind: RecordKind, record: Model) -> Key:
    """Give the key of a record: unique in its kind, and its place there (text by code point)."""
    in_pack = isinstance(record, InPack)
    return _KEYS.get(kind, _in_pack("id") if in_pack else _named("id"))(record)


def line_of(record: Model) -> bytes:
    """Write a record as its line of an export, UTF-8 with the newline."""
    return record.model_dump_json(by_alias=True).encode() + b"\n"
