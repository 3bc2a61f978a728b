"""ONE table of what is stored: label, key, columns, links; every store reads it.

The embedded store makes a table per label and a foreign key per link; a server store makes a node
label with a uniqueness constraint, and a relationship per link. A record's whole value stands in
the column `body` (JSON, but bytes for a raw payload); the other columns only find and order it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from graph.model.topology import RelationType

SCHEMA_VERSION: Final = 7


class ColumnType(StrEnum):
    """What a column holds; instants are fixed-width UTC text, so that they sort."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    BLOB = "BLOB"


@dataclass(frozen=True)
class Column:
    """A named column of a label."""

    name: str
    type: ColumnType = ColumnType.TEXT
    nullable: bool = False


@dataclass(frozen=True)
class Index:
    """What is looked up or ordered by these columns; `where` narrows it to some rows."""

    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


@dataclass(frozen=True)
class Link:
    """`column` names a stored row of `target`; checked when the transaction commits."""

    type: str
    column: str
    target: str


@dataclass(frozen=True)
class Label:
    """A kind of stored thing; `numbered` = the store gives its single integer key."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    links: tuple[Link, ...] = ()
    numbered: bool = False

    def __hash__(self) -> int:
        """Hash the name, which no other label has: statements are looked up by their label."""
        return hash(self.name)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _maybe(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, nullable=True) for name in names)


def _integer(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.INTEGER) for name in names)


_PACK_LINK: Final = Link("IN_PACK", "pack_id", "Pack")
_INCIDENT_LINK: Final = Link("OF_INCIDENT", "incident_id", "Incident")


def _pack_part(name: str, table: str, *columns: Column) -> Label:
    """A part of a pack that is read with the pack, by (pack_id, id)."""
    own = (*_text("pack_id", "id"), *columns, *_text("body"))
    return Label(name, table, ("pack_id", "id"), own, links=(_PACK_LINK,))


PACK: Final = Label(
    "Pack",
    "packs",
    ("id",),
    (
        *_text("id", "topology_revision", "library_digest", "content_digest"),
        *_integer("components", "relations"),
        *_text("body"),
    ),
)

COMPONENT: Final = Label(
    "Component",
    "components",
    ("id",),
    (*_text("id", "pack_id", "kind"), *_maybe("site"), *_text("visibility", "body")),
    indexes=(Index(("pack_id", "id")),),
    links=(_PACK_LINK,),
)

RELATION: Final = Label(
    "Relation",
    "relations",
    ("pack_id", "source", "type", "target"),
    _text("pack_id", "source", "type", "target", "body"),
    links=(_PACK_LINK,),
)

FLOW: Final = _pack_part("BusinessFlow", "flows")
REGION: Final = _pack_part("RegionProfile", "regions")
KIND: Final = _pack_part("ComponentKind", "kinds")
ALERT_TYPE: Final = _pack_part("AlertType", "alert_types")
FAULT_MODE: Final = _pack_part("FaultMode", "fault_modes")
CHECK: Final = _pack_part("Check", "checks")
SOP: Final = _pack_part("Sop", "sops", *_maybe("site"), *_text("visibility"))
PAST_CASE: Final = _pack_part("PastCase", "past_cases", *_maybe("site"), *_text("visibility"))
ACTION: Final = _pack_part("ActionTemplate", "actions")
POLICY: Final = _pack_part("PolicyRule", "policies")

INCIDENT: Final = Label(
    "Incident",
    "incidents",
    ("id",),
    (
        *_text("id", "pack_id", "state"),
        *_integer("urgency_rank"),
        *_text("began_at"),
        *_maybe("site"),
        *_text("visibility"),
        *_integer("version"),
        *_text("body"),
    ),
    indexes=(Index(("urgency_rank", "began_at", "id")),),
)

ALERT: Final = Label(
    "Alert",
    "alerts",
    ("evidence_id",),
    (
        *_text("evidence_id", "pack_id", "lane"),
        *_maybe("incident_id", "component_id", "site"),
        *_text("received_at", "starts_at", "body"),
    ),
    indexes=(
        Index(("incident_id", "received_at", "starts_at", "evidence_id")),
        Index(("pack_id", "lane", "received_at", "starts_at", "evidence_id")),
        Index(("lane", "received_at", "evidence_id")),
    ),
    links=(Link("EVIDENCE_OF", "incident_id", "Incident"),),
)

CHANGE: Final = Label(
    "Change",
    "changes",
    ("evidence_id",),
    _text("evidence_id", "source", "change_id", "pack_id", "at", "body"),
    indexes=(Index(("source", "change_id"), unique=True), Index(("pack_id", "at", "evidence_id"))),
)

CHANGE_EVIDENCE: Final = Label(
    "ChangeEvidence",
    "change_evidence",
    ("incident_id", "evidence_id"),
    _text("incident_id", "evidence_id"),
    indexes=(Index(("evidence_id",)),),
    links=(_INCIDENT_LINK, Link("EVIDENCE_OF", "evidence_id", "Change")),
)

TICK: Final = Label(
    "Tick",
    "ticks",
    ("evidence_id",),
    _text("evidence_id", "incident_id", "at", "body"),
    indexes=(Index(("incident_id", "at", "evidence_id")),),
    links=(_INCIDENT_LINK,),
)

OBSERVATION: Final = Label(
    "Observation",
    "observations",
    ("evidence_id",),
    _text("evidence_id", "incident_id", "at", "body"),
    indexes=(Index(("incident_id", "at", "evidence_id")),),
    links=(_INCIDENT_LINK,),
)

HEARTBEAT: Final = Label(
    "Heartbeat",
    "heartbeats",
    ("source", "site_key"),
    _text("source", "site_key", "last_at", "body"),
)

DIAGNOSIS: Final = Label(
    "Diagnosis",
    "diagnoses",
    ("incident_id", "revision"),
    (*_text("incident_id"), *_integer("revision"), *_text("body")),
    links=(_INCIDENT_LINK,),
)

LEDGER_ENTRY: Final = Label(
    "LedgerEntry",
    "ledger",
    ("incident_id", "seq"),
    (*_text("incident_id"), *_integer("seq"), *_text("body")),
    links=(_INCIDENT_LINK,),
)

REMEDIATION: Final = Label(
    "Remediation",
    "remediations",
    ("id",),
    (*_text("id", "incident_id", "status", "requested_at"), *_integer("version"), *_text("body")),
    indexes=(Index(("requested_at", "id")), Index(("incident_id", "requested_at", "id"))),
    links=(_INCIDENT_LINK,),
)

# At most one row, whose id is always the same.
EMERGENCY_STOP: Final = Label("EmergencyStop", "emergency_stop", ("id",), _text("id", "body"))

AUDIT_EVENT: Final = Label(
    "AuditEvent", "audit", ("seq",), (*_integer("seq"), *_text("hash", "body"))
)

PAYLOAD: Final = Label(
    "Payload",
    "payloads",
    ("source", "digest", "received_at"),
    (*_text("source", "digest", "received_at"), Column("body", ColumnType.BLOB)),
)

USER: Final = Label("User", "users", ("name",), _text("name", "body"))
SOURCE: Final = Label("Source", "sources", ("name",), _text("name", "body"))
TOKEN: Final = Label(
    "Token",
    "tokens",
    ("id",),
    _text("id", "token_hash", "body"),
    indexes=(Index(("token_hash",), unique=True),),
)
SESSION: Final = Label(
    "Session",
    "sessions",
    ("id_hash",),
    _text("id_hash", "user", "body"),
    indexes=(Index(("user",)),),
)

GRANT: Final = Label(
    "Grant",
    "grants",
    ("id",),
    (*_text("id", "status", "asked_at"), *_integer("version"), *_text("body")),
    indexes=(Index(("asked_at", "id")),),
)
# At most one row, whose id is always the same.
SEAL: Final = Label("Seal", "seal", ("id",), _text("id", "body"))
# At most one row, whose id is always the same: the life that the store is in.
EPOCH: Final = Label("Epoch", "epoch", ("id",), _text("id", "body"))

JOB: Final = Label(
    "Job",
    "jobs",
    ("id",),
    (
        *_integer("id"),
        *_text("kind", "key", "state"),
        *_integer("attempts", "turn"),
        *_text("created_at"),
        *_maybe("not_before"),
        *_text("payload", "error"),
    ),
    indexes=(
        Index(("kind", "key"), unique=True, where="state = 'waiting'"),
        Index(("state", "turn")),
    ),
    numbered=True,
)

SOP_VERSION: Final = Label(
    "SopVersion",
    "sop_versions",
    ("id",),
    (
        *_text("id", "sop_id"),
        *_integer("revision"),
        *_text("status"),
        *_integer("version"),
        *_text("body"),
    ),
    indexes=(Index(("sop_id", "revision"), unique=True),),
)
IMPORTED_CASE: Final = Label("ImportedCase", "imported_cases", ("id",), _text("id", "body"))
UNANSWERED_QUESTION: Final = Label(
    "UnansweredQuestion", "unanswered_questions", ("id",), _text("id", "body")
)

LABELS: Final = (
    *(PACK, COMPONENT, RELATION, FLOW, REGION, KIND, ALERT_TYPE, FAULT_MODE, CHECK, SOP, PAST_CASE),
    *(ACTION, POLICY),
    *(INCIDENT, ALERT, CHANGE, CHANGE_EVIDENCE, TICK, HEARTBEAT, DIAGNOSIS, LEDGER_ENTRY, PAYLOAD),
    *(OBSERVATION, REMEDIATION, EMERGENCY_STOP, AUDIT_EVENT),
    *(USER, SOURCE, TOKEN, SESSION, GRANT, SEAL, EPOCH, JOB, SOP_VERSION, IMPORTED_CASE),
    UNANSWERED_QUESTION,
)

# What each type of topology relation joins: (source label, target label).
ENDPOINTS: Final[dict[RelationType, tuple[str, str]]] = {
    kind: ("Component", "Component") for kind in RelationType
}
