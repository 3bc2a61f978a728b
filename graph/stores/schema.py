"""ONE table of what is stored: label, key, columns, links; every store reads it.

The embedded store makes a table per label and a foreign key per link; a server store makes a node
label with a uniqueness constraint, and a relationship per link. A record's whole value stands in
the column `body` (JSON, but bytes for a raw payload); the other columns only find and order it.
"""

from __future__ import annotations

from typing import Final

from graph.model.topology import RelationType
from graph.stores.shapes import Column, ColumnType, Index, Label, Link, integer, maybe, text

SCHEMA_VERSION: Final = 7

_PACK_LINK: Final = Link("IN_PACK", "pack_id", "Pack")
_INCIDENT_LINK: Final = Link("OF_INCIDENT", "incident_id", "Incident")


def _pack_part(name: str, table: str, *columns: Column) -> Label:
    """A part of a pack that is read with the pack, by (pack_id, id)."""
    own = (*text("pack_id", "id"), *columns, *text("body"))
    return Label(name, table, ("pack_id", "id"), own, links=(_PACK_LINK,))


PACK: Final = Label(
    "Pack",
    "packs",
    ("id",),
    (
        *text("id", "topology_revision", "library_digest", "content_digest"),
        *integer("components", "relations"),
        *text("body"),
    ),
)

COMPONENT: Final = Label(
    "Component",
    "components",
    ("id",),
    (*text("id", "pack_id", "kind"), *maybe("site"), *text("visibility", "body")),
    indexes=(Index(("pack_id", "id")),),
    links=(_PACK_LINK,),
)

RELATION: Final = Label(
    "Relation",
    "relations",
    ("pack_id", "source", "type", "target"),
    text("pack_id", "source", "type", "target", "body"),
    links=(_PACK_LINK,),
)

FLOW: Final = _pack_part("BusinessFlow", "flows")
REGION: Final = _pack_part("RegionProfile", "regions")
KIND: Final = _pack_part("ComponentKind", "kinds")
ALERT_TYPE: Final = _pack_part("AlertType", "alert_types")
FAULT_MODE: Final = _pack_part("FaultMode", "fault_modes")
CHECK: Final = _pack_part("Check", "checks")
SOP: Final = _pack_part("Sop", "sops", *maybe("site"), *text("visibility"))
PAST_CASE: Final = _pack_part("PastCase", "past_cases", *maybe("site"), *text("visibility"))
ACTION: Final = _pack_part("ActionTemplate", "actions")
POLICY: Final = _pack_part("PolicyRule", "policies")

INCIDENT: Final = Label(
    "Incident",
    "incidents",
    ("id",),
    (
        *text("id", "pack_id", "state"),
        *integer("urgency_rank"),
        *text("began_at"),
        *maybe("site"),
        *text("visibility"),
        *integer("version"),
        *text("body"),
    ),
    indexes=(Index(("urgency_rank", "began_at", "id")),),
)

ALERT: Final = Label(
    "Alert",
    "alerts",
    ("evidence_id",),
    (
        *text("evidence_id", "pack_id", "lane"),
        *maybe("incident_id", "component_id", "site"),
        *text("received_at", "starts_at", "body"),
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
    text("evidence_id", "source", "change_id", "pack_id", "at", "body"),
    indexes=(Index(("source", "change_id"), unique=True), Index(("pack_id", "at", "evidence_id"))),
)

CHANGE_EVIDENCE: Final = Label(
    "ChangeEvidence",
    "change_evidence",
    ("incident_id", "evidence_id"),
    text("incident_id", "evidence_id"),
    indexes=(Index(("evidence_id",)),),
    links=(_INCIDENT_LINK, Link("EVIDENCE_OF", "evidence_id", "Change")),
)

TICK: Final = Label(
    "Tick",
    "ticks",
    ("evidence_id",),
    text("evidence_id", "incident_id", "at", "body"),
    indexes=(Index(("incident_id", "at", "evidence_id")),),
    links=(_INCIDENT_LINK,),
)

OBSERVATION: Final = Label(
    "Observation",
    "observations",
    ("evidence_id",),
    text("evidence_id", "incident_id", "at", "body"),
    indexes=(Index(("incident_id", "at", "evidence_id")),),
    links=(_INCIDENT_LINK,),
)

HEARTBEAT: Final = Label(
    "Heartbeat",
    "heartbeats",
    ("source", "site_key"),
    text("source", "site_key", "last_at", "body"),
)

DIAGNOSIS: Final = Label(
    "Diagnosis",
    "diagnoses",
    ("incident_id", "revision"),
    (*text("incident_id"), *integer("revision"), *text("body")),
    links=(_INCIDENT_LINK,),
)

LEDGER_ENTRY: Final = Label(
    "LedgerEntry",
    "ledger",
    ("incident_id", "seq"),
    (*text("incident_id"), *integer("seq"), *text("body")),
    links=(_INCIDENT_LINK,),
)

REMEDIATION: Final = Label(
    "Remediation",
    "remediations",
    ("id",),
    (*text("id", "incident_id", "status", "requested_at"), *integer("version"), *text("body")),
    indexes=(Index(("requested_at", "id")), Index(("incident_id", "requested_at", "id"))),
    links=(_INCIDENT_LINK,),
)

# At most one row, whose id is always the same.
EMERGENCY_STOP: Final = Label("EmergencyStop", "emergency_stop", ("id",), text("id", "body"))

AUDIT_EVENT: Final = Label(
    "AuditEvent", "audit", ("seq",), (*integer("seq"), *text("hash", "body"))
)

PAYLOAD: Final = Label(
    "Payload",
    "payloads",
    ("source", "digest", "received_at"),
    (*text("source", "digest", "received_at"), Column("body", ColumnType.BLOB)),
)

USER: Final = Label("User", "users", ("name",), text("name", "body"))
SOURCE: Final = Label("Source", "sources", ("name",), text("name", "body"))
TOKEN: Final = Label(
    "Token",
    "tokens",
    ("id",),
    text("id", "token_hash", "body"),
    indexes=(Index(("token_hash",), unique=True),),
)
SESSION: Final = Label(
    "Session",
    "sessions",
    ("id_hash",),
    text("id_hash", "user", "body"),
    indexes=(Index(("user",)),),
)

GRANT: Final = Label(
    "Grant",
    "grants",
    ("id",),
    (*text("id", "status", "asked_at"), *integer("version"), *text("body")),
    indexes=(Index(("asked_at", "id")),),
)
# At most one row, whose id is always the same.
SEAL: Final = Label("Seal", "seal", ("id",), text("id", "body"))
# At most one row, whose id is always the same: the life that the store is in.
EPOCH: Final = Label("Epoch", "epoch", ("id",), text("id", "body"))

JOB: Final = Label(
    "Job",
    "jobs",
    ("id",),
    (
        *integer("id"),
        *text("kind", "key", "state"),
        *integer("attempts", "turn"),
        *text("created_at"),
        *maybe("not_before"),
        *text("payload", "error"),
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
        *text("id", "sop_id"),
        *integer("revision"),
        *text("status"),
        *integer("version"),
        *text("body"),
    ),
    indexes=(Index(("sop_id", "revision"), unique=True),),
)
IMPORTED_CASE: Final = Label("ImportedCase", "imported_cases", ("id",), text("id", "body"))
UNANSWERED_QUESTION: Final = Label(
    "UnansweredQuestion", "unanswered_questions", ("id",), text("id", "body")
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
